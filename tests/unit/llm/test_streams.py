"""Streams however they are cut, and however they are broken."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import FAILING, HEARD, STREAMS
from tzurot.llm import ModelError, TextDelta, TextDiscarded
from tzurot.llm.reply import Built, ReplyBuilder
from tzurot.llm.sse import SseSplitter

MUTATIONS = 10_000


def read(parts: Iterable[bytes]) -> tuple[Built, ReplyBuilder]:
    """Return the reply of a stream that comes in parts; raises `ModelError`."""
    splitter, builder = SseSplitter(), ReplyBuilder()
    handed_out = ""

    def follow(payloads: list[str]) -> Iterator[object]:
        for payload in payloads:
            yield from builder.feed(payload)

    for part in parts:
        for event in follow(splitter.feed(part)):
            if isinstance(event, TextDelta):
                handed_out += event.text
            elif isinstance(event, TextDiscarded):
                handed_out = ""
    for event in [*follow(splitter.flush()), *builder.close()]:
        if isinstance(event, TextDelta):
            handed_out += event.text
        elif isinstance(event, TextDiscarded):
            handed_out = ""
    built = builder.result()
    assert built.text == handed_out
    return built, builder


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    bounds = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize("name", STREAMS)
def test_each_server_is_understood(name: str) -> None:
    built, builder = read([STREAMS[name]])
    assert built.text == HEARD
    assert built.reasoning in {"", "Hm, a fox."}
    assert built.finish_reason == ("cut" if name == "no end" else "stop")
    if b"usage" in STREAMS[name]:
        assert builder.usage is not None
        assert builder.usage.cost == 0.25


@given(st.sampled_from(sorted(STREAMS)), st.lists(st.integers(0, 10_000), max_size=40))
def test_a_stream_is_the_same_however_it_is_cut(name: str, places: list[int]) -> None:
    assert read(cut(STREAMS[name], places))[0] == read([STREAMS[name]])[0]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_the_same_byte_by_byte(name: str) -> None:
    stream = STREAMS[name]
    assert read(cut(stream, range(len(stream))))[0] == read([stream])[0]


def mutated(stream: bytes, chance: random.Random) -> bytes:
    changed = bytearray(stream)
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.choice([0, 1, 2, 20, 200]))
        filling = chance.choice(
            [
                b"",
                bytes([chance.randrange(256)]),
                chance.randbytes(8),
                b"\n\n",
                b"data: ",
                b"null",
                b"[]",
                b"{}",
                b'"',
                b"-1e999",
                b"<think>",
                b"</think>",
                b"[" * 2000,
                stream[start : start + 300],
            ]
        )
        changed[start:end] = filling
    return bytes(changed)


def test_no_mutation_of_a_stream_raises_anything_but_a_model_error() -> None:
    """Seeded, so that what fails can be found again; each ends, since each is read to its end."""
    chance = random.Random(20_261_125)  # noqa: S311 - no secret
    streams = [*STREAMS.values(), *FAILING.values()]
    replies = 0
    for number in range(MUTATIONS):
        stream = mutated(streams[number % len(streams)], chance)
        with suppress(ModelError):
            built, _ = read(cut(stream, [chance.randrange(10_000) for _ in range(4)]))
            replies += 1
            assert built.text.strip() or built.tool_calls
    # They are not all broken: many mutations leave a reply that can be read.
    assert MUTATIONS / 10 < replies < MUTATIONS
