"""A fresh playground for each test, and a real bot that listens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.support.discord_bot import Listener, listening
from tests.support.playground import TOKEN, Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A playground that must not have anything to complain about at the end."""
    async with Playground() as found:
        yield found
        await found.assert_clean()


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Listener]:
    """A bot that is connected."""
    async with listening(playground) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Playground]:
    """One playground for many refused requests; tests that use it need the session's loop."""
    async with Playground(options=["--rate-limits", "off"], judge=False) as found:
        yield found
        await found.assert_clean()


@pytest_asyncio.fixture(loop_scope="session")
async def http(shared: Playground) -> AsyncIterator[httpx.AsyncClient]:
    """Bare requests to the REST API of `shared`, with the bot's token."""
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with httpx.AsyncClient(base_url=shared.rest_url, headers=headers) as found:
        yield found
