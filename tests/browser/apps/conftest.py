"""One playground with a connected bot that has a command of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.apps import buttons, commands
from tests.browser.pages import LOOP
from tests.support.discord_bot import Listener, listening
from tests.support.playground import Playground


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def playground() -> AsyncIterator[Playground]:
    """A playground for these tests alone: in the others nobody answers."""
    async with Playground(options=["--rate-limits", "off"]) as found:
        yield found
        await found.assert_clean()


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def app(playground: Playground) -> AsyncIterator[Listener]:
    """The bot."""
    async with listening(playground) as found:
        buttons.react(found)
        await commands.loader.add_to_client(found.client)
        await found.client.sync_application_commands()
        yield found
        assert found.failures == []


@pytest.fixture(autouse=True)
def _ready(app: Listener) -> None:
    """Every test here needs the bot."""
    assert app.failures == []
    commands.gate.clear()
