"""What one author says in a row is answered once, without anybody waiting for a fixed time."""

from __future__ import annotations

import asyncio

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, CLEO, LOUNGE, Payload
from tests.wire.bot.conftest import World


async def asked(world: World, count: int) -> None:
    await world.model.until(lambda: len(world.model.requests) >= count)


def last_line(world: World) -> str:
    """Return the end of what the model was last asked."""
    return str(world.model.requests[-1].body["messages"][-1]["content"])


async def after(message: Payload, world: World) -> list[Payload]:
    """Return what the bot said after a message, oldest first."""
    found = await world.playground.messages(after=message["id"])
    return [one for one in reversed(found) if one.get("webhook_id")]


async def test_who_writes_on_before_the_answer_gets_one_answer_to_all(world: World) -> None:
    world.model.gate.clear()
    first = await world.playground.say(BEN, "@Juniper I have a question.")
    await asked(world, 1)
    await world.playground.say(BEN, "It is about tea.")
    await asked(world, 2)
    assert world.model.aborted == 1
    world.model.gate.set()
    await world.playground.wait(first)
    assert "Ben: @Juniper I have a question.\nBen: It is about tea." in last_line(world)
    # Both count as answered: what comes next is the answer to something else.
    said = await world.playground.say(CLEO, "@Juniper and me?")
    await world.playground.wait(said)
    assert len(await after(first, world)) == 2
    assert len(world.model.requests) == 3


async def test_it_begins_again_twice_and_no_more(world: World) -> None:
    world.model.gate.clear()
    first = await world.playground.say(BEN, "@Juniper one")
    for count, text in enumerate(("two", "three", "four"), start=1):
        await asked(world, count)
        last = await world.playground.say(BEN, text)
    await asyncio.sleep(0.3)
    assert len(world.model.requests) == 3
    world.model.gate.set()
    await world.playground.wait(last)
    assert "Ben: three" in last_line(world)
    assert "four" not in last_line(world)
    # What came too late, and named her, is answered next.
    said = await world.playground.say(BEN, "@Juniper five")
    await world.playground.wait(said)
    assert "Ben: four\nBen: @Juniper five" in last_line(world)
    assert len(await after(first, world)) == 2


async def test_an_answer_that_is_written_waits_for_who_types_on(world: World) -> None:
    world.model.gate.clear()
    first = await world.playground.say(BEN, "@Juniper wait,")
    await asked(world, 1)
    await world.playground.type(BEN)
    world.model.gate.set()
    await world.model.until(lambda: world.model.active == 0)
    await asyncio.sleep(0.4)
    assert await after(first, world) == []
    await world.playground.say(BEN, "I am not done.")
    await world.playground.wait(first, seconds=20)
    assert "Ben: @Juniper wait,\nBen: I am not done." in last_line(world)
    assert len(world.model.requests) == 2
    assert len(await after(first, world)) == 1


async def test_nobody_elses_words_or_typing_change_an_answer(world: World) -> None:
    world.model.gate.clear()
    first = await world.playground.say(BEN, "@Juniper hello")
    await asked(world, 1)
    await world.playground.type(CLEO)
    await world.playground.say(CLEO, "hello from me too")
    await world.playground.reply(BEN, await world.playground.say(ADA, "Ben?"), "Yes, Ada?")
    world.model.gate.set()
    await world.playground.wait(first)
    assert len(world.model.requests) == 1
    assert last_line(world).endswith("Ben: @Juniper hello")


async def test_whoever_else_is_named_answers_for_themselves(world: World) -> None:
    world.model.gate.clear()
    world.model.default = Reply.text("Aye.")
    first = await world.playground.say(BEN, "@Juniper hello")
    await asked(world, 1)
    await world.playground.say(BEN, "@Captain Sable, you too")
    world.model.gate.set()
    one = await world.playground.wait(first)
    two = await world.playground.wait(one)
    assert [one["author"]["username"], two["author"]["username"]] == ["Juniper", "Captain Sable"]
    assert len(world.model.requests) == 2


async def test_a_message_of_a_burst_that_is_deleted_is_not_answered(world: World) -> None:
    world.model.gate.clear()
    first = await world.playground.say(BEN, "@Juniper hello")
    await asked(world, 1)
    slip = await world.playground.say(BEN, "my password is swordfish")
    await asked(world, 2)
    await world.playground.delete(BEN, slip)
    await asked(world, 3)
    world.model.gate.set()
    await world.playground.wait(first)
    assert "swordfish" not in str(world.model.requests[-1].body)
    assert last_line(world).endswith("Ben: @Juniper hello")


async def test_in_a_dm_too(world: World) -> None:
    dm = (await world.playground.dm(BEN))["id"]
    await world.playground.wait(await world.playground.say(BEN, "@Juniper hello", dm))
    world.model.gate.clear()
    first = await world.playground.say(BEN, "are you there?", dm)
    await asked(world, 2)
    await world.playground.say(BEN, "I am.", dm)
    await asked(world, 3)
    world.model.gate.set()
    await world.playground.wait(first)
    assert "Ben: are you there?\nBen: I am." in last_line(world)
    found = await world.playground.messages(dm, after=first["id"])
    assert sum(bool(one["author"].get("bot")) for one in found) == 1


async def test_a_link_is_waited_for_until_it_is_unfolded(world: World) -> None:
    said = await world.playground.say(BEN, "@Juniper see https://example.org/tea")
    await world.playground.unfold(
        said, {"title": "The Tea House", "description": "Forty kinds.", "type": "link"}
    )
    await world.playground.wait(said)
    assert "[embed: The Tea House | Forty kinds.]" in last_line(world)


async def test_a_link_that_unfolds_late_is_read_later(world: World) -> None:
    said = await world.playground.say(BEN, "look at https://example.org/tea", LOUNGE)
    await world.playground.wait(await world.playground.say(BEN, "@Juniper hello"))
    await world.playground.unfold(said, {"title": "The Tea House", "type": "link"})
    await world.playground.wait(await world.playground.say(BEN, "@Juniper and?"))
    assert "[embed: The Tea House]" in str(world.model.requests[-1].body["messages"])


async def test_a_message_that_is_deleted_while_its_author_types_is_not_answered(
    world: World,
) -> None:
    world.model.enqueue(Reply.text("Forget what?"), Reply.text("Hello, Cleo."))
    world.model.gate.clear()
    said = await world.playground.say(BEN, "@Juniper forget this")
    await asked(world, 1)
    await world.playground.type(BEN)
    world.model.gate.set()
    await world.model.until(lambda: world.model.active == 0)
    await asyncio.sleep(0.4)
    await world.playground.delete(BEN, said)
    following = await world.playground.say(CLEO, "@Juniper hello")
    reply = await world.playground.wait(following, seconds=20)
    assert reply["content"] == "Hello, Cleo."
