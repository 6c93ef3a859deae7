"""A person is asked for their age once, however much they say at once."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import uuid4

from tzurot.conversation.age_gate import AgeGate
from tzurot.conversation.incoming import Incoming
from tzurot.rules.ages import AgeStore
from tzurot.storage.database import Database

BEN = 3


class Discord:
    """Stands for the one who speaks: counts the questions."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask_in_private(self, user_id: int, _text: str, **_more: str) -> tuple[int, int]:
        assert user_id
        self.asked += 1
        await asyncio.sleep(0)
        return 70, 700 + self.asked


def said(number: int) -> Incoming:
    return Incoming(
        message_id=number,
        channel_id=number,
        guild_id=9,
        author_id=BEN,
        author_name="Ben",
        is_person=True,
        content=f"part {number}",
    )


async def test_what_is_said_in_two_channels_at_once_is_one_question(database: Database) -> None:
    discord, ages = Discord(), AgeStore(database)
    gate = AgeGate(ages, cast("Any", discord))
    await asyncio.gather(*(gate.ask(said(number), [uuid4()]) for number in range(1, 6)))
    assert discord.asked == 1
    waiting = await ages.waiting(BEN)
    assert waiting is not None
    assert waiting.message_id == 701
    assert waiting.payload["content"] == "part 5"
