"""What a denial says, and which of several count for somebody at a place; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from tzurot.rules.place import Place


class Mode(StrEnum):
    """How far a denial goes; of two, a block counts."""

    MUTE = "mute"
    """No answer."""
    BLOCK = "block"
    """No answer, and what they say is left out of what characters read."""


class Party(StrEnum):
    """Whom a denial is about: a person, or everybody in a server."""

    USER = "user"
    SERVER = "server"


class Reach(StrEnum):
    """How far around a denial holds."""

    BOT = "bot"
    SERVER = "server"
    CHANNEL = "channel"
    CHARACTER = "character"


_NEEDS: Final = {
    # Whether it needs the id of a place, and that of a character.
    Reach.BOT: (False, False),
    Reach.SERVER: (True, False),
    Reach.CHANNEL: (True, False),
    Reach.CHARACTER: (False, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a denial is about, and where; there is one denial for each.

    `place_id` is the server or channel of that reach. Raises ValueError when the ids do not fit.
    """

    party: Party
    party_id: int
    reach: Reach = Reach.BOT
    place_id: int | None = None
    character_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.place_id is not None, self.character_id is not None) != _NEEDS[self.reach]:
            msg = f"a denial for a {self.reach} has the id of that alone"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A denial, by whom and why; without `expires_at` (with its zone) it holds until lifted."""

    target: Target
    mode: Mode
    by: int
    reason: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """What is denied to somebody: everything here, and single characters."""

    whole: Mode | None = None
    characters: Mapping[UUID, Mode] = field(default_factory=lambda: MappingProxyType({}))

    def by(self, character_id: UUID) -> Mode | None:
        """Return how one character treats them."""
        return _stronger(self.whole, self.characters.get(character_id))


def denied(denials: Iterable[Denial], place: Place, *, now: datetime, host_id: int) -> Denied:
    """Return what counts for the person `place.user_id` there; nothing ever does for the host.

    A denial of a channel holds in its threads, and one of a server for everybody in it.
    """
    whole: Mode | None = None
    characters: dict[UUID, Mode] = {}
    if place.user_id == host_id:
        return Denied()
    for denial in denials:
        target = denial.target
        is_over = denial.expires_at is not None and denial.expires_at <= now
        if is_over or not _is_about(target, place) or not _holds_at(target, place):
            continue
        if target.character_id is None:
            whole = _stronger(whole, denial.mode)
        else:
            before = characters.get(target.character_id)
            characters[target.character_id] = _stronger(denial.mode, before) or denial.mode
    return Denied(whole, MappingProxyType(characters))


def _is_about(target: Target, place: Place) -> bool:
    found = place.user_id if target.party is Party.USER else place.guild_id
    return found == target.party_id


def _holds_at(target: Target, place: Place) -> bool:
    if target.reach is Reach.SERVER:
        return place.guild_id == target.place_id
    if target.reach is Reach.CHANNEL:
        return target.place_id in {place.channel_id, place.parent_channel_id}
    return True


def _stronger(one: Mode | None, other: Mode | None) -> Mode | None:
    return Mode.BLOCK if Mode.BLOCK in {one, other} else one or other
