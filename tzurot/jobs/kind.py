"""What a kind of work is: its name, what it is given, what it returns, and its limits."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

P = TypeVar("P")
R = TypeVar("R")

MOST_DOUBLINGS: Final = 64
"""More would soon be no number any more."""


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[P, R]):
    """A kind of work, declared once.

    `payload` and `result` are types that pydantic knows (dataclasses, models) and that become JSON
    objects; a result may also be None. A change of either takes a new `version`, and an `upgrade`
    that brings the raw payload of an older version to this one. A process leaves the jobs of a
    newer version to newer processes.
    """

    name: str
    version: int
    payload: type[P]
    result: type[R]
    concurrency: int = 1
    """How many of them one process runs at once."""
    attempts: int = 5
    """How often it is begun at most; a process that dies over it counts, one that stops does not.
    """
    time_limit: timedelta = timedelta(minutes=5)
    """How long one attempt may take."""
    first_wait: timedelta = timedelta(seconds=2)
    """How long the second attempt waits at most; each later one twice as long."""
    longest_wait: timedelta = timedelta(minutes=10)
    lifetime: timedelta = timedelta(days=30)
    """How long after it was enqueued it may still be begun, however often processes stopped."""
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None

    def dump_payload(self, payload: P) -> dict[str, Any]:
        """Return the payload as JSON."""
        dumped: dict[str, Any] = self._payloads.dump_python(payload, mode="json")
        return dumped

    def load_payload(self, version: int, raw: dict[str, Any]) -> P:
        """Return the payload of a job of this or an older version. Raises ValueError."""
        if version != self.version:
            if self.upgrade is None:
                msg = f"{self.name}: version {version} cannot be read any more"
                raise ValueError(msg)
            raw = self.upgrade(version, raw)
        return self._payloads.validate_python(raw)

    def dump_result(self, result: R) -> dict[str, Any] | None:
        """Return the result as JSON."""
        dumped: dict[str, Any] | None = self._results.dump_python(result, mode="json")
        return dumped

    def load_result(self, raw: dict[str, Any] | None) -> R:
        """Return the result of a finished job of this version. Raises ValueError."""
        return self._results.validate_python(raw)

    def wait_after(self, attempt: int) -> timedelta:
        """Return how long to wait after attempt 1, 2, ...: longer each time, never quite alike."""
        doublings = min(attempt - 1, MOST_DOUBLINGS)
        wait = self.first_wait.total_seconds() * 2.0**doublings
        wait = min(wait, self.longest_wait.total_seconds())
        return timedelta(seconds=wait * random.uniform(0.5, 1))  # noqa: S311  it only spreads them

    @cached_property
    def _payloads(self) -> TypeAdapter[P]:
        return TypeAdapter(self.payload)

    @cached_property
    def _results(self) -> TypeAdapter[R]:
        return TypeAdapter(self.result)
