"""Words of ours that stand in a channel for a while, and go when what they are about is over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from loguru import logger

from tzurot import customid, texts
from tzurot.characters.scope import Venue
from tzurot.conversation.ports import Button, DeliveryError, Speaker
from tzurot.history.notices import NoticeStore
from tzurot.history.turns import Turn
from tzurot.storage.outages import FAULTS

STOP: Final = "stop"
"""The name in the custom id of the button that stops a turn."""


@dataclass(frozen=True, slots=True)
class _Word:
    """Something that was said, or was about to be."""

    venue: Venue
    text: str
    message_id: int | None = None
    """None unless it is certain to be in the channel."""
    kept_as: UUID | None = None
    """The id under which the next process would find it."""
    after: int = 0
    """The message that it stands behind."""


class Notices:
    """Says each word once and takes it away, also when it is over while it is being said.

    A word about a turn outlives the process: the next one takes it away.
    """

    def __init__(self, store: NoticeStore, speaker: Speaker) -> None:
        self._store = store
        self._speaker = speaker
        self._standing: dict[str | UUID, asyncio.Task[_Word]] = {}

    def tell(self, name: str, venue: Venue, text: str) -> None:
        """Say something, unless it is said under this name already."""
        if name not in self._standing:
            self._standing[name] = asyncio.create_task(self._say(name, _Word(venue, text)))

    def tell_of_queue(self, turn: Turn, venue: Venue) -> None:
        """Say that a turn waits for long, with a button that stops it, unless that is said."""
        if turn.id not in self._standing:
            self._standing[turn.id] = asyncio.create_task(self._say_of_queue(turn, venue))

    async def over(self, *what: str | UUID) -> None:
        """Take away what was said under these names, or of turns with these ids."""
        for each in what:
            if (standing := self._standing.get(each)) is None:
                continue
            try:
                await self._take_away(await asyncio.shield(standing))
            finally:
                self._standing.pop(each, None)

    async def tidy(self) -> None:
        """Take away what is left of a process that is gone, where the turn is at its end."""
        for left in await self._store.left():
            if left.turn_id not in self._standing:
                word = _Word(
                    left.venue, texts.QUEUE_IS_LONG, left.message_id, left.id, left.after_id
                )
                await self._take_away(word)

    async def _say(self, nonce: str, word: _Word, button: Button | None = None) -> _Word:
        try:
            message_id = await self._speaker.say(word.venue, word.text, nonce=nonce, button=button)
        except DeliveryError as error:
            logger.warning("Nobody could be told: {}", error)
            return word
        return replace(word, message_id=message_id)

    async def _say_of_queue(self, turn: Turn, venue: Venue) -> _Word:
        word = _Word(venue, texts.QUEUE_IS_LONG, after=turn.trigger_id)
        button = Button(texts.STOP, customid.write(STOP, turn.id))
        try:
            # Before it is said, so that whoever comes after us knows of it.
            kept_as = await self._store.begin(turn, venue)
            if kept_as is None:
                return word
            word = await self._say(str(kept_as), replace(word, kept_as=kept_as), button)
            if word.message_id is not None:
                await self._store.posted(kept_as, word.message_id)
        except FAULTS as error:
            logger.warning("What was said of a turn is not kept: {}", type(error).__name__)
        return word

    async def _take_away(self, word: _Word) -> None:
        try:
            message_id = word.message_id
            if message_id is None and word.kept_as is not None:
                message_id = await self._found(word)
            if message_id is not None:
                await self._speaker.remove(word.venue.channel_id, message_id)
            if word.kept_as is not None:
                await self._store.remove(word.kept_as)
        except (DeliveryError, *FAULTS) as error:
            logger.warning("A word of ours stays for now: {}", type(error).__name__)

    async def _found(self, word: _Word) -> int | None:
        """Look for a word of which nobody came to note where it is, if it was said at all."""
        try:
            return await self._speaker.find_ours(word.venue, word.text, after=word.after)
        except DeliveryError as error:
            if error.is_final:  # the channel is gone, or is not for us any more
                return None
            raise
