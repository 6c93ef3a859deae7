"""Remembers answers for a short while, so that the same is not asked again and again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


@dataclass(slots=True)
class _Kept(Generic[AnswerT]):
    """An answer and when it is too old; the lock is held by whoever asks."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    answer: tuple[AnswerT, float] | None = None


class Lately(Generic[KeyT, AnswerT]):
    """Asks once for what is wanted often: an answer is at most `seconds` old.

    The latest `most` are kept. Errors are passed on and not kept.
    """

    def __init__(
        self,
        ask: Callable[[KeyT], Awaitable[AnswerT]],
        *,
        seconds: float,
        most: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._most = most
        self._monotonic = monotonic
        self._kept: OrderedDict[KeyT, _Kept[AnswerT]] = OrderedDict()

    async def get(self, key: KeyT) -> AnswerT:
        """Return the answer for `key`; who wants the same at once waits for one answer."""
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        async with kept.lock:
            now = self._monotonic()
            if kept.answer is None or kept.answer[1] <= now:
                # Counted from before it was asked: what comes late is no younger for it.
                kept.answer = (await self._ask(key), now + self._seconds)
            return kept.answer[0]
