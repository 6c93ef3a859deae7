"""Whose answers are on their way, and who writes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.support.clock import Clock
from tzurot.conversation.bursts import HELD_S, MOST_RESTARTS, TYPING_LASTS_S, Bursts
from tzurot.history.turns import Turn, TurnState

ADA, BEN = 3001, 3002
CHANNEL = 50
JUNIPER = UUID(int=1)


def turn(number: int = 1, user_id: int = ADA, restarts: int = 0) -> Turn:
    return Turn(
        id=UUID(int=number),
        channel_id=CHANNEL,
        trigger_id=10,
        character_id=JUNIPER,
        user_id=user_id,
        state=TurnState.QUEUED,
        payload={},
        version=1,
        reply=None,
        restarts=restarts,
        created_at=datetime.now(UTC),
    )


async def soon(task: asyncio.Task[None]) -> bool:
    """Whether a task is done once everything that could go on has gone on."""
    for _ in range(5):
        await asyncio.sleep(0)
    return task.done()


async def test_who_is_about_to_answer_whom() -> None:
    bursts = Bursts()
    bursts.add(turn(1))
    bursts.add(turn(2, BEN))
    assert bursts.pending(CHANNEL, ADA) == {UUID(int=1): JUNIPER}
    assert bursts.pending(CHANNEL + 1, ADA) == {}
    bursts.close(turn(1))
    assert bursts.pending(CHANNEL, ADA) == {}
    bursts.remove(turn(1))
    bursts.remove(turn(2, BEN))
    assert bursts.pending(CHANNEL, BEN) == {}


async def test_work_that_is_begun_again_gives_nothing() -> None:
    bursts = Bursts()
    bursts.add(turn())
    begun = asyncio.Event()

    async def forever() -> str:
        begun.set()
        await asyncio.sleep(60)
        return "never"

    async def quick() -> str:
        return "done"

    work = asyncio.create_task(bursts.write(turn(), forever))
    await begun.wait()
    bursts.begin_again([UUID(int=1)])
    assert await work is None
    assert await bursts.write(turn(), quick) == "done"
    # Begun again between reading it and working on it: what was read is out of date.
    bursts.begin_again([UUID(int=1)])
    assert await bursts.write(turn(), quick) is None
    assert await bursts.write(turn(), quick) == "done"


async def test_what_goes_wrong_goes_on() -> None:
    bursts = Bursts()
    bursts.add(turn())

    async def wrong() -> None:
        msg = "no"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="no"):
        await bursts.write(turn(), wrong)


async def test_who_is_stopped_stops_the_work() -> None:
    bursts = Bursts()
    bursts.add(turn())
    stopped = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    work = asyncio.create_task(bursts.write(turn(), forever))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await stopped.wait()


async def test_nobody_waits_for_who_does_not_type() -> None:
    bursts = Bursts()
    bursts.add(turn())
    bursts.typing(CHANNEL, BEN)
    bursts.typing(CHANNEL + 1, ADA)
    assert await soon(asyncio.create_task(bursts.hold(turn())))
    # Typing before the message is over with it.
    bursts.typing(CHANNEL, ADA)
    bursts.heard(CHANNEL, ADA)
    bursts.settled(CHANNEL, ADA)
    assert await soon(asyncio.create_task(bursts.hold(turn())))


async def test_an_answer_waits_for_who_types_on_but_not_for_ever() -> None:
    clock = Clock()
    bursts = Bursts(clock.monotonic)
    bursts.add(turn())
    bursts.typing(CHANNEL, ADA)
    held = asyncio.create_task(bursts.hold(turn()))
    assert not await soon(held)
    clock.pass_(HELD_S)
    bursts.typing(CHANNEL, ADA)
    assert await soon(held)
    # Nor for typing that Discord does not show any more.
    clock.pass_(TYPING_LASTS_S)
    assert await soon(asyncio.create_task(bursts.hold(turn())))


async def test_the_wait_ends_when_they_have_written() -> None:
    bursts = Bursts()
    bursts.add(turn())
    bursts.typing(CHANNEL, ADA)
    held = asyncio.create_task(bursts.hold(turn()))
    assert not await soon(held)
    bursts.heard(CHANNEL, ADA)
    assert not await soon(held)  # what they wrote may go on with it
    bursts.settled(CHANNEL, ADA)
    assert await soon(held)


async def test_after_the_last_restart_nobody_waits() -> None:
    bursts = Bursts()
    last = turn(restarts=MOST_RESTARTS)
    bursts.add(last)
    bursts.typing(CHANNEL, ADA)
    assert await soon(asyncio.create_task(bursts.hold(last)))
