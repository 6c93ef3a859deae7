"""The message box: names completed by the keyboard, drafts, limits, and words never lost."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.pages import LOOP, Hook, Pages, pages_of, row, write
from tests.support.playground import BEN, LOUNGE, TAVERN, Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)

NAMES = ["Aria", "Aria of the Lake", "Old Moss", "Zoë"]


async def offered(page: Page) -> list[str]:
    """Return the names in the open list."""
    return await page.locator("#composer .completion-label:visible").all_text_contents()


async def test_names_are_completed_by_the_keyboard(pages: Pages, playground: Playground) -> None:
    page = await pages.open()
    box = page.locator("#composer-text")
    await playground.set_names(NAMES)
    await page.keyboard.type("@")
    await expect(page.get_by_role("option", name="Old Moss")).to_be_visible()
    await page.keyboard.type("ar")
    assert await offered(page) == ["Aria", "Aria of the Lake"]
    await page.keyboard.press("ArrowDown")
    await expect(page.locator('[role=option][aria-selected="true"]')).to_contain_text("of the Lake")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("@Aria of the Lake ")
    # A word inside a name, without its accent, taken with Tab.
    await page.keyboard.type("and @zoe")
    await page.keyboard.press("Tab")
    await page.keyboard.type("and @mos")
    await page.keyboard.press("Tab")
    await expect(box).to_have_value("@Aria of the Lake and @Zoë and @Old Moss ")
    # Escape closes the list, and the list stays closed for that word.
    await page.keyboard.type("@ar")
    await page.keyboard.press("Escape")
    assert await offered(page) == []
    await page.keyboard.type("ia")
    assert await offered(page) == []
    await page.keyboard.press("Enter")
    await expect(row(page, "@Aria of the Lake and @Zoë and @Old Moss @aria")).to_have_count(1)
    await playground.set_names([])


async def test_a_finished_name_does_not_take_the_enter_key(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open()
    await playground.set_names(NAMES)
    await page.keyboard.type("@ar")
    await expect(page.get_by_role("option", name="Aria of the Lake")).to_be_visible()
    await page.keyboard.type("ia ")
    assert await offered(page) == []
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer-text")).to_have_value("")
    assert (await playground.messages())[0]["content"] == "@aria"
    await playground.set_names([])


async def test_a_bot_that_is_offline_is_not_asked_for_names(
    pages: Pages, playground: Playground
) -> None:
    page = await pages.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await playground.set_names(NAMES, source=("chat", "character"))
    await page.keyboard.type("@mos")
    await expect(page.get_by_role("option", name="Old Moss")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(row(page, "@Old Moss").last).to_be_visible()
    assert not any("autocomplete" in url for url in asked)
    await playground.set_names([])


async def test_voices_that_were_heard_are_offered_too(pages: Pages, hook: Hook) -> None:
    page = await pages.open()
    await hook.say("Juno Vance", "I was here")
    await expect(row(page, "I was here")).to_have_count(1)
    await page.keyboard.type("@van")
    assert await offered(page) == ["Juno Vance"]


async def test_people_are_mentioned_by_id_and_shown_by_name(
    pages: Pages, playground: Playground
) -> None:
    ada, ben = await pages.open("ada"), await pages.open("ben")
    await ada.keyboard.type("hello @be")
    await ada.keyboard.press("Enter")
    await expect(ada.locator("#composer-text")).to_have_value("hello @Ben ")
    await expect(ada.locator(".mirror .marked")).to_have_text("@Ben")
    await ada.keyboard.type("see #tav")
    await ada.keyboard.press("Tab")
    await ada.keyboard.press("Enter")
    await expect(row(ben, "hello @Ben see #tavern")).to_have_class(re.compile("to-me"))
    assert (await playground.messages())[0]["content"] == f"hello <@{BEN}> see <#{TAVERN}>"
    # Editing shows the names again, and keeps what they stand for.
    await ada.keyboard.press("ArrowUp")
    await expect(ada.locator(".editing-form textarea")).to_have_value("hello @Ben see #tavern")
    await ada.keyboard.type(" soon")
    await ada.keyboard.press("Enter")
    await expect(row(ben, "see #tavern soon")).to_have_count(1)
    assert (await playground.messages())[0]["content"] == f"hello <@{BEN}> see <#{TAVERN}> soon"


async def test_each_channel_and_each_person_has_a_draft(pages: Pages) -> None:
    page = await pages.open("cleo")
    box = page.locator("#composer-text")
    await page.keyboard.type("half a thought")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(box).to_have_value("")
    await page.keyboard.press("Alt+ArrowUp")
    await expect(box).to_have_value("half a thought")
    await page.reload()
    await expect(box).to_have_value("half a thought")
    await page.locator("#who").click()
    await page.get_by_role("menuitemradio", name="Ada").click()
    await expect(box).to_have_value("")


async def test_a_message_that_is_too_long_is_kept_and_counted(pages: Pages) -> None:
    page = await pages.open()
    box, counter = page.locator("#composer-text"), page.locator(".counter")
    await box.fill("x" * 1700)
    await expect(counter).to_have_text("")
    await box.fill("x" * 1990)
    await expect(counter).to_have_text("10")
    await box.fill("x" * 2003)
    await expect(counter).to_have_text("-3")
    await page.keyboard.press("Enter")
    await expect(page.locator(".composer-problem")).to_contain_text("3 characters too long")
    await expect(box).to_have_value("x" * 2003)
    await box.fill("")


async def test_words_that_could_not_be_sent_stay_with_their_reason(pages: Pages) -> None:
    pages.expected = ("status of 400",)
    page = await pages.open()

    async def refuse(route: Route) -> None:
        if route.request.method == "POST":
            await route.fulfill(status=400, json={"error": "The lounge is being painted."})
        else:
            await route.continue_()

    await page.route(f"**/channels/{LOUNGE}/messages*", refuse)
    await write(page, "words of some worth")
    failed = row(page, "words of some worth")
    await expect(failed.locator(".failure")).to_contain_text("The lounge is being painted.")
    await page.reload()
    await expect(failed.locator(".failure")).to_contain_text("not sent")
    await page.unroute(f"**/channels/{LOUNGE}/messages*")
    await failed.get_by_role("button", name="Try again").click()
    await expect(failed.locator(".failure")).to_have_count(0)
    await expect(failed).not_to_have_class(re.compile("pending|failed"))
    await page.reload()
    await expect(failed).to_have_count(1)


async def test_the_page_finds_its_way_back_after_a_restart(browser: Browser) -> None:
    async with (
        Playground(judge=False) as playground,
        pages_of(browser, playground.url) as pages,
    ):
        pages.expected = ("Failed to load resource",)
        page = await pages.open("ada")
        await write(page, "before the gap")
        await expect(row(page, "before the gap")).to_have_count(1)
        await expect(page.locator("#bot-notice")).to_contain_text("offline or starting")
        await page.keyboard.type("an unfinished")
        port = playground.port
        await playground.kill()
        await expect(page.locator("#connection")).to_contain_text("Reconnecting")
        await playground.start(port)
        await playground.say("ben", "said in the gap")
        await expect(row(page, "said in the gap")).to_have_count(1)
        await expect(page.locator("#connection")).to_be_hidden()
        await expect(page.locator("#composer-text")).to_have_value("an unfinished")
        await expect(row(page, "before the gap")).to_have_count(1)
