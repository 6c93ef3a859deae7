"""Forms that a bot opens: filled in, checked, kept when they are closed, and sent."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.browser.apps.test_answers import run
from tests.browser.pages import LOOP, SILENCE_MS, Pages, row
from tests.support.playground import BEN, TAVERN, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


def part(page: Page, label: str) -> Locator:
    """Return one thing to fill in, with what is said about it."""
    return page.locator("dialog.modal .form-part").filter(has_text=label)


async def open_form(page: Page, command: str = "form") -> None:
    """Run a command that opens a form."""
    await run(page, command)
    await expect(page.locator("dialog.modal")).to_be_visible()


async def test_a_form_is_filled_in_by_the_keyboard(pages: Pages) -> None:
    page, ben = await pages.open("ada"), await pages.open("ben")
    await open_form(page)
    form = page.get_by_role("dialog", name="About you")
    await expect(form.get_by_label("Name")).to_be_focused()
    # What is missing is said, and the keyboard is where it is missing.
    await page.keyboard.press("Enter")
    await expect(part(page, "Name").locator(".part-problem")).to_have_text("Fill this in.")
    await expect(part(page, "Friend").locator(".part-problem")).to_have_text("Choose something.")
    await expect(form.get_by_label("Name")).to_be_focused()
    await page.keyboard.type("The one who is far too long")
    await expect(part(page, "Name").locator(".part-counter")).to_have_text("27/20")
    await page.keyboard.press("Enter")
    await expect(part(page, "Name").locator(".part-problem")).to_contain_text("at most 20")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("Aria")
    await page.keyboard.press("Tab")
    for letters in ("warm", "be"):
        await page.keyboard.press("Enter")
        await expect(page.locator(".select-box")).to_be_visible()
        await page.keyboard.type(letters)
        await page.keyboard.press("Enter")
        await expect(page.locator(".select-box")).to_have_count(0)
        await page.keyboard.press("Tab")
    # The picture is optional; the box is ticked.
    await page.keyboard.press("Tab")
    await expect(form.get_by_label("I have read it")).to_be_focused()
    await page.keyboard.press("Space")
    await form.get_by_role("button", name="Submit").press("Enter")
    answer = f"name is Aria, tone is ['warm'], friend is ['{BEN}'], file is [], agreed is True"
    for each in (page, ben):
        await expect(row(each, answer)).to_have_count(1)
    await expect(form).to_have_count(0)
    await expect(page.locator("#composer-text")).to_be_focused()


async def test_a_file_goes_with_a_form(pages: Pages) -> None:
    page = await pages.open("cleo")
    await open_form(page)
    await part(page, "Name").get_by_role("textbox").fill("Cleo")
    await part(page, "Friend").get_by_role("button").click()
    await page.locator(".select-box [role=option]").filter(has_text="Ben").click()
    file: FilePayload = {"name": "me.txt", "mimeType": "text/plain", "buffer": b"me"}
    await part(page, "Picture").locator("input[type=file]").set_input_files(file)
    await page.get_by_role("button", name="Submit").click()
    await expect(row(page, "name is Cleo").last).to_contain_text("agreed is False")
    await expect(row(page, "name is Cleo").last).not_to_contain_text("file is []")


async def test_one_of_some_and_some_of_many(pages: Pages) -> None:
    page = await pages.open("dana")
    await open_form(page, "poll")
    await page.get_by_label("Sunday").check()
    for each in ("Soup", "Bread", "Cake"):
        await page.get_by_label(each).check()
    await page.get_by_role("button", name="Submit").click()
    await expect(part(page, "Food").locator(".part-problem")).to_have_text("Choose at most 2.")
    await page.get_by_label("Bread").uncheck()
    await page.get_by_role("button", name="Submit").click()
    await expect(row(page, "day is sunday, food is ['soup', 'cake']")).to_have_count(1)


async def test_what_was_typed_survives_a_closed_form(pages: Pages, playground: Playground) -> None:
    page = await pages.open("dana", where=f"2000/{TAVERN}")
    await open_form(page)
    await page.keyboard.type("half of it")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.modal")).to_have_count(0)
    await open_form(page)
    await expect(part(page, "Name").get_by_role("textbox")).to_have_value("half of it")
    # Somebody else has a form of their own.
    await page.get_by_role("button", name="Cancel").click()
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await expect(page.locator("#composer-text")).to_be_focused()
    await open_form(page)
    await expect(part(page, "Name").get_by_role("textbox")).to_have_value("")
    assert "half of it" not in str(await playground.messages(TAVERN))


async def test_a_form_that_nobody_answers_stays_open(pages: Pages) -> None:
    page = await pages.open("ben")
    await open_form(page)
    await page.keyboard.type("Nobody")
    await part(page, "Friend").get_by_role("button").click()
    await page.locator(".select-box [role=option]").filter(has_text="Cleo").click()
    submit = page.get_by_role("button", name="Submit")
    await submit.click()
    await expect(page.locator(".form-problem")).to_contain_text(
        "did not respond", timeout=SILENCE_MS
    )
    await part(page, "Name").get_by_role("textbox").fill("Somebody")
    await submit.click()
    await expect(row(page, "name is Somebody")).to_have_count(1)
    await expect(page.locator("dialog.modal")).to_have_count(0)
