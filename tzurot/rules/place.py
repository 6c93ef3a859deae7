"""Place: where something is said, to whom and by whom, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What decides which settings and denials count; in a DM there is no server.

    `parent_channel_id` is set for threads alone, never for the category of a channel.
    """

    guild_id: int | None = None
    channel_id: int | None = None
    parent_channel_id: int | None = None
    character_id: UUID | None = None
    user_id: int | None = None
