"""Names of people, characters and places, so that each is a name and nothing else; pure."""

from __future__ import annotations

import re
from typing import Final

from tzurot.plain.looks import MARKS, alike, is_invisible
from tzurot.plain.text import one_line

NAME_LENGTH: Final = 32
_MOST_WORDS: Final = 3
_MOST_MARKS: Final = 3

# What could end a name and begin something else: "Name: text", a note in brackets, words in quotes,
# the next thing that is told of somebody, the unique name that tells two of one name apart.
_ENDS: Final = re.compile(r"[\s:\uff1a\ufe55\ufe13\u2236\ua789\u02d0\u05c3\u0589]+")
_OTHERWISE: Final = str.maketrans(
    {"[": "(", "]": ")", "\uff3b": "(", "\uff3d": ")", "“": "'", "”": "'", ";": ",",
     "\uff1b": ",", "\u037e": ",", "@": None, "\uff20": None, "\ufe6b": None}
)  # fmt: skip
_SEPARATOR: Final = re.compile(r"\s+/\s+")
_MARKS: Final = re.compile(rf"([{MARKS}]{{{_MOST_MARKS}}})[{MARKS}]+")
_JOINERS: Final = "\u200c\u200d"
# A sentence, or several, may be a name as well.
_ENDS_A_SENTENCE: Final = re.compile(r"[.,!?\u2026\u3002]")
_UNIQUE: Final = re.compile(r" \((?:@[^()]*|\d+)\)$")


def name_of(name: str, longest: int = NAME_LENGTH) -> str:
    """Return a name of at most so many characters that can pass for nothing else; never empty."""
    shown = _MARKS.sub(r"\1", without_unseen(one_line(name))).translate(_OTHERWISE)
    shown = _SEPARATOR.sub("/", _ENDS.sub(" ", shown)).strip()[:longest].strip()
    return shown if alike(shown) else "Someone"


def without_unseen(text: str) -> str:
    """Return a text without signs that nobody sees; those that join letters or emoji stay."""
    return "".join(
        sign
        for place, sign in enumerate(text)
        if not is_invisible(sign) or (sign in _JOINERS and _joins(text, place))
    )


def named(name: str) -> str:
    """Return a clean name as it stands in a sentence of ours: in quotes, where it may be one."""
    bare = _UNIQUE.sub("", name)
    is_plain = len(bare.split()) <= _MOST_WORDS and not _ENDS_A_SENTENCE.search(bare)
    return name if is_plain else f"“{name}”"


def _joins(text: str, place: int) -> bool:
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return 0 < place < len(text) - 1 and not any(
        sign.isascii() or is_invisible(sign) for sign in around
    )
