"""A scripted model server and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.support.model_server import ModelServer
from tzurot.llm import ModelClient, Patience, Service, Transport

Connect = Callable[..., ModelClient]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """Return a server that answers "Hello there." until it is told otherwise."""
    async with ModelServer() as running:
        yield running


@pytest.fixture
async def connect(server: ModelServer) -> AsyncIterator[Connect]:
    """Return a maker of clients of the server, with short pauses."""
    transports: list[Transport] = []

    def make(*, url: str | None = None, **more: Any) -> ModelClient:  # noqa: ANN401 - see Patience
        transports.append(Transport(Service.at(url or server.url)))
        client = {name: more.pop(name) for name in ("capabilities", "on_attempt") if name in more}
        return ModelClient(transports[-1], patience=Patience(**{"backoff": 0.01, **more}), **client)

    yield make
    for transport in transports:
        await transport.aclose()


@pytest.fixture
def client(connect: Connect) -> ModelClient:
    """Return a client of the server."""
    return connect()
