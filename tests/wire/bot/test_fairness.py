"""Who is answered next, who waits and is told so, and how many answers one person gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.support.bot import Bot
from tests.support.model_server import ModelServer
from tests.support.playground import (
    ADA,
    BEN,
    CLEO,
    GUILD,
    LOUNGE,
    TAVERN,
    WORKSHOP,
    Payload,
    Playground,
)
from tests.wire.bot.test_away import answers, echo
from tests.wire.bot.test_stop import gone
from tests.wire.bot.test_waiting import turn_is
from tzurot import texts
from tzurot.history.turns import TurnState
from tzurot.storage.database import Database
from tzurot.storage.tables import AllowanceRow, NoticeRow


@pytest.fixture
async def bot(playground: Playground, model: ModelServer, database_url: str) -> AsyncIterator[Bot]:
    """A bot that is not started yet, with one place to work at; it repeats what it hears."""
    model.default = echo
    yield Bot(playground, database_url, model.url, SHUTDOWN_SECONDS="2", MAX_TURNS="1")
    await playground.assert_clean()


async def ask(playground: Playground, database: Database, who: str, channel: str) -> Payload:
    """Ask something, and wait until it is in the queue."""
    said = await playground.say(who, f"@Juniper {who}-{channel}", channel)
    await turn_is(database, said, TurnState.QUEUED)
    return said


def heard(model: ModelServer) -> list[str]:
    """Return what the model was asked, in order."""
    return [str(one.body["messages"][-1]["content"]).rpartition(" ")[2] for one in model.requests]


async def test_people_take_turns_and_who_waits_long_is_told_once(
    bot: Bot, playground: Playground, model: ModelServer, database: Database
) -> None:
    dm, kitchen = (
        (await playground.dm(CLEO))["id"],
        (await playground.channel(GUILD, "kitchen"))["id"],
    )
    model.gate.clear()
    async with bot:
        await playground.say(BEN, f"@Juniper {BEN}-{LOUNGE}", LOUNGE)
        await model.until(lambda: len(model.requests) == 1)
        await ask(playground, database, BEN, TAVERN)
        waiting = [
            await ask(playground, database, BEN, WORKSHOP),
            await ask(playground, database, CLEO, dm),
        ]
        lines = [await playground.wait(said) for said in waiting]
        await noted(database, len(lines))
        await bot.kill()
    # One line as if the end had come between saying it and noting where it stands.
    async with database.transaction() as session:
        is_last = NoticeRow.message_id == int(lines[-1]["id"])
        await session.execute(update(NoticeRow).where(is_last).values(message_id=None))
    async with bot:
        await model.until(lambda: len(model.requests) == 2)
        waiting.append(await ask(playground, database, CLEO, kitchen))
        lines.append(await playground.wait(waiting[-1]))
        assert [line["content"] for line in lines] == [texts.QUEUE_IS_LONG] * 3
        behind = await ask(playground, database, CLEO, WORKSHOP)
        model.gate.set()
        for said in (*waiting, behind):
            await turn_is(database, said, TurnState.DELIVERED)
        for line in lines:
            await gone(playground, line)
        assert bot.errors() == []
    # Ben was first, and again after the crash; then everybody's next one, in turns.
    assert heard(model) == [
        *(f"{BEN}-{LOUNGE}", f"{BEN}-{LOUNGE}", f"{BEN}-{TAVERN}", f"{CLEO}-{dm}"),
        *(f"{BEN}-{WORKSHOP}", f"{CLEO}-{kitchen}", f"{CLEO}-{WORKSHOP}"),
    ]
    # Nothing but the answers is left, in the order of what they answer.
    assert await answers(playground, WORKSHOP) == [
        *(f"Heard: {BEN}-{WORKSHOP}", f"Heard: {CLEO}-{WORKSHOP}")
    ]
    assert await answers(playground, dm) == [f"**Juniper:** Heard: {CLEO}-{dm}"]


async def noted(database: Database, count: int) -> None:
    """Wait until it is noted where so many words stand."""
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as session:
                if await session.scalar(select(func.count(NoticeRow.message_id))) == count:
                    return
            await asyncio.sleep(0.02)


async def test_whoever_asks_too_much_is_told_once_and_the_host_is_not_limited(
    bot: Bot, playground: Playground, model: ModelServer, database: Database
) -> None:
    bot.env |= {"TURNS_PER_MINUTE": "1", "MAX_TURNS": "64"}
    async with bot:
        await playground.wait(await playground.say(CLEO, "@Juniper one"))
        over = await playground.say(CLEO, "@Juniper two")
        word = await playground.wait(over)
        assert word["content"].startswith("-# Cleo, that was more than I can answer")
        assert "<t:" in word["content"]
        await bot.kill()
    # However long a start takes here: no time has passed.
    async with database.transaction() as session:
        later = AllowanceRow.counted_at + timedelta(hours=1)
        await session.execute(update(AllowanceRow).values(counted_at=later))
    async with bot:
        # It is not said again, here or elsewhere, and what was too much stays so.
        ignored = [await playground.say(CLEO, "@Juniper on", where) for where in (LOUNGE, TAVERN)]
        for said in ignored:
            await turn_is(database, said, TurnState.CANCELLED)
        # Others, and the host however much they ask, are answered.
        await playground.wait(await playground.say(BEN, "@Juniper me?"))
        for number in range(3):
            await playground.wait(await playground.say(ADA, f"@Juniper host-{number}"))
        assert bot.errors() == []
    said_here = [one for one in await answers(playground) if one != word["content"]]
    assert said_here == [*(f"Heard: {one}" for one in ("one", "me?", "host-0", "host-1", "host-2"))]
    assert (await answers(playground)).count(word["content"]) == 1
    assert await answers(playground, TAVERN) == []
    assert len(model.requests) == 5
