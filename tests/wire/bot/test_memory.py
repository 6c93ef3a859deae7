"""A character remembers what it was told, when it has long left the visible history."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select, text

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, TAVERN
from tests.wire.bot.conftest import World
from tzurot.conversation.surroundings import READ_AGAIN
from tzurot.rules.cascade import SETTINGS
from tzurot.storage.database import Database
from tzurot.storage.tables import MemoryRow

IN_VIEW = int(str(SETTINGS["history_messages"].value.default))


async def remembered(database: Database, count: int) -> None:
    """Wait until so many memories are kept: they are written in the background."""
    async with asyncio.timeout(30):
        while True:
            async with database.transaction() as session:
                if await session.scalar(select(func.count(MemoryRow.id))) == count:
                    return
            await asyncio.sleep(0.1)


async def push_out(world: World) -> None:
    """Fill the visible history with something else."""
    for number in range(IN_VIEW + 2):
        await world.playground.say(BEN, f"The weather, part {number}.")


async def test_a_fact_out_of_the_window_is_recalled(world: World, database: Database) -> None:
    world.model.default = Reply.text("I will keep that in mind.")
    said = await world.playground.say(ADA, "@Juniper my sister's parrot is called Admiral Beak")
    await world.playground.wait(said)
    await remembered(database, 1)
    # As long as it is in the visible history, it is not told twice.
    await world.playground.wait(
        await world.playground.say(ADA, "@Juniper what is the parrot called?")
    )
    assert str(world.model.requests[-1].body).count("Admiral Beak") == 1
    await push_out(world)
    said = await world.playground.say(ADA, "@Juniper what is my sister's parrot called?")
    await world.playground.wait(said)
    last = world.model.requests[-1].body["messages"][-1]["content"]
    assert "Juniper remembers these earlier talks with Ada." in last
    assert "Admiral Beak" in last
    assert last.endswith("Ada: @Juniper what is my sister's parrot called?")
    # It is Juniper's memory of Ada: nobody else's, of nobody else.
    for user, name in ((BEN, "Juniper"), (ADA, "Captain Sable")):
        said = await world.playground.say(user, f"@{name} what is the parrot called?", TAVERN)
        await world.playground.wait(said)
        assert "Admiral Beak" not in str(world.model.requests[-1].body)


async def test_a_deleted_message_takes_its_memory_with_it(world: World, database: Database) -> None:
    world.model.default = Reply.text("I see.")
    said = await world.playground.say(ADA, "@Juniper my secret is the blue key")
    await world.playground.wait(said)
    await remembered(database, 1)
    await world.playground.delete(ADA, said)
    await remembered(database, 0)


async def test_a_dms_memory_stays_in_the_dm(world: World, database: Database) -> None:
    world.model.default = Reply.text("I see.")
    dm = (await world.playground.dm(ADA))["id"]
    said = await world.playground.say(ADA, "@Juniper my secret is the blue key", dm)
    await world.playground.wait(said)
    await remembered(database, 1)
    said = await world.playground.say(ADA, "@Juniper what is my secret?", TAVERN)
    await world.playground.wait(said)
    assert "blue key" not in str(world.model.requests[-1].body)


async def test_a_fault_of_memory_costs_only_memory(world: World, database: Database) -> None:
    world.model.default = Reply.text("I see.")
    said = await world.playground.say(ADA, "@Juniper my secret is the blue key")
    await world.playground.wait(said)
    await remembered(database, 1)
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE memories RENAME COLUMN embedding TO lost"))
    said = await world.playground.say(ADA, "@Juniper are you well?")
    reply = await world.playground.wait(said)
    assert reply["content"] == "I see."


async def test_a_restart_does_not_forget_what_is_further_back_than_it_reads(
    world: World, database: Database
) -> None:
    world.model.default = Reply.text("I will keep that in mind.")
    said = await world.playground.say(ADA, "@Juniper my sister's parrot is called Admiral Beak")
    await world.playground.wait(said)
    await remembered(database, 1)
    for number in range(READ_AGAIN):
        last = await world.playground.say(BEN, f"The weather, part {number}.")
    # Of what is read again, one message is a character's.
    last = await world.playground.say(BEN, "@Juniper hello")
    await world.playground.wait(last)
    await remembered(database, 2)
    await world.bot.stop()
    await world.bot.start()
    await world.bot.logged("Connected as")
    said = await world.playground.say(ADA, "@Juniper what is my sister's parrot called?")
    await world.playground.wait(said)
    assert "Admiral Beak" in str(world.model.requests[-1].body["messages"])
