"""Decides which characters a message speaks to; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tzurot.characters.character import Named
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.mentions import may_name_someone, mentioned

MAX_CHARACTERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """What the room looks like to the person who spoke."""

    characters: Sequence[Named] = ()
    """Those that this person may speak to."""
    replied_to: UUID | None = None
    """The character whose message was replied to."""
    listening: UUID | None = None
    """The character that hears everything here: in a DM, the one last spoken to."""


def may_speak_to_someone(incoming: Incoming) -> bool:
    """Whether it is worth looking at the room at all: most messages of a server are not for us."""
    if not incoming.is_person:
        return False
    if incoming.venue.is_dm or incoming.reply_to_id is not None:
        return True
    return may_name_someone(incoming.content)


def route(incoming: Incoming, room: RoomView) -> list[Named]:
    """Return the characters that are spoken to, in the order in which they answer.

    First the one replied to, then those named in the text; in a DM, when there are none, the one
    that is listening. At most `MAX_CHARACTERS`.
    """
    by_id = {character.id: character for character in room.characters}
    chosen: dict[UUID, Named] = {}
    if room.replied_to in by_id:
        chosen[room.replied_to] = by_id[room.replied_to]
    for character in mentioned(incoming.content, room.characters):
        chosen.setdefault(character.id, character)
    if not chosen and incoming.venue.is_dm and room.listening in by_id:
        chosen[room.listening] = by_id[room.listening]
    return list(chosen.values())[:MAX_CHARACTERS]
