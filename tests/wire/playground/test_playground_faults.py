"""Rate limits, and the faults that can be ordered."""

from __future__ import annotations

import asyncio
import time

import hikari
import httpx
import pytest

from tests.support.discord_bot import Listener, listening
from tests.support.playground import LOUNGE, TOKEN, Playground

SAY = f"/channels/{LOUNGE}/messages"


@pytest.fixture
async def bare(playground: Playground) -> httpx.AsyncClient:
    """Requests with the bot's token that nothing repeats or delays."""
    headers = {"Authorization": f"Bot {TOKEN}"}
    return httpx.AsyncClient(base_url=playground.rest_url, headers=headers)


async def test_an_empty_bucket_is_a_429_with_discords_headers(
    playground: Playground, bare: httpx.AsyncClient
) -> None:
    async with bare:
        answers = [await bare.post(SAY, json={"content": str(n)}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == list("432100")
    first, last = answers[0], answers[-1]
    assert first.headers["X-RateLimit-Limit"] == "5"
    assert 4 < float(first.headers["X-RateLimit-Reset-After"]) <= 5
    assert float(first.headers["X-RateLimit-Reset"]) == pytest.approx(time.time() + 5, abs=2)
    assert last.headers["X-RateLimit-Bucket"] == first.headers["X-RateLimit-Bucket"]
    assert last.headers["X-RateLimit-Scope"] == "user"
    assert 0 < last.json()["retry_after"] <= 5
    assert last.json()["global"] is False
    assert len(await playground.messages()) == 5


async def test_another_channel_has_a_bucket_of_its_own(bare: httpx.AsyncClient) -> None:
    async with bare:
        for _ in range(5):
            await bare.post(SAY, json={"content": "x"})
        other = await bare.post("/channels/2002/messages", json={"content": "x"})
    assert other.headers["X-RateLimit-Remaining"] == "4"


async def test_more_than_fifty_requests_a_second_are_too_many(bare: httpx.AsyncClient) -> None:
    async with bare:
        asked = [bare.get(f"/users/{3000 + number}") for number in range(60)]
        answers = await asyncio.gather(*asked)
    refused = [answer for answer in answers if answer.headers.get("X-RateLimit-Scope") == "global"]
    assert refused
    assert all(answer.json()["global"] for answer in refused)
    assert "X-RateLimit-Global" in refused[0].headers


async def test_a_real_bot_keeps_the_limits_by_itself(playground: Playground, bot: Listener) -> None:
    hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
    began = time.monotonic()
    await asyncio.gather(*(hook.execute(f"part {number}") for number in range(8)))
    assert time.monotonic() - began > 1.5
    assert [entry for entry in await playground.log() if entry["status"] == 429] == []
    assert len(await playground.messages()) == 8


async def test_limits_can_be_switched_off() -> None:
    async with (
        Playground(options=["--rate-limits", "off"]) as playground,
        httpx.AsyncClient(base_url=playground.rest_url) as client,
    ):
        headers = {"Authorization": f"Bot {TOKEN}"}
        for number in range(12):
            answer = await client.post(SAY, json={"content": str(number)}, headers=headers)
            assert answer.status_code == 200
        assert "X-RateLimit-Limit" not in answer.headers


async def test_an_ordered_429_is_waited_for(playground: Playground, bot: Listener) -> None:
    # hikari 2.6 waits for a global limit only where it knows the bucket already.
    await bot.rest.fetch_my_user()
    for scope in ("user", "global", "shared"):
        seq = (await playground.log())[-1]["seq"]
        order = {"method": "GET", "path": "^/users/@me$", "retry_after_s": 0.3, "scope": scope}
        await playground.fault("429", **order)
        began = time.monotonic()
        await bot.rest.fetch_my_user()
        # For a bucket of its own hikari goes by its sliding window, and may ask again earlier.
        assert scope == "user" or time.monotonic() - began >= 0.3
        entries = await playground.log(seq)
        assert [(entry["status"], entry.get("fault")) for entry in entries] == [
            (429, "429"),
            (200, None),
        ]


async def test_an_answer_that_gets_lost_before_or_after_the_act(playground: Playground) -> None:
    async with listening(playground, retries=0) as bot:
        for kind in ("5xx_before", "drop_before", "5xx_after", "drop_after"):
            await playground.fault(kind, path="/messages$", status=503)
            with pytest.raises((hikari.InternalServerError, hikari.HTTPError)):
                await bot.rest.create_message(int(LOUNGE), kind)
            entry = (await playground.log())[-1]
            assert entry["fault"] == kind
            assert entry["status"] == (503 if kind.startswith("5xx") else None)
        await bot.rest.create_message(int(LOUNGE), "well again")
    said = [message["content"] for message in await playground.messages()]
    assert said == ["well again", "drop_after", "5xx_after"]


async def test_a_slow_answer_comes_late(playground: Playground, bare: httpx.AsyncClient) -> None:
    await playground.fault("slow", delay_s=0.4)
    began = time.monotonic()
    async with bare:
        assert (await bare.get("/users/@me")).status_code == 200
    assert time.monotonic() - began >= 0.4


async def test_faults_are_used_up_and_can_be_taken_back(
    playground: Playground, bare: httpx.AsyncClient
) -> None:
    first = await playground.fault("5xx_before", times=2, method="GET", path="^/users/@me$")
    second = await playground.fault("5xx_before", times=100)
    assert first != second
    await playground.clear_faults()
    async with bare:
        assert (await bare.get("/users/@me")).status_code == 200
        await playground.fault("5xx_before", times=2, method="GET", path="^/users/@me$")
        assert (await bare.get("/users/3001")).status_code == 200
        assert (await bare.patch("/users/@me", json={"username": "tz"})).status_code == 200
        asked = [(await bare.get("/users/@me")).status_code for _ in range(3)]
    assert asked == [502, 502, 200]
