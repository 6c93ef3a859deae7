"""Patterns that know their own beginnings, to find delimiters in text that comes in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """Two regular expressions without capturing groups, made together so that they agree.

    `part` matches, up to the end of what has arrived, each stretch that more text may turn into
    another match of `full`; it may be too generous, but never too strict. `longest` bounds both.
    """

    full: str
    part: str
    longest: int


def word(*texts: str, fold: bool = True) -> Pattern:
    """Return the pattern of one of these texts; `fold`: in upper or lower case.

    Of two that begin alike the longer is taken.
    """
    flag = "i" if fold else ""
    ordered = sorted(texts, key=len, reverse=True)
    return Pattern(
        f"(?{flag}:{'|'.join(map(re.escape, ordered))})",
        f"(?{flag}:{_beginnings(texts)})",
        len(ordered[0]),
    )


def _beginnings(texts: Iterable[str]) -> str:
    """Return what matches nothing, and all beginnings but the whole of these texts."""
    rests: dict[str, list[str]] = {}
    for text in texts:
        if len(text) > 1:
            rests.setdefault(text[0], []).append(text[1:])
    branches = [re.escape(char) + _beginnings(rest) for char, rest in rests.items()]
    return f"(?:{'|'.join(branches)})?" if branches else ""


def some(chars: str, least: int, most: int) -> Pattern:
    """Return the pattern of `least` to `most` characters of one class."""
    return Pattern(f"{chars}{{{least},{most}}}", f"{chars}{{0,{most}}}", most)


def ahead(chars: str) -> Pattern:
    """Return the pattern of nothing, where a character of one class comes next."""
    return Pattern(f"(?={chars})", "", 1)


def maybe(pattern: Pattern) -> Pattern:
    """Return the pattern of this or nothing."""
    return Pattern(f"(?:{pattern.full})?", pattern.part, pattern.longest)


def one_of(*patterns: Pattern) -> Pattern:
    """Return the pattern of the first of these that fits."""
    return Pattern(
        f"(?:{'|'.join(pattern.full for pattern in patterns)})",
        f"(?:{'|'.join(pattern.part for pattern in patterns)})",
        max(pattern.longest for pattern in patterns),
    )


def seq(*patterns: Pattern) -> Pattern:
    """Return the pattern of these one after another."""
    part = patterns[-1].part
    for pattern in reversed(patterns[:-1]):
        part = f"(?:{pattern.part}|{pattern.full}{part})"
    return Pattern(
        "".join(pattern.full for pattern in patterns),
        part,
        sum(pattern.longest for pattern in patterns),
    )
