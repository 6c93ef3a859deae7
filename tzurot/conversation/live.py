"""Shows a reply while it is written: the newest words only, and not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from loguru import logger

from tzurot.conversation.ports import DeliveryError
from tzurot.storage.outages import may_pass

PAUSE_S: Final = 1.2
"""Between two changes: Discord allows five in five seconds for each webhook."""
GATHER_S: Final = 0.7
"""From the first word to the first look: what is whole by then needs no change."""


class Live:
    """Hears a reply grow, and lets it be seen as long as the context lasts.

    `stable` tells what of a text may be shown, `show` shows it and returns whether to go on;
    `ready` is waited for before the first words. They are shown `after_s` seconds after the context
    was entered at the earliest.
    Whatever goes wrong here costs only this: the whole reply is posted afterwards.
    """

    def __init__(  # noqa: PLR0913  what it shows, where, and how often
        self,
        stable: Callable[[str], str],
        show: Callable[[str], Awaitable[bool]],
        ready: Callable[[], Awaitable[None]],
        *,
        after_s: float,
        pause_s: float = PAUSE_S,
        gather_s: float = GATHER_S,
    ) -> None:
        self._stable = stable
        self._show = show
        self._ready = ready
        self._after_s = after_s
        self._pause_s = pause_s
        self._gather_s = gather_s
        self._text = ""
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_showing = False
        self._is_over = False
        self._clock = asyncio.get_running_loop().time
        self._begun = self._clock()

    async def __aenter__(self) -> Callable[[str], None]:
        self._begun = self._clock()
        return self._hear

    async def __aexit__(self, *_: object) -> None:
        """Show nothing more; what is on its way to Discord arrives first, so that it is known."""
        self._is_over = True
        if self._task is None:
            return
        try:
            if self._is_showing:
                await asyncio.wait({self._task})
        finally:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _hear(self, text: str) -> None:
        """Take all that is written by now; blank when it was for nothing."""
        self._text = text
        self._news.set()
        if self._task is None and text and not self._is_over:
            self._task = asyncio.create_task(self._keep_showing())

    async def _keep_showing(self) -> None:
        try:
            left = self._begun + self._after_s - self._clock()
            await asyncio.sleep(max(left, self._gather_s))
            await self._ready()
            await self._follow()
        except DeliveryError as error:
            logger.warning("A reply is not shown while it is written: {}", error)
        except Exception as error:  # noqa: BLE001  whatever it is, the whole comes afterwards
            if not may_pass(error):
                logger.exception("Showing a reply while it is written failed")

    async def _follow(self) -> None:
        shown = ""
        while not self._is_over:
            await self._news.wait()
            self._news.clear()
            # Of a long text it takes a while, in which others want to be heard.
            text = await asyncio.to_thread(self._stable, self._text)
            if not text or text == shown or self._is_over:
                continue
            self._is_showing = True
            try:
                goes_on = await self._show(text)
            finally:
                self._is_showing = False
            if not goes_on or self._is_over:
                return
            shown = text
            await asyncio.sleep(self._pause_s)
