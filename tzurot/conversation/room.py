"""Looks at the room in which something was said: who is here, who may answer, by which rules."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tzurot.characters.aliases import AliasStore
from tzurot.characters.character import Named
from tzurot.characters.store import CharacterStore
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.mentions import Alias
from tzurot.conversation.routing import Active, ChannelRule, RoomView, may_speak_to_someone
from tzurot.history.answers import Answers
from tzurot.rules.ages import AgeStore, MatureStore, may_hear
from tzurot.rules.cascade import Values
from tzurot.rules.channels import ChannelStore
from tzurot.rules.denial import Denied
from tzurot.rules.denials import DenialStore
from tzurot.rules.place import Place
from tzurot.rules.settings_store import SettingsStore

_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How much of what stands around a message is read for it."""

    messages: int
    hours: int
    """0: however old."""
    images: int
    references_depth: int
    references_most: int
    zone: str
    """Of the place's clock, by its name in the time zone database."""
    switches: Mapping[str, bool]
    """Of directives, by name, as far as somebody set them."""
    sources: Mapping[str, str]
    """Which tier set a value, and which one's rule changed it, by the names of the settings."""


class Rooms:
    """Reads what routing needs; what a person may not have is left out here, in one place."""

    def __init__(  # noqa: PLR0913  built once, by the composition root
        self,
        *,
        characters: CharacterStore,
        aliases: AliasStore,
        channels: ChannelStore,
        denials: DenialStore,
        settings: SettingsStore,
        ages: AgeStore,
        mature: MatureStore,
        answers: Answers,
    ) -> None:
        self._characters = characters
        self._aliases = aliases
        self._channels = channels
        self._denials = denials
        self._settings = settings
        self._ages = ages
        self._mature = mature
        self._answers = answers
        self.host_id = 0
        """Who runs the bot, and can be denied nothing; 0 until it is known."""

    async def view(self, incoming: Incoming, *, in_burst: bool = False) -> RoomView | None:
        """Return the room as it is for the person who spoke, or None where nobody is to answer.

        Most messages of a server are not for us: they cost three short looks. `in_burst`: somebody
        is about to answer this person, who may go on without naming them again.
        """
        if not incoming.is_person:
            return None
        values = await self._settings.values(place_of(incoming))
        active = await self._active(incoming)
        sign = str(values["mention_sign"])
        if not in_burst and not active and not may_speak_to_someone(incoming, sign):
            return None
        return await self._view(incoming, incoming.author_id, values, active)

    async def among_characters(self, incoming: Incoming, user_id: int) -> RoomView | None:
        """Return the room as it is for a character that answered this person there, or None.

        Who may not be spoken to by the person, does not speak up in a talk that they began.
        """
        values = await self._settings.values(place_of(incoming, user_id=user_id))
        active = [] if values["banter"] == 0 else await self._active(incoming)
        return await self._view(incoming, user_id, values, active) if active else None

    async def _view(
        self, incoming: Incoming, user_id: int, values: Values, active: list[Active]
    ) -> RoomView | None:
        denied = await self._denied(incoming, user_id)
        if denied.whole is not None or not await self.may_answer(incoming):
            return None
        visible = await self._characters.names_visible_to(user_id)
        return RoomView(
            characters=[one for one in visible if denied.by(one.id) is None],
            aliases=[Alias(*one) for one in await self._aliases.for_user(user_id)],
            replied_to=await self._replied_to(incoming),
            listening=await self._listening(incoming),
            active=active,
            rule=ChannelRule(values["channel_rule"]),
            is_ghost=values["ghost"],
            mention_sign=str(values["mention_sign"]),
            most=values["most_characters"],
            banter=values["banter"],
        )

    async def may_still_answer(self, incoming: Incoming, character_id: UUID, user_id: int) -> bool:
        """Whether the character may answer this person there by now: rules change in a queue."""
        denied = await self._denied(incoming, user_id)
        return denied.by(character_id) is None and await self.may_answer(incoming)

    async def too_young_for(
        self, incoming: Incoming, user_id: int, characters: Sequence[Named]
    ) -> set[UUID]:
        """Return which of these are not for this person there, unless they confirm their age."""
        values = await self._settings.values(place_of(incoming, user_id=user_id))
        here = await self._mature.mature_in(incoming.guild_id, [one.id for one in characters])
        gated = {
            one.id
            for one in characters
            if not may_hear(
                is_mature=one.is_mature,
                is_mature_here=one.id in here,
                is_age_restricted_place=incoming.is_age_restricted,
                has_confirmed=False,
                gate=values["age_gate"],
            )
        }
        if gated and await self._ages.confirmed_at(user_id) is not None:
            return set()
        return gated

    async def reading(self, incoming: Incoming, character_id: UUID, user_id: int) -> Reading:
        """Return what a character reads for this person there."""
        values = await self._settings.values(place_of(incoming, character_id, user_id))
        return Reading(
            messages=values["history_messages"],
            hours=values["history_hours"],
            images=values["history_images"] if values["pictures"] else 0,
            references_depth=values["references_depth"],
            references_most=values["references_most"],
            zone=values["time_zone"],
            switches={name: one.value for name, one in values.switches.items()},
            sources=values.sources(),
        )

    async def streaming(self, incoming: Incoming, character_id: UUID, user_id: int) -> str:
        """Return which answers are shown there while they are written: off, long or always."""
        values = await self._settings.values(place_of(incoming, character_id, user_id))
        return str(values["streaming"])

    async def asks_pluralkit(self) -> bool:
        """Whether the host lets PluralKit be asked who wrote a message."""
        values = await self._settings.values(Place())
        return bool(values["ask_pluralkit"])

    async def clocks(self, user_ids: Collection[int]) -> dict[int, str]:
        """Return the time zones of those people who told theirs."""
        return await self._settings.of_people("local_zone", user_ids)

    async def active_in(self, incoming: Incoming) -> list[UUID]:
        """Return the characters that are active where something was said."""
        return [one.character_id for one in await self._active(incoming)]

    async def blocked(
        self, incoming: Incoming, character_id: UUID, people: Collection[int]
    ) -> set[int]:
        """Return whose words the character does not read there."""
        place = place_of(incoming, character_id)
        return await self._denials.blocked_among(people, place, host_id=self.host_id)

    async def _denied(self, incoming: Incoming, user_id: int) -> Denied:
        return await self._denials.about(
            user_id,
            incoming.guild_id,
            incoming.channel_id,
            incoming.parent_channel_id,
            host_id=self.host_id,
        )

    async def _active(self, incoming: Incoming) -> list[Active]:
        if incoming.venue.is_dm:
            return []
        found = await self._channels.active(incoming.channel_id, incoming.parent_channel_id)
        return [Active(character_id, talkativeness) for character_id, talkativeness in found]

    async def may_answer(self, incoming: Incoming) -> bool:
        """Whether the server lets characters answer there."""
        return await self._channels.may_answer(
            incoming.guild_id, incoming.channel_id, incoming.parent_channel_id
        )

    async def _listening(self, incoming: Incoming) -> UUID | None:
        """Return the character that this person last spoke to: in a DM, it keeps listening."""
        if not incoming.venue.is_dm:
            return None
        # As it was then: what is heard late was said to nobody else.
        user_id, before = incoming.author_id, incoming.message_id
        here = await self._answers.last_addressed(user_id, before, incoming.channel_id)
        return here or await self._answers.last_addressed(user_id, before)

    async def _replied_to(self, incoming: Incoming) -> UUID | None:
        """Return the character whose message this replies to.

        A person can be quicker than our note of what was just posted: that is worth a moment.
        """
        if incoming.reply_to_id is None:
            return None
        for pause_s in (*_PAUSES_S, None):
            speakers = await self._answers.speakers(incoming.channel_id, [incoming.reply_to_id])
            found = speakers.get(incoming.reply_to_id)
            if found is not None or pause_s is None or not incoming.replies_to_us:
                return found
            await asyncio.sleep(pause_s)
        return None


def place_of(
    incoming: Incoming, character_id: UUID | None = None, user_id: int | None = None
) -> Place:
    """Return where something was said; by its author, unless somebody else is named."""
    return Place(
        guild_id=incoming.guild_id,
        channel_id=incoming.channel_id,
        parent_channel_id=incoming.parent_channel_id,
        character_id=character_id,
        user_id=incoming.author_id if user_id is None else user_id,
    )
