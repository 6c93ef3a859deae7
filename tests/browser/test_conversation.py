"""The whole of it in a browser: a person types, and a character answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.pages import LOOP, NARROW, pages_of, row
from tests.support.model_server import ModelServer, Reply
from tests.support.play import Play

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)
_ANSWER_MS = 20_000


@pytest_asyncio.fixture(loop_scope=LOOP)
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope=LOOP)
async def play(data_dir: Path, model: ModelServer) -> AsyncIterator[Play]:
    play = Play(data_dir, PORT="0", OPENROUTER_BASE_URL=model.url, DEFAULT_MODEL="scripted")
    await play.start()
    await play.ready()
    yield play
    assert await play.stop() == 0


async def test_a_person_types_a_name_and_reads_the_answer(
    browser: Browser, play: Play, model: ModelServer
) -> None:
    model.enqueue(
        Reply.text("*pours a cup* Good evening, **Ada**.", first_delay=1),
        Reply.text("It is always open when you need it."),
    )
    async with pages_of(browser, play.url) as pages:
        page = await pages.open()
        composer = page.locator("#composer-text")
        # By the keyboard alone: a few letters, the completion, the message.
        await page.keyboard.type("@jun")
        await expect(page.get_by_role("option", name="Juniper")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(composer).to_have_value("@Juniper ")
        await page.keyboard.type("hello")
        await page.keyboard.press("Enter")
        await expect(page.locator("#typing")).to_contain_text("typing", timeout=_ANSWER_MS)
        answer = row(page, "Good evening, Ada.")
        await expect(answer).to_be_visible(timeout=_ANSWER_MS)
        await expect(answer.locator(".author")).to_have_text("Juniper")
        await expect(answer.locator("em").first).to_have_text("pours a cup")
        await expect(answer.locator("img.avatar, .avatar img").first).to_have_js_property(
            "complete", value=True
        )
        # A reply from a phone goes on with the same character.
        phone = await pages.open("ben", viewport=NARROW)
        await row(phone, "Good evening, Ada.").hover()
        await (
            row(phone, "Good evening, Ada.").get_by_role("button", name=re.compile("Reply")).click()
        )
        await phone.keyboard.type("is it open?")
        await phone.keyboard.press("Enter")
        await expect(row(phone, "always open")).to_be_visible(timeout=_ANSWER_MS)
        await expect(row(page, "always open")).to_be_visible()
