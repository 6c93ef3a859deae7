"""Removes from what a reply says, and never from the code and the quotes that it shows; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tzurot.conversation.code_spans import blanked


def without(text: str, pattern: re.Pattern[str]) -> str:
    """Return the text without each place of its prose that a pattern finds."""
    return replaced(text, pattern, lambda _: "")


def replaced(text: str, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> str:
    """Return the text with each place of its prose replaced that a pattern finds."""
    parts: list[str] = []
    kept_to = 0
    for found in pattern.finditer(blanked(text)):
        parts += [text[kept_to : found.start()], by(found)]
        kept_to = found.end()
    return "".join([*parts, text[kept_to:]])


def before(text: str, pattern: re.Pattern[str]) -> str:
    """Return what stands before the first place of the prose that a pattern finds, unless blank."""
    found = next(
        (one for one in pattern.finditer(blanked(text)) if text[: one.start()].strip()), None
    )
    return text if found is None else text[: found.start()].rstrip()


def one_of(words: Iterable[str]) -> str:
    """Return a pattern of any of these words, the longest first; nothing matches none."""
    known = sorted({word for word in words if word}, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, known))})" if known else r"(?!)"
