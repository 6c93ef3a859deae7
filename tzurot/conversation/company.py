"""Who else is in a scene: the people, by names of their own, and the other characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from tzurot.characters.character import Character
from tzurot.characters.personas import Persona, PersonaStore
from tzurot.characters.scope import Scope
from tzurot.characters.store import CharacterStore
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.room import Rooms
from tzurot.conversation.scene import (
    Companion,
    Participant,
    PersonKey,
    called_of,
    key_of,
    names_of,
)
from tzurot.history.messages import AuthorKind, Message
from tzurot.history.people import Known, PeopleStore

MOST_PEOPLE: Final = 20
"""Those who spoke last are told of."""
MOST_COMPANIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Clock:
    """The one clock of a scene; `zone` is its name in the time zone database."""

    now: datetime
    zone: str

    @property
    def here(self) -> datetime:
        """The time in the clock's own zone."""
        return self.now.astimezone(ZoneInfo(self.zone))

    def told(self, zone: str | None = None) -> str:
        """Return the time in words, in this or another zone."""
        zone = zone or self.zone
        return f"{self.now.astimezone(ZoneInfo(zone)):%A, %-d %B %Y, %H:%M} ({zone})"

    def differs_in(self, zone: str) -> bool:
        """Whether clocks show another time there."""
        here, there = (self.now.astimezone(ZoneInfo(one)) for one in (self.zone, zone))
        return here.utcoffset() != there.utcoffset()


class Company:
    """Knows people and characters by what is kept of them."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        characters: CharacterStore,
        personas: PersonaStore,
        people: PeopleStore,
    ) -> None:
        self._rooms = rooms
        self._characters = characters
        self._personas = personas
        self._people = people

    async def people(  # noqa: PLR0913  who may be meant by a name, and the clock
        self,
        scope: Scope,
        character: Character,
        said: Sequence[Message],
        referred: Sequence[Message],
        *,
        companions: Sequence[Companion],
        clock: Clock,
    ) -> tuple[dict[PersonKey, str], tuple[Participant, ...]]:
        """Return what all are called, and those who spoke last as they are told of.

        Their order does not change with who spoke.
        """
        lines = [*referred, *said]
        everybody = [one for one in lines if one.author_kind is AuthorKind.PERSON]
        keys = list(dict.fromkeys(map(key_of, everybody)))
        known = await self._people.of(scope.venue.guild_id, {user_id for user_id, _ in keys})
        personas = await self._personas.present(
            keys, character_id=character.id, guild_id=scope.venue.guild_id
        )
        names = names_of(character, lines, personas, known, companions)
        newest_first = (key_of(one) for one in reversed(said) if one in everybody)
        present = list(dict.fromkeys(newest_first))[:MOST_PEOPLE]
        zones = await self._rooms.clocks({user_id for user_id, _ in present})
        told = []
        for key in sorted(present, key=lambda key: (key[0], key[1] or "")):
            zone = zones.get(key[0])
            local_time = clock.told(zone) if zone and clock.differs_in(zone) else ""
            # What a server shows is the account's, not a member's of the system behind it.
            shown = known.get(key[0]) if key[1] is None else None
            one = _participant(names[key], personas.get(key), shown, local_time)
            told.append(replace(one, user_id=key[0] if key[1] is None else 0))
        return names, tuple(told)

    async def companions(
        self, scope: Scope, character: Character, incoming: Incoming, said: Sequence[Message]
    ) -> tuple[Companion, ...]:
        """Return the other characters that are active here or have spoken."""
        if scope.venue.is_dm:
            return ()
        spoken = {one.character_id: one.author_name for one in said if one.character_id}
        ids = dict.fromkeys([*spoken, *await self._rooms.active_in(incoming)])
        others = [one for one in ids if one != scope.character_id][:MOST_COMPANIONS]
        visible = {one.id: one for one in await self._characters.among(others, scope.user_id)}
        # What is not for this person's eyes has a name only, which they have read.
        found = [
            Companion(visible[one].name, visible[one].in_one_line(), one)
            if one in visible
            else Companion(spoken[one], id=one)
            for one in sorted(others)
            if one in visible or one in spoken
        ]
        called = called_of(character, said, found)
        return tuple(
            replace(one, name=called[one.id, one.name]) for one in found if one.id is not None
        )


def _participant(
    name: str, persona: Persona | None, shown: Known | None, local_time: str
) -> Participant:
    return Participant(
        name=name,
        username=shown.username if shown else "",
        pronouns=persona.pronouns if persona else "",
        about=persona.about if persona else "",
        roles=shown.roles if shown else (),
        joined=shown.joined if shown else None,
        local_time=local_time,
    )
