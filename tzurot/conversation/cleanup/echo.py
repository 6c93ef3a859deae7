"""Takes off what a reply repeats of the message that it answers; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tzurot.conversation.likeness import plain

_SHORTEST: Final = 30
"""Signs of a message that is known again without its speaker's name before it."""
_MENTIONS: Final = re.compile(r"\A(?:\s*@[\w.-]+)+")
# Where it is quoted, the answer goes on about it; but these may be the person's own.
_QUOTES: Final = ('"', "“", "„", "«", "»", "「", "『", "'", "\u2018", "*", "_", ">", "`")


def without_echo(text: str, asked: str, user_name: str) -> str:
    """Return the reply without the lines at its beginning that are the whole message again.

    A reply that is nothing else stays as it is: that is for the caller to judge.
    """
    label = re.match(rf"[*_]{{0,3}}{re.escape(user_name)}[*_]{{0,3}}\s?[:\uff1a][*_]{{0,3}}", text)
    is_labelled = bool(label and user_name)
    start = label.end() if label and user_name else 0
    lines = text[start:].splitlines(keepends=True)
    quotes = tuple(mark for mark in _QUOTES if mark not in asked)
    for said in wordings(asked):
        if len(said) < _SHORTEST and not is_labelled:
            continue
        if (end := _end_of(said, lines, quotes)) and plain(rest := "".join(lines[end:])):
            return rest.strip()
    return text


def wordings(asked: str) -> Iterator[str]:
    """Yield the message as it may be repeated, normalised: whole, or of a burst the last of it."""
    lines = [line for line in asked.splitlines() if line.strip()]
    for one in (asked, _MENTIONS.sub("", asked), *lines[-1:]):
        if said := plain(one):
            yield said


def _end_of(said: str, lines: list[str], quotes: tuple[str, ...]) -> int:
    """Return behind how many lines the message has been said once; 0 when it is not."""
    so_far = ""
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(quotes):
            return 0
        so_far += plain(line)
        if so_far == said:
            return number
        if not said.startswith(so_far):
            return 0
    return 0
