"""Getting about on the page: channels, direct messages, people, and small screens."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.pages import LOOP, NARROW, Pages, row, write
from tests.support.discord_bot import listening
from tests.support.playground import ADA, BEN, LOUNGE, TAVERN, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)


async def test_unread_channels_stand_out_until_they_are_read(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open("cleo")
    tavern = page.locator(f'.channel[data-key="{TAVERN}"]')
    await expect(tavern).to_be_visible()
    await playground.say("ben", "drinks are here", TAVERN)
    await expect(tavern).to_have_class(re.compile("unread"))
    await playground.say("ben", "<@3003> come over", TAVERN)
    await expect(tavern.locator(".badge")).to_have_text("1")
    await expect(page).to_have_title(re.compile(r"^\(1\)"))
    await page.reload()
    await expect(tavern.locator(".badge")).to_have_text("1")
    await page.keyboard.press("Alt+Shift+ArrowDown")
    await expect(row(page, "come over")).to_be_in_viewport()
    await expect(page.locator(".divider.new")).to_have_count(1)
    await expect(tavern).not_to_have_class(re.compile("unread"))
    await expect(tavern.locator(".badge")).to_have_count(0)


async def test_the_quick_switcher_goes_where_a_few_letters_say(pages: Pages) -> None:
    page = await pages.open()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("work")
    await expect(page.locator(".switcher [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator(".header-name")).to_have_text("workshop")
    await expect(page.locator("#composer-text")).to_be_focused()
    await page.go_back()
    await expect(page.locator(".header-name")).to_have_text("lounge")


async def test_each_person_has_direct_messages_of_their_own(
    pages: Pages, playground: Playground, bot: httpx.AsyncClient
) -> None:
    page = await pages.open("ada")
    await page.get_by_role("button", name="Direct messages").click()
    await expect(page.locator(".header-name")).to_have_text("tzurot")
    await write(page, "a secret of ada")
    dm = await playground.dm("ada")
    assert [each["content"] for each in await playground.messages(dm["id"])] == ["a secret of ada"]

    # Ben sees his own, not hers.
    await page.locator("#who").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#who")).to_contain_text("Ben")
    await expect(page.locator("#stream .intro")).to_be_visible()
    await expect(row(page, "a secret of ada")).to_have_count(0)
    assert {each["user_id"] for each in (await playground.state())["dms"]} >= {ADA, BEN}

    # An answer to Ada rings for her, wherever one is.
    answer = {"content": "a secret of the bot"}
    (await bot.post(f"/channels/{dm['id']}/messages", json=answer)).raise_for_status()
    await expect(page.locator("#who .dot")).to_be_visible()
    await page.locator("#who").click()
    await expect(page.get_by_role("menuitemradio", name="Ada").locator(".badge")).to_have_text("1")
    await page.get_by_role("menuitemradio", name="Ada").click()
    await expect(row(page, "a secret of the bot").locator(".app-tag")).to_be_visible()


async def test_what_one_says_is_said_by_who_one_is(pages: Pages, playground: Playground) -> None:
    page = await pages.open("ada")
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Cleo").click()
    await write(page, "this is cleo speaking")
    await expect(row(page, "this is cleo speaking").locator(".author")).to_have_text("Cleo")
    assert (await playground.messages())[0]["author"]["username"] == "cleo"
    await page.goto(f"{playground.url}/#/2000/{LOUNGE}")
    await expect(page.locator("#who")).to_contain_text("Cleo")


async def test_the_bot_is_seen_coming_and_going(pages: Pages, playground: Playground) -> None:
    page = await pages.open()
    notice = page.locator("#bot-notice")
    await expect(notice).to_be_visible()
    await expect(page.locator(".member.away")).to_contain_text("tzurot")
    async with listening(playground):
        await expect(notice).to_be_hidden()
        await expect(page.locator(".member.away")).to_have_count(0)
    await expect(notice).to_be_visible()


async def test_a_small_screen_has_drawers(pages: Pages) -> None:
    page = await pages.open("ben", viewport=NARROW)
    sidebar, members = page.locator("#sidebar"), page.locator("#members")
    await expect(sidebar).not_to_be_in_viewport()
    await page.get_by_role("button", name="Channels").click()
    await expect(sidebar).to_be_in_viewport()
    await page.get_by_role("link", name="workshop (text channel)").click()
    await expect(page.locator(".header-name")).to_have_text("workshop")
    await expect(sidebar).not_to_be_in_viewport()
    await page.get_by_role("button", name="Members").click()
    await expect(members).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(members).not_to_be_in_viewport()
    await page.locator("#composer-text").fill("from a small screen")
    await page.get_by_role("button", name="Send").click()
    await expect(row(page, "from a small screen")).to_be_in_viewport()


async def test_nothing_sticks_out_at_any_width(pages: Pages) -> None:
    page = await pages.open()
    await write(page, "x" * 300 + " https://a.example/" + "y" * 200)
    await page.locator("#composer-text").fill("z" * 400)
    for width in (320, 390, 600, 801, 1000, 1280, 1920):
        await page.set_viewport_size({"width": width, "height": 700})
        sizes = await page.evaluate(
            """() => ["body", "#main", "#stream", "#composer", "#header"].map((name) => {
              const node = document.querySelector(name);
              return [name, node.scrollWidth - node.clientWidth];
            })"""
        )
        assert [name for name, over in sizes if over > 0] == [], width


async def test_every_stop_of_the_keyboard_is_visible(pages: Pages) -> None:
    page = await pages.open()
    await page.locator("#skip").focus()
    await expect(page.locator("#skip")).to_be_in_viewport()
    stops = []
    for _ in range(14):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(
            """() => {
              const { activeElement: node } = document;
              const style = getComputedStyle(node);
              const box = node.getBoundingClientRect();
              const ring = style.outlineStyle !== "none" || node.id === "composer-text";
              const words = node.getAttribute("aria-label") ?? node.textContent;
              return { words, ring, seen: box.width > 0 && box.right > 0 };
            }"""
        )
        assert stop["ring"], stop
        assert stop["seen"], stop
        assert stop["words"].strip(), stop
        stops.append(stop["words"])
    assert len(set(stops)) > 8, stops
