"""Buttons and selects under the bot's messages, pressed by several people."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.apps.test_answers import run
from tests.browser.pages import LOOP, SILENCE_MS, Pages, row
from tests.support.playground import DANA, TAVERN, WORKSHOP, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


def newest(page: Page) -> Locator:
    """Return the newest message with components."""
    return page.locator("li.message").filter(has=page.locator(".action-row")).last


async def offer(page: Page, command: str, name: str) -> None:
    """Let somebody run a command, and wait for what it offers."""
    await run(page, command)
    await expect(newest(page).locator(".used-line")).to_contain_text(f"{name} used /{command}")


async def test_a_button_changes_its_message_for_all(pages: Pages, playground: Playground) -> None:
    page = await pages.open("ada", where=f"2000/{TAVERN}")
    ben = await pages.open("ben", where=f"2000/{TAVERN}")
    await offer(page, "panel", "Ada")
    await expect(newest(page).locator(".button.primary")).to_have_text("Count")
    await newest(page).get_by_role("button", name="Count").focus()
    await page.keyboard.press("Enter")
    await expect(row(page, "pressed 1")).to_have_count(1)
    # The keyboard stays in the row of buttons, or at the message when they are new ones.
    await expect(
        row(page, "pressed 1").locator("*:focus").or_(page.locator("li:focus"))
    ).to_have_count(1)
    await newest(ben).get_by_role("button", name="Count").click()
    for each in (page, ben):
        await expect(row(each, "pressed 2").locator(".edited")).to_have_count(1)
    await newest(ben).get_by_role("button", name="Later").click()
    for each in (page, ben):
        await expect(row(each, "changed later")).to_have_count(1)
    # A whisper is for who pressed.
    await newest(ben).get_by_role("button", name="Whisper").click()
    await expect(row(ben, "a word for ben").locator(".only-you")).to_have_count(1)
    await playground.say("ada", "did you hear anything?", TAVERN)
    await expect(row(page, "did you hear anything?")).to_have_count(1)
    await expect(row(page, "a word for ben")).to_have_count(0)
    # What cannot be pressed, and what leads elsewhere.
    await expect(newest(page).get_by_role("button", name="Never")).to_be_disabled()
    link = newest(page).get_by_role("link", name="More")
    await expect(link).to_have_attribute("href", "https://more.example/")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))


async def test_a_press_that_fails_is_told_to_who_pressed(pages: Pages) -> None:
    page = await pages.open("ada", where=f"2000/{WORKSHOP}")
    ben = await pages.open("ben", where=f"2000/{WORKSHOP}")
    await offer(page, "panel", "Ada")
    silence = newest(page).get_by_role("button", name="Silence")
    await silence.click()
    await expect(silence).to_have_attribute("aria-busy", "true")
    failure = newest(page).locator(".failure")
    await expect(failure).to_contain_text("This interaction failed.", timeout=SILENCE_MS)
    await expect(silence).not_to_have_attribute("aria-busy", "true")
    await expect(newest(ben).locator(".failure")).to_have_count(0)
    # Who becomes somebody else at the same page has pressed nothing.
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await expect(page.locator("#who")).to_contain_text("Cleo")
    await expect(newest(page).locator(".button").first).to_be_visible()
    await expect(failure).to_have_count(0)
    # The next press works again.
    await newest(page).get_by_role("button", name="Count").click()
    await expect(row(ben, "pressed 1")).to_have_count(1)


SINGLE = [
    ("user_select_menu", "Choose a person", "dan", "Dana", DANA),
    ("role_select_menu", "Choose a role", "mod", "@Moderator", "2011"),
    ("mentionable_select_menu", "Choose a person or a role", "adm", "@Admin", "2012"),
    ("channel_select_menu", "Choose a channel", "tav", "tavern", TAVERN),
]


async def test_every_kind_of_select_by_the_keyboard(pages: Pages) -> None:
    page, ben = await pages.open("cleo"), await pages.open("ben")
    await offer(page, "selects", "Cleo")
    for custom_id, words, letters, name, value in SINGLE:
        select = newest(page).locator(f'.select[data-key="{custom_id}"]')
        await expect(select).to_have_attribute("aria-label", f"{words}: nothing chosen")
        await select.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.type(letters)
        await expect(page.locator(".select-box [role=option]").first).to_contain_text(name)
        await page.keyboard.press("Enter")
        await expect(page.locator(".select-box")).to_have_count(0)
        for each in (page, ben):
            await expect(row(each, f"{custom_id}: {value}")).to_have_count(1)


async def test_several_are_chosen_by_the_mouse(pages: Pages) -> None:
    page, ben = await pages.open("dana"), await pages.open("ben")
    await offer(page, "selects", "Dana")
    colours = newest(page).locator('.select[data-key="colour"]')
    await expect(colours).to_have_text("Colours")
    await colours.click()
    options = page.locator(".select-box [role=option]")
    await expect(options).to_have_text(
        [re.compile(f"^{name}.*gets") for name in ("Red", "Green", "Blue")]
    )
    await options.filter(has_text="Red").click()
    await options.filter(has_text="Blue").click()
    # A third is one too many.
    await options.filter(has_text="Green").click()
    await expect(options.filter(has_text="Green")).to_have_attribute("aria-selected", "false")
    await expect(page.locator(".select-limit")).to_have_text("Up to 2")
    await page.keyboard.press("Escape")
    await expect(row(page, "colour: red, blue")).to_have_count(1)
    await expect(row(ben, "colour: red, blue")).to_have_count(1)
    # What Dana chose is shown to her alone.
    await expect(colours.locator(".chip")).to_have_text(["Red", "Blue"])
    await expect(newest(ben).locator('.select[data-key="colour"]')).to_have_text("Colours")
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await expect(page.locator("#who")).to_contain_text("Cleo")
    await expect(colours).to_have_text("Colours")
