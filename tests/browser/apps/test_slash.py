"""Slash commands: found in the pop-up, filled in option by option, checked before they are sent."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.browser.pages import LOOP, Pages, row
from tests.support.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


def offered(page: Page) -> Locator:
    """Return what the open pop-up offers."""
    return page.locator("#composer .popup:visible [role=option]")


def pill(page: Page, option: str) -> Locator:
    """Return where the value of an option is written."""
    return page.locator(f'.pill[data-option="{option}"]').locator("input[type=text], button")


async def type_command(page: Page, text: str, command: str) -> None:
    """Type a slash and some letters, and take the command that they mean."""
    await page.keyboard.type(text)
    await expect(offered(page).first).to_contain_text(command)
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-name")).to_contain_text(command)


async def add(page: Page, option: str, value: str, shown: str) -> None:
    """Add an option, and take the first of what answers to a few letters."""
    await page.keyboard.type(option)
    await page.keyboard.press("Enter")
    await expect(pill(page, option)).to_be_focused()
    await page.keyboard.type(value)
    await expect(offered(page).first).to_contain_text(shown)
    await page.keyboard.press("Enter")
    await expect(pill(page, option)).to_have_value(shown)


async def test_a_command_is_run_by_the_keyboard_alone(pages: Pages) -> None:
    page, ben = await pages.open("ada"), await pages.open("ben")
    await page.keyboard.type("/")
    # One entry for each that can be run, with the names of its options.
    for name in ("/character memory forget", "/character talk", "/everything", "/slow"):
        await expect(offered(page).filter(has_text=name)).to_have_count(1)
    await expect(page.locator(".popup .listbox-group")).to_have_text(re.compile("tzurot"))
    await type_command(page, "ev", "/everything")
    about = page.locator(".option-about:visible")
    await expect(pill(page, "text")).to_be_focused()
    await expect(about).to_contain_text("Two to five letters")
    await expect(about).to_contain_text("2 to 5 characters")
    await page.keyboard.type("abc")
    await page.keyboard.press("Tab")
    await expect(about).to_contain_text("a whole number from 1 to 9")
    await page.keyboard.type("7")
    await page.keyboard.press("Tab")
    await expect(page.locator(".more-options")).to_be_focused()
    await add(page, "who", "be", "Ben")
    await add(page, "where", "tav", "tavern")
    await add(page, "role", "mod", "@Moderator")
    await add(page, "yes", "t", "True")
    # What was chosen is taken back and chosen anew.
    await add(page, "colour", "r", "red")
    await page.keyboard.press("Shift+Tab")
    await expect(pill(page, "colour")).to_be_focused()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("bl")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    answer = "text is abc, whole is 7, yes is True, who is ben, where is tavern"
    for each in (page, ben):
        shown = row(each, f"{answer}, role is Moderator, colour is blue")
        await expect(shown.locator(".used-line")).to_contain_text("Ada used /everything")
        await expect(shown.locator(".head .author")).to_have_text("tzurot")
    await expect(page.locator("#composer-text")).to_be_focused()
    await expect(page.locator("#composer-text")).to_have_value("")


async def test_the_mouse_does_it_too_and_a_file_goes_with_it(pages: Pages) -> None:
    page = await pages.open("cleo")
    await page.keyboard.type("/every")
    await offered(page).filter(has_text="/everything").click()
    await page.keyboard.type("mouse")
    await pill(page, "whole").click()
    await page.keyboard.type("1")
    more = page.locator(".more-options")
    await expect(more).to_have_attribute("placeholder", "+8 optional")
    await more.click()
    await offered(page).filter(has_text="file").click()
    await expect(pill(page, "file")).to_have_text("Choose or paste a file")
    async with page.expect_file_chooser() as choosing:
        await pill(page, "file").click()
    file: FilePayload = {"name": "list.txt", "mimeType": "text/plain", "buffer": b"two eggs"}
    await (await choosing.value).set_files(file)
    await expect(pill(page, "file")).to_have_text("list.txt (8 bytes)")
    await more.click()
    await offered(page).filter(has_text="either").click()
    await offered(page).filter(has_text="@Admin").click()
    await page.keyboard.press("Enter")
    answer = row(page, "text is mouse, whole is 1, either is 2012, file is list.txt")
    link = answer.locator(".file a")
    await expect(link).to_have_text("back.txt")
    # What came back can be saved.
    href = await link.get_attribute("href")
    got = await page.request.get(page.url.split("/?")[0] + str(href))
    assert await got.body() == b"two eggs"


async def test_what_does_not_fit_is_said_before_anything_is_sent(pages: Pages) -> None:
    page = await pages.open("dana")
    problem = page.locator(".composer-problem")
    await type_command(page, "/every", "/everything")
    await page.keyboard.type("a")
    await page.keyboard.press("Enter")
    await expect(problem).to_have_text("text: Use 2 to 5 characters; these are 1.")
    await expect(pill(page, "text")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.type("b")
    await expect(problem).to_have_text("")
    await page.keyboard.press("Enter")
    await expect(problem).to_have_text("whole: this option is required.")
    await expect(pill(page, "whole")).to_be_focused()
    await page.keyboard.type("12")
    await page.keyboard.press("Enter")
    await expect(problem).to_have_text("whole: Enter a whole number from 1 to 9.")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Tab")
    await page.keyboard.type("colour")
    await page.keyboard.press("Enter")
    await page.keyboard.type("green")
    await expect(page.locator(".popup:visible")).to_contain_text("Nothing here answers to that.")
    await page.keyboard.press("Enter")
    await expect(problem).to_have_text("colour: choose one from the list.")
    # An option that is emptied goes away.
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")
    await expect(pill(page, "colour")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(row(page, "text is ab, whole is 1")).to_have_count(1)


async def test_the_bot_suggests_values_while_one_types(pages: Pages) -> None:
    page = await pages.open()
    await type_command(page, "/talk", "/character talk")
    await expect(offered(page)).to_have_text(["Aria", "Arno", "Bella"])
    await page.keyboard.type("ar")
    await expect(offered(page)).to_have_text(["Aria", "Arno"])
    await page.keyboard.type("x")
    await expect(page.locator(".popup:visible")).to_contain_text("No options match")
    await page.keyboard.press("Backspace")
    await expect(offered(page)).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(pill(page, "name")).to_have_value("Arno")
    await page.keyboard.press("Enter")
    await expect(row(page, "Arno is here").locator(".used-line")).to_contain_text(
        "Ada used /character talk"
    )


async def test_a_command_that_was_left_is_still_there(pages: Pages, playground: Playground) -> None:
    page = await pages.open("ben")
    box = page.locator("#composer-text")
    await type_command(page, "/every", "/everything")
    await page.keyboard.type("kept")
    await page.keyboard.press("Tab")
    await page.keyboard.type("4")
    await page.reload()
    await expect(box).to_have_value("/everything text:kept whole:4")
    await box.focus()
    await page.keyboard.press("Enter")
    await expect(pill(page, "text")).to_have_value("kept")
    await page.keyboard.press("Escape")
    await expect(box).to_have_value("/everything text:kept whole:4")
    # What is no command is said as it stands.
    await box.fill("")
    await page.keyboard.type("/shrug at it")
    await page.keyboard.press("Enter")
    await expect(row(page, "/shrug at it").locator(".author")).to_have_text("Ben")
    assert "kept" not in str(await playground.messages(limit=1))


async def test_who_may_not_is_not_offered_it(pages: Pages) -> None:
    cleo, ben = await pages.open("cleo"), await pages.open("ben")
    for page, count in ((cleo, 0), (ben, 1)):
        await page.keyboard.type("/")
        await expect(offered(page).filter(has_text="/silent")).to_have_count(1)
        await expect(offered(page).filter(has_text="/moderate")).to_have_count(count)
    await ben.keyboard.type("mod")
    await ben.keyboard.press("Enter")
    await ben.keyboard.press("Enter")
    await expect(row(cleo, "order, please")).to_have_count(1)
    # A command of servers is none of direct messages.
    await ben.get_by_role("button", name="Direct messages").click()
    await expect(ben.locator(".header-name")).to_have_text("tzurot")
    await ben.keyboard.type("/")
    await expect(offered(ben).filter(has_text="/silent")).to_have_count(1)
    await expect(offered(ben).filter(has_text="/moderate")).to_have_count(0)
