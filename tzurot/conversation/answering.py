"""The way of a turn to its reply: look around, recall, write, ask the model, clean, post."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from loguru import logger

from tzurot import texts
from tzurot.characters.character import Character
from tzurot.characters.scope import Scope, Venue
from tzurot.characters.store import CharacterStore
from tzurot.conversation.bursts import Bursts
from tzurot.conversation.incoming import PAYLOAD_VERSION, Incoming
from tzurot.conversation.lanes import Lanes
from tzurot.conversation.live import Live
from tzurot.conversation.notices import Notices
from tzurot.conversation.outage import Outage
from tzurot.conversation.places import Place, Places
from tzurot.conversation.ports import DeliveryError, Speaker
from tzurot.conversation.posting import Poster
from tzurot.conversation.prompt import Draft, Limits
from tzurot.conversation.prompt.filling import Filling
from tzurot.conversation.prompt.tokens import Rates
from tzurot.conversation.room import Rooms
from tzurot.conversation.scene import Scene
from tzurot.conversation.surroundings import Surroundings
from tzurot.conversation.writing import Wording, ask
from tzurot.history.records import TurnRecord
from tzurot.history.turns import UNFINISHED, Turn, TurnJournal, TurnState
from tzurot.llm import ChatRequest, ModelClient, ModelError
from tzurot.memory import Memories, Recalled
from tzurot.settings import Settings
from tzurot.storage.outages import may_pass
from tzurot.telemetry import bound

RECALLED: Final = 8
LOOK_AGAIN_S: Final = 0.5
"""How often to look whether another process is done with what comes first."""
LONG_S: Final = 3.0
"""An answer that takes longer is a long one."""
TOLD_AFTER_S: Final = 15.0
"""How long a turn waits for a place, or is expected to, before people are told."""
_CHANNELS: Final = 4096

Answered = Callable[[Turn, Character, Incoming, int, str], Awaitable[None]]
"""Hears of a reply: the turn, who spoke, what was answered, the reply's last message, its text."""


_UNWRITTEN: Final = {TurnState.QUEUED, TurnState.GENERATING, TurnState.STREAMING}


class Answering:
    """Works on turns: one at a time in a channel, `MAX_TURNS` channels side by side."""

    def __init__(  # noqa: PLR0913  built once, by the conversation
        self,
        *,
        settings: Settings,
        characters: CharacterStore,
        rooms: Rooms,
        journal: TurnJournal,
        memories: Memories,
        speaker: Speaker,
        model: ModelClient,
        surroundings: Surroundings,
        poster: Poster,
        outage: Outage,
        notices: Notices,
    ) -> None:
        self._settings = settings
        self._characters = characters
        self._rooms = rooms
        self._journal = journal
        self._memories = memories
        self._speaker = speaker
        self._model = model
        self._surroundings = surroundings
        self._poster = poster
        self._outage = outage
        self._notices = notices
        self.answered: Answered | None = None
        self._rates = Rates()
        self._within = timedelta(minutes=settings.answer_within_minutes)
        # With which message the history of the last prompt began, by channel and character.
        self._begins_at: OrderedDict[tuple[int, UUID], int] = OrderedDict()
        self._lanes = Lanes()
        self._places = Places(settings.max_turns)
        self.bursts = Bursts()

    def open(self) -> None:
        """Begin: Discord can be spoken to from now on."""
        self._lanes.open()

    async def drain(self, timeout_s: float) -> int:
        """Let what is being answered finish for `timeout_s`; return how many were cut."""
        self._places.close()
        return await self._lanes.drain(timeout_s, begin_waiting=False)

    def queue(self, turn: Turn) -> None:
        """Answer a turn when those before it in its channel are answered."""
        if self._lanes.put(turn.channel_id, lambda: self._run(turn)):
            self.bursts.add(turn)

    async def _run(self, turn: Turn) -> None:
        with bound(
            turn=turn.id, user=turn.user_id, channel=turn.channel_id, character=turn.character_id
        ):
            venue = Incoming.from_payload(turn.payload).venue
            try:
                with self._places.queue(turn.user_id) as place:
                    await self._outage.outlasted(lambda: self._wait(turn, place, venue), venue)
                    if place.is_given:
                        # What was done before the database was away is in the journal, as ever.
                        await self._outage.outlasted(lambda: self._finish(turn), venue)
            finally:
                self.bursts.remove(turn)
            if place.is_given or not self._places.is_closed:
                await self._notices.over(turn.id)

    async def _wait(self, turn: Turn, place: Place, venue: Venue) -> None:
        """Wait for a place, as long as there is something to do; people are told if it is long."""
        clock = asyncio.get_running_loop().time
        tell_at = clock() + (TOLD_AFTER_S if place.expected_s <= TOLD_AFTER_S else 0)
        is_told = False
        while not place.is_given and not self._places.is_closed:
            now = await self._journal.get(turn.id)
            if now is None or now.state not in UNFINISHED:
                break
            # What the journal has news of, ends the wait: then it is looked at again.
            within_s = None if is_told else max(0, tell_at - clock())
            came = await self.bursts.write(turn, partial(place.given, within_s))
            if came is False and not self._places.is_closed:
                self._notices.tell_of_queue(turn, venue)
                is_told = True

    async def _finish(self, turn: Turn) -> None:
        # While it waits, or is written, what it answers can be deleted, said again by a proxy, or
        # gone on with; it can be another process's by now. The journal knows.
        while (now := await self._journal.get(turn.id)) and now.state in UNFINISHED:
            if now.owner != self._journal.owner:
                logger.info("Another process answers now")
                break
            if now.waits:
                await asyncio.sleep(LOOK_AGAIN_S)
            elif await self._work_on(now):
                break

    async def _work_on(self, turn: Turn) -> bool:
        """Bring a turn to its end; False when it was begun again on the way."""
        character = await self._characters.get(turn.character_id, turn.user_id)
        if character is None or turn.version > PAYLOAD_VERSION:
            await self._journal.move(turn.id, TurnState.CANCELLED)
            return True
        incoming = Incoming.from_payload(turn.payload)
        if turn.state is TurnState.GENERATED:
            await self.bursts.hold(turn)
        # What is shown in part is shown in full; all else waited, and what holds there may be new.
        is_shown = turn.state in {TurnState.STREAMING, TurnState.DELIVERING}
        if is_shown:
            self.bursts.close(turn)
        elif not await self._rooms.may_still_answer(incoming, character.id, turn.user_id):
            await self._journal.move(turn.id, TurnState.CANCELLED)
            return True
        # What is done here is read from the journal again: it is posted then, or answers something
        # else by now.
        if turn.state in _UNWRITTEN and turn.reply is None:
            if turn.created_at < datetime.now(UTC) - self._within:
                await self._excuse_for_late(turn, character, incoming)
            else:
                await self.bursts.write(
                    turn, lambda: self._write_or_say_why(turn, character, incoming)
                )
            return False
        return await self._post(turn, character, incoming, turn.reply or "")

    async def _write_or_say_why(self, turn: Turn, character: Character, incoming: Incoming) -> None:
        """Write the reply into the journal, or tell the person why there is none."""
        record = TurnRecord()
        try:
            reply = await self._write(turn, character, incoming, record)
            # It is paid for: it waits until it can be written down.
            await self._outage.outlasted(lambda: self._journal.generated(turn, reply, record))
        except ModelError as error:
            record.requests = len(error.attempts) or record.requests
            logger.warning("No reply from the model: {}: {}", error.kind, error.host_sentence)
            failure, reason = error.kind.value, error.sentence
        except Exception as error:
            if may_pass(error):
                raise
            # Whatever it is, the person gets a word.
            reference = str(turn.id)[-8:]
            logger.exception("A turn failed (reference {})", reference)
            failure, reason = "internal", texts.NO_REPLY_INTERNAL.format(reference=reference)
        else:
            return
        # Once it is begun, it is not broken off: it would be said twice.
        self.bursts.close(turn)
        venue = incoming.venue
        await asyncio.shield(
            self._give_up(turn, character, venue, reason, failure=failure, record=record)
        )

    async def _excuse_for_late(self, turn: Turn, character: Character, incoming: Incoming) -> None:
        """Say that it is too late for an answer, unless the person has gone on without it.

        Of an answer that was shown in part, nothing stays.
        """
        if not await self._journal.has_gone_on(turn):
            label = f"**{character.name}:** " if incoming.venue.is_dm else ""
            await self._journal.excuse(turn, "too late", label + texts.TOO_LATE)
        elif turn.state is TurnState.STREAMING:
            await self._journal.generated(turn, "")
        else:
            await self._journal.fail(turn, "too late")

    async def _give_up(  # noqa: PLR0913  whom to tell what, and what is kept of it
        self,
        turn: Turn,
        character: Character,
        venue: Venue,
        reason: str,
        *,
        failure: str,
        record: TurnRecord,
    ) -> None:
        text = texts.NO_REPLY.format(name=character.name, reason=reason)
        try:
            # What was joined to it at the last moment is answered all the same.
            await self._outage.outlasted(lambda: self._journal.excuse(turn, failure, text, record))
        except Exception:  # noqa: BLE001  the person gets a word even then
            logger.exception("The journal does not take why a turn failed")
            await self._poster.say_directly(turn, character, venue, text)
            await self._journal.fail(turn, failure, record)

    async def _write(
        self, turn: Turn, character: Character, incoming: Incoming, record: TurnRecord
    ) -> str:
        if turn.state is not TurnState.STREAMING:
            await self._journal.move(turn.id, TurnState.GENERATING)
        settings = self._settings
        async with self._speaker.typing(incoming.venue) as stop_typing:
            scope = Scope(turn.user_id, character.id, incoming.venue)
            can = await self._model.abilities(settings.default_model)
            earlier = await self._earlier(turn)
            seen = await self._surroundings.look(
                scope, character, incoming, earlier=earlier, sees=can.images
            )
            draft = self._draft(seen, turn)
            memories = await self._recall(scope, [*earlier, incoming], draft.visible)
            prompt = draft.prompt(memories)
            record.parts, record.dropped = prompt.tokens, prompt.dropped
            record.sources, record.settings = prompt.sources, seen.settings
            record.asked = settings.default_model
            request = ChatRequest(
                model=settings.default_model,
                messages=prompt.messages,
                max_tokens=settings.max_reply_tokens,
                session_id=f"{turn.channel_id}-{character.id}",
                user=hashlib.sha256(f"tzurot {turn.user_id}".encode()).hexdigest(),
            )
            wording = Wording(request, seen, {one.message_id for one in (*earlier, incoming)})
            live = await self._live(turn, character, incoming, wording, stop_typing)
            async with live or nullcontext() as hear:
                result, reply = await ask(
                    self._model, request, settings.openrouter_api_key, wording=wording, hear=hear
                )
        record.served, record.usage = result.model, result.usage
        record.requests = len(result.attempts)
        if result.usage is not None:
            self._rates.learn(
                request.model,
                estimated=sum(prompt.tokens.values()),
                reported=result.usage.prompt_tokens,
            )
        return reply

    async def _live(
        self,
        turn: Turn,
        character: Character,
        incoming: Incoming,
        wording: Wording,
        stop_typing: Callable[[], object],
    ) -> Live | None:
        """Return what shows a reply while it grows; None where that is not wanted."""
        mode = await self._rooms.streaming(incoming, character.id, turn.user_id)
        if mode == "off" or turn.state is TurnState.STREAMING:
            # What is shown from before a restart is changed once, into the whole.
            return None

        async def show(text: str) -> bool:
            goes_on = await self._poster.show(turn, character, incoming.venue, text)
            if goes_on:
                self.bursts.close(turn)
                # The words themselves tell from now on that there will be more.
                stop_typing()
            return goes_on

        return Live(
            wording.shown,
            show,
            lambda: self.bursts.hold(turn),
            after_s=LONG_S if mode == "long" else 0.0,
        )

    def _draft(self, seen: Scene, turn: Turn) -> Draft:
        """Return the prompt but for memories, beginning where the last one here began."""
        settings, key = self._settings, (turn.channel_id, turn.character_id)
        space = settings.context_tokens - settings.max_reply_tokens
        limits = Limits(
            tokens=int(space / self._rates.of(settings.default_model)),
            messages=seen.most_lines,
            begins_at=self._begins_at.pop(key, 0),
        )
        filling = Filling(
            seen,
            model=settings.default_model,
            max_prompt=space,
            max_response=settings.max_reply_tokens,
        )
        draft = Draft(seen, filling, limits, safety=settings.safety_text)
        self._begins_at[key] = draft.begins_at
        if len(self._begins_at) > _CHANNELS:
            self._begins_at.popitem(last=False)
        return draft

    async def _earlier(self, turn: Turn) -> list[Incoming]:
        """Return what is answered together with a turn's message."""
        found = await self._journal.earlier_payloads(turn.id, version=PAYLOAD_VERSION)
        return [Incoming.from_payload(one) for one in found]

    async def _recall(
        self, scope: Scope, said: Sequence[Incoming], visible: Collection[int]
    ) -> list[Recalled]:
        """Return what the character remembers, the best first; a failure costs only that."""
        if any(one.banter for one in said):
            return []  # nobody's memories: characters talk among themselves
        try:
            words = "\n".join(one.content for one in said)
            return await self._memories.recall(
                scope, words, exclude_message_ids=visible, limit=RECALLED
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the reply is worth more
            logger.opt(exception=error).warning("Nothing could be recalled")
            return []

    async def _post(self, turn: Turn, character: Character, incoming: Incoming, reply: str) -> bool:
        """Post the reply and remember it; False when the turn was begun again before."""
        try:
            reply_ids = await self._poster.post(turn, character, incoming.venue, reply)
        except DeliveryError as error:
            logger.warning("A reply could not be posted: {}", error)
            if error.is_final:
                await self._journal.move(turn.id, TurnState.FAILED, failure=str(error))
            # Otherwise it may be there: the turn stays as it is, and the next start looks.
            return True
        if reply_ids is None:
            return False
        if not reply_ids:
            # What it answered was taken back, and so is what was shown of it.
            await self._journal.move(turn.id, TurnState.CANCELLED)
            return True
        if turn.failure is not None:
            await self._journal.move(turn.id, TurnState.FAILED)
            return True
        if not incoming.banter:
            # From what was really said: it is read again when it is remembered.
            await self._memories.remember(
                Scope(turn.user_id, character.id, incoming.venue),
                trigger_id=turn.trigger_id,
                reply_ids=reply_ids,
                earlier_ids=await self._journal.earlier(turn.id),
            )
        await self._journal.move(turn.id, TurnState.DELIVERED)
        if self.answered is not None:
            await self.answered(turn, character, incoming, reply_ids[-1], reply)
        return True
