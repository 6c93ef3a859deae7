"""The way of a message to its replies: hear, route, journal, queue, write, speak."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from loguru import logger

from tzurot import texts
from tzurot.characters.character import Character, Named
from tzurot.characters.scope import Scope, Venue
from tzurot.characters.store import CharacterStore
from tzurot.conversation.chunking import LIMIT, split
from tzurot.conversation.cleanup import clean, whole_sentences
from tzurot.conversation.incoming import PAYLOAD_VERSION, Incoming
from tzurot.conversation.lanes import Lanes
from tzurot.conversation.ports import DeliveryError, Directory, Speaker
from tzurot.conversation.prompt import in_view, write_prompt
from tzurot.conversation.proxies import JustSaid, as_the_person
from tzurot.conversation.room import Rooms
from tzurot.conversation.routing import RoomView, Routed, route
from tzurot.conversation.scene import Scene, scene
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.history.turns import UNFINISHED, Turn, TurnJournal, TurnPart, TurnState
from tzurot.llm import ChatRequest, ErrorKind, ModelClient, ModelError
from tzurot.memory import Memories
from tzurot.settings import Settings
from tzurot.telemetry import bound

INTAKE_BOUND: Final = 16
READ_AGAIN: Final = 100
"""Messages read from Discord where some may have been missed: as many as a setting may ask for."""
MOST_NAMES: Final = 300
"""Characters of a list of names that is told."""
# A reply that comes later than this after a restart would answer what nobody asks any more.
RECALLED: Final = 5
STILL_WANTED: Final = timedelta(minutes=10)


class Conversation:
    """Listens, and answers in the characters' names."""

    def __init__(  # noqa: PLR0913  built once, by the composition root
        self,
        *,
        settings: Settings,
        characters: CharacterStore,
        rooms: Rooms,
        messages: MessageStore,
        journal: TurnJournal,
        memories: Memories,
        directory: Directory,
        speaker: Speaker,
        model: ModelClient,
    ) -> None:
        self._settings = settings
        self._characters = characters
        self._rooms = rooms
        self._messages = messages
        self._journal = journal
        self._memories = memories
        self._directory = directory
        self._speaker = speaker
        self._model = model
        # Hearing is quick and must keep its order; answering takes as long as a model does.
        self._intake = Lanes(INTAKE_BOUND)
        self._turns = Lanes(settings.max_turns)
        self._just_said = JustSaid()
        # Channels whose every message is kept, because characters take part in them.
        self._followed: dict[int, bool] = {}
        # Channels whose history has no gap since this process began to listen.
        self._complete: set[int] = set()

    # -- what Discord tells ------------------------------------------------------------------

    def receive(self, incoming: Incoming) -> None:
        """Take a new message."""
        self._intake.put(incoming.channel_id, lambda: self._hear(incoming))

    def ask(self, character: Named, incoming: Incoming) -> None:
        """Let this character answer, whoever the message's text names."""
        self._intake.put(incoming.channel_id, lambda: self._journal_turns(incoming, [character]))

    def edited(self, channel_id: int, message_id: int, content: str) -> None:
        """Follow an edit."""
        self._intake.put(channel_id, lambda: self._edit(channel_id, message_id, content))

    def deleted(self, channel_id: int, message_ids: list[int]) -> None:
        """Follow a deletion."""
        self._intake.put(channel_id, lambda: self._forget(channel_id, message_ids))

    def reconnected(self) -> None:
        """Read each channel again before the next answer: something may have been missed."""
        self._complete.clear()

    # -- start and stop ----------------------------------------------------------------------

    async def take_up(self) -> None:
        """Queue the turns that an earlier process left, ahead of everything that will be said."""
        for turn in await self._journal.unfinished():
            if turn.created_at < datetime.now(UTC) - STILL_WANTED:
                await self._journal.move(turn.id, TurnState.FAILED, failure="too old")
                continue
            logger.info("Taking up turn {} ({})", turn.id, turn.state)
            self._queue(turn)
        self._intake.open()

    def begin(self) -> None:
        """Begin to answer: Discord can be spoken to from now on."""
        self._turns.open()

    async def drain(self, timeout_s: float) -> None:
        """Stop taking messages, and give what is being answered `timeout_s` seconds to finish.

        What is cut, or was still waiting, stays in the journal for the next start.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_s
        await self._intake.drain(timeout_s, begin_waiting=True)
        cut = await self._turns.drain(max(0, deadline - clock()), begin_waiting=False)
        if cut:
            logger.warning("{} answers were not finished in time; the next start does", cut)

    # -- hearing -----------------------------------------------------------------------------

    async def _hear(self, incoming: Incoming) -> None:
        if incoming.is_person:
            self._just_said.note(incoming)
        elif (original := self._just_said.original_of(incoming)) is not None:
            await self._hear_copy(incoming, original)
            return
        await self._hear_said(incoming)

    async def _hear_copy(self, copy: Incoming, original: Incoming) -> None:
        """Let the copy take the place of what a person said; both together are answered once."""
        said = as_the_person(copy, original)
        is_answered = await self._journal.carry_over(
            said.channel_id,
            original.message_id,
            said.message_id,
            payload=said.to_payload(),
            version=PAYLOAD_VERSION,
        )
        # Its deletion follows, but may come when a prompt is being written.
        await self._messages.forget(said.channel_id, [original.message_id])
        if is_answered:
            await self._messages.record([said.to_message()])
        else:
            await self._hear_said(said)

    async def _hear_said(self, incoming: Incoming) -> None:
        room = await self._rooms.view(incoming)
        routed = Routed() if room is None else route(incoming, room, random.random)
        if room is not None and routed.chosen:
            await self._journal_turns(incoming, routed.chosen)
            if routed.left_out:
                await self._name_left_out(incoming, room.most, routed.left_out)
        elif await self._is_followed(incoming.channel_id):
            await self._messages.record([incoming.to_message()])
        if room is not None and not routed.chosen and incoming.venue.is_dm:
            await self._help(incoming, room)

    async def _journal_turns(self, incoming: Incoming, chosen: Sequence[Named]) -> None:
        self._followed[incoming.channel_id] = True
        await self._messages.record([incoming.to_message()])
        turns = await self._journal.open(
            channel_id=incoming.channel_id,
            trigger_id=incoming.message_id,
            character_ids=[character.id for character in chosen],
            user_id=incoming.author_id,
            payload=incoming.to_payload(),
            version=PAYLOAD_VERSION,
        )
        for turn in turns:
            self._queue(turn)

    async def _edit(self, channel_id: int, message_id: int, content: str) -> None:
        if await self._is_followed(channel_id):
            await self._messages.edit(channel_id, message_id, content)

    async def _forget(self, channel_id: int, message_ids: list[int]) -> None:
        if await self._is_followed(channel_id):
            await self._messages.forget(channel_id, message_ids)
            await self._journal.forget(channel_id, message_ids)

    async def _is_followed(self, channel_id: int) -> bool:
        if channel_id not in self._followed:
            self._followed[channel_id] = await self._messages.known(channel_id)
        return self._followed[channel_id]

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

    # -- answering ---------------------------------------------------------------------------

    def _queue(self, turn: Turn) -> None:
        self._turns.put(turn.channel_id, lambda: self._run(turn))

    async def _run(self, turn: Turn) -> None:
        with bound(
            turn=turn.id, user=turn.user_id, channel=turn.channel_id, character=turn.character_id
        ):
            # While it waited, what it answers may have been deleted, or said again by a proxy.
            now = await self._journal.get(turn.id)
            if now is None or now.state not in UNFINISHED:
                return
            turn = now
            character = await self._characters.get(turn.character_id, turn.user_id)
            if character is None or turn.version > PAYLOAD_VERSION:
                await self._journal.move(turn.id, TurnState.CANCELLED)
                return
            incoming = Incoming.from_payload(turn.payload)
            reply = turn.reply or await self._answer_or_say_why(turn, character, incoming)
            # And so while it was written.
            now = None if reply is None else await self._journal.get(turn.id)
            if reply is not None and now is not None and now.state in UNFINISHED:
                await self._deliver_or_note(now, character, incoming.venue, reply)

    async def _answer_or_say_why(
        self, turn: Turn, character: Character, incoming: Incoming
    ) -> str | None:
        try:
            return await self._answer(turn, character, incoming)
        except ModelError as error:
            logger.warning("No reply from the model: {}: {}", error.kind, error.host_sentence)
            failure, reason = error.kind.value, error.sentence
        except Exception:  # noqa: BLE001  whatever it is, the person gets a word
            reference = str(turn.id)[-8:]
            logger.exception("A turn failed (reference {})", reference)
            failure, reason = "internal", texts.NO_REPLY_INTERNAL.format(reference=reference)
        await self._give_up(turn, character, incoming.venue, failure, reason)
        return None

    async def _deliver_or_note(
        self, turn: Turn, character: Character, venue: Venue, reply: str
    ) -> None:
        try:
            await self._deliver(turn, character, venue, reply)
        except DeliveryError as error:
            logger.warning("A reply could not be posted: {}", error)
            if error.is_final:
                await self._journal.move(turn.id, TurnState.FAILED, failure=str(error))
            # Otherwise it may be there: the turn stays as it is, and the next start looks.

    async def _answer(self, turn: Turn, character: Character, incoming: Incoming) -> str:
        await self._journal.move(turn.id, TurnState.GENERATING)
        settings = self._settings
        async with self._speaker.typing(incoming.venue):
            await self._complete_history(incoming.venue)
            scope = Scope(turn.user_id, character.id, incoming.venue)
            seen = await self._look_around(scope, character, incoming)
            budget = settings.context_tokens - settings.max_reply_tokens
            visible = in_view(seen, budget_tokens=budget)
            memories = await self._recall(scope, incoming, visible)
            request = ChatRequest(
                model=settings.default_model,
                messages=write_prompt(seen, memories, budget_tokens=budget),
                max_tokens=settings.max_reply_tokens,
                session_id=f"{turn.channel_id}-{character.id}",
                user=hashlib.sha256(f"tzurot {turn.user_id}".encode()).hexdigest(),
            )
            result = await self._model.complete(request, settings.openrouter_api_key)
        reply = clean(
            result.text, name=character.name, user_name=seen.user_name, others=seen.others
        )
        if result.finish_reason in {"length", "content_filter"}:  # it was cut somewhere
            reply = whole_sentences(reply)
        if not reply:
            raise ModelError(ErrorKind.EMPTY, "nothing was left of the reply after cleaning")
        await self._journal.move(turn.id, TurnState.GENERATED, reply=reply)
        return reply

    async def _look_around(self, scope: Scope, character: Character, incoming: Incoming) -> Scene:
        """Read what was said, as far back as the settings allow, without those who are blocked."""
        limit, hours = await self._rooms.how_far_back(incoming, character.id, scope.user_id)
        said = await self._messages.recent(
            scope, up_to=incoming.message_id, limit=limit, hours=hours
        )
        people = {one.author_id for one in said if one.author_kind is AuthorKind.PERSON}
        blocked = await self._rooms.blocked(incoming, character.id, people)
        read = [one for one in said if one.author_id not in blocked]
        return scene(character, incoming, read)

    async def _recall(
        self, scope: Scope, incoming: Incoming, visible: Collection[int]
    ) -> list[str]:
        """Return what the character remembers that fits; a failure costs only that."""
        try:
            found = await self._memories.recall(
                scope, incoming.content, exclude_message_ids=visible, limit=RECALLED
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the reply is worth more
            logger.opt(exception=error).warning("Nothing could be recalled")
            return []
        return [memory.text for memory in sorted(found, key=lambda memory: memory.said_at)]

    async def _complete_history(self, venue: Venue) -> None:
        """Read what was said before this process listened; a failure costs only that."""
        if venue.channel_id in self._complete:
            return
        said = await self._directory.recent(venue, limit=READ_AGAIN)
        if said is None:
            return
        self._complete.add(venue.channel_id)
        await self._messages.record(message.to_message() for message in said)
        known = [message.message_id for message in said]
        # What was deleted meanwhile is gone here too, as far back as we could see.
        since = min(known, default=0) if len(known) >= READ_AGAIN else 0
        await self._messages.keep_only(venue.channel_id, known, since=since)

    async def _deliver(self, turn: Turn, character: Character, venue: Venue, reply: str) -> None:
        label = f"**{character.name}:** "
        parts = await self._journal.parts(turn.id)
        was_interrupted = bool(parts)
        if not parts:
            # Each part leaves room for the label: without a webhook, each part needs it.
            pieces = split(reply, limit=LIMIT - len(label))
            if venue.is_dm:
                pieces[0] = label + pieces[0]
            parts = await self._journal.plan(turn, pieces)
        after, reply_ids = turn.trigger_id, list[int]()
        for part in parts:
            after = part.message_id or await self._post(
                turn, character, venue, part, after=after, look_first=was_interrupted
            )
            # Only the first missing part can have been under way when we were interrupted.
            was_interrupted = was_interrupted and part.message_id is not None
            # Also for a part that was posted before: we may have ended before this.
            await self._keep(turn, character, part, after)
            reply_ids.append(after)
        # From what was really said: it is read again when it is remembered.
        scope = Scope(turn.user_id, character.id, venue)
        await self._memories.remember(scope, trigger_id=turn.trigger_id, reply_ids=reply_ids)
        await self._journal.move(turn.id, TurnState.DELIVERED)
        logger.info("Replied in {} parts, {} characters", len(parts), len(reply))

    async def _post(  # noqa: PLR0913  what is posted, where, and what came before it
        self,
        turn: Turn,
        character: Character,
        venue: Venue,
        part: TurnPart,
        *,
        after: int,
        look_first: bool,
    ) -> int:
        message_id = None
        if look_first:
            message_id = await self._speaker.find(venue, character, part.content, after=after)
        if message_id is None:
            message_id = await self._speaker.post(
                venue, character, part.content, nonce=f"{turn.id} {part.position}", after=after
            )
        await self._journal.posted(turn.id, part.position, message_id)
        return message_id

    async def _keep(
        self, turn: Turn, character: Character, part: TurnPart, message_id: int
    ) -> None:
        """Keep what was posted as part of what was said here."""
        label = f"**{character.name}:** "
        await self._messages.record(
            [
                Message(
                    channel_id=turn.channel_id,
                    id=message_id,
                    author_kind=AuthorKind.CHARACTER,
                    author_id=self._speaker.account_id,
                    author_name=character.name,
                    content=part.content.removeprefix(label),
                    reply_to_id=turn.trigger_id,
                    character_id=character.id,
                )
            ]
        )

    async def _give_up(
        self, turn: Turn, character: Character, venue: Venue, failure: str, reason: str
    ) -> None:
        """Tell the person, in the character's place, why there is no reply, and end the turn."""
        text = texts.NO_REPLY.format(name=character.name, reason=reason)
        try:
            await self._speaker.post(
                venue, character, text, nonce=f"{turn.id} failed", after=turn.trigger_id
            )
        except DeliveryError as error:
            logger.warning("Nor could the reason be posted: {}", error)
        # After the word to the person: they get it even when it is the database that failed.
        await self._journal.move(turn.id, TurnState.FAILED, failure=failure)
