"""The way of a message to its turns: whose it is, whom it speaks to, into the journal."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from math import ceil
from typing import Final
from uuid import UUID

from loguru import logger

from tzurot import texts
from tzurot.characters.character import Character, Named
from tzurot.conversation.age_gate import AgeGate
from tzurot.conversation.answering import Answering
from tzurot.conversation.bursts import MOST_RESTARTS
from tzurot.conversation.incoming import PAYLOAD_VERSION, ImageLink, Incoming
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.pluralkit import PluralKit, ProxiedMessage
from tzurot.conversation.ports import DeliveryError, Directory, Speaker
from tzurot.conversation.proxies import PLURALKIT_ID, JustSaid, as_the_person
from tzurot.conversation.room import Rooms
from tzurot.conversation.routing import Chance, RoomView, Routed, banter, route
from tzurot.conversation.unfolding import Unfolding
from tzurot.history.turns import Turn, TurnJournal

MOST_NAMES: Final = 300
"""Characters of a list of names that is told."""


class Hearing:
    """Takes in what is said, edited and deleted, in Discord's order within a channel."""

    def __init__(  # noqa: PLR0913  built once, by the conversation
        self,
        *,
        rooms: Rooms,
        keeper: Keeper,
        journal: TurnJournal,
        speaker: Speaker,
        directory: Directory,
        age_gate: AgeGate,
        unfolding: Unfolding,
        pluralkit: PluralKit,
        answering: Answering,
    ) -> None:
        self._rooms = rooms
        self._keeper = keeper
        self._journal = journal
        self._speaker = speaker
        self._directory = directory
        self._age_gate = age_gate
        self._unfolding = unfolding
        self._pluralkit = pluralkit
        self._answering = answering
        self._just_said = JustSaid()

    async def hear(
        self, incoming: Incoming, *, is_late: bool = False, is_told: bool = False
    ) -> None:
        """Take in a new message.

        `is_late`: it was said while nobody listened; only those whom it addresses answer it now.
        `is_told`: something of ours follows it, so that a word of ours about it is not repeated.
        """
        placed = await self._directory.placed(incoming)
        if placed is None:
            # By whose rules nobody knows: it is heard, and not answered.
            await self._keeper.keep_if_followed(incoming)
            return
        incoming = placed
        if incoming.is_person:
            self._just_said.note(incoming)
        elif (original := self._just_said.original_of(incoming)) is not None:
            await self._hear_copy(incoming, original)
            return
        elif (found := await self._proxied(incoming)) is not None:
            # We did not hear the original: we may have been away, or it was too quick.
            person = replace(incoming, author_id=found.sender, is_person=True)
            incoming = as_the_person(incoming, person, found.member)
        await self._hear_said(incoming, is_late=is_late, is_told=is_told)

    async def turns_for(self, incoming: Incoming, characters: Sequence[Named]) -> None:
        """Let these characters answer a message, in this order; each once, whoever asks again."""
        await self._keeper.keep(incoming)
        await self._open(incoming, characters, incoming.author_id)

    async def turns_after_waiting(
        self, incoming: Incoming, character_ids: Collection[UUID]
    ) -> None:
        """Let the characters answer that a message waited for, those that still may."""
        room = await self._rooms.view(incoming, in_burst=True)
        may = [] if room is None else [one for one in room.characters if one.id in character_ids]
        if may:
            await self.turns_for(incoming, may)

    async def edited(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Follow an edit."""
        await self._age_gate.edit(channel_id, message_id, content)
        await self._keeper.edit(channel_id, message_id, content, images)

    async def unfolded(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Follow that Discord shows now what the links of a message lead to."""
        await self.edited(channel_id, message_id, content, images)
        self._unfolding.came(message_id)

    async def deleted(self, channel_id: int, message_ids: list[int]) -> None:
        """Follow a deletion: what was said there is answered no more, unless a copy stays."""
        await self._age_gate.forget(channel_id, message_ids)
        for original, copy in self._just_said.deleted(channel_id, message_ids):
            await self._hear_copy(copy, original)
        if await self._keeper.forget(channel_id, message_ids):
            self._answering.bursts.begin_again(await self._journal.forget(channel_id, message_ids))

    async def answered(
        self, turn: Turn, character: Character, incoming: Incoming, reply_id: int, reply: str
    ) -> None:
        """Let another character speak up after a reply, where the channel wants that."""
        if incoming.venue.is_dm:
            return
        said = replace(
            incoming,
            message_id=reply_id,
            author_id=self._speaker.account_id,
            author_name=character.name,
            is_person=False,
            content=reply,
            reply_to_id=None,
            replies_to_us=False,
            mentions=(),
            images=(),
            member=None,
            username="",
            proxied_as=None,
            banter=incoming.banter + 1,
        )
        room = await self._rooms.among_characters(said, turn.user_id)
        # Whoever waits for an answer comes first, and ends the talk.
        if room is None or await self._journal.is_busy(turn.channel_id, but=turn.id):
            return
        another = banter(character.id, reply, incoming.banter, room, random.random)
        if another is None or await self._rooms.too_young_for(said, turn.user_id, [another]):
            return
        await self._open(said, [another], turn.user_id)

    async def _hear_copy(self, copy: Incoming, original: Incoming) -> None:
        """Let the copy take the place of what a person said; both together are answered once."""
        found = await self._proxied(copy)
        said = as_the_person(copy, original, found.member if found else None)
        moved = await self._journal.carry_over(
            said.channel_id,
            original.message_id,
            said.message_id,
            payload=said.to_payload(),
            version=PAYLOAD_VERSION,
        )
        # Its deletion follows, but may come when a prompt is being written; and the copy may be
        # kept as a bot's words already.
        await self._keeper.forget(said.channel_id, [original.message_id, copy.message_id])
        if moved is None:
            await self._hear_said(said)
            return
        await self._keeper.keep(said)
        # Whoever is answering begins again: it is somebody else, by name and persona.
        self._answering.bursts.begin_again(moved)

    async def _proxied(self, copy: Incoming) -> ProxiedMessage | None:
        """Return what PluralKit knows of a message, where the host lets it be asked."""
        if copy.application_id != PLURALKIT_ID or not await self._rooms.asks_pluralkit():
            return None
        return await self._pluralkit.message(copy.message_id)

    async def _hear_said(
        self, incoming: Incoming, *, is_late: bool = False, is_told: bool = False
    ) -> None:
        pending = self._answering.bursts.pending(incoming.channel_id, incoming.author_id)
        room = await self._rooms.view(incoming, in_burst=bool(pending))
        routed = Routed() if room is None else route(incoming, room, _chance_of(incoming))
        if is_late and not incoming.venue.is_dm:
            routed = routed.only_addressed()
        if room is not None and await self._joined(incoming, room, routed, pending):
            return
        chosen = await self._old_enough(incoming, routed, is_told=is_told)
        if room is not None and chosen:
            self._unfolding.expect(incoming)
            await self.turns_for(incoming, chosen)
            if routed.left_out and not is_told:
                await self._name_left_out(incoming, room.most, routed.left_out)
        else:
            await self._keeper.keep_if_followed(incoming)
        if room is not None and not routed.chosen and incoming.venue.is_dm and not is_told:
            await self._help(incoming, room)

    async def _joined(
        self, incoming: Incoming, room: RoomView, routed: Routed, pending: dict[UUID, UUID]
    ) -> bool:
        """Let those who are about to answer the author answer this too, if it goes on with it."""
        is_elsewhere = incoming.reply_to_id is not None and room.replied_to is None
        if not pending or is_elsewhere or not routed.addressed <= set(pending.values()):
            return False
        extended = await self._journal.extend(
            list(pending),
            trigger_id=incoming.message_id,
            payload=incoming.to_payload(),
            version=PAYLOAD_VERSION,
            most_restarts=MOST_RESTARTS,
        )
        if not extended:
            return False
        self._unfolding.expect(incoming)
        await self._keeper.keep(incoming)
        self._answering.bursts.begin_again(extended)
        return True

    async def _old_enough(
        self, incoming: Incoming, routed: Routed, *, is_told: bool
    ) -> list[Named]:
        """Return who may answer at once; those who are named, and may not, ask for the age."""
        if not routed.chosen:
            return []
        gated = await self._rooms.too_young_for(incoming, incoming.author_id, routed.chosen)
        is_dm = incoming.venue.is_dm
        asking = [one.id for one in routed.chosen if one.id in gated]
        asking = [one for one in asking if is_dm or one in routed.addressed]
        if asking and not is_told:
            await self._age_gate.ask(incoming, asking)
        return [one for one in routed.chosen if one.id not in gated]

    async def _open(self, incoming: Incoming, characters: Sequence[Named], user_id: int) -> None:
        """Let these characters answer this person, as many of them as the person may have."""
        turns = await self._journal.open(
            channel_id=incoming.channel_id,
            trigger_id=incoming.message_id,
            character_ids=[character.id for character in characters],
            user_id=user_id,
            payload=incoming.to_payload(),
            version=PAYLOAD_VERSION,
            is_limited=user_id != self._rooms.host_id,
        )
        for turn in turns:
            self._answering.queue(turn)
        # Who talks among themselves, nobody asked: so nobody is told.
        if len(turns) < len(characters) and not incoming.banter:
            until = await self._journal.allowances.tell(user_id)
            if until is not None:
                text = texts.TOO_MANY_TURNS.format(
                    name=incoming.author_name, when=f"<t:{ceil(until.timestamp())}:R>"
                )
                await self._say(incoming, text, "too many")

    async def _name_left_out(
        self, incoming: Incoming, most: int, left_out: Sequence[Named]
    ) -> None:
        names = ", ".join(one.name for one in left_out)
        text = texts.LEFT_OUT.format(most=most, names=names[:MOST_NAMES])
        await self._say(incoming, text, "left out")

    async def _help(self, incoming: Incoming, room: RoomView) -> None:
        text = texts.DM_HELP_NOBODY
        if room.characters:
            text = texts.DM_HELP.format(name=room.characters[0].name)
        await self._say(incoming, text, "help")

    async def _say(self, incoming: Incoming, text: str, what: str) -> None:
        """Say something in the bot's own name; that it cannot be said costs only that."""
        try:
            await self._speaker.say(incoming.venue, text, nonce=f"{what} {incoming.message_id}")
        except DeliveryError as error:
            logger.warning("A word of ours ({}) could not be posted: {}", what, error)


def _chance_of(incoming: Incoming) -> Chance:
    """Return the dice of a message: whoever hears it, and however often, they fall alike."""
    return random.Random(incoming.message_id).random  # noqa: S311  who speaks up is no secret
