"""What is on its way is stopped: by whom it answers, by moderators, and by nobody else."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import BEN, CLEO, DANA, LOUNGE, TAVERN, WORKSHOP, Payload, Playground
from tests.wire.bot.conftest import World
from tests.wire.bot.test_bursts import after, asked
from tests.wire.bot.test_commands import button, content
from tests.wire.bot.test_waiting import turn_is
from tzurot import texts
from tzurot.history.turns import TurnState
from tzurot.storage.database import Database
from tzurot.storage.tables import NoticeRow

# Of these, all but Cleo are moderators.
STRANGER = CLEO


async def stop(world: World, user: str, channel: str = LOUNGE) -> Payload:
    return await world.playground.command(user, "stop", channel=channel)


async def broken_off(world: World, count: int) -> None:
    """Wait until the model has seen so many streams closed before their end."""
    await world.model.until(lambda: world.model.aborted == count and world.model.active == 0)


async def test_people_stop_what_answers_them_and_nobody_else_does(
    world: World, database: Database
) -> None:
    # It is being written: words have come already.
    world.model.default = Reply.text("I was about to say", hang_after=2)
    first = await world.playground.say(BEN, "@Juniper a long story, please")
    await asked(world, 1)
    assert texts.STOP_NOT_YOURS in content(await stop(world, STRANGER))
    assert world.model.aborted == 0
    assert "Stopped, as you wished: Juniper." in content(await stop(world, BEN))
    await broken_off(world, 1)
    await turn_is(database, first, TurnState.CANCELLED)

    # What waits behind it in the channel is stopped with it, and is not begun.
    both = await world.playground.say(CLEO, "@Juniper and @Captain Sable, a story!")
    await asked(world, 2)
    assert "Juniper, Captain Sable" in content(await stop(world, CLEO))
    await broken_off(world, 2)

    # Who deletes what they said stops it too.
    slip = await world.playground.say(CLEO, "@Juniper never mind")
    await asked(world, 3)
    await world.playground.delete(CLEO, slip)
    await broken_off(world, 3)
    await turn_is(database, slip, TurnState.CANCELLED)

    # Nothing stands in the way of what comes next, and that is said already.
    world.model.default = Reply.text("Hello.")
    reply = await world.playground.wait(await world.playground.say(CLEO, "@Juniper hello"))
    assert reply["content"] == "Hello."
    assert len(world.model.requests) == 4
    assert texts.STOP_NOTHING in content(await stop(world, CLEO))
    assert texts.STOP_NOTHING_HERE in content(await stop(world, DANA))
    assert await after(both, world) == [reply]

    # In a direct message too.
    dm = (await world.playground.dm(CLEO))["id"]
    world.model.default = Reply.text("Never.", hang_after=0)
    await world.playground.say(CLEO, "@Juniper hello", dm)
    await asked(world, 5)
    assert "Stopped, as you wished: Juniper." in content(await stop(world, CLEO, dm))
    await broken_off(world, 4)


async def test_moderators_stop_what_answers_others(world: World, database: Database) -> None:
    world.model.default = Reply.text("Never.", hang_after=0)
    alone = await world.playground.say(CLEO, "@Juniper hello")
    await asked(world, 1)
    assert "Stopped, as you wished: Juniper." in content(await stop(world, DANA))
    await broken_off(world, 1)
    await turn_is(database, alone, TurnState.CANCELLED)

    # Of several, they choose; what answers themselves needs no choice.
    one = await world.playground.say(CLEO, "@Juniper one")
    await asked(world, 2)
    two = await world.playground.say(BEN, "@Captain Sable two")
    three = await world.playground.say(DANA, "@Juniper three")
    await turn_is(database, three, TurnState.QUEUED)
    asked_which = await stop(world, DANA)
    assert "Stopped, as you wished: Juniper.\n" + texts.STOP_OTHERS in content(asked_which)
    await turn_is(database, three, TurnState.CANCELLED)
    assert world.model.aborted == 1
    message, first = asked_which["message"], button(asked_which, "Stop Juniper for Cleo")
    assert "Juniper." in content(await world.playground.press(DANA, message, first))
    await turn_is(database, one, TurnState.CANCELLED)
    # It is too late a second time.
    again = await world.playground.press(DANA, message, first)
    assert texts.STOP_TOO_LATE in content(again)
    # The next in the channel has begun by now.
    await asked(world, 3)
    every = button(asked_which, texts.STOP_ALL)
    assert "Captain Sable." in content(await world.playground.press(DANA, message, every))
    await broken_off(world, 3)
    await turn_is(database, two, TurnState.CANCELLED)
    last = await world.playground.press(DANA, message, every)
    assert texts.STOP_TOO_LATE in content(last)
    assert await after(alone, world) == []


async def test_the_button_of_the_queue_stops_also_after_a_restart(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    model.default = Reply.text("Done.")
    model.gate.clear()
    env = {"SHUTDOWN_SECONDS": "2", "MAX_TURNS": "1"}
    async with Bot(playground, database_url, model.url, **env) as bot:
        world = World(playground, model, bot)
        first = await playground.say(BEN, "@Juniper one")
        await asked(world, 1)
        second = await playground.say(BEN, "@Juniper two", TAVERN)
        await turn_is(database, second, TurnState.QUEUED)
        third = await playground.say(BEN, "@Juniper three", WORKSHOP)
        line = await playground.wait(third)
        assert line["content"] == texts.QUEUE_IS_LONG
        await bot.kill()
    async with Bot(playground, database_url, model.url, **env) as bot:
        await asked(world, 2)
        (pressed,) = [one["custom_id"] for one in line["components"][0]["components"]]
        refused = await playground.press(STRANGER, line, pressed)
        assert texts.STOP_NOT_YOURS in content(refused)
        await turn_is(database, third, TurnState.QUEUED)
        done = await playground.press(BEN, line, pressed)
        assert "Stopped, as you wished: Juniper." in content(done)
        await turn_is(database, third, TurnState.CANCELLED)
        # The line goes with it, and the others are answered.
        await gone(playground, line)
        model.gate.set()
        assert (await playground.wait(second))["content"] == "Done."
        assert bot.errors() == []
    assert [one["content"] for one in await playground.messages(after=first["id"])] == ["Done."]
    assert await playground.messages(WORKSHOP, after=third["id"]) == []
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(NoticeRow)) == 0
    await playground.assert_clean()


async def gone(playground: Playground, message: Payload) -> None:
    """Wait until a message is not in its channel any more."""
    async with asyncio.timeout(20):
        while True:
            found = await playground.messages(message["channel_id"], limit=100)
            if message["id"] not in {one["id"] for one in found}:
                return
            await asyncio.sleep(0.05)
