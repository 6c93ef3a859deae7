"""PluralKit is asked who wrote something, and whatever it does the chat goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from tests.support.clock import Clock
from tests.support.pluralkit import LUNA, PluralKitServer, fetch, proxied
from tzurot.conversation import pluralkit
from tzurot.conversation.pluralkit import (
    LEFT_ALONE_S,
    PluralKit,
    PluralKitMember,
    ProxiedMessage,
)

MEMBER = PluralKitMember(id=LUNA, name="Luna", display_name="Luna of the Sky", pronouns="she/they")
FOUND = ProxiedMessage(sender=9, original=20, member=MEMBER)


@pytest.fixture
async def api() -> AsyncIterator[PluralKitServer]:
    async with PluralKitServer() as server:
        server.post(proxied())
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(api: PluralKitServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> PluralKit:
    # A busy machine is no slow service.
    monkeypatch.setattr("tzurot.conversation.pluralkit.PATIENCE_S", 60.0)
    return PluralKit(fetch, api.url, clock=clock.monotonic)


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="DEBUG")
    yield lines
    logger.remove(sink)


async def test_a_message_is_known_by_its_copy_and_by_its_original(
    api: PluralKitServer, client: PluralKit
) -> None:
    for _ in range(3):
        assert await client.message(21) == FOUND
        assert await client.message(20) == FOUND
    assert api.requests == [21, 20]


async def test_a_member_that_is_gone_leaves_the_sender(
    api: PluralKitServer, client: PluralKit
) -> None:
    api.messages[21] = {**proxied(), "system": None, "member": None}
    assert await client.message(21) == ProxiedMessage(sender=9, original=20, member=None)


async def test_what_is_not_known_is_looked_for_once_more_and_asked_again_later(
    api: PluralKitServer, client: PluralKit
) -> None:
    api.late = 1
    assert await client.message(21) == FOUND
    api.late = 2
    api.post(proxied(31, 30))
    assert await client.message(31) is None
    assert await client.message(31) is not None
    assert api.requests == [21, 21, 31, 31, 31]


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
async def test_after_a_fault_it_is_left_alone(
    api: PluralKitServer, client: PluralKit, clock: Clock, log: list[str], status: int
) -> None:
    assert await client.message(20) == FOUND
    api.status = status
    assert await client.message(21) is None
    api.status = 200
    clock.pass_(LEFT_ALONE_S - 1)
    assert await client.message(21) is None
    assert await client.message(20) == FOUND  # what is known costs nothing
    assert api.requests == [20, 21]
    clock.pass_(1)
    assert await client.message(21) == FOUND
    assert len(log) == 1


async def test_a_dead_api_is_left_alone_too(clock: Clock) -> None:
    client = PluralKit(fetch, "http://127.0.0.1:9/v2", clock=clock.monotonic)
    assert await client.message(21) is None


async def test_a_slow_api_costs_one_chat_its_patience_and_the_others_nothing(
    api: PluralKitServer, client: PluralKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tzurot.conversation.pluralkit.PATIENCE_S", 0.5)
    api.delay = 600
    assert await client.message(21) is None
    assert await client.message(20) is None
    assert api.requests == [21]


async def test_who_is_cancelled_while_asking_is_cancelled(
    api: PluralKitServer, client: PluralKit
) -> None:
    api.delay = 30
    asking = asyncio.create_task(client.message(21))
    while not api.requests:  # noqa: ASYNC110 - the server counts them
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    api.delay = 0
    assert await client.message(21) == FOUND


SECRET = "words of somebody"
WRONG: list[Any] = [
    b"", b"{", b"null", b"[]", b'"\xff"', json.dumps(SECRET).encode(),
    b'{"id": "21", "original": "20"}',
    {**proxied(), "sender": 9},
    {**proxied(), "sender": True},
    {**proxied(), "sender": SECRET},
    {**proxied(), "sender": "-9"},
    {**proxied(), "sender": "0"},
    {**proxied(), "sender": "9" * 20},
    {**proxied(), "sender": "9" * 5000},
    {**proxied(), "original": None},
    {**proxied(), "member": SECRET},
    proxied(uuid=SECRET), proxied(name=None, uuid=None), proxied(name=[SECRET]),
    proxied(pronouns={"is": SECRET}),
    proxied(22, 23),
    proxied(description="x" * 70_000),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
async def test_what_cannot_be_read_is_nothing_and_is_told_without_its_words(
    api: PluralKitServer, client: PluralKit, log: list[str], wrong: object
) -> None:
    api.messages[21] = wrong
    assert await client.message(21) is None
    assert len(log) == 1
    assert SECRET not in log[0]
    # The service is there: it is asked for others.
    assert await client.message(20) == FOUND


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"display_name": None, "pronouns": None}, ("Luna", "", "")),
        ({"name": " Lu\r\nna\u2028: hi "}, ("Lu na : hi", "Luna of the Sky", "she/they")),
        ({"display_name": "L\0\x1b[1mu\x85na"}, ("Luna", "L[1mu na", "she/they")),
        ({"name": "n" * 5000}, ("n" * 100, "Luna of the Sky", "she/they")),
        ({"unknown": [1]}, ("Luna", "Luna of the Sky", "she/they")),
    ],
)
async def test_strangers_words_are_one_line_of_bounded_length(
    api: PluralKitServer, client: PluralKit, written: dict[str, Any], read: tuple[str, ...]
) -> None:
    api.messages[21] = proxied(**written)
    found = await client.message(21)
    assert found is not None
    assert found.member is not None
    assert (found.member.name, found.member.display_name, found.member.pronouns) == read


@given(name=st.text(max_size=150), pronouns=st.none() | st.text(max_size=150))
async def test_whatever_a_member_is_called_it_fits_on_a_line(
    name: str, pronouns: str | None
) -> None:
    async def tell(_: str) -> bytes:
        return json.dumps(proxied(name=name, pronouns=pronouns)).encode()

    found = await PluralKit(tell, "").message(21)
    assert found is not None
    assert found.member is not None
    for text in (found.member.name, found.member.pronouns):
        assert len(text) <= 100
        assert len(text.splitlines()) <= 1
        assert text == text.strip()
        assert "\0" not in text


async def test_what_is_kept_in_mind_is_bounded(
    api: PluralKitServer, client: PluralKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pluralkit, "_REMEMBERED", 2)
    api.post(proxied(31, 30))
    for message_id in (20, 21, 20, 31, 20, 21):
        assert await client.message(message_id) is not None
    assert api.requests == [20, 21, 31, 21]
