"""Finds the characters that a message names with an @ in plain text; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tzurot.characters.character import Character

MAX_WORDS: Final = 4
# A name begins after an @ that does not stand inside a word (an e-mail address) or a <@id>.
_AT = re.compile(r"(?<![\w<@])@(?=[^\s@])")
_CODE = re.compile(r"(`{3,}|`{1,2})(?:(?!\1).)+?\1", re.DOTALL)
_WORD = re.compile(r"\S+")
_TRAILING: Final = ".,!?;:)]}\"'’…*_~|"  # noqa: RUF001  the curly quote that phones type
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)  # noqa: RUF001


def mentioned(content: str, characters: Sequence[Character]) -> list[Character]:
    """Return the characters named in `content`, in its order, each once.

    Names and slugs count, in any case, longest first, also with punctuation or a possessive after
    them. Text in code does not count.
    """
    by_name: dict[str, Character] = {}
    for character in characters:
        by_name.setdefault(_folded(character.slug), character)
    for character in characters:
        by_name[_folded(character.name)] = character
    plain = _CODE.sub(lambda code: " " * len(code[0]), content)
    found: dict[str, Character] = {}
    for at in _AT.finditer(plain):
        if (named := _named(plain[at.end() :], by_name)) is not None:
            found.setdefault(named.slug, named)
    return list(found.values())


def _named(rest: str, by_name: dict[str, Character]) -> Character | None:
    words = [match[0] for _, match in zip(range(MAX_WORDS), _WORD.finditer(rest), strict=False)]
    for count in range(len(words), 0, -1):
        written = " ".join(words[:count])
        bare = written.rstrip(_TRAILING)
        for candidate in (written, bare, _POSSESSIVE.sub("", bare)):
            if (character := by_name.get(_folded(candidate))) is not None:
                return character
    return None


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
