"""A scripted model server and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.model_server import ModelServer
from tzurot.llm import ModelClient, Patience

Connect = Callable[..., ModelClient]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """Return a server that answers "Hello there." until it is told otherwise."""
    async with ModelServer() as running:
        yield running


@pytest.fixture
async def connect(server: ModelServer) -> AsyncIterator[Connect]:
    """Return a maker of clients of the server, with short pauses."""
    clients: list[ModelClient] = []

    def make(
        *, api_key: str | None = None, url: str | None = None, **patience: float
    ) -> ModelClient:
        limits = Patience(**{"backoff": 0.01, **patience})  # type: ignore[arg-type]
        clients.append(ModelClient(url or server.url, api_key, patience=limits))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def client(connect: Connect) -> ModelClient:
    """Return a client of the server."""
    return connect()
