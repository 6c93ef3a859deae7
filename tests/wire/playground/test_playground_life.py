"""The process: what survives it, how it starts, how it ends."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import httpx

from tests.support.discord_bot import listening
from tests.support.playground import BOT, GUILD, LOUNGE, Playground


async def run(*words: str) -> tuple[int | None, str]:
    """Run the playground to its end and return exit code and standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tzurot.playground", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await process.communicate()
    return process.returncode, error.decode()


async def test_a_killed_playground_goes_on_where_it_was(tmp_path: Path) -> None:
    async with Playground(tmp_path) as playground:
        async with listening(playground) as bot:
            said = await playground.say("ada", "remember", files=[("a.txt", "text/plain", b"me")])
            await playground.react("ben", said, "\N{EYES}")
            hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
            assert hook.token is not None
            spoken = await hook.execute("I remember")
            thread = await playground.thread("ada", "the thread", message=said)
            channel = await playground.dm("cleo")
            await playground.set_names(["Aria", "Bo"], source=("chat", "character"))
            builder = bot.rest.slash_command_builder("ping", "answers")
            await bot.rest.set_application_commands(int(BOT), [builder])
        before = await playground.state()
        await playground.kill()
        await playground.start()
        after = await playground.state()
        assert {**after, "bot_online": None} == {**before, "bot_online": None}
        newest, oldest = await playground.messages()
        assert newest["id"] == str(spoken.id)
        assert oldest["content"] == "remember"
        assert oldest["thread"]["id"] == thread["id"]
        assert oldest["reactions"][0]["emoji"]["name"] == "\N{EYES}"
        assert oldest["attachments"][0]["url"].startswith(playground.url)
        async with httpx.AsyncClient() as client:
            found = await client.get(oldest["attachments"][0]["url"])
        assert found.content == b"me"
        async with listening(playground) as bot:
            again = await bot.rest.execute_webhook(hook.id, hook.token, "and again")
            assert int(again.id) > int(spoken.id)
            commands = await bot.rest.fetch_application_commands(int(BOT))
            # The bot of this test has no commands, so its sync at the start removed them.
            assert list(commands) == []
            assert (await bot.rest.create_dm_channel(3003)).id == int(channel["id"])
            assert len(await bot.rest.fetch_guild_webhooks(int(GUILD))) == 1
        await playground.assert_clean()


async def test_a_taken_port_or_data_folder_is_one_clear_line_and_exit_code_3(
    playground: Playground, tmp_path: Path
) -> None:
    code, error = await run("--data", str(tmp_path), "--port", str(playground.port))
    assert code == 3
    assert error == (
        f"playground: port {playground.port} on 127.0.0.1 is taken; "
        "choose another one with --port\n"
    )
    code, error = await run("--data", str(playground.data), "--port", "0")
    assert code == 3
    assert error == f"playground: another playground is using {playground.data}\n"


async def test_a_file_that_is_not_the_document_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "openapi.json"
    wrong.write_text("{}")
    code, error = await run("--data", str(tmp_path), "--port", "0", "--openapi", str(wrong))
    assert code == 3
    assert "is not Discord's OpenAPI document" in error
    code, error = await run("--data", str(tmp_path), "--without-intents", "telepathy")
    assert code == 2


async def test_it_ends_at_once_whoever_is_connected(tmp_path: Path) -> None:
    playground = Playground(tmp_path)
    await playground.start()
    said = await playground.say("ada", "last words")
    async with httpx.AsyncClient(timeout=10) as client:
        url = f"{playground.url}/playground/api"
        wait = asyncio.create_task(
            client.get(f"{url}/channels/{LOUNGE}/wait", params={"after": said["id"]})
        )
        async with client.stream("GET", f"{url}/events") as stream, listening(playground):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": hello"
            began = time.monotonic()
            assert await playground.stop() == 0
            assert time.monotonic() - began < 1
            assert "BOT_STATUS" in "".join([line async for line in lines])
        assert (await wait).status_code == 408
