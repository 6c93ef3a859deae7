"""The embedding model: near is near, queries go first, and windows are read whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tzurot.memory.embedder import Embedder
from tzurot.memory.windows import Line, windows


@pytest.fixture
def embedder() -> Iterator[Embedder]:
    embedder = Embedder()
    yield embedder
    embedder.close()


def near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_what_means_the_same_is_near(embedder: Embedder) -> None:
    cat = await embedder.query("The cat sleeps on the sofa.")
    kitten = await embedder.passage("A kitten is napping on the couch.")
    shares = await embedder.passage("Share prices fell sharply on Monday.")
    assert len(cat) == 384
    assert near(cat, cat) == pytest.approx(1, abs=1e-3)
    assert near(cat, kitten) > 0.5
    assert near(cat, shares) < 0.2


async def test_a_query_goes_ahead_of_what_waits_in_the_background(embedder: Embedder) -> None:
    await embedder.query("load the model")
    done: list[str] = []

    async def note(name: str, work: object) -> None:
        await work  # type: ignore[misc]  # either lane's coroutine
        done.append(name)

    background = [
        asyncio.create_task(note(f"passage {number}", embedder.passage("some words " * 60)))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    await note("query", embedder.query("quick"))
    await asyncio.gather(*background)
    assert done.index("query") <= 1


def test_a_short_exchange_is_one_window() -> None:
    assert windows([Line("Ada", "Hello."), Line("Juniper", "Hi.")]) == ["Ada: Hello.\nJuniper: Hi."]


def test_a_long_exchange_is_cut_into_windows_that_hold_all_of_it() -> None:
    words = [f"word{number}" for number in range(900)]
    cut = windows([Line("Ada", " ".join(words)), Line("Juniper", "I see.")])
    assert len(cut) > 3
    together = " ".join(cut)
    assert all(word in together for word in words)


def test_nothing_said_is_no_window() -> None:
    assert windows([]) == []
