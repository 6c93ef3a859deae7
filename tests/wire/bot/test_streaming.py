"""Replies that are shown while they are written: what people see, and what stays of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text as sql

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, BEN, LOUNGE, TAVERN, Payload, Playground
from tests.wire.bot.conftest import World
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database

STORY = " ".join(f"The {number}th wave came in and went out again." for number in range(40))
LONG = "\n\n".join(
    f"{number}. " + "The lamp burned low, and nobody spoke of it for a while. " * 12
    for number in range(9)
)
EDITS = r"^/webhooks/\d+/[^/]+/messages/\d+$"
POSTS = r"^/webhooks/\d+/[^/]+$"


@pytest.fixture
async def always(database: Database) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "streaming", "always")


async def shown(playground: Playground, channel: str = LOUNGE) -> list[tuple[str, str]]:
    """Return what was posted and what it was changed into, in order: method and text."""
    return [
        (entry["method"], str(entry["body"]["content"]))
        for entry in await playground.log()
        if entry["method"] in {"POST", "PATCH"}
        and (
            entry["path"].startswith("/webhooks/")
            or f"/channels/{channel}/messages" in entry["path"]
        )
        and isinstance(entry.get("body"), dict)
        and entry["body"].get("content")
    ]


async def said(playground: Playground, channel: str = LOUNGE) -> list[str]:
    """Return what stands in the channel by the bot, oldest first."""
    found = await playground.messages(channel, limit=100)
    return [one["content"] for one in reversed(found) if one["author"].get("bot")]


async def until(
    playground: Playground, condition: Callable[[list[str]], Any], channel: str = LOUNGE
) -> list[str]:
    async with asyncio.timeout(30):
        while not condition(found := await said(playground, channel)):
            await asyncio.sleep(0.05)
    return found


async def answered(playground: Playground, whole: str, channel: str = LOUNGE) -> list[str]:
    """Wait until what stands there is the whole answer."""
    return await until(
        playground, lambda found: "".join("".join(found).split()) == "".join(whole.split()), channel
    )


async def test_off_shows_nothing_before_the_end(world: World, database: Database) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "streaming", "off")
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.02))
    await world.playground.say(ADA, "@Juniper a story")
    await answered(world.playground, STORY)
    assert await shown(world.playground) == [("POST", STORY)]


async def test_a_short_answer_comes_whole_where_only_long_ones_are_shown(world: World) -> None:
    world.model.enqueue(Reply.text("A short one.", chunk_delay=0.2))
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    assert await shown(world.playground) == [("POST", "A short one.")]


async def test_a_long_answer_is_shown_after_a_while(world: World) -> None:
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.02))
    await world.playground.say(ADA, "@Juniper a story")
    await answered(world.playground, STORY)
    (first, beginning), *changes = await shown(world.playground)
    assert first == "POST"
    # Three seconds of words, of which each takes more than 20 ms.
    assert 20 < len(beginning.split()) < 160
    assert {method for method, _ in changes} == {"PATCH"}
    assert all(STORY.startswith(content) for _, content in changes)
    assert changes[-1][1] == STORY


@pytest.mark.usefixtures("always")
async def test_always_shows_the_first_words_at_once_and_changes_them_seldom(world: World) -> None:
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.015))
    await world.playground.say(ADA, "@Juniper a story")
    await answered(world.playground, STORY)
    seen = await shown(world.playground)
    assert len(seen[0][1].split()) < 100
    assert [method for method, _ in seen] == ["POST"] + ["PATCH"] * (len(seen) - 1)
    assert all(len(one) < len(more) for (_, one), (_, more) in pairwise(seen))
    assert 3 <= len(seen) <= 10


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("place", [LOUNGE, TAVERN, "dm"])
async def test_parts_are_the_same_with_it_and_without(
    world: World, database: Database, place: str
) -> None:
    if place == TAVERN:
        await world.playground.deny("MANAGE_WEBHOOKS", channel=TAVERN)
    channel = (await world.playground.dm(ADA))["id"] if place == "dm" else place
    world.model.default = Reply.text(LONG, chunk_delay=0.004)
    settings, end = SettingsStore(database), LONG[-30:].strip()
    await settings.set(Tier.HOST, None, "streaming", "off")
    await world.playground.say(ADA, "@Juniper a long story", channel)
    whole = await until(world.playground, lambda found: found and found[-1].endswith(end), channel)
    count = len(whole)
    assert not any(method == "PATCH" for method, _ in await shown(world.playground, channel))
    await settings.set(Tier.HOST, None, "streaming", "always")
    await world.playground.say(ADA, "@Juniper once more, please, and all of it", channel)
    found = await until(
        world.playground,
        lambda found: len(found) == 2 * count and found[-1].endswith(end),
        channel,
    )
    assert sum(method == "PATCH" for method, _ in await shown(world.playground, channel)) > 2
    assert count > 2
    assert [one for one in found[count:] if "lend my voice" not in one] == whole


@pytest.mark.usefixtures("always")
async def test_neither_thinking_nor_half_a_tag_is_ever_seen(world: World) -> None:
    text = "Juniper: I look up, <@3001>, and ||hide the key|| in `the old box` behind me. " + STORY
    chunks = list(f"<think>Ada is kind.</think>{text}</message>\nAda: and then?")
    world.model.enqueue(Reply(chunks=chunks, chunk_delay=0.003))
    await world.playground.say(ADA, "@Juniper a story")
    whole = text.removeprefix("Juniper: ")
    await answered(world.playground, whole)
    seen = await shown(world.playground)
    assert len(seen) > 2
    for _, content in seen:
        assert whole.startswith(content)
        assert content.count("<") == content.count(">")
        assert content.count("||") % 2 == 0


@pytest.mark.usefixtures("always")
async def test_an_error_after_the_first_words(world: World) -> None:
    words = STORY.replace(".", "")[:600]
    error = {"code": 401, "message": "No such key"}
    world.model.default = Reply.text(words, chunk_delay=0.02, error=error)
    await world.playground.say(ADA, "@Juniper a story")
    words_shown, excuse = await until(world.playground, lambda found: len(found) > 1)
    assert words.startswith(words_shown)
    assert "Juniper cannot answer" in excuse
    assert await said(world.playground) == [words_shown, excuse]


@pytest.mark.usefixtures("always")
async def test_kill_9_while_it_is_shown(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.enqueue(Reply.text("Once upon a time there was never any end to it.", hang_after=6))
    model.default = Reply.text("Here is the whole of it.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.say(ADA, "@Juniper a story")
        await until(playground, lambda found: "Once" in "".join(found))
        await bot.kill()
    async with bot:
        await answered(playground, "Here is the whole of it.")
        last = await playground.wait(await playground.say(ADA, "@Juniper and now"))
        assert last["content"] == "Here is the whole of it."
    assert await said(playground) == ["Here is the whole of it."] * 2
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_kill_9_before_the_first_part_is_known_to_be_there(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.default = Reply.text("Here.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper hello"))
        model.enqueue(Reply.text("Once upon a time there was never any end to it.", hang_after=6))
        await playground.fault("5xx_after", method="POST", path=POSTS)
        await playground.fault("slow", method="GET", path=r"^/channels/\d+/messages", delay_s=20)
        await playground.say(ADA, "@Juniper a story")
        await until(playground, lambda found: "Once" in "".join(found))
        await bot.kill()
    await playground.clear_faults()
    async with bot:
        await until(playground, lambda found: found == ["Here.", "Here."])
        await playground.wait(await playground.say(ADA, "@Juniper and now"))
    assert await said(playground) == ["Here."] * 3
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_what_is_too_old_at_the_restart_stays_as_it_was_shown(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    model.enqueue(Reply.text("Once upon a time there was never any end to it.", hang_after=6))
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.say(ADA, "@Juniper a story")
        (begun,) = await until(playground, lambda found: "Once" in "".join(found))
        await bot.kill()
    async with database.transaction() as session:
        await session.execute(sql("UPDATE turns SET created_at = now() - interval '1 day'"))
    async with bot:
        found = await until(playground, lambda found: len(found) == 2)
        await playground.wait(await playground.say(ADA, "@Juniper and now"))
    assert found[0] == begun
    assert "Juniper was interrupted here" in found[1]
    # What was shown is part of the talk, the excuse is not.
    told = str(model.requests[-1].body["messages"])
    assert "Once upon" in told
    assert "interrupted" not in told
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_a_stop_in_the_middle_leaves_it_to_the_next_start(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.enqueue(Reply.text("Once upon a time there was never any end to it.", hang_after=6))
    model.default = Reply.text("Here is the whole of it.")
    bot = Bot(playground, database_url, model.url, SHUTDOWN_SECONDS="0.2")
    async with bot:
        await playground.say(ADA, "@Juniper a story")
        await until(playground, lambda found: "Once" in "".join(found))
        assert await bot.stop() == 0
        assert bot.errors() == []
    async with bot:
        await answered(playground, "Here is the whole of it.")
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_a_question_that_is_deleted_takes_what_is_shown_with_it(world: World) -> None:
    world.model.enqueue(
        Reply.text("Once upon a time there was never any end to it.", hang_after=6),
        Reply.text("Next."),
    )
    asked = await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: "Once" in "".join(found))
    await world.playground.delete(ADA, asked)
    await until(world.playground, lambda found: not found)
    await world.model.until(lambda: world.model.active == 0)
    assert world.model.aborted == 1
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    assert await said(world.playground) == ["Next."]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("kind", ["429", "5xx_before", "5xx_after"])
async def test_changes_that_fail_cost_no_word(world: World, kind: str) -> None:
    more = {"retry_after_s": 0.7} if kind == "429" else {}
    await world.playground.fault(kind, method="PATCH", path=EDITS, times=3, **more)
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.01))
    await world.playground.say(ADA, "@Juniper a story")
    assert await answered(world.playground, STORY) == [STORY]


@pytest.mark.usefixtures("always")
async def test_a_part_that_a_moderator_takes_away_does_not_come_again(world: World) -> None:
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.02), Reply.text("Next."))
    asked = await world.playground.say(ADA, "@Juniper a story")
    part: Payload = await world.playground.wait(asked)
    await world.playground.delete(BEN, part)
    await world.model.until(lambda: world.model.active == 0, patience=30)
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    assert await said(world.playground) == ["Next."]


@pytest.mark.usefixtures("always")
async def test_who_writes_on_after_the_first_words_is_answered_next(world: World) -> None:
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.02), Reply.text("Next."))
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: bool(found))
    await world.playground.say(ADA, "@Juniper and another")
    found = await until(world.playground, lambda found: found[-1] == "Next.")
    assert found == [STORY, "Next."]
    assert len(world.model.requests) == 2
