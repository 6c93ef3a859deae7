"""Splits a reply into messages that Discord takes, without breaking code blocks; pure."""

from __future__ import annotations

import re
from typing import Final

LIMIT: Final = 2000
"""Characters in one message. Source: Discord's documentation, Create Message."""

# Discord begins and ends a code block at every three backticks, wherever they stand; a word right
# after the first ones, alone on its line, is the language.
_FENCE = re.compile(r"```(?:(?P<language>[\w+#.-]{1,20})(?=\n))?")
# Half of it would mean something else: a run of backticks, with the language behind it.
_UNCUTTABLE = re.compile(r"`+(?:[\w+#.-]{1,20}(?=\n))?")
_LONGEST_LANGUAGE: Final = 20
_CLOSING: Final = "\n```"
# Where to cut, best first: between paragraphs, lines, sentences, words.
_CUTS: Final = ("\n\n", "\n", ". ", "! ", "? ", "… ", " ")
# A cut is not worth taking when it leaves the part almost empty.
_LEAST_FILL: Final = 0.4


def split(text: str, *, limit: int = LIMIT, first_limit: int | None = None) -> list[str]:
    """Return `text` in parts of at most `limit` characters (the first: `first_limit`).

    A code block that does not fit is closed at the end of a part and opened again, with its
    language, in the next. Blank parts are left out, so nothing but blank text gives no part.
    """
    parts: list[str] = []
    rest = text.strip()
    reopen = ""
    room = first_limit or limit
    while rest:
        whole = reopen + rest
        if len(whole) <= room:
            parts.append(whole)
            break
        # Leave room to close a code block.
        piece = whole[: _cut(whole, room - len(_CLOSING), at_least=len(reopen) + 1)]
        rest = whole[len(piece) :].lstrip("\n" if _open_fence(piece) is not None else None)
        reopen = ""
        if (language := _open_fence(piece)) is not None:
            piece = piece.rstrip() + _CLOSING
            reopen = f"```{language}\n"
            if rest.lstrip().startswith("```"):
                # The block ends just here: there is nothing left of it to open again.
                rest = rest.lstrip()[3:].lstrip()
                reopen = ""
        if piece.strip():
            parts.append(piece.rstrip())
        room = limit
    return parts


def closed(text: str) -> str:
    """Return a text that is cut somewhere, with its code block closed if one is open."""
    return text if _open_fence(text) is None else text.rstrip() + _CLOSING


def _cut(text: str, room: int, *, at_least: int) -> int:
    window = text[:room]
    for mark in _CUTS:
        position = window.rfind(mark)
        if position >= max(at_least, int(room * _LEAST_FILL)):
            return position + len(mark)
    for whole in _UNCUTTABLE.finditer(text, 0, room + _LONGEST_LANGUAGE + 1):
        if at_least <= whole.start() < room <= whole.end():
            return whole.start()
    return room


def _open_fence(text: str) -> str | None:
    """Return the language of the code block that is still open at the end, "" for none given."""
    language: str | None = None
    for fence in _FENCE.finditer(text):
        language = (fence["language"] or "") if language is None else None
    return language
