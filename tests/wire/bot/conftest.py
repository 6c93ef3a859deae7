"""A whole tzurot for each test: playground, scripted model, database and the real bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.support.bot import Bot
from tests.support.model_server import ModelServer
from tests.support.playground import Playground


@dataclass
class World:
    """Everything that a conversation needs."""

    playground: Playground
    model: ModelServer
    bot: Bot


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground(options=["--rate-limits", "generous"]) as playground:
        yield playground


@pytest.fixture
async def world(
    playground: Playground, model: ModelServer, database_url: str
) -> AsyncIterator[World]:
    async with Bot(playground, database_url, model.url, SHUTDOWN_SECONDS="2") as bot:
        yield World(playground, model, bot)
        assert await bot.stop() == 0
        assert bot.errors() == []
    await playground.assert_clean()
