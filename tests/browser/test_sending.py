"""What people send beside words, and channels for a few, as the page shows them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.pages import LOOP, Pages, row
from tests.support.playground import BEN, GUILD, LOUNGE, TAVERN, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


async def test_a_forward_shows_what_was_passed_on(pages: Pages, playground: Playground) -> None:
    page = await pages.open("ben")
    source = await playground.say("ada", "**spread** the word", TAVERN)
    sent = await playground.forward("cleo", source)
    shown = page.locator(f'li.message[data-id="{sent["id"]}"]')
    await expect(shown.locator(".forwarded-head")).to_have_text("Forwarded")
    await expect(shown.locator(".forwarded strong")).to_have_text("spread")
    await playground.reply("ada", sent, "well said")
    line = row(page, "well said").locator(".reply-words")
    await expect(line).to_have_text("Forwarded: spread the word")


async def test_polls_stickers_and_recordings_are_readable(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open("ben")
    await playground.poll("ada", "Tea or coffee?", ["Tea", "Coffee"])
    poll = page.get_by_role("region", name="Poll: Tea or coffee?")
    await expect(poll.get_by_role("listitem")).to_have_text(["Tea", "Coffee"])
    await playground.sticker("ada", "waving cat")
    picture = page.get_by_alt_text("Sticker: waving cat")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 160)
    await playground.voice("ada", ("voice-message.ogg", "audio/ogg", b"OggS"), 65)
    await expect(page.locator(".file", has_text="Voice message")).to_contain_text("1:05")


async def test_a_private_channel_is_shown_to_those_it_is_for(
    pages: Pages, playground: Playground
) -> None:
    ben, cleo = await pages.open("ben"), await pages.open("cleo")
    vault = await playground.channel(GUILD, "vault", private_to=[BEN], nsfw=True)
    await playground.thread("ada", "whispers", members=[BEN])
    channels = ben.locator("#channels")
    name = "vault (private age-restricted text channel)"
    link = channels.get_by_role("link", name=name)
    await expect(link.locator(".icon")).to_have_count(2)
    await expect(link.locator(".age")).to_have_text("18+")
    await expect(channels.get_by_role("link", name="whispers (private thread)")).to_be_visible()
    await link.click()
    await playground.say("ada", "just us", vault["id"])
    await expect(row(ben, "just us")).to_be_visible()

    await playground.say("ada", "for all", LOUNGE)
    await expect(row(cleo, "for all")).to_be_visible()
    await expect(cleo.locator("#channels")).not_to_contain_text(re.compile("vault|whispers"))
    # Who becomes somebody else leaves what the other may not see.
    await ben.locator("#who").click()
    await ben.get_by_role("menuitemradio", name="Cleo").click()
    await expect(ben.locator(".header-name")).to_have_text("lounge")
    await expect(ben.locator("#channels")).not_to_contain_text(re.compile("vault|whispers"))
