"""Commands on people and messages, in the menus that open at them."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.pages import LOOP, Pages, row
from tests.support.playground import HALL, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


def member(page: Page, name: str) -> Locator:
    """Return somebody in the list of members."""
    return page.locator(".member").filter(has_text=name)


async def test_a_command_on_a_person_by_the_mouse(pages: Pages) -> None:
    page, dana = await pages.open("cleo"), await pages.open("dana")
    await member(page, "Ben").click(button="right")
    await page.get_by_role("menuitem", name="Apps").hover()
    await page.get_by_role("menuitem", name="Greet").click()
    for each in (page, dana):
        greeted = row(each, "good day, ben").last
        await expect(greeted.locator(".used-line")).to_contain_text("Cleo used Greet")
    await expect(page.get_by_role("menu")).to_have_count(0)


async def test_a_command_on_a_person_by_the_keyboard(pages: Pages) -> None:
    page = await pages.open("ben")
    await member(page, "Dana").get_by_role("button", name="More about Dana").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Mention")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("menuitem", name="Greet")).to_be_focused()
    # Back out, and in again.
    await page.keyboard.press("ArrowLeft")
    await expect(page.get_by_role("menuitem", name="Apps")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("menuitem", name="Greet")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(row(page, "good day, dana")).to_have_count(1)
    await expect(page.get_by_role("button", name="More about Dana")).to_be_focused()


async def test_a_command_on_a_message(pages: Pages, playground: Playground) -> None:
    await playground.say("ada", "wise words")
    page = await pages.open("ben")
    # The author of the message has a menu of their own.
    await row(page, "wise words").last.locator(".author").click(button="right")
    await expect(page.get_by_role("menuitem", name="Copy user ID")).to_be_visible()
    await page.keyboard.press("Escape")
    await row(page, "wise words").last.locator(".content").click(button="right")
    await page.get_by_role("menuitem", name="Apps").click()
    await expect(page.get_by_role("menuitem", name="Greet")).to_have_count(0)
    await page.get_by_role("menuitem", name="Quote this").click()
    quote = row(page, "It was said: wise words")
    await expect(quote.locator(".used-line")).to_contain_text("Ben used Quote this")
    # From the keyboard, on the bot's own answer.
    await quote.focus()
    await page.keyboard.press(".")
    await expect(page.get_by_role("menu", name="Message")).to_be_visible()
    apps = page.get_by_role("menuitem", name="Apps")
    while not await apps.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Quote this")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(row(page, "It was said: It was said: wise words")).to_have_count(1)


async def test_where_the_bot_is_not_its_commands_are_not(pages: Pages) -> None:
    page = await pages.open("cleo", where=f"2100/{HALL}")
    await member(page, "Ada").click(button="right")
    await page.get_by_role("menuitem", name="Apps").click()
    await expect(page.locator(".menu-note")).to_have_text("No app has a command for this.")
    await page.keyboard.press("Escape")
    await page.locator("#composer-text").click()
    await page.keyboard.type("/")
    await expect(page.locator("#composer .popup:visible")).to_contain_text("no commands here")
