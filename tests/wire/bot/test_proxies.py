"""A person who speaks through PluralKit is answered once, as whom they speak."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import BEN, CLEO, Playground
from tests.support.pluralkit import LUNA, PluralKitServer, proxied
from tests.wire.bot.conftest import World
from tzurot.characters.personas import PersonaStore
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database


async def test_a_proxied_message_is_answered_once_and_under_its_name(world: World) -> None:
    world.model.default = Reply.text("Good evening.", first_delay=0.3)
    both = await world.playground.proxy(BEN, "@Juniper good evening", "Luna")
    answer = await world.playground.wait(both["proxied"])
    assert answer["content"] == "Good evening."
    # What is said next is answered next: there is no second answer to either.
    said = await world.playground.say(CLEO, "@Juniper and to me?")
    await world.playground.wait(said)
    # The first call is broken off where it had begun for the original: it was somebody else's.
    assert len(world.model.requests) - world.model.aborted == 2
    told = str(world.model.requests[-1].body["messages"])
    assert told.count("good evening") == 1
    assert "Luna: @Juniper good evening" in told


async def test_a_copy_that_comes_after_the_answer_is_not_answered_again(world: World) -> None:
    world.model.default = Reply.text("Good evening.")
    for number in range(3):
        both = await world.playground.proxy(BEN, f"@Juniper evening {number}", "Luna")
        await world.playground.wait(both["proxied"])
    said = await world.playground.say(CLEO, "@Juniper hello")
    await world.playground.wait(said)
    assert len(world.model.requests) == 4


@pytest.mark.parametrize("order", ["copy_first", "delete_first"])
@pytest.mark.parametrize("application", ["4242", None])
async def test_a_bot_that_nobody_knows_is_known_by_what_it_does(
    world: World, order: str, application: str | None
) -> None:
    world.model.gate.clear()
    both = await world.playground.proxy(
        BEN, "@Juniper good evening", "Luna", order=order, application=application, delay_s=0.2
    )
    await world.model.until(lambda: bool(world.model.requests))
    await asyncio.sleep(0.3)
    world.model.gate.set()
    answer = await world.playground.wait(both["proxied"])
    assert answer["author"]["username"] == "Juniper"
    said = await world.playground.say(CLEO, "@Juniper and to me?")
    await world.playground.wait(said)
    told = str(world.model.requests[-1].body["messages"])
    assert told.count("good evening") == 1
    assert "Luna: @Juniper good evening" in told
    assert len(world.model.requests) - world.model.aborted == 2


async def test_the_member_behind_a_message_is_asked_for_where_the_host_allows_it(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "ask_pluralkit", value=True)
    personas = PersonaStore(database)
    await personas.create(int(BEN), name="Ben", about="A knight.")
    await personas.create(
        int(BEN), name="Luna", pronouns="she/they", about="A quiet owl.", member_id=LUNA
    )
    async with (
        PluralKitServer() as pluralkit,
        Bot(playground, database_url, model.url, PLURALKIT_URL=pluralkit.url),
    ):
        both = await playground.proxy(BEN, "@Juniper hello", "Luna of the Sky", delay_s=0.1)
        copy, original = int(both["proxied"]["id"]), int(both["original"]["id"])
        pluralkit.post(proxied(copy, original, int(BEN)))
        await playground.wait(both["proxied"])
        both = await playground.proxy(BEN, "@Juniper and again", "Luna of the Sky", delay_s=0.1)
        copy, original = int(both["proxied"]["id"]), int(both["original"]["id"])
        pluralkit.post(proxied(copy, original, int(BEN)))
        await playground.wait(both["proxied"])
    told = str(model.requests[-1].body["messages"])
    assert "Luna (she/they); “A quiet owl.”" in told
    assert "A knight." not in told
    assert "Luna: @Juniper and again" in told


async def test_a_message_deleted_while_its_answer_is_written_is_not_answered(world: World) -> None:
    world.model.gate.clear()
    said = await world.playground.say(BEN, "@Juniper forget this")
    async with asyncio.timeout(10):
        while not world.model.requests:  # noqa: ASYNC110 - another process sends it
            await asyncio.sleep(0.02)
    await world.playground.delete(BEN, said)
    other = await world.playground.say(CLEO, "@Juniper hello")
    world.model.gate.set()
    answer = await world.playground.wait(other)
    assert answer["author"]["username"] == "Juniper"
    found = [one["id"] for one in await world.playground.messages()]
    assert found[:2] == [answer["id"], other["id"]]
