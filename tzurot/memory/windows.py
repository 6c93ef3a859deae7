"""Cuts what was said into windows that the embedding model reads whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from tokenizers import BertWordPieceTokenizer

from tzurot.plain import apart, name_of, one_line

WINDOW_TOKENS: Final = 256
"""What all-MiniLM-L6-v2 was made to read at once, its two own tokens included. Source: its card."""
OWN_TOKENS: Final = 2
OVERLAP_TOKENS: Final = 48
VOCABULARY: Final = Path(__file__).with_name("data") / "vocab.txt"


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody said."""

    speaker: str
    text: str

    @property
    def prefix(self) -> str:
        """What stands before it: who said it is worth knowing in every window."""
        return f"{self.speaker}: "


@dataclass(frozen=True, slots=True)
class _Word:
    line: int
    start: int
    end: int
    tokens: int


@cache
def tokenizer() -> BertWordPieceTokenizer:
    """Return the model's tokenizer."""
    return BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)


def count_tokens(text: str) -> int:
    """Return how many tokens of the model a text is, without its own two."""
    return len(tokenizer().encode(text, add_special_tokens=False).ids)


def line_of(name: str, words: str, *, own: str, is_self: bool) -> Line:
    """Return what somebody said as one line; nobody but the character looks like it.

    `own` is its name as `alike` returns it.
    """
    speaker = name_of(name)
    return Line(speaker if is_self else apart(speaker, {own}), one_line(words))


def windows(lines: Sequence[Line]) -> list[str]:
    """Return the lines as one text, or as overlapping ones of at most WINDOW_TOKENS each."""
    words = [word for number, line in enumerate(lines) for word in _words(number, line.text)]
    prefixes = [count_tokens(line.prefix) for line in lines]
    found = []
    start = 0
    while start < len(words):
        end = _fits(words, start, prefixes)
        found.append(_text(lines, words[start:end]))
        start = end if end == len(words) else _step_back(words, start, end)
    return found


def _words(number: int, text: str) -> Iterator[_Word]:
    """Yield the words of a line; a word's tokens do not depend on what stands around it."""
    encoded = tokenizer().encode(text, add_special_tokens=False)
    for _, group in groupby(
        zip(encoded.word_ids, encoded.offsets, strict=True), key=lambda pair: pair[0]
    ):
        offsets = [offset for _, offset in group]
        yield _Word(number, offsets[0][0], offsets[-1][1], len(offsets))


def _fits(words: Sequence[_Word], start: int, prefixes: Sequence[int]) -> int:
    """Return the end of the longest window that begins at `start`; it holds a word at least."""
    room = WINDOW_TOKENS - OWN_TOKENS
    line = None
    for position in range(start, len(words)):
        word = words[position]
        room -= word.tokens + (prefixes[word.line] if word.line != line else 0)
        line = word.line
        if room < 0 and position > start:
            return position
    return len(words)


def _step_back(words: Sequence[_Word], start: int, end: int) -> int:
    """Return where the next window begins: a little before this one's end, after its start."""
    shared = 0
    while end - 1 > start and (shared := shared + words[end - 1].tokens) <= OVERLAP_TOKENS:
        end -= 1
    return end


def _text(lines: Sequence[Line], words: Iterable[_Word]) -> str:
    said = []
    for number, group in groupby(words, key=lambda word: word.line):
        part = list(group)
        line = lines[number]
        said.append(line.prefix + line.text[part[0].start : part[-1].end])
    return "\n".join(said)
