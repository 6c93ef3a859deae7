"""Posts replies in parts, each once whatever happens, and keeps what was posted as history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from loguru import logger

from tzurot.characters.character import Character
from tzurot.characters.scope import Venue
from tzurot.conversation.chunking import LIMIT, split
from tzurot.conversation.ports import DeliveryError, Speaker
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.history.parts import TurnPart
from tzurot.history.turns import Turn, TurnJournal, TurnState

CHANGE_TRIES: Final = 4


class Poster:
    """Posts what the journal holds."""

    def __init__(self, journal: TurnJournal, messages: MessageStore, speaker: Speaker) -> None:
        self._journal = journal
        self._messages = messages
        self._speaker = speaker

    async def post(
        self, turn: Turn, character: Character, venue: Venue, reply: str
    ) -> list[int] | None:
        """Post a reply, or what is missing of it; return the ids of its parts.

        What is shown of it is changed into the whole, or taken away for a blank reply. None when
        the turn is not any more what was answered: nothing is posted then. Raises DeliveryError.
        """
        is_planned = turn.state is TurnState.DELIVERING
        if is_planned:
            parts = await self._journal.parts.of(turn.id)
        else:
            if turn.state is TurnState.STREAMING:
                await self._settle(turn, character, venue)
            pieces = _pieces(character, venue, reply)
            if pieces and turn.failure is not None:
                pieces = [reply]  # an excuse names who gives it
            planned = await self._journal.plan(turn, pieces)
            if planned is None:
                return None
            parts = planned
        await self._bring(turn, character, venue, parts, look_first=is_planned)
        # Read again: somebody may have taken away what came first while the rest was posted.
        standing = [
            (part, part.message_id)
            for part in await self._journal.parts.of(turn.id)
            if part.message_id is not None and not part.is_gone
        ]
        if turn.failure is None:
            for part, message_id in standing:
                # Also for a part that was posted before: we may have ended before this.
                await self._keep(turn, character, part, message_id)
        logger.info("Replied in {} parts, {} characters", len(standing), len(reply))
        return [message_id for _, message_id in standing]

    async def show(self, turn: Turn, character: Character, venue: Venue, text: str) -> bool:
        """Show how a reply begins that is still being written; False when it is not any more.

        That a message cannot be changed now costs only that. Raises DeliveryError when a part
        cannot be posted.
        """
        parts = await self._journal.show(turn, _pieces(character, venue, text))
        if parts is None:
            return False
        await self._bring(turn, character, venue, parts, is_final=False)
        return True

    async def say_directly(self, turn: Turn, character: Character, venue: Venue, text: str) -> None:
        """Say something in the character's name past the journal, when that cannot be written."""
        try:
            await self._speaker.post(
                venue, character, text, nonce=f"{turn.id} failed", after=turn.trigger_id
            )
        except DeliveryError as error:
            logger.warning("Nor could the reason be posted: {}", error)

    async def _settle(self, turn: Turn, character: Character, venue: Venue) -> None:
        """Find out what is in the channel of the parts that were being posted."""
        after = turn.trigger_id
        for part in await self._journal.parts.of(turn.id):
            message_id = part.message_id
            if message_id is None:
                message_id = await self._speaker.find(venue, character, part.content, after=after)
                if message_id is None:
                    return
                await self._journal.parts.posted(turn.id, part.position, message_id)
            after = message_id

    async def _bring(  # noqa: PLR0913  what is posted, where, and how far it came before
        self,
        turn: Turn,
        character: Character,
        venue: Venue,
        parts: Sequence[TurnPart],
        *,
        look_first: bool = False,
        is_final: bool = True,
    ) -> None:
        """Let the channel show the parts."""
        after = turn.trigger_id
        for part in parts:
            if part.is_gone:
                continue
            if part.message_id is None:
                # Only the first missing part can have been under way when we were interrupted.
                after = await self._post(
                    turn, character, venue, part, after=after, look_first=look_first
                )
                look_first = False
            elif not part.content:
                await self._speaker.take_back(venue, part.message_id)
                await self._journal.parts.removed(turn.id, part.position)
            else:
                if part.is_due:
                    await self._change(
                        turn, character, venue, part, part.message_id, is_final=is_final
                    )
                after = part.message_id

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
            # What was planned anew is another message than the one before.
            nonce = f"{turn.id} {part.position} {part.content}"
            message_id = await self._speaker.post(
                venue, character, part.content, nonce=nonce, after=after
            )
        await self._journal.parts.posted(turn.id, part.position, message_id)
        return message_id

    async def _change(  # noqa: PLR0913  what is changed, where, and how much it matters
        self,
        turn: Turn,
        character: Character,
        venue: Venue,
        part: TurnPart,
        message_id: int,
        *,
        is_final: bool,
    ) -> None:
        """Let a message say what it shall."""
        tries = CHANGE_TRIES if is_final else 1
        try:
            is_there = await self._speaker.edit(
                venue, character, message_id, part.content, tries=tries
            )
        except DeliveryError as error:
            if not is_final:
                logger.debug("A message is not changed this time: {}", error)
                return
            if not error.is_final:
                raise
            logger.warning("A message is said anew, since it cannot be changed: {}", error)
            await self._speaker.remove(venue.channel_id, message_id)
            await self._post(turn, character, venue, part, after=message_id, look_first=False)
            return
        if is_there:
            await self._journal.parts.posted(turn.id, part.position, message_id)
        else:
            # Who took it away did not want it: it does not come again.
            await self._journal.parts.gone(turn.channel_id, message_id)

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


def _pieces(character: Character, venue: Venue, text: str) -> list[str]:
    """Return the messages that a text is posted in."""
    label = f"**{character.name}:** "
    # Each part leaves room for the label: without a webhook, each part needs it.
    pieces = split(text, limit=LIMIT - len(label))
    if venue.is_dm and pieces:
        pieces[0] = label + pieces[0]
    return pieces
