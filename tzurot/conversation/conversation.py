"""The conversation as a whole: what Discord tells comes in here, and is heard, then answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from loguru import logger

from tzurot.characters.character import Named
from tzurot.characters.scope import Venue
from tzurot.characters.store import CharacterStore
from tzurot.conversation.age_gate import AgeGate
from tzurot.conversation.answering import Answering
from tzurot.conversation.hearing import Hearing
from tzurot.conversation.incoming import PAYLOAD_VERSION, ImageLink, Incoming
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.lanes import Lanes
from tzurot.conversation.missed import Missed
from tzurot.conversation.notices import Notices
from tzurot.conversation.outage import Outage
from tzurot.conversation.pluralkit import PluralKit
from tzurot.conversation.ports import Directory, Speaker
from tzurot.conversation.posting import Poster
from tzurot.conversation.room import Rooms
from tzurot.conversation.surroundings import Surroundings
from tzurot.conversation.unfolding import Unfolding
from tzurot.history.answers import Answers
from tzurot.history.messages import MessageStore
from tzurot.history.notices import NoticeStore
from tzurot.history.stops import Going, Stops
from tzurot.history.turns import TurnJournal
from tzurot.llm import ModelClient
from tzurot.memory import Memories
from tzurot.rules.ages import AgePrompt, AgeStore
from tzurot.settings import Settings
from tzurot.snowflakes import said_at
from tzurot.storage.outages import FAULTS
from tzurot.storage.presence import Presence

INTAKE_BOUND: Final = 16
_DIRECT: Final = 0
"""The lane in which it is found out which direct messages there are."""
TAKE_UP_EVERY_S: Final = 5.0
"""How often to look for turns whose process is gone."""
MOST_WAITING: Final = 10_000
"""Messages that wait while the database is away; what is said then is looked for afterwards."""


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
        answers: Answers,
        memories: Memories,
        speaker: Speaker,
        directory: Directory,
        model: ModelClient,
        surroundings: Surroundings,
        unfolding: Unfolding,
        pluralkit: PluralKit,
        presence: Presence,
        database_answers: Callable[[], Awaitable[bool]],
        notices: NoticeStore,
        stops: Stops,
    ) -> None:
        self._journal = journal
        self._notices = Notices(notices, speaker)
        self._stops = stops
        self._surroundings = surroundings
        self._outage = Outage(database_answers, presence, self._notices)
        self._within = timedelta(minutes=settings.answer_within_minutes)
        # What is in the lanes, and where there was no space in them.
        self._waiting = 0
        self._unheard: set[Venue] = set()
        self._looking: asyncio.Task[None] | None = None
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
            outage=self._outage,
            notices=self._notices,
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
        self._missed = Missed(
            answers=answers,
            keeper=keeper,
            directory=directory,
            hearing=self._hearing,
            within=self._within,
        )

    # -- what Discord tells ------------------------------------------------------------------

    def receive(self, incoming: Incoming) -> None:
        """Take a new message."""
        if self._waiting >= MOST_WAITING:
            self._unheard.add(incoming.venue)
            return
        bursts, author = self._answering.bursts, (incoming.channel_id, incoming.author_id)
        bursts.heard(*author)
        self._put(
            incoming.channel_id,
            lambda: self._hearing.hear(incoming),
            # Elsewhere nobody can tell yet whether it is for us.
            told=incoming.venue if incoming.venue.is_dm else None,
            at_last=lambda: bursts.settled(*author),
        )

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
        self._put(_DIRECT, self._look_at_direct)

    def came_back(self, guild_id: int, last_said: Mapping[int, int]) -> None:
        """Look at the channels of a server, of which these were the last messages."""
        for channel_id in self._missed.worth_a_look(last_said):
            self._look_at(Venue(channel_id, guild_id))

    # -- what commands ask -------------------------------------------------------------------

    def ask(self, character: Named, incoming: Incoming) -> None:
        """Let this character answer, whoever the message's text names."""
        self._put(incoming.channel_id, lambda: self._hearing.turns_for(incoming, [character]))

    async def going(self, channel_id: int, *, by: int | None) -> list[Going]:
        """Return what this person can stop in a channel; None stands for who may stop it all."""
        return await self._stops.going(channel_id, by=by)

    async def stop(
        self, channel_id: int, *, by: int | None, turn_id: UUID | None = None
    ) -> list[Going]:
        """Stop what this person can stop there, or this turn of it; return what was stopped."""
        stopped = await self._stops.stop(channel_id, by=by, turn_id=turn_id)
        self._answering.bursts.begin_again(one.turn_id for one in stopped)
        return stopped

    async def age_confirmed(self, waited: AgePrompt) -> None:
        """Take the question away, and answer what waited for it, unless that is long ago."""
        await self._age_gate.take_away(waited)
        if waited.version > PAYLOAD_VERSION:
            return
        incoming, ids = Incoming.from_payload(waited.payload), set(waited.character_ids)
        # Not when it was asked: new words wait for a question that stands.
        if said_at(incoming.message_id) > datetime.now(UTC) - self._within:
            self._put(incoming.channel_id, lambda: self._hearing.turns_after_waiting(incoming, ids))

    # -- start and stop ----------------------------------------------------------------------

    async def take_up(self) -> None:
        """Queue the turns that an earlier process left, ahead of everything that will be said."""
        await self._take_up()
        self._intake.open()

    def begin(self) -> None:
        """Begin to answer: Discord can be spoken to from now on."""
        self._answering.open()
        self._looking = asyncio.create_task(self._keep_taking_up())

    async def drain(self, timeout_s: float) -> None:
        """Stop taking messages, and give what is being answered `timeout_s` seconds to finish.

        What is cut, or was still waiting, stays in the journal for the next start.
        """
        if self._looking is not None:
            self._looking.cancel()
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_s
        await self._intake.drain(timeout_s, begin_waiting=True)
        cut = await self._answering.drain(max(0, deadline - clock()))
        if cut:
            logger.warning("{} answers were not finished in time; the next start does", cut)

    async def _keep_taking_up(self) -> None:
        """Look now and then for what a process that is gone has left, one that stopped late too."""
        while True:
            try:
                await self._take_up()
                await self._notices.tidy()
            except FAULTS as error:
                logger.debug("What others left cannot be looked for: {}", type(error).__name__)
            await asyncio.sleep(TAKE_UP_EVERY_S)

    async def _take_up(self) -> None:
        for turn in await self._journal.take_up():
            logger.info("Taking up turn {} ({})", turn.id, turn.state)
            self._answering.queue(turn)

    async def _look_at_direct(self) -> None:
        for venue in await self._missed.direct():
            self._look_at(venue)

    def _look_at(self, venue: Venue) -> None:
        # In the channel's own lane: what is said meanwhile is heard after what was missed.
        self._put(venue.channel_id, lambda: self._missed.look(venue))

    def _put(
        self,
        channel_id: int,
        work: Callable[[], Awaitable[None]],
        *,
        told: Venue | None = None,
        at_last: Callable[[], None] = lambda: None,
    ) -> None:
        async def followed() -> None:
            try:
                await self._outage.outlasted(work, told)
            except Exception:
                # What history does not have now, a deletion above all, Discord still knows.
                self._surroundings.may_have_missed(channel_id)
                raise
            finally:
                at_last()
                self._waiting -= 1
                if not self._waiting:
                    self._look_at_unheard()

        if self._intake.put(channel_id, followed):
            self._waiting += 1
        else:
            at_last()

    def _look_at_unheard(self) -> None:
        unheard, self._unheard = self._unheard, set()
        for venue in unheard:
            self._surroundings.may_have_missed(venue.channel_id)
            self._look_at(venue)
