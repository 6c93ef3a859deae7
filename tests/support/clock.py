"""A clock that only tests move."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    """`monotonic` and `wall` stand still until `pass_` moves both; `wall` is noon in UTC."""

    now: float = 1000.0
    noon: float = 1_800_014_400.0

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self.now

    def wall(self) -> float:
        """Return a Unix time."""
        return self.noon + self.now - 1000.0

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
