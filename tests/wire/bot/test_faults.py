"""What goes wrong on the way to a channel, and what people notice of it: as little as can be."""

from __future__ import annotations

import asyncio
import signal

import httpx
import psutil
import pytest
from sqlalchemy import text

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, BEN, LOUNGE, TAVERN, TOKEN, Playground
from tests.wire.bot.conftest import World
from tzurot.storage.database import Database

WEBHOOK_POST = r"^/webhooks/\d+/[^/]+$"


async def delete_webhook(playground: Playground, webhook_id: str) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bot {TOKEN}"}) as client:
        answer = await client.delete(f"{playground.rest_url}/webhooks/{webhook_id}")
        answer.raise_for_status()


async def said_by(playground: Playground, text: str, channel: str = LOUNGE) -> list[str]:
    """Return who said this text."""
    found = await playground.messages(channel)
    return [message["author"]["username"] for message in found if message["content"] == text]


async def test_a_deleted_webhook_and_another_speaker(world: World) -> None:
    world.model.default = Reply.text("Here.")
    first = await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    await delete_webhook(world.playground, first["webhook_id"])
    second = await world.playground.wait(await world.playground.say(ADA, "@Captain Sable two"))
    assert second["author"]["username"] == "Captain Sable"
    assert second["author"]["avatar"] != first["author"]["avatar"]


async def test_a_picture_that_cannot_be_changed_costs_no_answer(world: World) -> None:
    world.model.default = Reply.text("Here.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    await world.playground.fault("5xx_before", method="PATCH", path=r"^/webhooks/", times=9)
    second = await world.playground.wait(
        await world.playground.say(ADA, "@Captain Sable two"), seconds=60
    )
    assert second["author"]["username"] == "Captain Sable"


async def test_manage_webhooks_taken_away_while_it_runs(world: World) -> None:
    world.model.default = Reply.text("Here.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper one", TAVERN))
    await world.playground.deny("MANAGE_WEBHOOKS", channel=TAVERN)
    second = await world.playground.wait(
        await world.playground.say(ADA, "@Captain Sable two", TAVERN)
    )
    assert "Here." in second["content"]


async def test_a_long_answer_without_a_webhook_comes_whole(world: World) -> None:
    await world.playground.deny("MANAGE_WEBHOOKS", channel=TAVERN)
    world.model.enqueue(Reply.text("word " * 900 + "end."))
    last = await world.playground.say(ADA, "@Captain Sable speak", TAVERN)
    words = 0
    while words < 901:
        last = await world.playground.wait(last)
        assert last["content"].startswith("**Captain Sable:** ")
        words += len(last["content"].split()) - 2
    assert last["content"].endswith("end.")


async def test_the_same_words_twice_are_two_answers(world: World) -> None:
    world.model.default = Reply.text("Yes.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper zero"))
    said = await world.playground.say(ADA, "@Juniper one")
    await world.playground.say(BEN, "@Captain Sable two")
    await world.playground.say(BEN, "@Juniper three")
    await world.playground.fault("5xx_before", method="POST", path=WEBHOOK_POST, times=3)
    for _ in range(3):
        said = await world.playground.wait(said, seconds=30)
    speakers = await said_by(world.playground, "Yes.")
    assert sorted(speakers) == ["Captain Sable", "Juniper", "Juniper", "Juniper"]


async def test_a_question_that_was_deleted_while_it_waited(world: World) -> None:
    world.model.enqueue(Reply.text("Slow.", first_delay=1))
    world.model.default = Reply.text("Next.")
    said = await world.playground.say(ADA, "@Juniper first")
    secret = await world.playground.say(ADA, "@Juniper my secret")
    await world.playground.delete(ADA, secret)
    await world.playground.wait(said)
    said = await world.playground.say(ADA, "@Juniper third")
    assert (await world.playground.wait(said))["content"] == "Next."
    assert len(world.model.requests) == 2
    assert "secret" not in str([request.body for request in world.model.requests])


async def test_a_restart_takes_no_notice_for_talk_and_forgets_what_was_deleted(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    dm = (await playground.dm(ADA))["id"]
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "hi", dm))
        model.enqueue(Reply.text("Good evening."), Reply.failure(401))
        await playground.wait(await playground.say(ADA, "@Juniper hello", dm))
        secret = await playground.say(ADA, "a secret", dm)
        await playground.wait(secret)
    await playground.delete(ADA, secret)
    model.default = Reply.text("Yes.")
    asked = len(model.requests)
    async with bot:
        await playground.wait(await playground.say(ADA, "still there?", dm))
    # Who said "hi" was told how this works: that is no question to whom they named later.
    assert len(model.requests) == asked + 1
    told = str(model.requests[-1].body["messages"])
    assert "Good evening." in told
    assert "**Juniper:**" not in told
    assert "cannot answer" not in told
    assert "I lend my voice" not in told
    assert "a secret" not in told
    await playground.assert_clean()


async def test_a_channel_that_cannot_be_read_at_a_restart_is_not_answered_twice(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.default = Reply.text("Once.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper zero"))
        await playground.fault("5xx_after", method="POST", path=WEBHOOK_POST)
        await playground.fault(
            "slow", method="GET", path=r"^/channels/\d+/messages", delay_s=20, times=9
        )
        await playground.wait(await playground.say(ADA, "@Juniper one"))
        await bot.kill()
    await playground.clear_faults()
    await playground.fault("5xx_before", method="GET", path=r"^/channels/\d+/messages", times=4)
    async with bot:
        # A good answer follows, in its order, and no apology comes under the one that is there.
        await bot.logged("Nor could the channel be read", times=0)
        said = await playground.say(ADA, "@Juniper two")
        await playground.wait(said, seconds=40)
    await playground.clear_faults()
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper three"), seconds=40)
    found = [message["content"] for message in await playground.messages()]
    assert found.count("Once.") == 4
    assert not any("went wrong" in text for text in found)


async def test_no_token_of_a_webhook_is_logged(world: World) -> None:
    world.model.default = Reply.text("Here.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    tokens = {
        entry["path"].split("/")[3]
        for entry in await world.playground.log()
        if entry["path"].startswith("/webhooks/") and entry["method"] == "POST"
    }
    await world.playground.fault("5xx_before", method="POST", path=WEBHOOK_POST, times=2)
    await world.playground.wait(await world.playground.say(ADA, "@Juniper two"), seconds=30)
    await world.playground.fault("429", method="POST", path=WEBHOOK_POST, retry_after_s=0.1)
    await world.playground.wait(await world.playground.say(ADA, "@Juniper three"), seconds=30)
    assert tokens
    assert not any(token in str(world.bot.log) for token in tokens)


async def test_a_stop_while_it_starts_is_obeyed(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    await playground.fault("slow", path=r"^/gateway/bot", delay_s=60, times=9)
    bot = Bot(playground, database_url, model.url)
    await bot.start()
    async with asyncio.timeout(20):
        while not any(  # noqa: ASYNC110  another process changes it
            entry["path"] == "/gateway/bot" for entry in await playground.log()
        ):
            await asyncio.sleep(0.1)
    assert await bot.stop(signal.SIGTERM) == 0
    assert bot.errors() == []


async def test_without_its_embedded_database_it_ends(
    playground: Playground, model: ModelServer
) -> None:
    bot = Bot(playground, None, model.url)
    async with bot:
        children = psutil.Process(bot.pid).children(recursive=True)
        (server,) = (
            process
            for process in children
            if process.name() == "postgres" and "-D" in process.cmdline()
        )
        server.kill()
        assert await bot.ended() == 69
    assert any("the embedded database ended by itself" in str(line) for line in bot.log)


@pytest.mark.parametrize("text", ["`" * 1500, "@" + "`" * 1500, "` @" * 600])
async def test_no_message_holds_up_another_channel(world: World, text: str) -> None:
    world.model.default = Reply.text("Here.")
    await world.playground.say(BEN, f"@Juniper {text}", TAVERN)
    said = await world.playground.say(ADA, "@Juniper hello")
    assert (await world.playground.wait(said))["content"] == "Here."


async def test_a_restart_does_not_forget_what_was_said_by_command(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    model.default = Reply.text("Noted.")
    options = {"character": "juniper", "message": "the key is blue"}
    bot = Bot(playground, database_url, model.url)
    async with bot:
        said = (await playground.command(ADA, "chat", options))["message"]
        await playground.wait(said)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper which key?"))
    assert "Ada: the key is blue" in str(model.requests[-1].body["messages"])
    await playground.assert_clean()


async def test_a_deletion_that_the_database_did_not_take_is_made_up_for(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    model.default = Reply.text("Here.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper one"))
        secret = await playground.say(BEN, "my password is swordfish")
        await playground.wait(await playground.say(ADA, "@Juniper two"))
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE messages RENAME TO lost"))
        await playground.delete(BEN, secret)
        await bot.logged("Work in a lane failed")
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE lost RENAME TO messages"))
        await playground.wait(await playground.say(ADA, "@Juniper three"))
    assert "swordfish" not in str(model.requests[-1].body["messages"])
    await playground.assert_clean()


async def test_who_waits_gets_a_word_when_the_database_does_not_take_the_reply(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    model.default = Reply.text("Here.")
    bot = Bot(playground, database_url, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper one"))
        model.gate.clear()
        said = await playground.say(ADA, "@Juniper two")
        await model.until(lambda: len(model.requests) > 1)
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE turns RENAME TO lost"))
        model.gate.set()
        told = await playground.wait(said)
        assert "went wrong" in told["content"]
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE lost RENAME TO turns"))
    await playground.assert_clean()
