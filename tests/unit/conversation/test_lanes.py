"""Order within a lane, bound over all, and the end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tzurot.conversation.lanes import Lanes


def opened(bound: int) -> Lanes:
    lanes = Lanes(bound)
    lanes.open()
    return lanes


def noting(
    log: list[str], name: str, wait: asyncio.Event | None = None
) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        log.append(f"{name} begins")
        if wait is not None:
            await wait.wait()
        await asyncio.sleep(0)
        log.append(f"{name} ends")

    return work


async def test_one_lane_keeps_its_order() -> None:
    lanes, log = opened(8), list[str]()
    for name in "abc":
        lanes.put(1, noting(log, name))
    await lanes.drain(1, begin_waiting=True)
    assert log == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_lanes_do_not_wait_for_each_other() -> None:
    lanes, log, gate = opened(8), list[str](), asyncio.Event()
    lanes.put(1, noting(log, "slow", gate))
    done = asyncio.Event()

    async def quick() -> None:
        done.set()

    lanes.put(2, quick)
    await asyncio.wait_for(done.wait(), 5)
    assert "slow ends" not in log
    gate.set()
    await lanes.drain(5, begin_waiting=True)
    assert "slow ends" in log


async def test_no_more_than_the_bound_at_once() -> None:
    lanes, running, most = opened(3), 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    for lane in range(20):
        lanes.put(lane, work)
    await lanes.drain(5, begin_waiting=True)
    assert most == 3


async def test_a_failure_does_not_stop_the_lane() -> None:
    lanes, log = opened(1), list[str]()

    async def broken() -> None:
        msg = "broken"
        raise ValueError(msg)

    lanes.put(1, broken)
    lanes.put(1, noting(log, "next"))
    await lanes.drain(5, begin_waiting=True)
    assert log == ["next begins", "next ends"]


@pytest.mark.parametrize("begin_waiting", [True, False])
async def test_drain_takes_nothing_more(begin_waiting: bool) -> None:  # noqa: FBT001
    lanes, log = opened(1), list[str]()
    lanes.put(1, noting(log, "running"))
    lanes.put(1, noting(log, "waiting"))
    await asyncio.sleep(0)
    assert await lanes.drain(5, begin_waiting=begin_waiting) == 0
    assert not lanes.put(1, noting(log, "late"))
    assert "running ends" in log
    assert ("waiting ends" in log) is begin_waiting
    assert "late begins" not in log


async def test_drain_cuts_what_does_not_end() -> None:
    lanes, log = opened(1), list[str]()
    lanes.put(1, noting(log, "endless", asyncio.Event()))
    await asyncio.sleep(0)
    assert await lanes.drain(0.01, begin_waiting=False) == 1
    assert log == ["endless begins"]


async def test_nothing_begins_before_it_is_opened() -> None:
    lanes, log = Lanes(1), list[str]()
    lanes.put(1, noting(log, "first"))
    await asyncio.sleep(0)
    assert log == []
    lanes.open()
    await lanes.drain(5, begin_waiting=True)
    assert log == ["first begins", "first ends"]


async def test_what_was_never_begun_is_dropped_at_the_end() -> None:
    lanes, log = Lanes(1), list[str]()
    lanes.put(1, noting(log, "first"))
    assert await lanes.drain(5, begin_waiting=True) == 0
    assert log == []
