"""Replies that are shown while they are written: what people see, and what stays of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, BEN, LOUNGE, TAVERN, Playground
from tests.wire.bot.conftest import World
from tzurot import texts
from tzurot.conversation.chunking import LIMIT, split
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database
from tzurot.storage.tables import TurnRow

STORY = " ".join(f"The {number}th wave came in and went out again." for number in range(32))
LONG = "\n\n".join(
    f"{number}. " + "The lamp burned low, and nobody spoke of it for a while. " * 12
    for number in range(6)
)
LABEL = "**Juniper:** "
EDITS = r"^/webhooks/\d+/[^/]+/messages/\d+$"
POSTS = r"^/webhooks/\d+/[^/]+$"
HANGS_TEXT = "Once upon a time there was never any end to it."
HANGS = Reply.text(HANGS_TEXT, hang_after=6)


@pytest.fixture
async def always(database: Database) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "streaming", "always")


async def shown(playground: Playground) -> list[tuple[str, str]]:
    """Return what was posted and what it was changed into, in order: method and text."""
    return [
        (entry["method"], str(entry["body"]["content"]))
        for entry in await playground.log()
        if entry["method"] in {"POST", "PATCH"}
        and ("/messages" in entry["path"] or entry["path"].startswith("/webhooks/"))
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
    """Wait until what stands in the channel is as it should be; return it."""
    async with asyncio.timeout(60):
        while True:
            found = await said(playground, channel)
            if condition(found):
                return found
            await asyncio.sleep(0.05)


def begins(found: list[str]) -> bool:
    return any("Once" in one for one in found)


async def test_off_shows_nothing_before_the_end(world: World, database: Database) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "streaming", "off")
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.014))
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: found == [STORY])
    assert await shown(world.playground) == [("POST", STORY)]


async def test_only_an_answer_that_takes_long_is_shown_before_its_end(world: World) -> None:
    world.model.enqueue(
        Reply.text("A short one.", chunk_delay=0.5), Reply.text(STORY, chunk_delay=0.02)
    )
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    assert await shown(world.playground) == [("POST", "A short one.")]
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: found[1:] == [STORY])
    _, (first, beginning), *changes = await shown(world.playground)
    assert first == "POST"
    # Three seconds of words, of which each takes 20 ms or more.
    assert 20 < len(beginning.split()) < 180
    assert {method for method, _ in changes} == {"PATCH"}
    assert changes[-1][1] == STORY


@pytest.mark.usefixtures("always")
async def test_what_is_shown_grows_and_holds_neither_thinking_nor_half_a_tag(world: World) -> None:
    text = "I look up, <@3001>, and ||hide the key|| in `the old box` behind me. " + STORY
    leaks = f"<think>Ada is kind.</think>Juniper: {text}</message>\nAda: and then?"
    world.model.enqueue(Reply(chunks=list(leaks), chunk_delay=0.0055))
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: found == [text])
    seen = await shown(world.playground)
    assert len(seen[0][1]) < 500
    assert [method for method, _ in seen] == ["POST"] + ["PATCH"] * (len(seen) - 1)
    # They come 1.2 seconds apart, in about nine seconds.
    assert 3 <= len(seen) <= 10
    assert all(len(one) < len(more) for (_, one), (_, more) in pairwise(seen))
    for _, content in seen:
        assert text.startswith(content)
        assert content.count("<") == content.count(">")
        assert content.count("||") % 2 == content.count("`") % 2 == 0
    # It is renewed every eight seconds, unless words can be seen.
    typing = [one for one in await world.playground.log() if one["path"].endswith("/typing")]
    assert len(typing) == 1


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("place", [LOUNGE, TAVERN, "dm"])
async def test_parts_appear_as_they_fill_and_are_those_of_the_whole(
    world: World, place: str
) -> None:
    if place == TAVERN:
        await world.playground.deny("MANAGE_WEBHOOKS", channel=TAVERN)
    channel = (await world.playground.dm(ADA))["id"] if place == "dm" else place
    world.model.default = Reply.text(LONG, chunk_delay=0.004)
    await world.playground.say(ADA, "@Juniper a long story", channel)
    whole = split(LONG, limit=LIMIT - len(LABEL))
    if place == TAVERN:
        whole = [LABEL + part for part in whole]
    elif place == "dm":
        whole[0] = LABEL + whole[0]
    assert len(whole) > 2
    await until(world.playground, lambda found: found[-len(whole) :] == whole, channel)
    seen = await shown(world.playground)
    assert sum(method == "POST" and content in whole for method, content in seen) < len(whole)
    assert len(world.model.requests) == 1


@pytest.mark.usefixtures("always")
async def test_changes_that_fail_cost_no_word(world: World) -> None:
    for kind, more in (("429", {"retry_after_s": 0.7}), ("5xx_before", {}), ("5xx_after", {})):
        await world.playground.fault(kind, method="PATCH", path=EDITS, times=1, **more)
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.02))
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, lambda found: found == [STORY])
    statuses = {one["status"] for one in await world.playground.log() if one["method"] == "PATCH"}
    assert statuses >= {200, 429, 502}


@pytest.mark.usefixtures("always")
async def test_an_answer_that_breaks_off_leaves_one_word_and_no_half(world: World) -> None:
    # No sentence of it ends: nothing of it can be used.
    words = f"{STORY} {STORY}".replace(".", "")
    error = {"code": 401, "message": "No such key"}
    world.model.enqueue(Reply.text(words, chunk_delay=0.008, error=error))
    world.model.default = Reply.text("Next.")
    await world.playground.say(ADA, "@Juniper a story")
    (excuse,) = await until(
        world.playground, lambda found: len(found) == 1 and "cannot answer" in found[0]
    )
    assert excuse.startswith("-# ")
    posts = [content for method, content in await shown(world.playground) if method == "POST"]
    assert len(posts) == 2
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    assert "wave" not in str(world.model.requests[-1].body["messages"])


@pytest.mark.usefixtures("always")
async def test_kill_9_while_it_is_written(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.enqueue(Reply.text(LONG, chunk_delay=0.002, hang_after=700))
    model.default = Reply.text("Here is the whole of it.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.say(ADA, "@Juniper and @Captain Sable, a story")
        await until(playground, lambda found: len(found) == 2)
        await bot.kill()
    model.enqueue(Reply.text("A short one."))
    async with bot:
        found = await until(playground, lambda found: len(found) == 2 and "whole" in found[1])
        assert found == ["A short one.", "Here is the whole of it."]
        last = await playground.wait(await playground.say(BEN, "@Juniper and now"))
        assert last["content"] == "Here is the whole of it."
    told = str(model.requests[-1].body["messages"])
    assert "A short one." in told
    assert "lamp" not in told
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_kill_9_when_it_is_written_but_not_all_posted(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    # The rest comes between the first words that are shown and the first change of them.
    begun, rest = LONG[:400], LONG[400:]
    model.enqueue(Reply(chunks=[begun, rest], chunk_delay=1.3))
    await playground.fault("slow", method="PATCH", path=EDITS, delay_s=20)
    bot = Bot(playground, database_url, model.url)
    whole = split(LONG, limit=LIMIT - len(LABEL))
    query = select(TurnRow.id).where(TurnRow.state == "delivering")
    async with bot:
        await playground.say(ADA, "@Juniper a story")
        (first,) = await until(playground, bool)
        async with asyncio.timeout(30), database.transaction() as session:
            while True:
                if await session.scalar(query) is not None:
                    break
                await asyncio.sleep(0.05)
        assert await said(playground) == [first]
        assert begun.startswith(first)
        await bot.kill()
    await playground.clear_faults()
    async with bot:
        await until(playground, lambda found: found == whole)
    assert len(model.requests) == 1
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_kill_9_before_the_first_words_are_known_to_be_there(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.default = Reply.text("Here.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper hello"))
        model.enqueue(HANGS)
        await playground.fault("5xx_after", method="POST", path=POSTS)
        await playground.fault("slow", method="GET", path=r"^/channels/\d+/messages", delay_s=20)
        await playground.say(ADA, "@Juniper a story")
        await until(playground, begins)
        await bot.kill()
    await playground.clear_faults()
    async with bot:
        await until(playground, lambda found: found == ["Here.", "Here."])
        await playground.wait(await playground.say(ADA, "@Juniper and now"))
    assert await said(playground) == ["Here."] * 3
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_a_stop_while_it_is_written_and_a_start_that_is_too_late(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    model.enqueue(HANGS)
    bot = Bot(playground, database_url, model.url, SHUTDOWN_SECONDS="0.2")
    async with bot:
        await playground.say(ADA, "@Juniper a story")
        await until(playground, begins)
        assert await bot.stop() == 0
        assert bot.errors() == []
    async with database.transaction() as session:
        await session.execute(update(TurnRow).values(created_at=func.now() - timedelta(minutes=11)))
    async with bot:
        await until(playground, lambda found: found == [texts.TOO_LATE])
    await playground.assert_clean()


@pytest.mark.usefixtures("always")
async def test_what_is_deleted_while_it_is_written(world: World) -> None:
    playground, model = world.playground, world.model
    # The question: what is shown goes with it.
    model.enqueue(HANGS, Reply.text(STORY, chunk_delay=0.008), Reply.text("Next."))
    asked = await playground.say(ADA, "@Juniper a story")
    await until(playground, begins)
    await playground.delete(ADA, asked)
    await until(playground, lambda found: not found)
    await model.until(lambda: model.active == 0)
    assert model.aborted == 1
    # The answer: it does not come again, and is no part of what was said.
    part = await playground.wait(await playground.say(ADA, "@Juniper another"))
    await playground.delete(BEN, part)
    await model.until(lambda: model.active == 0, patience=30)
    await playground.wait(await playground.say(ADA, "@Juniper hello"))
    assert await said(playground) == ["Next."]
    assert "wave" not in str(model.requests[-1].body["messages"])


@pytest.mark.usefixtures("always")
async def test_who_writes_on_after_the_first_words_is_answered_next(world: World) -> None:
    world.model.enqueue(Reply.text(STORY, chunk_delay=0.01), Reply.text("Next."))
    await world.playground.say(ADA, "@Juniper a story")
    await until(world.playground, bool)
    await world.playground.say(ADA, "@Juniper and another")
    found = await until(world.playground, lambda found: found[-1] == "Next.")
    assert found == [STORY, "Next."]
    assert len(world.model.requests) == 2


@pytest.mark.usefixtures("always")
async def test_what_is_stopped_ends_with_what_is_shown(world: World) -> None:
    world.model.enqueue(HANGS)
    await world.playground.say(ADA, "@Juniper a story")
    begun = await until(world.playground, begins)
    await world.playground.command(ADA, "stop", {}, LOUNGE)
    await world.model.until(lambda: world.model.aborted == 1)
    await world.bot.logged("Replied in")
    stays = await said(world.playground)
    assert stays[0].startswith(begun[0])
    assert HANGS_TEXT.startswith(stays[0])
