"""The conversation as a whole: what Discord tells comes in here, and is heard, then answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from loguru import logger

from tzurot.characters.character import Named
from tzurot.characters.store import CharacterStore
from tzurot.conversation.age_gate import AgeGate
from tzurot.conversation.answering import Answering
from tzurot.conversation.hearing import Hearing
from tzurot.conversation.incoming import PAYLOAD_VERSION, ImageLink, Incoming
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.lanes import Lanes
from tzurot.conversation.pluralkit import PluralKit
from tzurot.conversation.ports import Directory, Speaker
from tzurot.conversation.posting import Poster
from tzurot.conversation.room import Rooms
from tzurot.conversation.surroundings import Surroundings
from tzurot.conversation.unfolding import Unfolding
from tzurot.history.messages import MessageStore
from tzurot.history.turns import TurnJournal, TurnState
from tzurot.llm import ModelClient
from tzurot.memory import Memories, said_at
from tzurot.rules.ages import AgePrompt, AgeStore
from tzurot.settings import Settings

INTAKE_BOUND: Final = 16
# A reply that comes later than this after a restart would answer what nobody asks any more.
STILL_WANTED: Final = timedelta(minutes=10)


class Conversation:
    """Listens, and answers in the characters' names.

    Hearing is quick and keeps its order; answering takes as long as a model does.
    """

    def __init__(  # noqa: PLR0913  built once, by the composition root
        self,
        *,
        settings: Settings,
        characters: CharacterStore,
        ages: AgeStore,
        rooms: Rooms,
        messages: MessageStore,
        keeper: Keeper,
        journal: TurnJournal,
        memories: Memories,
        speaker: Speaker,
        directory: Directory,
        model: ModelClient,
        surroundings: Surroundings,
        unfolding: Unfolding,
        pluralkit: PluralKit,
    ) -> None:
        self._journal = journal
        self._surroundings = surroundings
        self._age_gate = AgeGate(ages, speaker)
        self._intake = Lanes(INTAKE_BOUND)
        self._answering = Answering(
            settings=settings,
            characters=characters,
            rooms=rooms,
            journal=journal,
            memories=memories,
            speaker=speaker,
            model=model,
            surroundings=surroundings,
            poster=Poster(journal, messages, speaker),
        )
        self._hearing = Hearing(
            rooms=rooms,
            keeper=keeper,
            journal=journal,
            speaker=speaker,
            directory=directory,
            age_gate=self._age_gate,
            unfolding=unfolding,
            pluralkit=pluralkit,
            answering=self._answering,
        )
        self._answering.answered = self._hearing.answered

    # -- what Discord tells ------------------------------------------------------------------

    def receive(self, incoming: Incoming) -> None:
        """Take a new message."""
        self._answering.bursts.heard(incoming.channel_id, incoming.author_id)
        self._put(incoming.channel_id, lambda: self._hear(incoming))

    def typing(self, channel_id: int, user_id: int) -> None:
        """Take note that somebody types."""
        self._answering.bursts.typing(channel_id, user_id)

    def edited(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Follow an edit."""
        self._put(channel_id, lambda: self._hearing.edited(channel_id, message_id, content, images))

    def unfolded(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Follow that Discord shows now what the links of a message lead to."""
        self._put(
            channel_id,
            lambda: self._hearing.unfolded(channel_id, message_id, content, images),
        )

    def deleted(self, channel_id: int, message_ids: list[int]) -> None:
        """Follow a deletion."""
        self._put(channel_id, lambda: self._hearing.deleted(channel_id, message_ids))

    def reconnected(self) -> None:
        """Read each channel again before the next answer: something may have been missed."""
        self._surroundings.may_have_missed()

    # -- what commands ask -------------------------------------------------------------------

    def ask(self, character: Named, incoming: Incoming) -> None:
        """Let this character answer, whoever the message's text names."""
        self._put(incoming.channel_id, lambda: self._hearing.turns_for(incoming, [character]))

    async def age_confirmed(self, waited: AgePrompt) -> None:
        """Take the question away, and answer what waited for it, unless that is long ago."""
        await self._age_gate.take_away(waited)
        if waited.version > PAYLOAD_VERSION:
            return
        incoming, ids = Incoming.from_payload(waited.payload), set(waited.character_ids)
        # Not when it was asked: new words wait for a question that stands.
        if said_at(incoming.message_id) > datetime.now(UTC) - STILL_WANTED:
            self._put(incoming.channel_id, lambda: self._hearing.turns_after_waiting(incoming, ids))

    # -- start and stop ----------------------------------------------------------------------

    async def take_up(self) -> None:
        """Queue the turns that an earlier process left, ahead of everything that will be said."""
        for turn in await self._journal.unfinished():
            if turn.created_at < datetime.now(UTC) - STILL_WANTED:
                await self._journal.move(turn.id, TurnState.FAILED, failure="too old")
                continue
            logger.info("Taking up turn {} ({})", turn.id, turn.state)
            self._answering.queue(turn)
        self._intake.open()

    def begin(self) -> None:
        """Begin to answer: Discord can be spoken to from now on."""
        self._answering.open()

    async def drain(self, timeout_s: float) -> None:
        """Stop taking messages, and give what is being answered `timeout_s` seconds to finish.

        What is cut, or was still waiting, stays in the journal for the next start.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_s
        await self._intake.drain(timeout_s, begin_waiting=True)
        cut = await self._answering.drain(max(0, deadline - clock()))
        if cut:
            logger.warning("{} answers were not finished in time; the next start does", cut)

    async def _hear(self, incoming: Incoming) -> None:
        try:
            await self._hearing.hear(incoming)
        finally:
            self._answering.bursts.settled(incoming.channel_id, incoming.author_id)

    def _put(self, channel_id: int, work: Callable[[], Awaitable[None]]) -> None:
        async def followed() -> None:
            try:
                await work()
            except Exception:
                # What history does not have now, a deletion above all, Discord still knows.
                self._surroundings.may_have_missed(channel_id)
                raise

        self._intake.put(channel_id, followed)
