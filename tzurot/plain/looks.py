"""Whether two names look the same to a reader, whatever signs they are written in; pure.

Source: Unicode Technical Standard 39, Confusable Detection, of which this is the part that names on
Discord use. That two honest names look alike costs them a word that tells them apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# What is drawn like a small Latin letter: Cyrillic, Greek, Armenian, and other kinds of Latin.
_DRAWN: Final = {
    ord(sign): letter
    for letter, signs in {
        "a": "\u0430\u03b1\u0251",
        "b": "\u0432\u03b2\u044c\u0253\u0180\u0299",
        "c": "\u0441\u03f2\u04ab",
        "d": "\u0501\u0257\u0111",
        "e": "\u0435\u03b5\u0454",
        "g": "\u0261\u0581\u0262",
        "h": "\u04bb\u0570\u0127\u043d\u029c",
        "i": "\u0456\u03b9\u0131\u0269\u026a",
        "j": "\u0458\u03f3\u0237",
        "k": "\u043a\u03ba",
        "l": "\u04cf\u0142\u019a\u029f",
        "m": "\u043c\u03bc",
        "n": "\u043f\u03b7\u0578\u0274",
        "o": "\u043e\u03bf\u0585\u03c3\u00f80",
        "p": "\u0440\u03c1",
        "q": "\u051b\u0566",
        "r": "\u0433\u0491\u0280",
        "s": "\u0455",
        "t": "\u0442\u03c4",
        "u": "\u057d\u03c5",
        "v": "\u03bd\u0475",
        "w": "\u051d\u03c9",
        "x": "\u0445\u03c7",
        "y": "\u0443\u04af\u03b3\u028f",
        "z": "\u03b6",
    }.items()
    for sign in signs
}
_LETTER: Final = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|TAG LATIN SMALL LETTER) ([A-Z])"
)
# Letters and fillers of no width, and what picks a variant of the sign before it.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
MARKS: Final = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""What stands above and below letters, as a pattern's class; the vowels of scripts are others."""
_MARK: Final = re.compile(f"[{MARKS}]")
# Whom a prompt or a template knows by these words: nobody else is to be called so.
_ROLES: Final = (
    "system", "assistant", "user", "developer", "tool", "function", "model", "human", "you",
    "everyone", "everybody", "everybody here", "here", "note", "tzurot",
)  # fmt: skip
_SYSTEM: Final = "system"


def is_invisible(sign: str) -> bool:
    """Whether nobody sees this sign."""
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs"} or _BLANK.match(sign) is not None


@lru_cache(maxsize=4096)
def alike(name: str) -> str:
    """Return what two names share that look the same; empty when nothing of a name is seen."""
    plain = unicodedata.normalize("NFKD", name)
    seen = "".join(map(_drawn, plain.casefold()))
    letters = "".join(sign for sign in seen if unicodedata.category(sign)[0] in "LMN")
    shape = letters or "".join(seen.split())
    # Names are drawn in capitals, too: I, l and 1 are one, as are rn and m.
    return re.sub("[i1]", "l", shape).replace("rn", "m").replace("vv", "w")


def apart(name: str, taken: Iterable[str], hints: Iterable[str] = ()) -> str:
    """Return a name that looks like none that is taken, nor like a role's, as it is if it can be.

    `taken` are names as `alike` returns them, `hints` what may stand behind it, the best first.
    """
    known = {*taken}
    if not _is_role(name) and alike(name) not in known:
        return name
    for hint in hints:
        if alike(told_apart := f"{name} ({hint})") not in known:
            return told_apart
    number = 2
    while alike(f"{name} ({number})") in known:
        number += 1
    return f"{name} ({number})"


def _is_role(name: str) -> bool:
    shape = alike(name)
    return shape in _RESERVED or shape.startswith(alike(_SYSTEM))


def _drawn(sign: str) -> str:
    if is_invisible(sign) or _MARK.match(sign):
        return ""
    if found := _LETTER.fullmatch(unicodedata.name(sign, "")):
        return found[1].lower()
    return sign.translate(_DRAWN)


_RESERVED: Final = frozenset(map(alike, _ROLES))
