"""Transports to the scripted model server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from tests.support.model_server import ModelServer
from tzurot.llm.service import Service
from tzurot.llm.transport import Transport


@pytest.fixture
async def openrouter(server: ModelServer) -> AsyncIterator[Transport]:
    """Return a transport to the server, as if it were OpenRouter."""
    service = Service.at("https://openrouter.ai/api/v1")
    transport = Transport(replace(service, base=httpx.URL(server.url)))
    yield transport
    await transport.aclose()


@pytest.fixture
async def other(server: ModelServer) -> AsyncIterator[Transport]:
    """Return a transport to the server, as if it were just any."""
    transport = Transport(Service.at(server.url))
    yield transport
    await transport.aclose()
