"""Posts replies in parts, each once whatever happens, and keeps what was posted as history."""

from __future__ import annotations

from loguru import logger

from tzurot.characters.character import Character
from tzurot.characters.scope import Venue
from tzurot.conversation.chunking import LIMIT, split
from tzurot.conversation.ports import DeliveryError, Speaker
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.history.turns import Turn, TurnJournal, TurnPart


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

        None when the turn is not any more what was answered: nothing is posted then. Raises
        DeliveryError.
        """
        label = f"**{character.name}:** "
        parts = await self._journal.parts(turn.id)
        was_interrupted = bool(parts)
        if not parts:
            # Each part leaves room for the label: without a webhook, each part needs it.
            pieces = split(reply, limit=LIMIT - len(label))
            if venue.is_dm:
                pieces[0] = label + pieces[0]
            planned = await self._journal.plan(turn, pieces)
            if planned is None:
                return None
            parts = planned
        after, reply_ids = turn.trigger_id, list[int]()
        for part in parts:
            after = part.message_id or await self._post(
                turn, character, venue, part, after=after, look_first=was_interrupted
            )
            # Only the first missing part can have been under way when we were interrupted.
            was_interrupted = was_interrupted and part.message_id is not None
            if turn.failure is None:
                # Also for a part that was posted before: we may have ended before this.
                await self._keep(turn, character, part, after)
            reply_ids.append(after)
        logger.info("Replied in {} parts, {} characters", len(parts), len(reply))
        return reply_ids

    async def say_directly(self, turn: Turn, character: Character, venue: Venue, text: str) -> None:
        """Say something in the character's name past the journal, when that cannot be written."""
        try:
            await self._speaker.post(
                venue, character, text, nonce=f"{turn.id} failed", after=turn.trigger_id
            )
        except DeliveryError as error:
            logger.warning("Nor could the reason be posted: {}", error)

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
