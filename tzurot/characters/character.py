"""A character as the rest of the program sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes and what they are, such as image/png."""

    media_type: str
    content: bytes
