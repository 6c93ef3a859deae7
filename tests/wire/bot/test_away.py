"""What is said while nobody can listen: the process, the socket or the database is away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.support.bot import Bot
from tests.support.database import TestServer
from tests.support.model_script import Json
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, BEN, CLEO, LOUNGE, TAVERN, WORKSHOP, Playground
from tzurot import texts
from tzurot.storage.database import Database
from tzurot.storage.tables import TurnRow


def echo(body: Json) -> Reply:
    """Answer with the last of what was asked, so that it shows what an answer belongs to."""
    return Reply.text("Heard: " + str(body["messages"][-1]["content"]).rpartition(" ")[2])


@pytest.fixture
async def bot(playground: Playground, model: ModelServer, database_url: str) -> AsyncIterator[Bot]:
    """A bot that is not started yet; it repeats what it hears."""
    model.default = echo
    yield Bot(playground, database_url, model.url, SHUTDOWN_SECONDS="2")
    await playground.assert_clean()


async def answers(playground: Playground, channel: str = LOUNGE) -> list[str]:
    """Return what characters and the bot have said in a channel, oldest first."""
    found = await playground.messages(channel, limit=100)
    return [each["content"] for each in reversed(found) if each["author"].get("bot")]


async def greet(playground: Playground, channel: str = LOUNGE) -> None:
    """Let there be talk in a channel."""
    await playground.wait(await playground.say(ADA, "@Juniper first", channel))


async def all_ended(database: Database) -> list[str]:
    """Wait until no turn is unfinished; return what became of each, oldest first."""
    while True:
        async with database.transaction() as session:
            states = list(await session.scalars(select(TurnRow.state).order_by(TurnRow.created_at)))
        if set(states) <= {"delivered", "failed", "cancelled"}:
            return states
        await asyncio.sleep(0.1)


async def more_than(number: int, playground: Playground, channel: str) -> None:
    while True:
        if len(await answers(playground, channel)) > number:
            return
        await asyncio.sleep(0.05)


async def make_older(database: Database, minutes: int) -> None:
    """Let all turns be from earlier."""
    async with database.transaction() as session:
        await session.execute(
            update(TurnRow).values(created_at=func.now() - timedelta(minutes=minutes))
        )


async def test_what_was_said_to_a_character_while_it_was_dead_is_answered(
    bot: Bot, playground: Playground, database: Database
) -> None:
    direct = (await playground.dm(ADA))["id"]
    async with bot:
        await greet(playground)
        await greet(playground, direct)
        await bot.kill()
    await playground.say(BEN, "nobody in particular")
    await playground.say(ADA, "@Juniper missed-one")
    await playground.say(BEN, "@Juniper missed-two")
    # Nobody has spoken to a character there: it is no channel that matters.
    await playground.say(BEN, "@Juniper elsewhere", WORKSHOP)
    last = await playground.say(ADA, "missed-three", direct)
    async with bot:
        await playground.wait(last)
        said = await playground.say(CLEO, "@Juniper last")
        while "Heard: last" not in await answers(playground):
            said = await playground.wait(said)
        # Who hears it twice does not answer it twice.
        await playground.gateway("invalidate")
        await playground.gateway("drop")
        await all_ended(database)
    assert await answers(playground) == [
        *("Heard: first", "Heard: missed-one", "Heard: missed-two", "Heard: last")
    ]
    assert [each.rpartition("** ")[2] for each in await answers(playground, direct)] == [
        *("Heard: first", "Heard: missed-three")
    ]
    assert await answers(playground, WORKSHOP) == []


async def test_a_first_message_in_private_is_helped_once(bot: Bot, playground: Playground) -> None:
    direct = (await playground.dm(BEN))["id"]
    async with bot:
        first = await playground.say(BEN, "hello?", direct)
        await playground.wait(first)
        await bot.kill()
    async with bot:
        await greet(playground)
    assert len(await answers(playground, direct)) == 1


async def test_what_is_too_old_gets_one_word_unless_its_author_has_gone_on(
    bot: Bot, playground: Playground, model: ModelServer, database: Database
) -> None:
    model.default = Reply.text("Never.", hang_after=0)
    async with bot:
        await playground.say(ADA, "@Juniper patient")
        await playground.say(BEN, "@Juniper impatient", TAVERN)
        await model.until(lambda: len(model.requests) == 2)
        await bot.kill()
    await make_older(database, 11)
    model.default = echo
    async with bot:
        said = await playground.say(BEN, "@Juniper again", TAVERN)
        await playground.wait(said)
        assert await all_ended(database) == ["failed", "failed", "delivered"]
    assert await answers(playground) == [texts.TOO_LATE]
    # The order of a channel holds: what was asked first is looked at first.
    assert Counter(await answers(playground, TAVERN)) <= Counter([texts.TOO_LATE, "Heard: again"])
    # It is not said again.
    async with bot:
        await greet(playground)
    assert (await answers(playground)).count(texts.TOO_LATE) == 1


async def test_while_the_database_is_away_nothing_is_lost_or_said_twice(
    bot: Bot, playground: Playground, model: ModelServer, database_server: TestServer
) -> None:
    url = bot.env["DATABASE_URL"]
    async with bot:
        await greet(playground)
        model.gate.clear()
        await playground.say(ADA, "@Juniper generating")
        await model.until(lambda: len(model.requests) == 2)
        async with database_server.away(url):
            model.gate.set()
            last = await playground.say(BEN, "@Juniper waiting")
            await bot.logged("The database is away", times=2)
        heard = []
        while "Heard: waiting" not in heard:
            last = await playground.wait(last)
            heard.append(last["content"])
        assert await answers(playground) == [
            *("Heard: first", "Heard: generating", "Heard: waiting")
        ]
        # What was paid for is kept: each was asked of the model once.
        assert len(model.requests) == 3
        assert await bot.stop() == 0
        assert bot.errors() == []


async def test_two_processes_of_one_bot_answer_each_message_once_and_in_order(
    bot: Bot, playground: Playground, model: ModelServer, database: Database
) -> None:
    other = Bot(playground, bot.env["DATABASE_URL"], model.url, SHUTDOWN_SECONDS="2")
    wanted = [f"Heard: {number}" for number in range(12)]
    async with bot, other:
        for number in range(12):
            if number == 6:
                await bot.kill()
            for channel in (LOUNGE, TAVERN):
                await playground.say((ADA, BEN)[number % 2], f"@Juniper {number}", channel)
            # Each is a turn of its own: before an answer is shown, more can join it.
            for channel in (LOUNGE, TAVERN):
                await more_than(number, playground, channel)
        await all_ended(database)
        for channel in (LOUNGE, TAVERN):
            assert await answers(playground, channel) == wanted
        assert other.errors() == []


async def test_what_a_killed_process_was_about_to_answer_another_takes_over(
    bot: Bot, playground: Playground, model: ModelServer, database: Database
) -> None:
    model.gate.clear()
    async with bot:
        for number in range(4):
            await playground.say((ADA, BEN)[number % 2], f"@Juniper {number}", TAVERN)
        await model.until(lambda: bool(model.requests))
        other = Bot(playground, bot.env["DATABASE_URL"], model.url, SHUTDOWN_SECONDS="2")
        async with other:
            await bot.kill()
            model.gate.set()
            assert "delivered" in await all_ended(database)
            heard = await answers(playground, TAVERN)
            # What one author says in a row may be answered at once.
            assert len(set(heard)) == len(heard)
            assert {"Heard: 2", "Heard: 3"} <= set(heard)
