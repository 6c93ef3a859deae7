"""How the bot starts, stops, and starts again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest
from sqlalchemy import text

from tests.support.bot import Bot
from tests.support.database import TestServer
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, BEN, TAVERN, Playground
from tests.wire.bot.conftest import World
from tzurot.storage.database import Database


@pytest.fixture
async def bot(playground: Playground, model: ModelServer, database_url: str) -> AsyncIterator[Bot]:
    """A bot that is not started yet."""
    yield Bot(playground, database_url, model.url)
    await playground.assert_clean()


def texts(bot: Bot) -> list[str]:
    return [str(line["text"]) for line in bot.log if "text" in line]


async def answers(playground: Playground, text: str) -> int:
    return sum(message["content"] == text for message in await playground.messages())


async def test_a_stop_waits_for_what_is_being_answered(
    bot: Bot, playground: Playground, model: ModelServer
) -> None:
    model.default = Reply.text("Just in time.", first_delay=0.5)
    async with bot:
        said = await playground.say(ADA, "@Juniper hello")
        await model.until(lambda: bool(model.requests))
        assert await bot.stop(signal.SIGTERM) == 0
        assert (await playground.wait(said, seconds=1))["content"] == "Just in time."


async def test_a_service_that_lists_its_models_only_for_who_has_a_key(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    key = "sk-0123456789abcdef0123"
    model.defaults["/models"] = Reply(body={"data": [{"id": "scripted"}]})
    async with Bot(playground, database_url, model.url, OPENROUTER_API_KEY=key):
        await model.until(lambda: any(call.path == "/models" for call in model.calls))
    assert [call.key for call in model.calls if call.path == "/models"] == [key]
    await playground.assert_clean()


async def test_a_stop_does_not_wait_for_ever_and_the_next_start_answers(
    bot: Bot, playground: Playground, model: ModelServer
) -> None:
    bot.env["SHUTDOWN_SECONDS"] = "0.2"
    model.enqueue(Reply.text("Never.", hang_after=0))
    model.default = Reply.text("After all.")
    async with bot:
        said = await playground.say(ADA, "@Juniper hello")
        await playground.say(BEN, "@Juniper me too")
        await model.until(lambda: bool(model.requests))
        assert await bot.stop(signal.SIGINT) == 0
    async with bot:
        first = await playground.wait(said)
        second = await playground.wait(first)
        assert [first["content"], second["content"]] == ["After all.", "After all."]
    assert await answers(playground, "Never.") == 0


async def test_a_second_ctrl_c_ends_it_at_once(
    bot: Bot, playground: Playground, model: ModelServer
) -> None:
    bot.env["SHUTDOWN_SECONDS"] = "600"
    model.default = Reply.text("Never.", hang_after=0)
    async with bot:
        await playground.say(ADA, "@Juniper hello")
        await model.until(lambda: bool(model.requests))
        psutil.Process(bot.pid).send_signal(signal.SIGINT)
        await bot.logged("Stopping")
        assert await bot.stop(signal.SIGINT) == 130


async def test_kill_9_while_the_model_works(
    bot: Bot, playground: Playground, model: ModelServer
) -> None:
    model.enqueue(Reply.text("Never.", hang_after=0))
    model.default = Reply.text("Once.")
    async with bot:
        said = await playground.say(ADA, "@Juniper hello")
        await model.until(lambda: bool(model.requests))
        await bot.kill()
    async with bot:
        assert (await playground.wait(said))["content"] == "Once."
        await playground.wait(await playground.say(ADA, "@Juniper again"))
    assert await answers(playground, "Once.") == 2


async def test_kill_9_between_posting_and_noting_it(
    bot: Bot, playground: Playground, model: ModelServer
) -> None:
    model.default = Reply.text("Once.")
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper hello"))
        # The answer is stored, but the bot hears of it so late that it is dead by then.
        await playground.fault("5xx_after", method="POST", path=r"^/webhooks/\d+/[^/]+$")
        await playground.fault("slow", method="GET", path=r"^/channels/\d+/messages", delay_s=20)
        said = await playground.say(ADA, "@Juniper again")
        await playground.wait(said)
        await bot.kill()
    await playground.clear_faults()
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper and now"))
    assert await answers(playground, "Once.") == 3


async def test_with_the_embedded_database_nothing_is_left_over(
    playground: Playground, model: ModelServer
) -> None:
    model.default = Reply.text("Here.")
    bot = Bot(playground, None, model.url)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper hello"))
        family = psutil.Process(bot.pid).children(recursive=True)
        assert any(process.name() == "postgres" for process in family)
        await bot.kill()
    async with bot:
        second = psutil.Process(bot.pid).children(recursive=True)
        said = await playground.say(ADA, "@Juniper hello again")
        await playground.wait(said)
        assert "Ada: @Juniper hello again" in str(model.requests[-1].body["messages"][-1])
        assert model.requests[-1].body["messages"][-2]["content"] == "Here."
    _, alive = psutil.wait_procs([*family, *second], timeout=10)
    assert alive == []


async def test_messages_after_a_cut_connection_are_answered(world: World) -> None:
    world.model.default = Reply.text("Back.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    assert await world.playground.gateway("drop") == 1
    said = await world.playground.say(ADA, "@Juniper two")
    assert (await world.playground.wait(said))["content"] == "Back."


async def test_history_is_read_again_after_a_lost_session(world: World) -> None:
    world.model.default = Reply.text("Yes.")
    await world.playground.wait(await world.playground.say(ADA, "@Juniper one"))
    await world.playground.gateway("invalidate")
    await world.playground.say(BEN, "said while nobody listened")
    await world.bot.logged("shard is ready", times=2)
    said = await world.playground.say(ADA, "@Juniper two")
    await world.playground.wait(said)
    assert "Ben: said while nobody listened" in str(world.model.requests[1].body["messages"])


async def test_health_and_pictures(
    bot: Bot, playground: Playground, model: ModelServer, unused_tcp_port: int
) -> None:
    model.default = Reply.text("Here.")
    url = f"http://127.0.0.1:{unused_tcp_port}"
    bot.env |= {"PORT": str(unused_tcp_port), "PUBLIC_URL": url}
    async with bot, httpx.AsyncClient(base_url=url) as web:
        health = await web.get("/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok"})
        answer = await playground.wait(await playground.say(ADA, "@Juniper hello"))
        (asked,) = [
            entry["body"]["avatar_url"]
            for entry in await playground.log()
            if entry["path"].startswith("/webhooks/") and entry["method"] == "POST"
        ]
        assert asked.startswith(f"{url}/avatars/")
        picture = await web.get(asked)
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.content.startswith(b"\x89PNG")
        assert answer["author"]["avatar"]
        for path in ("/avatars/" + "0" * 64, "/avatars/../../etc/passwd", "/avatars/x", "/"):
            assert (await web.get(path)).status_code == 404


# -- what keeps it from starting ---------------------------------------------------------------


async def refused(bot: Bot) -> tuple[int, str]:
    """Start; return the exit code and the one line that says why."""
    await bot.start()
    code = await bot.ended()
    (line,) = texts(bot)
    return code, line


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"DISCORD_TOKEN": ""}, 2, "DISCORD_TOKEN is not set"),
        ({"DISCORD_TOKEN": "nonsense"}, 2, "DISCORD_TOKEN is not a bot token"),
        ({"DISCORD_TOKEN": "MTAwMA.wrong.token"}, 2, "Discord does not accept DISCORD_TOKEN"),
        ({"DISCORD_REST_URL": "http://127.0.0.1:9/api/v10"}, 69, "Discord cannot be reached"),
        ({"DATABASE_URL": "postgresql://u:pw@127.0.0.1:9/x"}, 69, "cannot be reached"),
        ({"PORT": "none"}, 2, "PORT: "),
    ],
)
async def test_one_clear_line_and_an_exit_code(
    bot: Bot, env: dict[str, str], code: int, said: str
) -> None:
    bot.env |= env
    found, line = await refused(bot)
    assert found == code
    assert said in line
    assert "pw@" not in line


async def test_a_taken_port_is_told(bot: Bot, playground: Playground) -> None:
    bot.env["PORT"] = str(playground.port)
    code, line = await refused(bot)
    assert code == 2
    assert f"PORT {playground.port} cannot be listened on" in line


async def test_a_failed_command_sync_stops_the_process(bot: Bot, playground: Playground) -> None:
    await playground.fault("5xx_before", path=r"^/applications/\d+/commands", times=20, status=500)
    code, line = await refused(bot)
    assert code == 69
    assert "Discord did not take the commands" in line


async def test_a_database_that_is_ahead_stops_the_process(bot: Bot, database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    code, line = await refused(bot)
    assert code == 69
    assert "ahead of this program" in line


async def test_two_bots_that_start_together_migrate_once(
    playground: Playground, model: ModelServer, database_server: TestServer
) -> None:
    url = await database_server.create(template=None)
    bots = [Bot(playground, url, model.url) for _ in range(2)]
    await asyncio.gather(*(bot.start() for bot in bots))
    for bot in bots:
        await bot.logged("Connected as")
    assert [await bot.stop() for bot in bots] == [0, 0]
    migrated = [
        line
        for bot in bots
        for line in bot.log
        if str(line.get("message")).startswith("Database migrated")
    ]
    assert len(migrated) == 1


# -- what a model can do -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply.failure(401, "User not found."), "did not accept the API key"),
        (Reply.failure(402, "Insufficient credits"), "not enough credit left"),
        (Reply.failure(404, "No endpoints found"), "no longer there"),
        (Reply(chunks=()), "empty reply"),
    ],
)
async def test_a_failing_model_gets_a_polite_word_in_the_characters_name(
    world: World, reply: Reply, said: str
) -> None:
    world.model.default = reply
    answer = await world.playground.wait(
        await world.playground.say(ADA, "@Juniper hello"), seconds=30
    )
    assert answer["author"]["username"] == "Juniper"
    assert "Juniper cannot answer just now." in answer["content"]
    assert said in answer["content"]
    # It is no part of the conversation: the model does not read it as the character's words.
    world.model.default = Reply.text("Better.")
    answer = await world.playground.wait(
        await world.playground.say(ADA, "@Juniper now?"), seconds=30
    )
    assert answer["content"] == "Better."
    assert "cannot answer" not in str(world.model.requests[-1].body)


async def test_an_unreachable_model_gets_a_polite_word(
    playground: Playground, database_url: str
) -> None:
    async with Bot(playground, database_url, "http://127.0.0.1:9/v1") as bot:
        answer = await playground.wait(
            await playground.say(ADA, "@Juniper hello", TAVERN), seconds=30
        )
        assert (
            "Juniper cannot answer just now. The model service cannot be reached."
            in (answer["content"])
        )
        assert bot.errors() == []


async def test_no_key_and_no_words_in_the_log(
    playground: Playground, model: ModelServer, database_url: str
) -> None:
    key = "sk-or-v1-not-to-be-seen"
    model.default = Reply.failure(401, f"Key {key} is wrong")
    env = {"OPENROUTER_API_KEY": key, "LOG_LEVEL": "DEBUG"}
    bot = Bot(playground, database_url, model.url, **env)
    async with bot:
        await playground.wait(await playground.say(ADA, "@Juniper my secret words"))
    log = str(bot.log)
    assert key not in log
    assert bot.env["DISCORD_TOKEN"] not in log
    assert "secret words" not in log
