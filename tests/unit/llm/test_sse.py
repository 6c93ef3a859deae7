"""The splitter of server-sent events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm import ErrorKind, ModelError
from tzurot.llm.sse import LARGEST_EVENT, SseSplitter


def split(*chunks: bytes) -> list[str]:
    splitter = SseSplitter()
    found = [payload for chunk in chunks for payload in splitter.feed(chunk)]
    return found + splitter.flush()


@pytest.mark.parametrize(
    ("stream", "payloads"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a\n\n", [" a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
        (b"data: {\ndata: }\n\n", ["{\n}"]),
        (b"data: {\r\ndata: }\r\n\r\n", ["{\n}"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b": OPENROUTER PROCESSING\n\ndata: a\n\n", ["a"]),
        (b":\n\n:x\n\n", []),
        (b"data: : OPENROUTER PROCESSING\n\ndata: a\n\n", ["a"]),
        (b"data: : keepalive\n\ndata:: keepalive\n\n", []),
        (b"data: a\n: in between\ndata: b\n\n", ["a\nb"]),
        (b"event: error\nid: 7\nretry: 10\ndata: a\n\n", ["a"]),
        (b"event: ping\n\n", []),
        (b"data\n\ndata:\n\ndata: \n\n", []),
        (b"data: a", ["a"]),
        (b"data: a\n", ["a"]),
        (b"data: a\r", ["a"]),
        ("data: é‱🙂\n\n".encode(), ["é‱🙂"]),
        (b"data: \xff!\n\n", ["\ufffd!"]),
        (b"{'error': 'no stream'}", []),
        (b"", []),
        (b"\xef\xbb", []),
    ],
)
def test_payloads(stream: bytes, payloads: list[str]) -> None:
    assert split(stream) == payloads
    assert split(*(bytes([byte]) for byte in stream)) == payloads


PARTS = st.sampled_from(
    ["data: ", "data:", "a", "é🙂", ": note", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\ufeff", " "]
)


@given(st.lists(PARTS, max_size=30).map("".join), st.data())
def test_cuts_change_nothing(text: str, data: st.DataObject) -> None:
    stream = text.encode()
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    assert split(*chunks) == split(stream)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(stream: bytes) -> None:
    split(stream)


@pytest.mark.parametrize("part", [b"x" * 4096, b"data: " + b"x" * 4096 + b"\n"])
def test_an_event_without_end_is_refused(part: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        split(*[part] * (LARGEST_EVENT // 4096 + 2))
    assert caught.value.kind is ErrorKind.PROVIDER_DOWN


@pytest.mark.timeout(20)
def test_a_long_event_in_tiny_pieces_takes_no_longer_than_it_is_long() -> None:
    """Searched anew with each piece, it would take minutes."""
    splitter = SseSplitter()
    splitter.feed(b"data: ")
    for _ in range(LARGEST_EVENT // 8 - 100):
        assert splitter.feed(b"xxxxxxxx") == []
    (payload,) = splitter.feed(b"\n\n")
    assert len(payload) == (LARGEST_EVENT // 8 - 100) * 8
