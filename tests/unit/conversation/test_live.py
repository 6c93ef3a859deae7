"""How often a reply is shown while it grows, and what happens when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tzurot.conversation.live import Live
from tzurot.conversation.ports import DeliveryError


class Screen:
    """Takes what is shown; `goes_on` is cleared while nothing shall be taken."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.times: list[float] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.wants_more = True
        self.fails = False
        self.ready = asyncio.Event()
        self.ready.set()
        self._changed = asyncio.Event()

    async def show(self, text: str) -> bool:
        self.times.append(asyncio.get_running_loop().time())
        self._changed.set()
        await self.goes_on.wait()
        if self.fails:
            msg = "no"
            raise DeliveryError(msg)
        self.texts.append(text)
        self._changed.set()
        return self.wants_more

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def is_ready(self) -> None:
        await self.ready.wait()


def live(screen: Screen, *, after_s: float = 0, pause_s: float = 0.05) -> Live:
    return Live(
        str.strip, screen.show, screen.is_ready, after_s=after_s, pause_s=pause_s, gather_s=0.01
    )


async def test_only_the_newest_words_are_shown_and_not_too_often() -> None:
    screen = Screen()
    async with live(screen) as hear:
        for number in range(100):
            hear(f"one {number}")
        await screen.until(lambda: len(screen.texts) == 1)
        for number in range(100):
            hear(f"two {number}")
        await screen.until(lambda: len(screen.texts) == 2)
    assert screen.texts == ["one 99", "two 99"]
    assert screen.times[1] - screen.times[0] >= 0.05


async def test_what_is_over_sooner_is_not_shown() -> None:
    screen = Screen()
    async with live(screen, after_s=60) as hear:
        hear("one")
        await asyncio.sleep(0)
    assert screen.times == []


async def test_nothing_is_shown_before_it_may_be() -> None:
    screen = Screen()
    screen.ready.clear()
    async with live(screen) as hear:
        hear("one")
        await asyncio.sleep(0.05)
        hear("one two")
        assert screen.times == []
        screen.ready.set()
        await screen.until(lambda: bool(screen.texts))
    assert screen.texts == ["one two"]


async def test_what_is_on_its_way_arrives_before_the_end() -> None:
    screen = Screen()
    screen.goes_on.clear()

    async def write() -> None:
        async with live(screen) as hear:
            hear("one")
            await screen.until(lambda: bool(screen.times))

    writing = asyncio.create_task(write())
    await screen.until(lambda: bool(screen.times))
    await asyncio.sleep(0)
    assert not writing.done()
    screen.goes_on.set()
    await writing
    assert screen.texts == ["one"]


async def test_what_was_for_nothing_stays_until_there_is_more() -> None:
    screen = Screen()
    async with live(screen) as hear:
        hear("one two")
        await screen.until(lambda: len(screen.texts) == 1)
        hear("")
        await asyncio.sleep(0.1)
        hear("three")
        await screen.until(lambda: len(screen.texts) == 2)
    assert screen.texts == ["one two", "three"]


async def test_no_more_is_shown_once_it_is_not_wanted() -> None:
    screen = Screen()
    screen.wants_more = False
    async with live(screen) as hear:
        hear("one")
        await screen.until(lambda: bool(screen.texts))
        hear("one two")
        await asyncio.sleep(0.1)
    assert screen.texts == ["one"]


async def test_a_failure_ends_only_the_showing() -> None:
    screen = Screen()
    screen.fails = True
    async with live(screen) as hear:
        hear("one")
        await screen.until(lambda: bool(screen.times))
        hear("one two")
        await asyncio.sleep(0.1)
    assert len(screen.times) == 1
