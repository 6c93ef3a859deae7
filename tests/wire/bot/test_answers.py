"""Who answers, where, and in whose name."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from tests.support.model_server import Received, Reply
from tests.support.playground import ADA, BEN, CLEO, DANA, LOUNGE, TAVERN, Payload
from tests.wire.bot.conftest import World

BEGINS = "[The chat begins here.]\n"
PASSING = re.compile(r"\[(?:It is|Write only) [^\]]*\]\n")


def chat_of(request: Received) -> list[tuple[str, str]]:
    """Return what a model was told of the chat, without the character, its examples, our notes."""
    chat = [
        (message["role"], PASSING.sub("", message["content"]))
        for message in request.body["messages"]
    ]
    begins = next(place for place, (_, text) in enumerate(chat) if text.startswith(BEGINS))
    role, text = chat[begins]
    return [(role, text.removeprefix(BEGINS)), *chat[begins + 1 :]]


async def webhooks_made(world: World) -> int:
    log = await world.playground.log()
    return sum(entry["method"] == "POST" and entry["path"].endswith("/webhooks") for entry in log)


async def test_a_mention_is_answered_in_the_characters_name(world: World) -> None:
    world.model.enqueue(Reply.text("Good evening, Ada."))
    said = await world.playground.say(ADA, "@Juniper hello")
    answer = await world.playground.wait(said)
    assert answer["content"] == "Good evening, Ada."
    assert answer["author"]["username"] == "Juniper"
    assert answer["webhook_id"]
    (request,) = world.model.requests
    assert chat_of(request) == [("user", "Ada: @Juniper hello")]
    assert "You write what Juniper says" in request.body["messages"][0]["content"]
    assert request.body["max_tokens"] == 800


async def test_a_message_to_nobody_is_not_answered(world: World) -> None:
    world.model.default = Reply.text("Here.")
    await world.playground.say(ADA, "hello everyone, mail me@juniper.example")
    said = await world.playground.say(ADA, "@Juniper are you there?")
    await world.playground.wait(said)
    assert len(world.model.requests) == 1
    assert len(await world.playground.messages()) == 3


async def test_a_reply_to_a_character_is_answered_by_it(world: World) -> None:
    world.model.enqueue(Reply.text("First."), Reply.text("Second."))
    said = await world.playground.say(ADA, "@Captain Sable hello")
    first = await world.playground.wait(said)
    reply = await world.playground.reply(BEN, first, "and to me?")
    second = await world.playground.wait(reply)
    assert second["author"]["username"] == "Captain Sable"
    assert chat_of(world.model.requests[1]) == [
        ("user", "Ada: @Captain Sable hello"),
        ("assistant", "First."),
        ("user", "Ben: and to me?"),
    ]


async def test_several_characters_answer_in_order_through_one_webhook(world: World) -> None:
    world.model.enqueue(Reply.text("One."), Reply.text("Two."))
    said = await world.playground.say(ADA, "@Captain Sable and @Juniper, your names?")
    first = await world.playground.wait(said)
    second = await world.playground.wait(first)
    assert [first["author"]["username"], second["author"]["username"]] == [
        "Captain Sable",
        "Juniper",
    ]
    assert first["webhook_id"] == second["webhook_id"]
    # The second character hears what the first one said, as somebody else's words.
    assert chat_of(world.model.requests[1]) == [
        ("user", "Ada: @Captain Sable and @Juniper, your names?\nCaptain Sable: One.")
    ]


async def test_eight_at_once_are_all_answered_through_one_webhook(world: World) -> None:
    world.model.default = Reply.text("Yes.")
    said = await asyncio.gather(
        *(
            world.playground.say(user, f"@{name} hello")
            for user in (ADA, BEN, CLEO, DANA)
            for name in ("Juniper", "Captain Sable")
        )
    )
    last = min(said, key=lambda one: int(one["id"]))
    for _ in range(8):
        last = await world.playground.wait(last)
    hooks = {
        message["webhook_id"]
        for message in await world.playground.messages()
        if "webhook_id" in message
    }
    assert len(hooks) == 1
    assert await webhooks_made(world) == 1


async def test_answers_keep_the_order_of_the_questions(world: World) -> None:
    world.model.enqueue(
        Reply.text("slow", first_delay=0.5), Reply.text("quick"), Reply.text("last")
    )
    said: Payload = {}
    for user in (ADA, BEN, CLEO):
        said = await world.playground.say(user, "@Juniper hello")
    answers = [said]
    for _ in range(3):
        answers.append(await world.playground.wait(answers[-1]))
    assert [answer["content"] for answer in answers[1:]] == ["slow", "quick", "last"]


async def test_channels_do_not_wait_for_each_other(world: World) -> None:
    world.model.default = lambda body: (
        Reply.text("slow", first_delay=20)
        if "wait" in str(body["messages"])
        else Reply.text("quick")
    )
    await world.playground.say(ADA, "@Juniper wait", LOUNGE)
    said = await world.playground.say(BEN, "@Juniper now", TAVERN)
    assert (await world.playground.wait(said))["content"] == "quick"


async def test_in_a_thread_the_parents_webhook_speaks(world: World) -> None:
    world.model.default = Reply.text("Here too.")
    thread = await world.playground.thread(ADA, "aside")
    said = await world.playground.say(ADA, "@Juniper hello", thread["id"])
    assert (await world.playground.wait(said))["channel_id"] == thread["id"]
    said = await world.playground.say(ADA, "@Juniper hello", LOUNGE)
    await world.playground.wait(said)
    assert await webhooks_made(world) == 1


async def test_a_dm_is_answered_by_the_last_one_spoken_to(world: World) -> None:
    world.model.default = Reply.text("Hello.")
    said = await world.playground.say(ADA, "@Juniper hello", TAVERN)
    await world.playground.wait(said)
    dm = await world.playground.dm(ADA)
    said = await world.playground.say(ADA, "and here?", dm["id"])
    answer = await world.playground.wait(said)
    assert answer["content"] == "**Juniper:** Hello."
    assert "webhook_id" not in answer
    # The tavern's talk stays in the tavern.
    assert chat_of(world.model.requests[1]) == [("user", "Ada: and here?")]
    said = await world.playground.say(ADA, "@Captain Sable?", dm["id"])
    assert (await world.playground.wait(said))["content"] == "**Captain Sable:** Hello."
    said = await world.playground.say(ADA, "go on", dm["id"])
    answer = await world.playground.wait(said)
    assert answer["content"] == "**Captain Sable:** Hello."
    # One character does not read the other's talk, and its own name is not in its words.
    assert chat_of(world.model.requests[3]) == [
        ("user", "Ada: @Captain Sable?"),
        ("assistant", "Hello."),
        ("user", "Ada: go on"),
    ]


async def test_a_first_dm_gets_a_short_help(world: World) -> None:
    dm = await world.playground.dm(BEN)
    said = await world.playground.say(BEN, "hi", dm["id"])
    answer = await world.playground.wait(said)
    assert "Write `@` and a character's name" in answer["content"]
    assert world.model.requests == []


async def test_nobody_is_pinged_whatever_the_model_writes(world: World) -> None:
    world.model.enqueue(Reply.text(f"@everyone @here <@{BEN}> <@&2000> look"))
    said = await world.playground.say(ADA, "@Juniper hello")
    answer = await world.playground.wait(said)
    assert f"<@{BEN}>" in answer["content"]
    for entry in await world.playground.log():
        if entry["method"] == "POST" and entry["path"].startswith("/webhooks/"):
            assert entry["body"]["allowed_mentions"] == {"parse": []}
    assert answer["mention_everyone"] is False
    assert answer["mentions"] == []


async def test_a_long_answer_comes_in_parts_with_whole_code_blocks(world: World) -> None:
    code = "\n".join(f"print({number})  # and so on, and so on" for number in range(80))
    world.model.enqueue(Reply.text(f"Look:\n```python\n{code}\n```\nThat is all."))
    said = await world.playground.say(ADA, "@Juniper code please")
    parts = [said]
    while "That is all." not in parts[-1]["content"]:
        parts.append(await world.playground.wait(parts[-1]))
    assert len(parts) == 3
    for part in parts[1:]:
        assert len(part["content"]) <= 2000
        assert part["content"].count("```") == 2


async def test_the_picture_comes_with_the_message(world: World) -> None:
    world.model.enqueue(Reply.text("One."), Reply.text("Two."), Reply.text("Three."))
    said = await world.playground.say(ADA, "@Juniper and @Captain Sable")
    first = await world.playground.wait(said)
    second = await world.playground.wait(first)
    third = await world.playground.wait(await world.playground.reply(ADA, first, "again"))
    pictures = [message["author"]["avatar"] for message in (first, second, third)]
    assert None not in pictures
    assert pictures[0] == pictures[2] != pictures[1]


async def test_typing_is_shown_meanwhile(world: World) -> None:
    world.model.enqueue(Reply.text("Done.", first_delay=0.3))
    said = await world.playground.say(ADA, "@Juniper hello")
    await world.playground.wait(said)
    paths = [entry["path"] for entry in await world.playground.log() if entry["method"] == "POST"]
    typing = paths.index(f"/channels/{LOUNGE}/typing")
    assert any(path.startswith("/webhooks/") for path in paths[typing:])


async def test_what_was_said_before_the_bot_listened_is_read(world: World) -> None:
    for text in ("The tea is cold.", "It always is."):
        await world.playground.say(BEN, text, TAVERN)
    world.model.enqueue(Reply.text("I know."))
    said = await world.playground.say(ADA, "@Juniper did you hear?", TAVERN)
    await world.playground.wait(said)
    assert chat_of(world.model.requests[0]) == [
        ("user", "Ben: The tea is cold.\nBen: It always is.\nAda: @Juniper did you hear?")
    ]


async def test_edits_and_deletions_are_followed(world: World) -> None:
    world.model.default = Reply.text("Yes.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper hello"))
    secret = await world.playground.say(ADA, "my secret")
    typo = await world.playground.say(ADA, "a tyop")
    await world.playground.edit(ADA, typo, "a typo, mended")
    await world.playground.delete(ADA, secret)
    said = await world.playground.say(ADA, "@Juniper what did I say?")
    await world.playground.wait(said)
    assert chat_of(world.model.requests[1])[-1] == (
        "user",
        "Ada: a typo, mended\nAda: @Juniper what did I say?",
    )


async def test_artefacts_of_the_model_are_taken_off(world: World) -> None:
    world.model.enqueue(
        Reply.text("<think>Who is this?</think>Juniper: Hello {{user}}.<|im_end|>\nAda: Hi!")
    )
    said = await world.playground.say(ADA, "@Juniper hello")
    assert (await world.playground.wait(said))["content"] == "Hello Ada."


async def test_without_manage_webhooks_the_bot_speaks_in_bold(world: World) -> None:
    await world.playground.deny("MANAGE_WEBHOOKS", channel=TAVERN)
    world.model.enqueue(Reply.text("Still here."))
    said = await world.playground.say(ADA, "@Juniper hello", TAVERN)
    answer = await world.playground.wait(said)
    assert answer["content"] == "**Juniper:** Still here."


async def test_a_webhook_that_somebody_deleted_is_made_again(world: World) -> None:
    world.model.default = Reply.text("Here.")
    first = await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    await delete_webhook(world, first["webhook_id"])
    second = await world.playground.wait(await world.playground.say(ADA, "@Juniper two"))
    assert second["content"] == "Here."
    assert second["webhook_id"] != first["webhook_id"]


async def delete_webhook(world: World, webhook_id: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.delete(
            f"{world.playground.rest_url}/webhooks/{webhook_id}",
            headers={"Authorization": f"Bot {world.bot.env['DISCORD_TOKEN']}"},
        )
        answer.raise_for_status()


@pytest.mark.parametrize("kind", ["5xx_before", "5xx_after", "drop_before", "drop_after"])
async def test_a_fault_while_posting_gives_exactly_one_answer(world: World, kind: str) -> None:
    world.model.default = Reply.text("Once.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper zero"))
    await world.playground.fault(kind, method="POST", path=r"^/webhooks/\d+/[^/]+$")
    said = await world.playground.say(ADA, "@Juniper one")
    await world.playground.wait(said, seconds=20)
    said = await world.playground.say(ADA, "@Juniper two")
    await world.playground.wait(said)
    found = [message["content"] for message in await world.playground.messages()]
    assert found.count("Once.") == 3


async def test_a_rate_limit_while_posting_is_waited_out(world: World) -> None:
    world.model.default = Reply.text("Patient.")
    await world.playground.fault(
        "429", method="POST", path=r"^/webhooks/\d+/[^/]+$", retry_after_s=0.3
    )
    said = await world.playground.say(ADA, "@Juniper hello")
    assert (await world.playground.wait(said))["content"] == "Patient."


async def test_a_picture_that_an_edit_takes_away_is_seen_no_more(world: World) -> None:
    said = await world.playground.say(BEN, "@Juniper see <:blush:123456789012345678>")
    await world.playground.wait(said)
    assert "emoji: blush" in str(world.model.requests[-1].body)
    await world.playground.edit(BEN, said, "@Juniper see nothing")
    await world.playground.wait(await world.playground.say(BEN, "@Juniper and now?"))
    told = str(world.model.requests[-1].body)
    assert "see nothing" in told
    assert "blush" not in told
