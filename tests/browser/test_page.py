"""Talking on the playground's page: what one says, and what others see at once."""

from __future__ import annotations

import re
import struct
import zlib

import httpx
import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.pages import LOOP, Hook, Pages, row, until, write
from tests.support.playground import LOUNGE, TAVERN, WORKSHOP, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)

_FROM_THE_END = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.getElementById("stream");
  return scrollHeight - scrollTop - clientHeight;
}"""


def png(width: int, height: int) -> bytes:
    """Return a white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    lines = (b"\0" + b"\xff" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


async def test_what_one_says_stands_there_after_a_reload_and_in_other_pages(
    pages: Pages, playground: Playground
) -> None:
    await playground.say("cleo", "hello")
    ada, ben = await pages.open("ada"), await pages.open("ben")
    await write(ada, "good *evening* all")
    await write(ada, "second line")
    for page in (ada, ben):
        await expect(row(page, "good evening all").locator("em")).to_have_text("evening")
        await expect(row(page, "good evening all").locator(".author")).to_have_text("Ada")
        # Under the same name, without saying it again.
        await expect(row(page, "second line").locator(".author")).to_have_count(0)
    await expect(ada.locator("#composer-text")).to_have_value("")
    await ada.reload()
    await expect(row(ada, "second line")).to_be_in_viewport()


async def test_lines_are_broken_with_shift_and_enter(pages: Pages, playground: Playground) -> None:
    page = await pages.open(where=f"2000/{WORKSHOP}")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await expect(row(page, "one")).to_have_count(1)
    assert (await playground.messages(WORKSHOP))[0]["content"] == "one\ntwo"


async def test_a_webhook_speaks_under_its_own_names(
    pages: Pages, hook: Hook, playground: Playground
) -> None:
    page = await pages.open()
    await playground.say("ben", "who is there?")
    await hook.say("Aria", "first voice")
    await hook.say("Aria", "same voice")
    await hook.say("Old <b>Moss</b>", "other voice")
    first, other = row(page, "first voice"), row(page, "other voice")
    await expect(first.locator(".author")).to_have_text("Aria")
    await expect(first.locator(".app-tag")).to_have_text("APP")
    await expect(row(page, "same voice").locator(".author")).to_have_count(0)
    await expect(other.locator(".author")).to_have_text("Old <b>Moss</b>")
    await expect(page.locator("#announcer")).to_have_text("Old <b>Moss</b>: other voice")


async def test_the_keyboard_alone_replies_reacts_edits_and_deletes(
    pages: Pages, playground: Playground
) -> None:
    await playground.say("ben", "a question from ben")
    ada, ben = await pages.open("ada"), await pages.open("ben")
    await expect(row(ada, "a question from ben")).to_be_visible()

    # From the message box to the newest message, and an answer to it.
    await ada.keyboard.press("Shift+Tab")
    await ada.keyboard.press("Shift+Tab")
    await expect(row(ada, "a question from ben")).to_be_focused()
    await ada.keyboard.press("r")
    await expect(ada.locator(".reply-bar")).to_have_text("Replying to Ben")
    await ada.keyboard.type("an answer frm ada")
    await ada.keyboard.press("Enter")
    answer = row(ben, "an answer frm ada")
    await expect(answer.locator(".reply-words")).to_have_text("a question from ben")
    await expect(answer).to_have_class(re.compile("to-me"))

    # Arrow up changes what was said last.
    await ada.keyboard.press("ArrowUp")
    editor = ada.locator(".editing-form textarea")
    await expect(editor).to_be_focused()
    await editor.fill("an answer from ada")
    await ada.keyboard.press("Enter")
    await expect(row(ben, "an answer from ada").locator(".edited")).to_have_text("(edited)")
    await expect(ada.locator("#composer-text")).to_be_focused()

    # A reaction, found by its name.
    await row(ada, "an answer from ada").focus()
    await ada.keyboard.press("+")
    await ada.keyboard.type("fire")
    await ada.keyboard.press("Enter")
    seen = row(ben, "an answer from ada").locator(".reaction").first
    await expect(seen).to_have_text("🔥1")
    await seen.click()
    await expect(seen).to_have_attribute("aria-pressed", "true")
    await expect(row(ada, "an answer from ada").locator(".count")).to_have_text("2")
    await ben.reload()
    await expect(seen).to_have_attribute("aria-pressed", "true")
    await seen.click()
    await expect(seen).to_have_attribute("aria-pressed", "false")

    # Gone after a question.
    await row(ada, "an answer from ada").focus()
    await ada.keyboard.press("Delete")
    await expect(ada.locator("dialog")).to_contain_text("Delete this message?")
    await ada.keyboard.press("Enter")
    for page in (ada, ben):
        await expect(row(page, "an answer from ada")).to_have_count(0)


async def test_only_what_is_ones_own_can_be_changed(pages: Pages, playground: Playground) -> None:
    await playground.say("ada", "ada's own words")
    # Ben is a moderator, who may delete what others said.
    page = await pages.open("cleo")
    await row(page, "ada's own words").hover()
    tools = page.locator(".toolbar button")
    await expect(tools.and_(page.get_by_label("Reply"))).to_be_visible()
    for label in ("Edit", "Delete"):
        await expect(tools.and_(page.get_by_label(label))).to_have_count(0)


async def test_a_message_that_grows_is_followed_to_its_end(pages: Pages, hook: Hook) -> None:
    page = await pages.open()
    said = await hook.say("Aria", "the long story")
    await expect(row(page, "the long story")).to_be_in_viewport()
    for length in range(0, 80, 4):
        await hook.edit(said, "the long story\n" + "\n".join(f"line {i}" for i in range(length)))
    await expect(row(page, "line 75")).to_be_visible()
    await until(page, f"({_FROM_THE_END})() < 2")
    await hook.delete(said)
    await expect(row(page, "the long story")).to_have_count(0)


async def test_typing_is_shown_until_the_message(
    pages: Pages, playground: Playground, bot: httpx.AsyncClient, hook: Hook
) -> None:
    page = await pages.open("ada")
    line = page.locator("#typing")
    await bot.post(f"/channels/{LOUNGE}/typing")
    await expect(line).to_have_text("tzurot is typing…")
    await playground.type("ben")
    await playground.type("cleo")
    await expect(line).to_have_text("tzurot, Ben and Cleo are typing…")
    await playground.say("ben", "done typing")
    await playground.say("cleo", "me too")
    await hook.say("Aria", "and so am I")
    await expect(line).to_have_text("")


async def test_ones_own_typing_is_told(pages: Pages) -> None:
    ada, ben = await pages.open("ada"), await pages.open("ben")
    await ada.keyboard.type("hm")
    await expect(ben.locator("#typing")).to_have_text("Ada is typing…")
    await expect(ada.locator("#typing")).to_have_text("")


async def test_spoilers_open_by_mouse_and_by_keyboard(pages: Pages, hook: Hook) -> None:
    page = await pages.open()
    await hook.say("Aria", "It was ||the butler|| with ||[a spoon](https://spoon.example/)||.")
    first, second = page.locator(".spoiler").nth(-2), page.locator(".spoiler").nth(-1)
    await expect(first.locator(".spoiler-text")).to_have_css("opacity", "0")
    await expect(page.get_by_role("link", name="a spoon")).to_have_count(0)
    await first.click()
    await expect(first.locator(".spoiler-text")).to_have_css("opacity", "1")
    await second.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="a spoon")).to_be_visible()


async def test_files_go_both_ways(pages: Pages, playground: Playground) -> None:
    ada, ben = await pages.open("ada", f"2000/{TAVERN}"), await pages.open("ben", f"2000/{TAVERN}")
    files: list[FilePayload] = [
        {"name": "dot.png", "mimeType": "image/png", "buffer": png(3, 2)},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"remember"},
    ]
    await ada.locator("#file-chooser").set_input_files(files)
    await expect(ada.locator(".upload-list li")).to_have_count(2)
    await write(ada, "look what I have")
    picture = row(ben, "look what I have").locator(".picture img")
    await expect(picture).to_have_js_property("naturalWidth", 3)
    await expect(row(ben, "look what I have").locator(".file a")).to_have_text("notes.txt")
    await expect(ada.locator(".upload-list")).to_be_hidden()
    assert len((await playground.messages(TAVERN))[0]["attachments"]) == 2


async def test_an_embed_is_drawn_without_a_bot_that_could_break_out(
    pages: Pages, hook: Hook
) -> None:
    page = await pages.open()
    embed = {
        "title": "A <b>card</b>",
        "url": "https://card.example/",
        "description": "**bold** words",
        "color": 0xF0B232,
        "fields": [{"name": "One", "value": "||two||", "inline": True}],
    }
    await hook.say("Aria", "see the card", embeds=[embed])
    card = row(page, "see the card").locator(".embed")
    await expect(card.locator(".embed-title a")).to_have_text("A <b>card</b>")
    await expect(card.locator(".embed-title a")).to_have_attribute("href", "https://card.example/")
    await expect(card.locator("strong")).to_have_text("bold")
    await expect(card.locator(".embed-field .spoiler")).to_have_count(1)


async def test_older_messages_come_when_one_scrolls_up(
    pages: Pages, playground: Playground
) -> None:
    first = await playground.say("ben", "the very first of many", WORKSHOP)
    for number in range(80):
        await playground.say("ben", f"one of many, {number}", WORKSHOP)
    await playground.reply("ben", first, "back to where it began")
    page = await pages.open("ada", f"2000/{WORKSHOP}")
    await expect(row(page, "the very first of many")).to_have_count(0)
    before = await page.locator("li.message").count()
    await page.locator("#stream").evaluate("(stream) => stream.scrollTo(0, 0)")
    await until(page, f"document.querySelectorAll('li.message').length > {before}")
    await page.get_by_role("button", name="Jump to the newest").click()

    # The line above an answer leads to what it answers.
    await row(page, "back to where it began").locator(".reply-line").click()
    await expect(row(page, "the very first of many").first).to_be_in_viewport()
    await playground.say("ben", "something new meanwhile", WORKSHOP)
    await expect(page.locator("#jump-bar")).to_contain_text("1 new message")
    await page.locator("#jump-bar button").first.click()
    await expect(row(page, "something new meanwhile")).to_be_in_viewport()
    await expect(page.locator(".divider.new")).to_have_count(1)


async def test_a_thread_grows_from_a_message(pages: Pages, playground: Playground) -> None:
    await playground.say("ada", "let us plan a walk")
    page = await pages.open("ada")
    await row(page, "let us plan a walk").hover()
    await page.get_by_role("button", name="Create thread").last.click()
    await page.get_by_label("Thread name").fill("Walks")
    await page.keyboard.press("Enter")
    await expect(page.locator(".header-name")).to_have_text("Walks")
    await expect(page.locator("li.thread .channel[aria-current]")).to_have_text("Walks")
    await expect(row(page, "let us plan a walk")).to_have_count(1)
    await page.get_by_role("link", name="lounge (text channel)").click()
    await expect(row(page, "let us plan a walk").locator(".thread-link")).to_have_text("Walks")
