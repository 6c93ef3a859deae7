"""Several servers, who is in them and may do what there, and messages that proxies repeat."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import LOOP, Pages, row, write
from tests.support.discord_bot import Listener
from tests.support.playground import BEN, GUILD, HALL, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


async def become(page: Page, name: str) -> None:
    """Be somebody else at the same page."""
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name=name).click()
    await expect(page.locator("#who")).to_contain_text(name)


async def test_the_bot_is_added_to_a_server_and_sent_out(pages: Pages) -> None:
    page = await pages.open("cleo")
    notice = page.locator("#bot-notice")
    await expect(notice).to_be_hidden()
    await page.get_by_role("link", name="The Annex").click()
    await expect(page.locator(".header-name")).to_have_text("hall")
    await expect(notice).to_contain_text("tzurot is not here yet.")
    await notice.get_by_role("button", name="Add the app").click()
    await expect(notice).to_be_hidden()
    member = page.locator(".member").filter(has_text="tzurot")
    await expect(member).to_have_count(1)
    # Its commands are there at once.
    await page.locator("#composer-text").click()
    await page.keyboard.type("/pass")
    await expect(page.locator("#composer .popup [role=option]")).to_contain_text("/passing")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.press("Backspace")
    await member.click(button="right")
    await page.get_by_role("menuitem", name="Remove the app from this server").click()
    await expect(notice).to_contain_text("tzurot is not here yet.")
    await expect(member).to_have_count(0)
    # The way back leads to where one was in the other server.
    await page.get_by_role("link", name="The Playground").click()
    await expect(page.locator(".header-name")).to_have_text("lounge")
    await expect(notice).to_be_hidden()


async def test_each_person_sees_the_servers_they_are_in(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open("ben")
    rail = page.locator("#rail a.server")
    await expect(rail.and_(page.get_by_label("The Playground"))).to_have_count(1)
    await expect(rail.and_(page.get_by_label("The Annex"))).to_have_count(0)
    await become(page, "Ada")
    await expect(rail.and_(page.get_by_label("The Annex"))).to_have_count(1)
    # A new server appears as soon as it is made, and goes with who is put out of it.
    made = await playground.guild("Ada's Attic", "cleo")
    await playground.set_member(made["id"], "ada")
    attic = rail.and_(page.get_by_label("Ada's Attic"))
    await attic.click()
    await expect(page.locator(".header-name")).to_have_text("general")
    await write(page, "dusty up here")
    await expect(row(page, "dusty up here")).to_have_count(1)
    await playground.remove_member(made["id"], "ada")
    await expect(attic).to_have_count(0)
    await expect(page.locator(".header-name")).not_to_have_text("general")
    # What is said elsewhere is seen on the rail.
    await playground.say("cleo", "is <@3001> there?", HALL)
    annex = page.get_by_role("link", name=re.compile("The Annex, 1 unread for you"))
    await expect(annex.locator(".badge")).to_have_text("1")
    await annex.click()
    await expect(row(page, "is @Ada there?")).to_be_in_viewport()


async def test_a_role_gives_its_powers_at_once(pages: Pages, playground: Playground) -> None:
    await playground.say("ada", "something rude")
    page = await pages.open("cleo")
    rude = row(page, "something rude").last
    delete = page.locator(".toolbar button").and_(page.get_by_label("Delete"))
    await expect(page.locator("#who")).to_contain_text("You, member")
    await rude.hover()
    await expect(delete).to_have_count(0)
    role = await playground.role(GUILD, "Keeper", ["MANAGE_MESSAGES"])
    await playground.set_member(GUILD, "cleo", [role["id"]])
    await expect(page.locator("#who")).to_contain_text("You, moderator")
    await page.mouse.move(0, 0)
    await rude.focus()
    await page.keyboard.press("Delete")
    await page.keyboard.press("Enter")
    await expect(row(page, "something rude")).to_have_count(0)
    await playground.set_member(GUILD, "cleo")
    await expect(page.locator("#who")).to_contain_text("You, member")


async def test_a_proxy_says_it_again(pages: Pages, playground: Playground, app: Listener) -> None:
    page = await pages.open("ben")
    await playground.say("ben", "who is in front today?")
    await expect(row(page, "who is in front today?")).to_have_count(1)
    done = await playground.proxy("ada", "it is me", "Lua")
    said = row(page, "it is me")
    await expect(said).to_have_count(1)
    await expect(said.locator(".author")).to_have_text("Lua")
    await expect(said.locator(".app-tag")).to_have_text("APP")
    # It is answered as anybody's message is, and is nobody's to change.
    await said.hover()
    tools = page.locator(".toolbar button")
    await expect(tools.and_(page.get_by_label("Edit"))).to_have_count(0)
    await tools.and_(page.get_by_label("Reply")).click()
    await page.keyboard.type("welcome")
    await page.keyboard.press("Enter")
    await expect(row(page, "welcome").locator(".reply-words")).to_have_text("it is me")
    event = await app.hears("welcome")
    assert str(event.author_id) == BEN
    assert event.message.referenced_message is not None
    assert str(event.message.referenced_message.id) == done["proxied"]["id"]


async def test_reactions_by_the_mouse_meet_the_bots(
    pages: Pages, playground: Playground, app: Listener
) -> None:
    said = await playground.say("ada", "react to this")
    page = await pages.open("ben")
    message = row(page, "react to this").last
    await app.rest.add_reaction(int(said["channel_id"]), int(said["id"]), "\N{EYES}")
    eyes = message.locator('.reaction[data-key="\N{EYES}"]')
    await expect(eyes.locator(".count")).to_have_text("1")
    await expect(eyes).to_have_attribute("title", "tzurot")
    await eyes.click()
    await expect(eyes.locator(".count")).to_have_text("2")
    await expect(eyes).to_have_attribute("title", "tzurot, Ben")
    await message.locator(".reaction.add").click()
    await page.keyboard.type("heart")
    await page.keyboard.press("Enter")
    await expect(message.locator(".reaction")).to_have_count(3)
    await app.rest.delete_all_reactions(int(said["channel_id"]), int(said["id"]))
    await expect(message.locator(".reaction")).to_have_count(0)
