"""Finds the characters that a message names with an @ in plain text; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar
from uuid import UUID

from tzurot.characters.character import Named
from tzurot.characters.naming import folded
from tzurot.conversation.code_spans import without_code

NamedT = TypeVar("NamedT", bound=Named)

MAX_NAME: Final = 80
"""Characters in a name: Discord's limit for who speaks through a webhook."""
MENTION_SIGN: Final = "@"


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name for a character."""

    name: str
    character_id: UUID


@cache
def _sign(sign: str) -> re.Pattern[str]:
    """Return where a name begins: after a sign that stands neither in a word nor in a <@id>."""
    mark = re.escape(sign)
    return re.compile(rf"(?<![\w<{mark}]){mark}(?=[^\s{mark}])")


def may_name_someone(content: str, sign: str = MENTION_SIGN) -> bool:
    """Whether it is worth looking for names at all."""
    return _sign(sign).search(content) is not None


def mentioned(
    content: str,
    characters: Sequence[NamedT],
    *,
    aliases: Sequence[Alias] = (),
    sign: str = MENTION_SIGN,
) -> list[NamedT]:
    """Return the characters named in `content`, in its order, each once.

    Names, slugs and aliases count, in any case, longest first, with whatever punctuation after
    them. A name comes before a slug, and both before an alias; of two aliases the first counts.
    Text in code does not count.
    """
    by_id = {one.id: one for one in characters}
    by_name = {
        folded(alias.name): by_id[alias.character_id]
        for alias in reversed(aliases)
        if alias.character_id in by_id
    }
    by_name |= {folded(one.slug): one for one in reversed(characters)}
    by_name |= {folded(one.name): one for one in reversed(characters)}
    plain = without_code(unicodedata.normalize("NFC", content))
    found: dict[UUID, NamedT] = {}
    for at in _sign(sign).finditer(plain):
        # Whitespace within a name may be longer than the name's own.
        if (named := _named(plain[at.end() : at.end() + 2 * MAX_NAME], by_name)) is not None:
            found.setdefault(named.id, named)
    return list(found.values())


def _named(rest: str, by_name: dict[str, NamedT]) -> NamedT | None:
    """Return who is named at the beginning of `rest`; a name ends where a word ends."""
    for end in range(len(rest), 0, -1):
        if end < len(rest) and rest[end - 1].isalnum() and rest[end].isalnum():
            continue
        if (found := by_name.get(folded(rest[:end]))) is not None:
            return found
    return None
