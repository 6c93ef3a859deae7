"""A character as the rest of the program sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tzurot.plain import name_of

_ONE_LINE: Final = 160
"""Characters."""
_LONGEST_NAME: Final = 80
_PLACEHOLDER: Final = re.compile(r"\{\{\s*char\s*\}\}", re.IGNORECASE)
_SENTENCE: Final = re.compile(r".{20,}?[.!?](?=\s)")


@dataclass(frozen=True)
class Named:
    """What a character is called; enough to find out who is spoken to."""

    id: UUID
    name: str
    slug: str
    is_mature: bool = field(default=False, kw_only=True)
    """Whether people confirm their age before they hear it."""


@dataclass(frozen=True)
class Character(Named):
    """A character and its card.

    `card` is the `data` object of a character card, kept whole; its fields are read through
    `field`, because a card made elsewhere may lack any of them.
    Source: github.com/malfoyslastname/character-card-spec-v2.
    """

    card: dict[str, Any]
    avatar: str | None
    """sha256 of its picture."""
    owner_id: int | None = None
    """None for the characters that ship with tzurot: they are the host's."""
    is_public: bool = False
    version: int = 0
    """Grows with every change."""

    def field(self, name: str) -> str:
        """Return a text field of the card, stripped; empty when it is missing or no text."""
        value = self.card.get(name)
        return value.strip() if isinstance(value, str) else ""

    @property
    def called(self) -> str:
        """What stands for {{char}}: the card's nickname, or the name."""
        return name_of(self.field("nickname") or self.name, _LONGEST_NAME)

    def in_one_line(self) -> str:
        """Return who it is, for others: the beginning of its personality, or of its description."""
        text = self.field("personality") or self.field("description")
        line = " ".join(_PLACEHOLDER.sub(lambda _: self.name, text).split())
        first = _SENTENCE.match(line)
        line = first[0] if first else line
        return line if len(line) <= _ONE_LINE else line[: _ONE_LINE - 1].rpartition(" ")[0] + "…"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes and what they are, such as image/png."""

    media_type: str
    content: bytes
