"""A person who speaks through PluralKit is answered once, as whom they speak."""

from __future__ import annotations

import asyncio

from tests.support.model_server import Reply
from tests.support.playground import BEN, CLEO
from tests.wire.bot.conftest import World


async def test_a_proxied_message_is_answered_once_and_under_its_name(world: World) -> None:
    world.model.default = Reply.text("Good evening.", first_delay=0.3)
    both = await world.playground.proxy(BEN, "@Juniper good evening", "Luna")
    answer = await world.playground.wait(both["proxied"])
    assert answer["content"] == "Good evening."
    # What is said next is answered next: there is no second answer to either.
    said = await world.playground.say(CLEO, "@Juniper and to me?")
    await world.playground.wait(said)
    assert len(world.model.requests) == 2
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
