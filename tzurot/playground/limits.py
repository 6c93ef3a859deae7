"""Rate limits as Discord has them: buckets per route and major parameter, and one for all.

Source: https://discord.com/developers/docs/topics/rate-limits. Discord publishes no numbers for
single routes; those in use here are what bots have observed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from .errors import RateLimitedError

Mode = Literal["real", "generous", "off"]

GLOBAL_LIMIT: Final = 50
GLOBAL_SECONDS: Final = 1.0
_GENEROUS: Final = 20
_MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests within so many seconds."""

    requests: int
    seconds: float


@dataclass(slots=True)
class _Window:
    used: int
    ends: float


class Limits:
    """Counts requests; the window of a bucket opens with its first request."""

    def __init__(self, mode: Mode, clock: Callable[[], float] = time.monotonic) -> None:
        self._mode = mode
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self._everything = _Window(0, 0.0)

    def take(self, route: str, major: str, limit: Limit | None) -> dict[str, str]:
        """Count a request and return its headers; raise when its bucket is empty.

        `route`: method and path template. `major`: the channel, guild or webhook it is about.
        """
        if self._mode == "off" or limit is None:
            return {}
        now = self._clock()
        window = self._windows.get((route, major))
        if window is None or window.ends <= now:
            self._forget_old(now)
            window = self._windows[route, major] = _Window(0, now + limit.seconds)
        left = window.ends - now
        remaining = self._most(limit) - window.used - 1
        if remaining < 0:
            raise self.refusal(route, limit, left, "user")
        window.used += 1
        return self._headers(route, limit, remaining, left)

    def refusal(
        self, route: str, limit: Limit | None, retry_after: float, scope: str
    ) -> RateLimitedError:
        """Return a 429; those for a single bucket carry its headers."""
        refusal = RateLimitedError(retry_after, scope)
        if scope != "global" and limit is not None:
            refusal.headers |= self._headers(route, limit, 0, retry_after)
        return refusal

    def _most(self, limit: Limit) -> int:
        return limit.requests * (_GENEROUS if self._mode == "generous" else 1)

    def _headers(self, route: str, limit: Limit, remaining: int, left: float) -> dict[str, str]:
        return {
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
            "X-RateLimit-Limit": str(self._most(limit)),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }

    def take_global(self) -> None:
        """Count a request made with the bot's token; raise when there were too many."""
        if self._mode == "off":
            return
        most = self._most(Limit(GLOBAL_LIMIT, GLOBAL_SECONDS))
        now = self._clock()
        if self._everything.ends <= now:
            self._everything = _Window(0, now + GLOBAL_SECONDS)
        if self._everything.used >= most:
            raise RateLimitedError(self._everything.ends - now, "global")
        self._everything.used += 1

    def _forget_old(self, now: float) -> None:
        if len(self._windows) > _MOST_BUCKETS:
            self._windows = {
                key: window for key, window in self._windows.items() if window.ends > now
            }
