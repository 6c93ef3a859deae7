"""What becomes of a command: thought about, answered, changed, seen by one person or by all."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.apps import commands
from tests.browser.pages import LOOP, SILENCE_MS, Pages, row, write
from tests.support.playground import TAVERN, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


async def run(page: Page, command: str) -> None:
    """Run a command that asks for nothing."""
    await page.keyboard.type(f"/{command}")
    await expect(page.locator("#composer .popup [role=option]").first).to_contain_text(command)
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-name")).to_contain_text(command)
    await page.keyboard.press("Enter")


async def test_a_private_answer_is_thought_about_and_seen_by_one(pages: Pages) -> None:
    page, ben = await pages.open("ada"), await pages.open("ben")
    await run(page, "slow")
    answer = page.locator("li.message.ephemeral").last
    await expect(answer.locator(".thinking")).to_contain_text("tzurot is thinking…")
    await expect(answer.locator(".used-line")).to_contain_text("Ada used /slow")
    await expect(answer.locator(".only-you")).to_contain_text("Only you can see this")
    commands.gate.set()
    await expect(row(page, "a thought")).to_have_count(1)
    await expect(row(page, "a thought").locator(".file a")).to_have_text("notes.txt")
    second = row(page, "a better second one")
    await expect(second.locator(".only-you")).to_have_count(1)
    await expect(page.locator(".thinking")).to_have_count(0)
    # Ben sees what is said next, and nothing of this.
    await write(page, "back to all of you")
    await expect(row(ben, "back to all of you")).to_have_count(1)
    await expect(ben.locator("li.message.ephemeral")).to_have_count(0)
    # Nor does Ada when she is somebody else.
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await expect(row(page, "back to all of you")).to_have_count(1)
    await expect(row(page, "a thought")).to_have_count(0)
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Ada").click()
    await expect(row(page, "a thought")).to_have_count(1)
    # It goes when it is dismissed, by the mouse or by a key.
    await row(page, "a thought").get_by_role("button", name="Dismiss message").last.click()
    await expect(row(page, "a thought")).to_have_count(0)
    await second.focus()
    await page.keyboard.press("Delete")
    await expect(second).to_have_count(0)
    await page.reload()
    await expect(row(page, "back to all of you")).to_have_count(1)
    await expect(page.locator("li.message.ephemeral")).to_have_count(0)


async def test_a_public_answer_comes_in_two_messages(pages: Pages) -> None:
    page, ben = await pages.open("ada"), await pages.open("ben")
    await run(page, "character memory forget")
    for each in (page, ben):
        await expect(each.locator(".thinking")).to_contain_text("tzurot is thinking…")
    await ben.reload()
    await expect(ben.locator(".thinking")).to_contain_text("tzurot is thinking…")
    commands.gate.set()
    for each in (page, ben):
        await expect(row(each, "for good").locator(".reply-words")).to_have_text("forgotten")
        await expect(row(each, "forgotten").last.locator(".used-line")).to_contain_text(
            "Ada used /character memory forget"
        )
        await expect(each.locator(".thinking")).to_have_count(0)


async def test_an_answer_is_changed_and_taken_back(pages: Pages) -> None:
    page = await pages.open(where=f"2000/{TAVERN}")
    await run(page, "passing")
    await expect(row(page, "a slip of the tonge")).to_have_count(1)
    commands.gate.set()
    await expect(row(page, "a slip of the tongue").locator(".edited")).to_have_text("(edited)")
    await expect(row(page, "a slip of the tonge")).to_have_count(0)
    commands.gate.set()
    await expect(row(page, "a slip of the tongue")).to_have_count(0)


async def test_what_nobody_answers_can_be_tried_again_and_corrected(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open("dana", where=f"2000/{TAVERN}")
    await page.keyboard.type("/silent")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-name")).to_contain_text("/silent")
    await page.keyboard.type("hello?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thinking")).to_have_text("Sending command…")
    failure = page.locator(".failure")
    await expect(failure).to_contain_text("The application did not respond", timeout=SILENCE_MS)
    await expect(page.locator("li.message.ephemeral .only-you")).to_have_count(1)
    # What was filled in comes back into the message box.
    await failure.get_by_role("button", name="Edit").click()
    await expect(page.locator('.pill[data-option="word"] input')).to_have_value("hello?")
    await expect(failure).to_have_count(0)
    assert await playground.messages(TAVERN) == []
