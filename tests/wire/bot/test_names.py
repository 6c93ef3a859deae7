"""Who is who: characters of one name, one that was renamed, and people with clocks of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from tests.support.characters import make
from tests.support.model_server import Reply
from tests.support.playground import BEN, CLEO, LOUNGE, Payload
from tests.wire.bot.conftest import World
from tests.wire.bot.test_rules import setting
from tzurot.characters.access import Actor
from tzurot.characters.store import CharacterStore
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database


def told(world: World) -> str:
    """Return all of what the model was last asked."""
    messages = world.model.requests[-1].body["messages"]
    return "\n".join(str(one["content"]) for one in messages)


async def chat(world: World, slug: str, message: str) -> Payload:
    """Let Ben speak to a character by command; return its answer."""
    options = {"character": slug, "message": message}
    shown = await world.playground.command(BEN, "chat", options)
    return await world.playground.wait(shown["message"])


async def test_of_two_characters_of_one_name_the_one_that_is_meant_answers(
    world: World, database: Database
) -> None:
    characters, bens = CharacterStore(database), Actor(int(BEN))
    robin = await make(database, "Robin", int(BEN))
    other = await make(database, "Robin", int(CLEO))
    for owner, one, trait in ((BEN, robin, "a bird"), (CLEO, other, "a thief")):
        seen = await characters.editable(one, Actor(int(owner)))
        values = {"name": "Robin", "description": f"Robin is {trait}."}
        await characters.edit(Actor(int(owner)), one, values, seen=seen.version)
    world.model.enqueue(Reply.text("Chirp."), Reply.text("Your purse."))
    world.model.default = Reply.text("Well, well.")
    bird = await chat(world, "robin", "who are you?")
    thief = await chat(world, "robin-2", "and you?")
    assert bird["author"]["username"] == thief["author"]["username"] == "Robin"
    for message, own, others in (
        (bird, "a bird", "Your purse."),
        (thief, "a thief", "Chirp."),
        (bird, "a bird", "Your purse."),
    ):
        await world.playground.wait(await world.playground.reply(CLEO, message, "again?"))
        system, *rest = world.model.requests[-1].body["messages"]
        assert own in str(system["content"])
        assert all(others not in str(one["content"]) for one in rest if one["role"] == "assistant")
    # Under a new name it is who it was: by name, by its old messages, and for itself.
    seen = await characters.editable(robin, bens)
    values = {"name": "Wren", "description": "Wren is a bird."}
    await characters.edit(bens, robin, values, seen=seen.version)
    for said in (
        await world.playground.say(CLEO, "@Wren, are you there?"),
        await world.playground.reply(CLEO, bird, "and now?"),
    ):
        answer = await world.playground.wait(said)
        assert answer["author"]["username"] == "Wren"
        own_words = [
            str(one["content"])
            for one in world.model.requests[-1].body["messages"]
            if one["role"] == "assistant"
        ]
        assert "Chirp." in own_words
        assert "Your purse." not in own_words
    # The name is the other one's alone now.
    said = await world.playground.say(CLEO, "@Robin hello")
    answer = await world.playground.wait(said)
    assert answer["author"]["username"] == "Robin"
    assert "a thief" in told(world)


async def test_one_clock_counts_and_what_a_person_set_holds_in_chat_too(
    world: World, database: Database
) -> None:
    world.model.default = Reply.text("Yes.")
    settings = SettingsStore(database)
    zones = {"Ben": "Asia/Tokyo", "Cleo": "Europe/Berlin"}
    await setting(database, "time_zone", zones["Cleo"])
    await settings.set(Tier.USER, int(BEN), "local_zone", zones["Ben"])
    await settings.set(Tier.USER, int(CLEO), "local_zone", zones["Cleo"])
    people = []
    for user in (BEN, CLEO, BEN, CLEO):
        await world.playground.wait(await world.playground.say(user, "@Juniper what time is it?"))
        prompt = told(world)
        lines = prompt[prompt.index("The people here") :].splitlines()[1:]
        people.append(list(takewhile(lambda line: line.startswith("- "), lines)))
        # The place's clock, whoever asks; and hers is the same.
        now = datetime.now(UTC).astimezone(ZoneInfo(zones["Cleo"]))
        assert f"It is {now:%A}" in prompt
        assert prompt.count("(Europe/Berlin)") == 1
        assert f"({zones['Cleo']}); for Ben it is" in prompt
        assert f"({zones['Ben']})." in prompt
        assert "for Cleo it is" not in prompt
    # Who is told of does not move with who speaks, and so the prompt's beginning holds still.
    assert len(people[1]) == 2
    assert people[1] == people[2] == people[3]
    # By command as well, he reads no further back than he set.
    await settings.set(Tier.USER, int(BEN), "history_messages", 2)
    for number in range(3):
        await world.playground.say(CLEO, f"part {number}", LOUNGE)
    await chat(world, "juniper", "and by command?")
    assert "part 2" in told(world)
    assert "part 1" not in told(world)
