"""The names after `@`, as the bot suggests them to each person."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.apps import commands
from tests.browser.pages import LOOP, Pages, row
from tests.support.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


@pytest_asyncio.fixture(loop_scope=LOOP, autouse=True)
async def _from_the_bot(playground: Playground) -> AsyncIterator[None]:
    """Let the names come from an option of the bot's; some are known without it."""
    await playground.set_names(["Old Moss", "Arno", "Aria of Old"], source=("speak", "friend"))
    yield
    await playground.set_names([])


async def offers(page: Page, *names: str) -> None:
    """Check what the open list offers, in this order."""
    labels = page.locator("#composer .completion-label:visible")
    await expect(labels).to_have_text(list(names))


async def test_each_person_is_offered_their_own(pages: Pages) -> None:
    page, ben = await pages.open("ada"), await pages.open("ben")
    await page.keyboard.type("hello @fri")
    await offers(page, "Friend of Ada")
    await ben.keyboard.type("hello @friend of")
    await offers(ben, "Friend of Ben")
    await page.keyboard.press("Tab")
    await page.keyboard.type("and @mos")
    await offers(page, "Old Moss")
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer-text")).to_have_value(
        "hello @Friend of Ada and @Old Moss "
    )
    # Also where a message is changed, and for who one has become.
    await page.keyboard.press("Enter")
    await expect(row(page, "hello @Friend of Ada and @Old Moss")).to_have_count(1)
    await page.keyboard.press("ArrowUp")
    await page.keyboard.type(" @fri")
    await expect(page.locator(".editing-form .completion-label")).to_have_text(["Friend of Ada"])
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await expect(page.locator("#composer-text")).to_be_focused()
    await page.keyboard.type("@fri")
    await offers(page, "Friend of Cleo")


async def test_an_answer_that_comes_late_disturbs_nothing(pages: Pages) -> None:
    page = await pages.open("dana")
    await page.keyboard.type("@ar")
    await offers(page, "Aria of Old", "Arno")
    await page.keyboard.press("ArrowDown")
    commands.gate.set()
    await offers(page, "Aria", "Aria of Old", "Arno")
    await expect(page.locator('[role=option][aria-selected="true"]')).to_contain_text("Arno")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer-text")).to_have_value("@Arno ")
    await offers(page)


async def test_a_bot_that_does_not_answer_is_not_missed(pages: Pages) -> None:
    page = await pages.open("cleo")
    async with page.expect_event(
        "requestfailed", lambda request: request.url.endswith("/autocomplete")
    ):
        await page.keyboard.type("@ar")
        await offers(page, "Aria of Old", "Arno")
    await offers(page, "Aria of Old", "Arno")
    await expect(page.locator(".toast")).to_have_count(0)
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer-text")).to_have_value("@Aria of Old ")
