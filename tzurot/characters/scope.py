"""Scope: who asks, for which character, and where; without one nothing that was said is read."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Venue:
    """A place where things are said: a channel or thread of a server, or a DM."""

    channel_id: int
    guild_id: int | None

    @property
    def is_dm(self) -> bool:
        """Whether this is a direct message channel."""
        return self.guild_id is None


@dataclass(frozen=True, slots=True)
class Scope:
    """The right to read: what `character_id` may know when `user_id` speaks to it at `venue`."""

    user_id: int
    character_id: UUID
    venue: Venue
