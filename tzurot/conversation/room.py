"""Looks at the room in which something was said: who is here, who may answer, by which rules."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from tzurot.characters.aliases import AliasStore
from tzurot.characters.channels import ChannelStore
from tzurot.characters.denials import DenialStore
from tzurot.characters.place import Place
from tzurot.characters.settings_store import SettingsStore
from tzurot.characters.store import CharacterStore
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.mentions import Alias
from tzurot.conversation.routing import Active, ChannelRule, RoomView, may_speak_to_someone
from tzurot.history.turns import TurnJournal

_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)


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
        journal: TurnJournal,
    ) -> None:
        self._characters = characters
        self._aliases = aliases
        self._channels = channels
        self._denials = denials
        self._settings = settings
        self._journal = journal
        self.host_id = 0
        """Who runs the bot, and can be denied nothing; 0 until it is known."""

    async def view(self, incoming: Incoming) -> RoomView | None:
        """Return the room as it is for the person who spoke, or None where nobody is to answer.

        Most messages of a server are not for us: they cost three short looks.
        """
        if not incoming.is_person:
            return None
        values = await self._settings.values(place_of(incoming))
        active = await self._active(incoming)
        sign = str(values["mention_sign"])
        if not active and not may_speak_to_someone(incoming, sign):
            return None
        denied = await self._denials.about(
            incoming.author_id,
            incoming.guild_id,
            incoming.channel_id,
            incoming.parent_channel_id,
            host_id=self.host_id,
        )
        if denied.whole is not None or not await self._may_answer(incoming):
            return None
        visible = await self._characters.names_visible_to(incoming.author_id)
        return RoomView(
            characters=[one for one in visible if denied.by(one.id) is None],
            aliases=[Alias(*one) for one in await self._aliases.for_user(incoming.author_id)],
            replied_to=await self._replied_to(incoming),
            listening=await self._listening(incoming),
            active=active,
            rule=ChannelRule(values["channel_rule"]),
            is_ghost=values["ghost"],
            mention_sign=sign,
            most=values["most_characters"],
        )

    async def how_far_back(
        self, incoming: Incoming, character_id: UUID, user_id: int
    ) -> tuple[int, int]:
        """Return how many messages, and hours (0: any), a character reads for this person there."""
        values = await self._settings.values(place_of(incoming, character_id, user_id))
        return values["history_messages"], values["history_hours"]

    async def blocked(self, incoming: Incoming, character_id: UUID, people: set[int]) -> set[int]:
        """Return whose words the character does not read there."""
        place = place_of(incoming, character_id)
        return await self._denials.blocked_among(people, place, host_id=self.host_id)

    async def _active(self, incoming: Incoming) -> list[Active]:
        if incoming.venue.is_dm:
            return []
        found = await self._channels.active(incoming.channel_id, incoming.parent_channel_id)
        return [Active(character_id, talkativeness) for character_id, talkativeness in found]

    async def _may_answer(self, incoming: Incoming) -> bool:
        return await self._channels.may_answer(
            incoming.guild_id, incoming.channel_id, incoming.parent_channel_id
        )

    async def _listening(self, incoming: Incoming) -> UUID | None:
        """Return the character that this person last spoke to: in a DM, it keeps listening."""
        if not incoming.venue.is_dm:
            return None
        here = await self._journal.last_addressed(incoming.author_id, incoming.channel_id)
        return here or await self._journal.last_addressed(incoming.author_id)

    async def _replied_to(self, incoming: Incoming) -> UUID | None:
        """Return the character whose message this replies to.

        A person can be quicker than our note of what was just posted: that is worth a moment.
        """
        if incoming.reply_to_id is None:
            return None
        for pause_s in (*_PAUSES_S, None):
            speakers = await self._journal.speakers(incoming.channel_id, [incoming.reply_to_id])
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
