"""The gateway: compression, sessions that are resumed or not, heartbeats, intents, close codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import hikari
import pytest
from hikari.api.shard import GatewayCompression
from hikari.impl.shard import GatewayShardImpl

from tests.support.discord_bot import INTENTS, Listener, listening
from tests.support.playground import BOT, GUILD, TOKEN, Playground

ALL_HEARD = int(INTENTS)


class Client:
    """A bare gateway client that speaks plain JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            found: dict[str, Any] = await self.socket.receive_json()
        return found

    async def identify(self, intents: int = ALL_HEARD, **more: object) -> dict[str, Any]:
        """Identify and return what comes back first."""
        await self.send(2, {"token": TOKEN, "intents": intents, "properties": {}, **more})
        return await self.receive()

    async def until(self, name: str) -> dict[str, Any]:
        """Return the data of the next event of this name."""
        while True:
            payload = await self.receive()
            if payload["t"] == name:
                data: dict[str, Any] = payload["d"]
                return data

    async def closed(self) -> int | None:
        """Read to the end and return the close code."""
        async with asyncio.timeout(5):
            async for _ in self.socket:
                pass
        return self.socket.close_code


@asynccontextmanager
async def connected(playground: Playground, query: str = "v=10") -> AsyncIterator[Client]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{playground.url}/gateway?{query}") as socket,
    ):
        client = Client(socket)
        hello = await client.receive()
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] > 0
        yield client


async def test_every_compression_carries_events(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = GatewayShardImpl.__init__.__kwdefaults__
    assert defaults is not None
    for number, compression in enumerate((None, *GatewayCompression)):
        monkeypatch.setitem(defaults, "compression", compression)
        long = f"{number} " + "öäü 你好 " * 200
        async with listening(playground) as bot:
            await playground.say("ada", long)
            assert (await bot.hears(long.strip())).author.username == "ada"


async def test_a_cut_connection_is_resumed_and_nothing_is_missed(
    playground: Playground, bot: Listener
) -> None:
    assert await playground.gateway("drop") == 1
    await playground.say("ada", "while you were out")
    await bot.hears("while you were out")
    await bot.next(hikari.ShardResumedEvent)
    assert len(bot.seen(hikari.ShardReadyEvent)) == 1


async def test_a_requested_reconnect_resumes(playground: Playground, bot: Listener) -> None:
    await playground.gateway("reconnect")
    await bot.next(hikari.ShardResumedEvent)
    await playground.say("ada", "still there?")
    await bot.hears("still there?")


async def test_an_invalid_session_is_started_anew(playground: Playground, bot: Listener) -> None:
    bot.forget()
    await playground.gateway("invalidate")
    await bot.next(hikari.ShardReadyEvent)
    await playground.say("ada", "once more")
    await bot.hears("once more")
    assert bot.seen(hikari.ShardResumedEvent) == []


async def test_a_bot_whose_heartbeats_are_not_answered_reconnects() -> None:
    async with (
        Playground(options=["--heartbeat-ms", "300"]) as playground,
        listening(playground) as bot,
    ):
        await playground.gateway("mute")
        await bot.next(hikari.ShardDisconnectedEvent)
        await playground.gateway("unmute")
        await bot.next(hikari.ShardResumedEvent)


async def test_the_bot_is_shown_online_and_offline(playground: Playground) -> None:
    async with listening(playground):
        assert (await playground.state())["bot_online"] is True
    assert (await playground.state())["bot_online"] is False


async def test_a_client_without_heartbeats_is_given_up() -> None:
    async with (
        Playground(options=["--heartbeat-ms", "100"]) as playground,
        connected(playground) as client,
    ):
        assert (await client.identify())["t"] == "READY"
        assert await client.closed() == 4009


@pytest.mark.asyncio(loop_scope="session")
async def test_resuming_by_hand(shared: Playground) -> None:
    async with connected(shared) as client:
        ready = (await client.identify())["d"]
        assert ready["user"]["id"] == BOT
        await client.until("GUILD_CREATE")
    for number in range(3):
        await shared.say("ada", f"missed {number}")
    token = {"token": TOKEN, "session_id": ready["session_id"]}
    async with connected(shared) as client:
        await client.send(6, {**token, "seq": 99})
        assert await client.closed() == 4007
    async with connected(shared) as client:
        await client.send(6, {**token, "seq": 3})
        assert (await client.until("MESSAGE_CREATE"))["content"] == "missed 1"
        assert (await client.until("MESSAGE_CREATE"))["content"] == "missed 2"
        await client.until("RESUMED")
    async with connected(shared) as client:
        await client.send(6, {**token, "session_id": "unknown", "seq": 1})
        assert await client.receive() == {"op": 9, "d": False, "s": None, "t": None}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 8, "d": {}}, 4003),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1 << 40}}, 4013),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": "no"}, 4002),
        ([], 4002),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_wrong_payloads_close_the_socket(
    shared: Playground, payload: object, code: int
) -> None:
    async with connected(shared) as client:
        await client.socket.send_str(json.dumps(payload))
        assert await client.closed() == code


@pytest.mark.asyncio(loop_scope="session")
async def test_more_close_codes(shared: Playground) -> None:
    async with connected(shared) as client:
        await client.identify()
        await client.send(2, {"token": TOKEN, "intents": 1})
        assert await client.closed() == 4005
    async with connected(shared) as client:
        await client.identify()
        await client.send(77, None)
        assert await client.closed() == 4001
    async with connected(shared) as client:
        for _ in range(121):
            await client.send(1, None)
        assert await client.closed() == 4008
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{shared.url}/gateway?v=6") as socket,
    ):
        assert await Client(socket).closed() == 4012


@pytest.mark.asyncio(loop_scope="session")
async def test_intents_decide_what_is_heard_and_what_of_it(shared: Playground) -> None:
    blind = int(INTENTS & ~hikari.Intents.MESSAGE_CONTENT & ~hikari.Intents.GUILD_MESSAGE_TYPING)
    async with connected(shared) as client:
        await client.identify(blind)
        await shared.type("ada")
        secret = await shared.say("ada", "secret", files=[("a.txt", "text/plain", b"x")])
        heard = await client.until("MESSAGE_CREATE")
        assert (heard["content"], heard["attachments"]) == ("", [])
        await shared.reply("ben", secret, f"hey <@{BOT}>")
        heard = await client.until("MESSAGE_CREATE")
        assert heard["content"] == f"hey <@{BOT}>"
        assert heard["referenced_message"]["content"] == ""
        channel = await shared.dm("ada")
        await shared.say("ada", "for you", channel["id"])
        assert (await client.until("MESSAGE_CREATE"))["content"] == "for you"
    async with connected(shared) as client:
        await client.identify(int(hikari.Intents.GUILDS))
        await shared.say("ada", "unheard")
        await shared.thread("ada", "heard")
        await client.until("GUILD_CREATE")
        assert (await client.receive())["t"] == "THREAD_CREATE"


async def test_intents_that_were_not_granted_are_refused() -> None:
    async with Playground(options=["--without-intents", "content,members"]) as playground:
        async with connected(playground) as client:
            await client.send(2, {"token": TOKEN, "intents": ALL_HEARD})
            assert await client.closed() == 4014
        async with connected(playground) as client:
            assert (await client.identify(int(hikari.Intents.GUILDS)))["t"] == "READY"


@pytest.mark.asyncio(loop_scope="session")
async def test_members_are_sent_on_request_and_shards_get_their_share(
    shared: Playground,
) -> None:
    intents = int(INTENTS | hikari.Intents.GUILD_MEMBERS)
    async with connected(shared) as client:
        await client.identify(intents, shard=[0, 2])
        assert len((await client.until("GUILD_CREATE"))["members"]) == 5
        await client.send(8, {"guild_id": GUILD, "query": "b", "limit": 0, "nonce": "n"})
        chunk = await client.until("GUILD_MEMBERS_CHUNK")
        assert [member["user"]["username"] for member in chunk["members"]] == ["ben"]
        await client.send(8, {"guild_id": GUILD, "user_ids": ["3001", "7"]})
        chunk = await client.until("GUILD_MEMBERS_CHUNK")
        assert chunk["not_found"] == ["7"]
        await client.send(3, {"status": "idle", "since": None, "activities": [], "afk": False})
        await client.send(1, None)
        assert (await client.receive())["op"] == 11
    async with connected(shared) as client:
        assert (await client.identify(intents, shard=[1, 2]))["d"]["guilds"] == []


@pytest.mark.asyncio(loop_scope="session")
async def test_an_unknown_compression_is_refused(shared: Playground) -> None:
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{shared.url}/gateway?compress=lzma")
        assert answer.status == 400
