"""Which links unfold, and how long that is waited for."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.clock import Clock
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.unfolding import UNFOLDS_WITHIN_S, Unfolding, has_yet_to_unfold


def said(content: str, message_id: int = 10) -> Incoming:
    return Incoming(
        message_id=message_id,
        channel_id=1,
        guild_id=2,
        author_id=3,
        author_name="Ada",
        is_person=True,
        content=content,
    )


@pytest.mark.parametrize(
    ("content", "unfolds"),
    [
        ("look: https://example.org/cat", True),
        ("HTTP://example.org", True),
        ("no link at all", False),
        ("example.org", False),
        ("<https://example.org/cat>", False),
        ("https://discord.com/channels/1/2/3", False),
        ("https://ptb.discord.com/channels/1/2/3", False),
        ("https://discord.com/channels/1/2/3 and https://example.org", True),
        ("https://example.org/cat\n[embed: A cat]", False),
    ],
)
def test_which_links_unfold(content: str, unfolds: bool) -> None:  # noqa: FBT001 - a table's column
    assert has_yet_to_unfold(said(content)) is unfolds


async def test_nobody_waits_for_what_has_no_link() -> None:
    unfolding = Unfolding()
    unfolding.expect(said("hello"))
    async with asyncio.timeout(0.5):
        await unfolding.wait(10)
        await unfolding.wait(11)


async def test_the_wait_ends_when_it_is_unfolded() -> None:
    unfolding = Unfolding(Clock().monotonic)
    unfolding.expect(said("https://example.org"))
    waiting = asyncio.create_task(unfolding.wait(10))
    await asyncio.sleep(0)
    assert not waiting.done()
    unfolding.came(10)
    async with asyncio.timeout(UNFOLDS_WITHIN_S / 2):
        await waiting
        await unfolding.wait(10)  # for whoever comes later, too


async def test_time_in_the_queue_counts() -> None:
    clock = Clock()
    unfolding = Unfolding(clock.monotonic)
    unfolding.expect(said("https://example.org"))
    clock.pass_(UNFOLDS_WITHIN_S)
    async with asyncio.timeout(UNFOLDS_WITHIN_S / 2):
        await unfolding.wait(10)
