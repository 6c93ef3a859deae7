"""Looks around for a character that is to answer: what was said, who is here, where this is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from loguru import logger

from tzurot.characters.character import Character
from tzurot.characters.scope import Scope, Venue
from tzurot.conversation.company import Clock, Company
from tzurot.conversation.eyes import Eyes, Seen
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.keeping import Keeper, kept_images
from tzurot.conversation.marks import Meanings, readable
from tzurot.conversation.ports import Directory
from tzurot.conversation.references import Found, Link, Reference, gather
from tzurot.conversation.room import Reading, Rooms
from tzurot.conversation.scene import (
    Line,
    PersonKey,
    Quote,
    Scene,
    Where,
    key_of,
    lines_of,
    with_pictures,
    with_trigger,
)
from tzurot.conversation.unfolding import Unfolding
from tzurot.history.answers import Answers
from tzurot.history.images import ImageStore, KeptImage
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.llm.messages import Image
from tzurot.plain import name_of
from tzurot.rules.guidance_store import GuidanceStore

READ_AGAIN: Final = 100
"""Messages read from Discord where some may have been missed: as many as a setting may ask for."""
MORE_THAN_TOLD: Final = 8


class Surroundings:
    """Puts scenes together."""

    def __init__(  # noqa: PLR0913  built once, by the composition root
        self,
        *,
        rooms: Rooms,
        company: Company,
        guidance: GuidanceStore,
        messages: MessageStore,
        images: ImageStore,
        answers: Answers,
        keeper: Keeper,
        eyes: Eyes,
        directory: Directory,
        unfolding: Unfolding,
    ) -> None:
        self._rooms = rooms
        self._company = company
        self._guidance = guidance
        self._messages = messages
        self._images = images
        self._answers = answers
        self._keeper = keeper
        self._eyes = eyes
        self._directory = directory
        self._unfolding = unfolding
        # Channels whose history has no gap since this process began to listen.
        self._complete: set[int] = set()

    def may_have_missed(self, channel_id: int | None = None) -> None:
        """Read a channel, or each, again before the next answer."""
        if channel_id is None:
            self._complete.clear()
        else:
            self._complete.discard(channel_id)

    async def look(
        self,
        scope: Scope,
        character: Character,
        incoming: Incoming,
        *,
        earlier: Sequence[Incoming],
        sees: bool | None,
    ) -> Scene:
        """Return what the character perceives; `sees`: whether its model can look at pictures.

        `earlier` is what is answered together with the message.
        """
        await self._unfolding.wait(incoming.message_id)
        await self.complete_history(incoming.venue)
        reading = await self._rooms.reading(incoming, character.id, scope.user_id)
        said = await self._said(scope, incoming, reading)
        references = await self._references(scope, incoming, earlier, reading, said)
        referred = [one.found.said.to_message() for one in references if one.found]
        clock = Clock(datetime.now(UTC), reading.zone)
        companions = await self._company.companions(scope, character, incoming, said)
        names, people = await self._company.people(
            scope, character, said, referred, companions=companions, clock=clock
        )
        guidance = await self._guidance.of(
            scope, incoming.parent_channel_id, {one.user_id for one in people}, reading.switches
        )
        meanings = Meanings(
            people=_mentioned([*earlier, incoming]),
            places=await self._directory.places_for(
                scope.venue.guild_id, scope.user_id, [one.content for one in said]
            ),
            zone=reading.zone,
        )
        kept = await self._pictures([*earlier, incoming], said, references, reading)
        seen = await self._look_at(kept, sees=sees)
        lines = lines_of(character.id, said, names, meanings, seen)
        quoted = [one.found.said.message_id for one in references if one.found]
        images = [one.image for each in quoted for one in seen.get(each, ()) if one.image]
        return Scene(
            character=character,
            user_name=_asker(incoming, names),
            lines=_with_images(lines, incoming.message_id, images),
            trigger_id=incoming.message_id,
            message_ids=frozenset(message.id for message in said),
            people=people,
            companions=companions,
            where=await self._directory.where(incoming.venue),
            now=clock.told(),
            at=clock.here,
            channel_id=incoming.channel_id,
            most_lines=reading.messages,
            guidance=guidance,
            settings=reading.sources,
            quotes=await self._quotes(
                scope, incoming, references, meanings=meanings, names=names, seen=seen
            ),
        )

    async def _said(self, scope: Scope, incoming: Incoming, reading: Reading) -> list[Message]:
        """Return the history as far back as it is read, without those who are blocked."""
        said = await self._messages.recent(
            scope,
            up_to=incoming.message_id,
            # A few more than are told: so it is seen when the window is full, and has to move.
            limit=reading.messages + MORE_THAN_TOLD,
            hours=reading.hours,
        )
        authors = {one.author_id for one in said if one.author_kind is AuthorKind.PERSON}
        blocked = await self._rooms.blocked(incoming, scope.character_id, authors)
        return with_trigger([one for one in said if one.author_id not in blocked], incoming)

    async def _references(
        self,
        scope: Scope,
        incoming: Incoming,
        earlier: Sequence[Incoming],
        reading: Reading,
        said: Sequence[Message],
    ) -> list[Reference]:
        """Return what the message refers to, as far as its author may read it, and we here."""
        if incoming.banter:
            return []

        async def read(link: Link) -> Found | None:
            found = await self._directory.read_for(link, scope.user_id)
            return found if found and await self._may_quote(scope, incoming, found) else None

        return await gather(
            incoming,
            read=read,
            visible=frozenset(message.id for message in said),
            depth=reading.references_depth,
            most=reading.references_most,
            earlier=earlier,
        )

    async def _may_quote(self, scope: Scope, incoming: Incoming, found: Found) -> bool:
        """Whether the character may read a message that its author may read.

        Not what was cleared, not whom it does not hear, and of direct messages only its own talk.
        """
        there = found.said
        # History knows more than Discord shows: who is behind a proxy's copy, what was answered.
        kept = await self._messages.get(there.channel_id, there.message_id)
        said = kept or there.to_message()
        if said.author_kind is AuthorKind.PERSON:
            for place in (incoming, there):
                if await self._rooms.blocked(place, scope.character_id, {said.author_id}):
                    return False
        where = Scope(scope.user_id, scope.character_id, there.venue)
        if there.venue.is_dm:
            return bool(await self._messages.readable(where, {there.message_id}))
        return not await self._messages.is_cleared(where, said.stands_at)

    async def _pictures(
        self,
        answered: Sequence[Incoming],
        said: Sequence[Message],
        references: Sequence[Reference],
        reading: Reading,
    ) -> list[KeptImage]:
        """Return the pictures to be looked at, as many as are set: that none is costs only them.

        What is answered comes before what it refers to, and that before the newest of the others.
        """
        if reading.images == 0:
            return []
        try:
            in_view = await self._images.of(
                said[-1].channel_id, [message.id for message in said], limit=reading.images
            )
            ids = {one.message_id for one in answered}
            own = [one for one in in_view if one.message_id in ids]
            quoted: list[KeptImage] = []
            for one in references:
                if one.found and one.found.said.images:
                    quoted += await self._of_quoted(one.found.said)
            left = max(0, reading.images - len(own))
            del quoted[left:]
            others = [one for one in in_view if one.message_id not in ids]
            space = left - len(quoted)
        except Exception as error:  # noqa: BLE001  whatever it is, the reply is worth more
            logger.opt(exception=error).warning("Pictures could not be found")
            return []
        return [*quoted, *(others[-space:] if space else []), *own]

    async def _of_quoted(self, said: Incoming) -> list[KeptImage]:
        """Return a quoted message's pictures, with what is known of them if it is kept."""
        found = kept_images(said.channel_id, said.message_id, said.images)
        # The links that were just read are newer than those that are kept.
        await self._images.record(said.channel_id, said.message_id, found)
        kept = await self._images.of(said.channel_id, [said.message_id], limit=len(found))
        return kept or found

    async def _look_at(
        self, kept: Sequence[KeptImage], *, sees: bool | None
    ) -> Mapping[int, list[Seen]]:
        """Return pictures by message; that they cannot be seen costs only them."""
        seen: defaultdict[int, list[Seen]] = defaultdict(list)
        try:
            for one in await self._eyes.look(kept, sees=sees):
                seen[one.message_id].append(one)
        except Exception as error:  # noqa: BLE001  whatever it is, the reply is worth more
            logger.opt(exception=error).warning("Pictures could not be looked at")
        return seen

    async def _quotes(  # noqa: PLR0913  who reads what, and as what
        self,
        scope: Scope,
        incoming: Incoming,
        references: Sequence[Reference],
        *,
        meanings: Meanings,
        names: Mapping[PersonKey, str],
        seen: Mapping[int, Sequence[Seen]],
    ) -> tuple[Quote, ...]:
        quotes = []
        for one in references:
            quote = Quote(way=one.way, message_id=one.message_id, referred_by=one.referred_by)
            if (found := one.found) is not None:
                places = await self._directory.places_for(
                    found.said.guild_id, scope.user_id, [found.said.content]
                )
                there = replace(meanings, people=dict(found.said.mentions), places=places)
                text = readable(found.said.content, there)
                quote = replace(
                    quote,
                    speaker=await self._speaker(scope, found.said, names),
                    text=with_pictures(text, seen.get(one.message_id, ())),
                    where=None if one.is_here else _where(found),
                )
            if one.depth == 1:  # by the message, or what is answered with it: to a reader it is one
                quote = replace(quote, referred_by=incoming.message_id)
            quotes.append(quote)
        return tuple(quotes)

    async def _speaker(self, scope: Scope, said: Incoming, names: Mapping[PersonKey, str]) -> str:
        """Return who said what is quoted, to the scope's character."""
        speakers = await self._answers.speakers(said.channel_id, [said.message_id])
        speaker = speakers.get(said.message_id)
        if speaker is None:
            return names.get(key_of(said.to_message())) or name_of(said.author_name)
        if speaker == scope.character_id:
            return "you"
        kept = await self._messages.get(said.channel_id, said.message_id)
        shown = replace(kept or said.to_message(), character_id=speaker)
        return names.get(key_of(shown)) or name_of(shown.author_name)

    async def complete_history(self, venue: Venue) -> None:
        """Read what was said before this process listened, unless that is done."""
        if venue.channel_id in self._complete:
            return
        # Said before it is done: what is missed meanwhile takes it back.
        self._complete.add(venue.channel_id)
        is_done = False
        try:
            is_done = await self._read_again(venue)
        finally:
            if not is_done:
                self._complete.discard(venue.channel_id)

    async def _read_again(self, venue: Venue) -> bool:
        """Bring history in line with Discord; False when the channel cannot be read."""
        channel_id = venue.channel_id
        with self._keeper.reading(channel_id) as gone:
            recent = await self._directory.recent(venue, limit=READ_AGAIN)
            if recent is None:
                return False
            await self._keeper.keep_all(recent.said)
            there = recent.message_ids
            # What was deleted meanwhile is gone here too, as far back as we could see.
            since = min(there, default=0) if len(there) >= READ_AGAIN else 0
            await self._messages.keep_only(channel_id, there, since=since)
            # And what went after Discord told of it: it may just have been kept again.
            if gone:
                await self._messages.forget(channel_id, gone)
        return True


def _asker(incoming: Incoming, names: Mapping[PersonKey, str]) -> str:
    key = incoming.author_id, incoming.proxied_as
    return names.get(key) or name_of(incoming.author_name)


def _with_images(
    lines: tuple[Line, ...], message_id: int, images: Iterable[Image]
) -> tuple[Line, ...]:
    """Return the lines with these pictures in front of a message's own."""
    return tuple(
        replace(one, images=(*images, *one.images)) if one.message_id == message_id else one
        for one in lines
    )


def _mentioned(messages: Iterable[Incoming]) -> dict[int, str]:
    return {user_id: name for one in messages for user_id, name in one.mentions}


def _where(found: Found) -> Where:
    return Where(server=found.server, channel=found.channel)
