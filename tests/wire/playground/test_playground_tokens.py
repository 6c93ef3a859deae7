"""An interaction's fifteen minutes, made short: the playground runs in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import hikari
import httpx
import pytest

from tests.support.discord_bot import listening
from tests.support.playground import BOT, LOUNGE, Playground
from tzurot.playground import interactions
from tzurot.playground.server import Options, serving


async def test_after_its_time_a_token_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "TOKEN_SECONDS", 0.3)
    options = Options(
        data=tmp_path,
        host="127.0.0.1",
        port=0,
        openapi=None,
        strict=False,
        rate_limits="off",
        privileged=frozenset({"content"}),
        heartbeat_ms=41_250,
    )
    async with serving(options) as url:
        server = cast("Playground", SimpleNamespace(rest_url=f"{url}/api/v10"))
        async with (
            httpx.AsyncClient(base_url=f"{url}/playground/api") as http,
            listening(server) as bot,
        ):
            command = bot.rest.slash_command_builder("think", "Think")
            await bot.rest.set_application_commands(int(BOT), [command])
            body = {"user": "ada", "channel": LOUNGE, "command": "think"}
            using = asyncio.create_task(http.post("/interactions/command", json=body))
            interaction = (await bot.next(hikari.CommandInteractionCreateEvent)).interaction
            await interaction.create_initial_response(5)
            shown = (await using).json()
            assert (shown["status"], shown["message"]["flags"]) == ("deferred", 128)
            query = {"after": shown["revision"]}
            waited = await http.get(f"/interactions/{interaction.id}/wait", params=query)
            assert waited.json()["status"] == "failed"
            assert waited.json()["error"] == "The application did not respond"
            with pytest.raises(hikari.UnauthorizedError, match="50027"):
                await interaction.execute("too late")
