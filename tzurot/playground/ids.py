"""Snowflake ids: numbers that grow with time, as Discord makes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
TIME_SHIFT: Final = 22
"""The low 22 bits count within a millisecond."""

LARGEST_ID: Final = 2**63 - 1
"""Ids are signed 64-bit numbers."""

BOT_ID: Final = 1000
TOKEN: Final = "MTAwMA.cGxheQ.playground"  # noqa: S105 - the playground's one public token
VERIFY_KEY: Final = "00" * 32


class Snowflakes:
    """Makes ids that are always greater than every id made before."""

    def __init__(self, last: int) -> None:
        self._last = last

    def next(self) -> int:
        """Return a new id for this moment."""
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << TIME_SHIFT
        self._last = max(now, self._last + 1)
        return self._last


def id_of(seconds_ago: float) -> int:
    """Return the smallest id of a moment in the past."""
    return (int((time.time() - seconds_ago) * 1000) - DISCORD_EPOCH_MS) << TIME_SHIFT


def now() -> str:
    """Return this moment as Discord writes times."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
