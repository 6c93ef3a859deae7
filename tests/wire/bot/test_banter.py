"""Characters answer each other where a channel wants that, less and less, and end."""

from __future__ import annotations

import itertools

import pytest

from tests.support.model_server import Reply
from tests.support.playground import BEN, CLEO, LOUNGE, TAVERN
from tests.wire.bot.conftest import World
from tests.wire.bot.test_rules import activate, answers, setting
from tzurot.conversation.routing import LONGEST_BANTER
from tzurot.storage.database import Database


@pytest.fixture(autouse=True)
async def two(world: World, database: Database) -> None:
    world.model.default = Reply.text("Indeed.")
    await activate(database, "Captain Sable", "Juniper")
    await setting(database, "channel_rule", "named")


async def test_without_it_nobody_answers_a_character(world: World) -> None:
    said = await world.playground.say(BEN, "@Juniper, ask @Captain Sable's parrot")
    await world.playground.wait(said)
    for number in range(3):
        said = await world.playground.say(CLEO, f"@Juniper {number}")
        await world.playground.wait(said)
    found = await world.playground.messages(LOUNGE)
    speakers = [one["author"]["username"] for one in found if one.get("webhook_id")]
    assert speakers.count("Captain Sable") == 1


async def test_they_take_turns_hear_each_other_and_end(world: World, database: Database) -> None:
    await setting(database, "banter", 1.0)
    world.model.enqueue(Reply.text("Shall I tell of the whale?"))
    said = await world.playground.say(BEN, "@Juniper good evening")
    assert await answers(world, said, 2) == ["Juniper", "Captain Sable"]
    # The second one reads what the first one said, as said by somebody else.
    prompt = world.model.requests[1].body["messages"]
    assert str(prompt[-1]["content"]).endswith("Juniper: Shall I tell of the whale?")
    # It ends: after this long at the latest, a person must speak.
    await world.playground.wait(await world.playground.say(CLEO, "@Juniper good night", TAVERN))
    found = await world.playground.messages(LOUNGE, limit=50)
    spoken = [one["author"]["username"] for one in reversed(found) if one.get("webhook_id")]
    assert all(one != other for one, other in itertools.pairwise(spoken))
    assert len(spoken) <= LONGEST_BANTER + 1
