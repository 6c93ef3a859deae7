"""A headless chromium, a playground without a bot, and pages that must not complain."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.pages import LOOP, Hook, Pages, as_bot, pages_of
from tests.support.playground import Playground
from tools.browser import chromium


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def browser() -> AsyncIterator[Browser]:
    program = chromium()
    if program is None:
        pytest.fail(
            "The browser tests need chromium. Install it (python tools/browser.py, or "
            "apt-get install chromium fonts-noto-color-emoji), or name one with TZUROT_CHROMIUM."
        )
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield found
        await found.close()


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def playground() -> AsyncIterator[Playground]:
    """One playground for the whole run; each test looks at its own words only."""
    async with Playground(options=["--rate-limits", "off"], judge=False) as found:
        yield found
        await found.assert_clean()


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def bot(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    """Discord's REST API, with the bot's token."""
    async with as_bot(playground) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope=LOOP)
async def hook(bot: httpx.AsyncClient) -> Hook:
    """The bot's webhook in the lounge."""
    return await Hook.make(bot)


@pytest_asyncio.fixture(loop_scope=LOOP)
async def pages(browser: Browser, playground: Playground) -> AsyncIterator[Pages]:
    async with pages_of(browser, playground.url) as found:
        yield found
