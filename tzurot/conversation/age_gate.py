"""Asks people for their age, once and in private, before a character for grown-ups answers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from loguru import logger

from tzurot import customid, texts
from tzurot.conversation.incoming import PAYLOAD_VERSION, Incoming
from tzurot.conversation.ports import DeliveryError, Speaker
from tzurot.rules.ages import AgePrompt, AgeStore

CONFIRM: Final = "age"
"""The name in the button's custom id."""
NOT_ASKED: Final = 0
"""In place of the question's id, while it is not there, or could not be posted."""
ASKED_AGAIN_AFTER: Final = timedelta(days=1)


class AgeGate:
    """Keeps what waits for a person's age."""

    def __init__(self, ages: AgeStore, speaker: Speaker) -> None:
        self._ages = ages
        self._speaker = speaker
        # Held by whoever asks a person: two messages at once are one question.
        self._asking: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, incoming: Incoming, character_ids: Collection[UUID]) -> None:
        """Ask the author in private; what they said waits for it. A question stands for a day."""
        async with self._asking.setdefault(incoming.author_id, asyncio.Lock()):
            await self._ask(incoming, character_ids)

    async def _ask(self, incoming: Incoming, character_ids: Collection[UUID]) -> None:
        waiting = await self._ages.waiting(incoming.author_id)
        prompt = AgePrompt(
            user_id=incoming.author_id,
            channel_id=0,
            message_id=NOT_ASKED,
            payload=incoming.to_payload(),
            version=PAYLOAD_VERSION,
            character_ids=tuple(character_ids),
            asked_at=datetime.now(UTC),
        )
        if waiting is not None and waiting.asked_at > prompt.asked_at - ASKED_AGAIN_AFTER:
            prompt = replace(prompt, channel_id=waiting.channel_id, message_id=waiting.message_id)
        # Before it is asked, so that whoever answers at once is answered, whatever happens here.
        await self._ages.ask(prompt)
        if prompt.message_id != NOT_ASKED:
            return
        if waiting is not None:
            await self.take_away(waiting)
        try:
            channel_id, message_id = await self._speaker.ask_in_private(
                incoming.author_id, texts.AGE_ASKED, label=texts.AGE_CONFIRM, custom_id=button()
            )
        except DeliveryError as error:
            logger.info("Somebody cannot be asked for their age in private: {}", error)
            await self._say_how(incoming)
            return
        await self._ages.posted(incoming.author_id, channel_id, message_id)

    async def take_away(self, prompt: AgePrompt) -> None:
        """Take a question away, if it was posted."""
        if prompt.message_id != NOT_ASKED:
            await self._speaker.remove(prompt.channel_id, prompt.message_id)

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        """Follow an edit of what may be waiting."""
        await self._ages.edit(channel_id, message_id, content)

    async def forget(self, channel_id: int, message_ids: Collection[int]) -> None:
        """Follow a deletion of what may be waiting."""
        await self._ages.forget(channel_id, message_ids)

    async def _say_how(self, incoming: Incoming) -> None:
        try:
            await self._speaker.say(
                incoming.venue, texts.AGE_NOT_ASKED, nonce=f"age {incoming.message_id}"
            )
        except DeliveryError as error:
            logger.warning("Nor can it be said in the channel: {}", error)


def button() -> str:
    """Return the custom id of the button that confirms."""
    return customid.write(CONFIRM)
