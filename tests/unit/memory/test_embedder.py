"""The embedding model: near is near, queries go first, and its faults are of one kind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tzurot.memory import Embedder, EmbeddingError


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


async def test_a_query_waits_for_the_text_that_is_being_read_only(embedder: Embedder) -> None:
    background = [asyncio.create_task(embedder.passage("some words " * 60)) for _ in range(6)]
    await asyncio.wait(background, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*(embedder.query(f"quick {number}") for number in range(3)))
    assert sum(task.done() for task in background) <= 2
    await asyncio.gather(*background)


async def test_a_query_that_is_given_up_holds_nobody_up(embedder: Embedder) -> None:
    queries = [asyncio.create_task(embedder.query("some words " * 60)) for _ in range(4)]
    await asyncio.sleep(0)
    for query in queries:
        query.cancel()
    await asyncio.gather(*queries, return_exceptions=True)
    assert len(await asyncio.wait_for(embedder.passage("hello"), 5)) == 384


async def test_the_loop_goes_on_while_a_text_is_read(embedder: Embedder) -> None:
    reading = asyncio.create_task(embedder.query("some words " * 120))
    steps = 0
    while not reading.done():
        await asyncio.sleep(0)
        steps += 1
    assert steps > 10


async def test_whatever_goes_wrong_is_an_embedding_error(
    cold: Embedder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"not a model")
    monkeypatch.setattr("tzurot.memory.model.weights", lambda: broken)
    with pytest.raises(EmbeddingError, match="the embedding model failed"):
        await cold.query("hello")
    monkeypatch.undo()
    # It is tried again the next time.
    assert len(await cold.query("hello")) == 384


async def test_a_file_that_is_not_the_model_is_not_loaded(
    cold: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tzurot.memory.model.SHA256", "0" * 64)
    with pytest.raises(EmbeddingError, match="not the file"):
        await cold.passage("hello")
