"""Answers that are remembered for a while."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.clock import Clock
from tzurot.conversation.lately import Lately


class Oracle:
    """Answers with how often it was asked; `fault` is raised instead while it is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fault: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def ask(self, key: str) -> int:
        self.asked.append(key)
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        return len(self.asked)


async def test_an_answer_is_asked_for_again_when_it_is_too_old() -> None:
    clock, oracle = Clock(), Oracle()
    lately = Lately(oracle.ask, seconds=60, most=10, monotonic=clock.monotonic)
    assert await lately.get("ada") == 1
    clock.pass_(59)
    assert await lately.get("ada") == 1
    assert await lately.get("ben") == 2
    clock.pass_(1)
    assert await lately.get("ada") == 3


async def test_an_answer_is_as_old_as_its_question() -> None:
    clock, oracle = Clock(), Oracle()
    lately = Lately(oracle.ask, seconds=60, most=10, monotonic=clock.monotonic)
    oracle.open.clear()
    first = asyncio.create_task(lately.get("ada"))
    await asyncio.sleep(0)
    clock.pass_(60)
    oracle.open.set()
    assert await first == 1
    assert await lately.get("ada") == 2


async def test_who_asks_at_once_waits_for_one_answer_but_not_for_others() -> None:
    oracle = Oracle()
    lately = Lately(oracle.ask, seconds=60, most=10)
    oracle.open.clear()
    waiting = [asyncio.create_task(lately.get(key)) for key in ("ada", "ada", "ben", "ada")]
    await asyncio.sleep(0.01)
    assert oracle.asked == ["ada", "ben"]
    oracle.open.set()
    assert await asyncio.gather(*waiting) == [2, 2, 2, 2]


async def test_an_error_or_an_end_is_not_remembered() -> None:
    oracle = Oracle()
    lately = Lately(oracle.ask, seconds=60, most=10)
    oracle.fault = LookupError("nobody")
    with pytest.raises(LookupError):
        await lately.get("ada")
    oracle.fault = None
    oracle.open.clear()
    ended = asyncio.create_task(lately.get("ada"))
    await asyncio.sleep(0)
    ended.cancel()
    oracle.open.set()
    assert await lately.get("ada") == 3


async def test_only_the_latest_are_kept() -> None:
    oracle = Oracle()
    lately = Lately(oracle.ask, seconds=60, most=2)
    for key in ("ada", "ben", "ada", "cleo", "ada", "ben"):
        await lately.get(key)
    assert oracle.asked == ["ada", "ben", "cleo", "ben"]
