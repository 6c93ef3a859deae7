"""What a bot's messages look like: embeds, and messages that are made of components only."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.apps.test_answers import run
from tests.browser.pages import LOOP, Pages
from tests.support.playground import WORKSHOP

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


async def test_an_embed_with_all_that_it_can_have(pages: Pages) -> None:
    page = await pages.open("ada", where=f"2000/{WORKSHOP}")
    await run(page, "card")
    card = page.locator(".embed").last
    await expect(card.locator(".embed-author a")).to_have_attribute(
        "href", "https://author.example/"
    )
    await expect(card.locator(".embed-title a")).to_have_text("A card")
    await expect(card.locator(".embed-body > .content strong")).to_have_text("some")
    await expect(card.locator(".field-name")).to_have_text(["Age", "Height", "Story"])
    await expect(card.locator(".embed-field.inline")).to_have_count(2)
    await expect(card.locator(".embed-footer")).to_have_text("the small print")
    assert "#336699" in str(await card.get_attribute("style"))
    picture = card.locator(".embed-image img")
    await expect(picture).to_have_js_property("naturalWidth", 6)
    # The picture of an embed is not shown a second time as a file.
    await expect(page.locator("li.message").last.locator(".picture, .file")).to_have_count(0)
    # Two fields beside each other, the third below.
    boxes = [await card.locator(".embed-field").nth(i).bounding_box() for i in range(3)]
    age, height, story = (box or {"x": 0, "y": 0} for box in boxes)
    assert age["y"] == height["y"] < story["y"]
    assert age["x"] < height["x"]


async def test_a_message_of_components_only(pages: Pages) -> None:
    page = await pages.open("ada", where=f"2000/{WORKSHOP}")
    ben = await pages.open("ben", where=f"2000/{WORKSHOP}")
    await run(page, "sheet")
    box = page.locator("li.message .container").last
    await expect(box.locator(".section .md-h1")).to_have_text("A sheet")
    await expect(box.locator(".thumbnail img")).to_have_js_property("naturalWidth", 2)
    await expect(box.locator(".separator.line")).to_have_count(1)
    first = box.locator(".gallery-item img").first
    await expect(first).to_have_js_property("naturalWidth", 5)
    await expect(first).to_have_attribute("alt", "First")
    # A spoiler opens by the keyboard.
    await box.locator(".gallery-item .veil-word").focus()
    await page.keyboard.press("Enter")
    await expect(box.locator(".gallery-item .veil.revealed img")).to_be_visible()
    link = box.locator(".file a")
    await expect(link).to_have_text("whole.txt")
    href = await link.get_attribute("href")
    got = await page.request.get(page.url.split("/?")[0] + str(href))
    assert await got.body() == b"all of it"
    # Nothing of it is shown twice, and what is read out names its words.
    message = page.locator("li.message").last
    await expect(message.locator(".part.files > *")).to_have_count(0)
    await expect(message).to_have_attribute("aria-label", re.compile("A sheet"))
    # Ben turns it; both see the other side.
    await ben.get_by_role("button", name="Turn it").last.click()
    for each in (page, ben):
        turned = each.locator("li.message .container").last
        await expect(turned).to_have_text("turned by @Ben")
