"""What comes of a reply between the model and Discord: leaks go, repeats are asked for again."""

from __future__ import annotations

from typing import Any

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, LOUNGE, TAVERN, Payload
from tests.wire.bot.conftest import World

STORY = "*pours the tea* Once there was a harbour in which no ship ever came to rest."
OTHER = "*sets the pot down* The well behind the house has its own tide, they say."
SAMPLERS = ("temperature", "frequency_penalty", "presence_penalty")


async def said(world: World, words: str, *, user: str = ADA, channel: str = LOUNGE) -> Payload:
    return await world.playground.wait(await world.playground.say(user, words, channel))


def sampled(world: World) -> list[dict[str, Any]]:
    """Return how each request since the last look was sampled."""
    found = [
        {name: request.body[name] for name in SAMPLERS if name in request.body}
        for request in world.model.requests
    ]
    world.model.requests.clear()
    return found


async def test_leaks_go_and_repeats_are_asked_for_again(world: World) -> None:
    # A reply with all kinds of leaks, the clock of its own prompt among them.
    begun = await said(world, "@Juniper good evening")
    clock = world.model.requests[0].body["messages"][-1]["content"].splitlines()[-2]
    assert clock.startswith("[It is ")
    leaky = f'<message speaker="Juniper">{clock}\nJuniper: {STORY}</message>\nAda: Go on!'
    world.model.enqueue(Reply.text(leaky))
    answer = await said(world, "@Juniper tell me of the old days")
    assert (begun["content"], answer["content"]) == ("Hello there.", STORY)
    assert sampled(world) == [{}, {}]

    # The same again: a second request with other sampling, and its reply is posted.
    world.model.enqueue(Reply.text(STORY), Reply.text(f"Juniper: {OTHER}"))
    answer = await said(world, "@Juniper and now another one")
    assert answer["content"] == OTHER
    first, second = sampled(world)
    assert first == {}
    assert second == {"temperature": 1.2, "frequency_penalty": 0.5, "presence_penalty": 0.4}

    # No more than once: what is a repeat then is better than nothing.
    world.model.enqueue(Reply.text(OTHER), Reply.text(STORY))
    assert (await said(world, "@Juniper one more"))["content"] == STORY
    assert len(sampled(world)) == 2
    # Where the second fails, or nothing is left of it, the first is.
    refused = Reply.failure(401, "User not found.")
    world.model.enqueue(Reply.text(STORY), refused, Reply.text(OTHER), Reply.text("Juniper:"))
    assert (await said(world, "@Juniper please"))["content"] == STORY
    assert (await said(world, "@Juniper, please", user=BEN))["content"] == OTHER
    assert len(sampled(world)) == 4

    # Somebody else's words are no repeat, nor are one's own from another place.
    world.model.enqueue(Reply.text(STORY))
    assert (await said(world, "@Captain Sable, and you?"))["content"] == STORY
    world.model.enqueue(Reply.text(STORY))
    assert (await said(world, "@Juniper good day", channel=TAVERN))["content"] == STORY
    # What is short may come again.
    for _ in range(2):
        assert (await said(world, "@Juniper hm?", channel=TAVERN))["content"] == "Hello there."
    assert sampled(world) == [{}] * 4

    # An echo of the message is asked for again, too.
    question = "what do you say to the people who never come back to this house?"
    world.model.enqueue(Reply.text(f"Ada: {question}"), Reply.text(OTHER))
    assert (await said(world, f"@Juniper {question}", channel=TAVERN))["content"] == OTHER
    assert len(sampled(world)) == 2
