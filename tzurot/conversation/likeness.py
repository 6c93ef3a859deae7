"""How much two texts say the same in the same words, in any script; pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

_MENTION: Final = re.compile(r"<@!?\d+>")
_GRAM: Final = 4
"""Signs: long texts of one language share nearly all of their pairs, whatever they say."""


def plain(text: str) -> str:
    """Return what counts of a text: its letters, digits and marks, in one case and form."""
    folded = unicodedata.normalize("NFKC", _MENTION.sub(" ", text)).casefold()
    return "".join(
        sign for sign in folded if sign.isalnum() or unicodedata.category(sign).startswith("M")
    )


def width(text: str) -> int:
    """Return how long a text is, where a wide sign says as much as two letters."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def likeness(one: str, other: str) -> float:
    """Return from 0 to 1 which share of their runs of signs two plain texts have in common.

    Source: Dice's coefficient, over bags of character n-grams. The time grows with the length.
    """
    first, second = _grams(one), _grams(other)
    whole = first.total() + second.total()
    if whole == 0:
        return float(one == other)
    return 2 * (first & second).total() / whole


def _grams(text: str) -> Counter[str]:
    return Counter(text[place : place + _GRAM] for place in range(len(text) - _GRAM + 1))
