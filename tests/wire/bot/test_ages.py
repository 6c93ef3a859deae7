"""Characters for grown-ups: where they answer at once, and whom they ask first."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import text

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, CLEO, GUILD, LOUNGE, TAVERN, Payload
from tests.wire.bot.conftest import World
from tests.wire.bot.test_rules import activate, answers, setting, silent, who
from tzurot.characters.access import Actor
from tzurot.characters.store import CharacterStore
from tzurot.rules.ages import AgeStore, MatureStore
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database


@pytest.fixture(autouse=True)
async def for_grown_ups(world: World, database: Database) -> None:
    world.model.default = Reply.text("Aye.")
    host = Actor(int(ADA), is_host=True)
    sable = await who(database, "Captain Sable")
    await CharacterStore(database).set_mature(host, sable, is_mature=True)


async def asked_in_private(world: World, user: str = BEN) -> Payload | None:
    dm = (await world.playground.dm(user))["id"]
    found = [one for one in await world.playground.messages(dm) if one.get("components")]
    assert len(found) <= 1
    return found[0] if found else None


async def confirm(world: World, question: Payload, user: str = BEN) -> None:
    (button,) = question["components"][0]["components"]
    answer = await world.playground.press(user, question, button["custom_id"])
    assert "Thank you" in answer["message"]["content"]


async def test_who_confirms_is_answered_and_never_asked_again(
    world: World, database: Database
) -> None:
    said = await world.playground.say(BEN, "@Captain Sable, a tale!")
    dm = (await world.playground.dm(BEN))["id"]
    question = await world.playground.wait({**said, "channel_id": dm})
    assert "18" in question["content"]
    assert world.model.requests == []
    # It is said when it is kept, and not before.
    async with database.transaction() as session:
        await session.execute(text("LOCK TABLE ages"))
        pressing = asyncio.create_task(confirm(world, question))
        done, _ = await asyncio.wait({pressing}, timeout=0.5)
        assert not done
    await pressing
    assert await answers(world, said, 1) == ["Captain Sable"]
    assert "a tale!" in str(world.model.requests[-1].body)
    assert await asked_in_private(world) is None  # it is taken away
    said = await world.playground.say(BEN, "@Captain Sable, one more", TAVERN)
    assert await answers(world, said, 1) == ["Captain Sable"]


async def test_one_question_stands_and_the_newest_words_wait(world: World) -> None:
    first = await world.playground.say(BEN, "@Captain Sable, the first")
    await world.playground.wait({**first, "channel_id": (await world.playground.dm(BEN))["id"]})
    newest = await world.playground.say(BEN, "@Captain Sable, the second")
    await silent(world, newest)
    question = await asked_in_private(world)
    assert question is not None
    so_far = (await world.playground.messages())[0]
    await confirm(world, question)
    assert await answers(world, so_far, 1) == ["Captain Sable"]
    prompt = world.model.requests[-1].body["messages"]
    assert str(prompt[-1]["content"]).endswith("Ben: @Captain Sable, the second")


async def test_what_waits_is_answered_as_it_is_by_then(world: World) -> None:
    await world.playground.wait(await world.playground.say(BEN, "@Juniper hello"))
    said = await world.playground.say(BEN, "@Captain Sable, a tale!")
    dm = (await world.playground.dm(BEN))["id"]
    question = await world.playground.wait({**said, "channel_id": dm})
    await world.playground.edit(BEN, said, "@Captain Sable, a song!")
    await silent(world, said)
    so_far = (await world.playground.messages())[0]
    await confirm(world, question)
    assert await answers(world, so_far, 1) == ["Captain Sable"]
    told = str(world.model.requests[-1].body["messages"])
    assert "a song!" in told
    assert "a tale!" not in told


async def test_what_is_deleted_while_it_waits_is_neither_answered_nor_kept(
    world: World, database: Database
) -> None:
    said = await world.playground.say(BEN, "@Captain Sable, my secret!")
    dm = (await world.playground.dm(BEN))["id"]
    question = await world.playground.wait({**said, "channel_id": dm})
    await world.playground.delete(BEN, said)
    await silent(world, said)
    waiting = await AgeStore(database).waiting(int(BEN))
    assert waiting is not None
    assert "secret" not in str(waiting)
    so_far = (await world.playground.messages())[0]
    await confirm(world, question)
    await silent(world, so_far)
    assert "secret" not in str(world.model.requests[-1].body)


async def test_new_words_wait_anew_for_a_question_that_stands(
    world: World, database: Database
) -> None:
    first = await world.playground.say(BEN, "@Captain Sable, the first")
    await world.playground.wait({**first, "channel_id": (await world.playground.dm(BEN))["id"]})
    async with database.transaction() as session:
        await session.execute(text("UPDATE age_prompts SET asked_at = now() - interval '1 hour'"))
    await silent(world, await world.playground.say(BEN, "@Captain Sable, the second"))
    question = await asked_in_private(world)
    assert question is not None
    so_far = (await world.playground.messages())[0]
    await confirm(world, question)
    assert await answers(world, so_far, 1) == ["Captain Sable"]


async def test_in_a_place_that_asks_for_the_age_itself_nobody_is_asked(world: World) -> None:
    cellar = await world.playground.channel(GUILD, "cellar", nsfw=True)
    said = await world.playground.say(BEN, "@Captain Sable, a tale!", cellar["id"])
    assert await answers(world, said, 1) == ["Captain Sable"]
    thread = await world.playground.thread(BEN, "in a corner", cellar["id"])
    said = await world.playground.say(BEN, "@Captain Sable, a tale!", thread["id"])
    assert await answers(world, said, 1) == ["Captain Sable"]
    assert await asked_in_private(world) is None


async def test_unasked_it_keeps_quiet_for_who_did_not_confirm(
    world: World, database: Database
) -> None:
    await activate(database, "Captain Sable", "Juniper")
    await setting(database, "channel_rule", "list")
    said = await world.playground.say(BEN, "good evening")
    assert await answers(world, said, 1) == ["Juniper"]
    await silent(world, await world.playground.say(CLEO, "<3", TAVERN))
    assert await asked_in_private(world) is None


async def test_a_server_may_ask_for_one_and_a_host_for_all(
    world: World, database: Database
) -> None:
    mature, juniper = MatureStore(database), await who(database, "Juniper")
    await mature.flag_mature(int(GUILD), juniper, by=int(ADA))
    said = await world.playground.say(CLEO, "@Juniper hello")
    dm = (await world.playground.dm(CLEO))["id"]
    question = await world.playground.wait({**said, "channel_id": dm})
    assert "18" in question["content"]
    # That is this server's rule, and nobody else's.
    said = await world.playground.say(CLEO, "@Juniper hello", dm)
    await world.playground.wait(said)
    assert len(world.model.requests) == 1
    await mature.unflag_mature(int(GUILD), juniper)
    await SettingsStore(database).set(Tier.HOST, None, "age_gate", "all")
    said = await world.playground.say(BEN, "@Juniper hello")
    question = await world.playground.wait(
        {**said, "channel_id": (await world.playground.dm(BEN))["id"]}
    )
    await confirm(world, question)
    assert await answers(world, said, 1) == ["Juniper"]


async def test_who_cannot_be_written_to_is_told_of_the_command(world: World) -> None:
    await world.playground.fault("5xx_before", method="POST", path="/users/@me/channels", times=9)
    said = await world.playground.say(BEN, "@Captain Sable, a tale!")
    told = await world.playground.wait(said)
    assert "/age" in told["content"]
    await world.playground.clear_faults()
    answer = (await world.playground.command(BEN, "age"))["message"]
    await confirm(world, answer)
    said = await world.playground.say(BEN, "@Captain Sable, a tale!")
    assert await answers(world, said, 1) == ["Captain Sable"]
    again = (await world.playground.command(BEN, "age"))["message"]
    assert "You confirmed" in again["content"]


async def test_the_button_works_after_a_restart(world: World) -> None:
    said = await world.playground.say(BEN, "@Captain Sable, a tale!")
    question = await world.playground.wait(
        {**said, "channel_id": (await world.playground.dm(BEN))["id"]}
    )
    await world.bot.kill()
    await world.bot.start()
    await world.bot.logged("Connected as")
    await confirm(world, question)
    assert await answers(world, said, 1) == ["Captain Sable"]


async def test_the_command_asks_first_and_keeps_what_was_written(world: World) -> None:
    options = {"character": "captain-sable", "message": "a tale, please"}
    answer = (await world.playground.command(BEN, "chat", options))["message"]
    assert answer["flags"] & 64
    assert "a tale, please" in answer["content"]
    await confirm(world, answer)
    answer = (await world.playground.command(BEN, "chat", options))["message"]
    reply = await world.playground.wait(answer)
    assert reply["author"]["username"] == "Captain Sable"
    assert json.dumps(world.model.requests[-1].body).count("a tale, please") == 1
    assert (await world.playground.messages(LOUNGE))[0]["id"] == reply["id"]
