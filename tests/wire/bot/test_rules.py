"""Who answers where: active characters, rules of places, denials; set in the database by hand."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, CLEO, GUILD, LOUNGE, TAVERN, Payload
from tests.wire.bot.conftest import World
from tzurot.characters.access import Actor
from tzurot.characters.aliases import AliasStore
from tzurot.characters.store import CharacterStore
from tzurot.history.clears import ClearStore
from tzurot.rules.cascade import Tier
from tzurot.rules.channels import ChannelStore
from tzurot.rules.denial import Denial, Mode, Party, Reach, Target
from tzurot.rules.denials import DenialStore
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database

_NOBODY = 0


async def who(database: Database, name: str) -> UUID:
    found = await CharacterStore(database).names_visible_to(_NOBODY)
    return next(one.id for one in found if one.name == name)


async def activate(database: Database, *names: str, channel: str = LOUNGE) -> None:
    for name in names:
        character_id = await who(database, name)
        await ChannelStore(database).activate(int(channel), None, character_id, by=int(ADA))


async def setting(database: Database, name: str, value: object, channel: str = LOUNGE) -> None:
    await SettingsStore(database).set(Tier.CHANNEL, int(channel), name, value)


async def answers(world: World, said: Payload, count: int) -> list[str]:
    """Return who answers a message, in order; fails when fewer do."""
    last, speakers = said, []
    for _ in range(count):
        last = await world.playground.wait(last)
        speakers.append(str(last["author"]["username"]))
    return speakers


async def silent(world: World, said: Payload) -> None:
    """Fail when a message is answered: what is said after it is answered first."""
    asked = len(world.model.requests)
    probe = await world.playground.say(ADA, "@Juniper still there?", said["channel_id"])
    answer = await world.playground.wait(said)
    assert int(answer["id"]) > int(probe["id"])
    assert len(world.model.requests) == asked + 1


@pytest.fixture(autouse=True)
def short(world: World) -> None:
    world.model.default = Reply.text("Yes.")


async def test_in_a_channel_with_the_rule_list_all_who_are_active_answer_in_order(
    world: World, database: Database
) -> None:
    await activate(database, "Captain Sable", "Juniper")
    await setting(database, "channel_rule", "list")
    said = await world.playground.say(BEN, "good evening everybody")
    assert await answers(world, said, 2) == ["Captain Sable", "Juniper"]
    # Who is named comes first, and once.
    said = await world.playground.say(BEN, "and you, @Juniper?")
    assert await answers(world, said, 2) == ["Juniper", "Captain Sable"]
    # Elsewhere nobody is active.
    await silent(world, await world.playground.say(BEN, "hello?", TAVERN))


async def test_with_the_rule_natural_somebody_answers_and_with_named_nobody(
    world: World, database: Database
) -> None:
    await activate(database, "Juniper")
    said = await world.playground.say(BEN, "good evening")
    assert await answers(world, said, 1) == ["Juniper"]
    await setting(database, "channel_rule", "named")
    await silent(world, await world.playground.say(BEN, "good evening"))


async def test_a_thread_has_its_channels_characters(world: World, database: Database) -> None:
    await activate(database, "Juniper")
    thread = await world.playground.thread(BEN, "a quiet corner")
    said = await world.playground.say(BEN, "is anybody here?", thread["id"])
    assert await answers(world, said, 1) == ["Juniper"]


async def test_ghosts_listen_and_answer_when_they_are_addressed(
    world: World, database: Database
) -> None:
    await activate(database, "Juniper")
    await setting(database, "ghost", value=True)
    await silent(world, await world.playground.say(BEN, "the key is under the mat"))
    assert "under the mat" in str(world.model.requests[-1].body)


async def test_where_a_server_keeps_characters_out_nobody_answers(
    world: World, database: Database
) -> None:
    await ChannelStore(database).keep_out_of(int(GUILD), [int(TAVERN)])
    said = await world.playground.say(BEN, "@Juniper hello", TAVERN)
    await world.playground.wait(await world.playground.say(BEN, "@Juniper hello"))
    assert len(world.model.requests) == 1
    assert (await world.playground.messages(TAVERN))[0]["id"] == said["id"]


async def test_another_sign_stands_before_names(world: World, database: Database) -> None:
    await SettingsStore(database).set(Tier.SERVER, int(GUILD), "mention_sign", "!")
    said = await world.playground.say(BEN, "@Juniper hello")
    asked = await world.playground.say(BEN, "!Juniper hello")
    answer = await world.playground.wait(said)
    assert int(answer["id"]) > int(asked["id"])
    assert len(world.model.requests) == 1


async def test_an_alias_of_ones_own_names_a_character_for_oneself_alone(
    world: World, database: Database
) -> None:
    juniper = await who(database, "Juniper")
    await AliasStore(database).add(Actor(int(BEN)), juniper, "tea lady", is_global=False)
    said = await world.playground.say(CLEO, "@tea lady, hello")
    asked = await world.playground.say(BEN, "@tea lady, hello")
    answer = await world.playground.wait(said)
    assert int(answer["id"]) > int(asked["id"])
    assert len(world.model.requests) == 1


@pytest.mark.parametrize("mode", Mode)
async def test_who_is_denied_gets_no_answer_and_who_is_blocked_is_not_heard(
    world: World, database: Database, mode: Mode
) -> None:
    target = Target(party=Party.USER, party_id=int(BEN), reach=Reach.CHANNEL, place_id=int(LOUNGE))
    await DenialStore(database).deny(
        Denial(target=target, mode=mode, by=int(ADA)), host_id=int(ADA)
    )
    said = await world.playground.say(BEN, "@Juniper my secret is the blue key")
    await silent(world, said)
    heard = "blue key" in str(world.model.requests[-1].body)
    assert heard is (mode is Mode.MUTE)
    # Elsewhere, and to others, all is as before.
    said = await world.playground.say(BEN, "@Juniper hello", TAVERN)
    assert await answers(world, said, 1) == ["Juniper"]
    said = await world.playground.say(CLEO, "@Juniper hello")
    assert await answers(world, said, 1) == ["Juniper"]


async def test_whom_a_character_does_not_hear_nobody_quotes_to_it(
    world: World, database: Database
) -> None:
    target = Target(party=Party.USER, party_id=int(BEN), reach=Reach.CHANNEL, place_id=int(LOUNGE))
    await DenialStore(database).deny(
        Denial(target=target, mode=Mode.BLOCK, by=int(ADA)), host_id=int(ADA)
    )
    await world.playground.wait(await world.playground.say(CLEO, "@Juniper hello"))
    # A copy by a proxy is his, too.
    both = await world.playground.proxy(BEN, "my secret is the blue key", "Luna")
    said = await world.playground.reply(CLEO, both["proxied"], "@Juniper what is this?")
    await world.playground.wait(said)
    assert "blue key" not in str(world.model.requests[-1].body)
    # What counts is where it was said.
    secret = await world.playground.say(BEN, "and the red door")
    link = f"https://discord.com/channels/{GUILD}/{LOUNGE}/{secret['id']}"
    await world.playground.wait(await world.playground.say(CLEO, f"@Juniper see {link}", TAVERN))
    assert "red door" not in str(world.model.requests[-1].body)


async def test_an_answer_to_what_was_cleared_is_not_quoted(
    world: World, database: Database
) -> None:
    world.model.enqueue(Reply.text("The key is blue."))
    said = await world.playground.say(CLEO, "@Juniper which key?")
    answer = await world.playground.wait(said)
    await ClearStore(database).clear(int(LOUNGE), up_to=int(said["id"]), by=int(ADA))
    said = await world.playground.reply(CLEO, answer, "what do you mean?")
    await world.playground.wait(said)
    assert "The key is blue." not in str(world.model.requests[-1].body)


async def test_a_character_that_is_denied_to_somebody_is_not_there_for_them(
    world: World, database: Database
) -> None:
    sable = await who(database, "Captain Sable")
    target = Target(party=Party.USER, party_id=int(BEN), reach=Reach.CHARACTER, character_id=sable)
    denial = Denial(target=target, mode=Mode.MUTE, by=int(ADA))
    await DenialStore(database).deny(denial, host_id=int(ADA))
    said = await world.playground.say(BEN, "@Captain Sable and @Juniper, hello")
    assert await answers(world, said, 1) == ["Juniper"]
    said = await world.playground.say(CLEO, "@Captain Sable hello")
    assert await answers(world, said, 1) == ["Captain Sable"]


async def test_a_denied_person_gets_no_help_in_a_dm(world: World, database: Database) -> None:
    target = Target(party=Party.USER, party_id=int(BEN))
    denial = Denial(target=target, mode=Mode.MUTE, by=int(ADA))
    await DenialStore(database).deny(denial, host_id=int(ADA))
    dm = (await world.playground.dm(BEN))["id"]
    said = await world.playground.say(BEN, "hello?", dm)
    await world.playground.wait(await world.playground.say(CLEO, "@Juniper hello"))
    assert (await world.playground.messages(dm))[0]["id"] == said["id"]


async def test_a_character_reads_as_far_back_as_it_is_set(world: World, database: Database) -> None:
    await setting(database, "history_messages", 3)
    await world.playground.wait(await world.playground.say(BEN, "@Juniper hello"))
    for number in range(4):
        await world.playground.say(CLEO, f"part {number}")
    await world.playground.wait(await world.playground.say(BEN, "@Juniper and now?"))
    told = str(world.model.requests[-1].body["messages"])
    assert "part 3" in told
    assert "part 2" in told
    assert "part 1" not in told
