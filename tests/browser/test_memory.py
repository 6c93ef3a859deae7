"""A character that a person makes on the page, and what it remembers of her."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import LOOP, pages_of, row, write
from tests.support.jobs import until
from tests.support.model_script import Json
from tests.support.model_server import ModelServer, Reply
from tests.support.play import Play
from tests.support.playground import BEN, LOUNGE
from tzurot.rules.cascade import SETTINGS

IN_VIEW = int(str(SETTINGS["history_messages"].value.default))

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)
_ANSWER_MS = 20_000
_FACT = "my sister's parrot is called Admiral Beak"
_FORM = {
    "Name": "Old Moss",
    "Who they are": "{{char}} is a stone that listens to {{user}}.",
    "First words": "Hm.",
}


def _answer(body: Json) -> Reply:
    """Say what was said last, so that each answer can be told from the others."""
    last = body["messages"][-1]["content"]
    return Reply.text(f"Hm: {last.rpartition(': ')[2].removeprefix('@Old Moss ')}")


@pytest_asyncio.fixture(loop_scope=LOOP)
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer(_answer) as server:
        yield server


@pytest_asyncio.fixture(loop_scope=LOOP)
async def play(data_dir: Path, model: ModelServer) -> AsyncIterator[Play]:
    play = Play(data_dir, PORT="0", OPENROUTER_BASE_URL=model.url, DEFAULT_MODEL="scripted")
    await play.start()
    await play.ready()
    yield play
    assert await play.stop() == 0


async def make_character(page: Page) -> None:
    """Make a character through the command's form, by the keyboard."""
    await page.keyboard.type("/create")
    await expect(page.locator("#composer .popup [role=option]").first).to_contain_text(
        "/character create"
    )
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-name")).to_contain_text("/character create")
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="A new character")
    await expect(form).to_be_visible()
    for label, text in _FORM.items():
        await form.get_by_label(label).fill(text)
    await form.get_by_role("button", name="Submit").click()
    await expect(row(page, "Old Moss is here, for you alone").locator(".only-you")).to_be_visible()


async def say(page: Page, name: str, words: str) -> None:
    """Say something to a character, its name completed, and wait for what it answers."""
    await page.locator("#composer-text").focus()
    await page.keyboard.type(f"@{name}")
    await expect(page.get_by_role("option", name="Old Moss")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")
    answer = row(page, f"Hm: {words}")
    await expect(answer).to_be_visible(timeout=_ANSWER_MS)
    await expect(answer.locator(".reply-line, .head")).not_to_have_count(0)


async def push_out(api: httpx.AsyncClient) -> None:
    """Fill the visible history with something else."""
    for number in range(IN_VIEW + 2):
        said = {"user": BEN, "content": f"The weather, part {number}."}
        (await api.post(f"/channels/{LOUNGE}/messages", json=said)).raise_for_status()


async def test_a_new_character_is_offered_to_its_maker_and_remembers_her(
    browser: Browser, play: Play, model: ModelServer
) -> None:
    async with (
        pages_of(browser, play.url) as pages,
        httpx.AsyncClient(base_url=f"{play.url}/playground/api") as api,
    ):
        page, ben = await pages.open("ada"), await pages.open("ben")
        await make_character(page)
        # Ben, who has not heard it, is offered the others only.
        await ben.keyboard.type("@")
        names = ben.locator(".completion-label")
        await expect(names.filter(has_text="Juniper")).to_be_visible()
        await expect(names.filter(has_text="Old Moss")).to_have_count(0)
        await ben.keyboard.type("mos")
        await expect(ben.locator(".completion-label:visible")).to_have_count(0)

        await say(page, "mos", _FACT)
        assert "Old Moss is a stone that listens to Ada." in str(model.requests[-1].body)
        await push_out(api)
        await expect(row(page, f"part {IN_VIEW + 1}.")).to_be_visible()

        # It is remembered in the background, so she asks until it is.
        async def asked() -> str:
            await write(page, f"@Old Moss what is my sister's parrot called? {len(model.requests)}")
            count = len(model.requests)
            await model.until(lambda: len(model.requests) > count, patience=20)
            return str(model.requests[-1].body["messages"][-1]["content"])

        last = await until(asked, lambda text: "Admiral Beak" in text)
        assert "remembers these earlier talks with Ada" in last
        assert last.rpartition("\n")[2].startswith("Ada: @Old Moss what is my sister's parrot")
        everything_else = str(model.requests[-1].body["messages"][:-1])
        assert "Admiral Beak" not in everything_else
