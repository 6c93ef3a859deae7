"""Faults that were ordered: the next requests that match fail in the way asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Final

from .errors import Payload

KINDS: Final = (
    "429",
    "5xx_before",
    "5xx_after",
    "drop_before",
    "drop_after",
    "slow",
)
SCOPES: Final = ("user", "global", "shared")
_MOST_TIMES: Final = 100_000
_SERVER_ERRORS: Final = (500, 599)
_LONGEST_SECONDS: Final = 300
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Fault:
    """One order. `path` is searched in the path after `/api/v10`, without the query."""

    kind: str
    times: int = 1
    method: str | None = None
    path: re.Pattern[str] | None = None
    status: int = 502
    delay_s: float = 1.0
    retry_after_s: float = 1.0
    scope: str = "user"

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is meant."""
        return self.method in {None, method} and (
            self.path is None or self.path.search(path) is not None
        )


class Faults:
    """The orders that are not used up yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, Fault] = {}
        self._numbers = count(1)

    def add(self, fault: Fault) -> str:
        """Order a fault and return its id."""
        number = str(next(self._numbers))
        self._waiting[number] = fault
        return number

    def clear(self) -> None:
        """Order nothing any more."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the oldest order for a request and use it once."""
        for number, fault in self._waiting.items():
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    del self._waiting[number]
                return fault
        return None


def read(body: Payload) -> Fault:
    """Read an order; raises ValueError with a sentence that says what is wrong."""
    for name, known in (("kind", KINDS), ("scope", (None, *SCOPES)), ("method", (None, *METHODS))):
        if body.get(name) not in known:
            message = f"{name} must be one of {', '.join(filter(None, known))}"
            raise ValueError(message)
    fault = Fault(body["kind"], method=body.get("method"), scope=body.get("scope") or "user")
    for name, lowest, highest, kind in (
        ("times", 1, _MOST_TIMES, int),
        ("status", *_SERVER_ERRORS, int),
        ("delay_s", 0, _LONGEST_SECONDS, (int, float)),
        ("retry_after_s", 0, _LONGEST_SECONDS, (int, float)),
    ):
        value = body.get(name, getattr(fault, name))
        if isinstance(value, bool) or not isinstance(value, kind) or not lowest <= value <= highest:
            message = f"{name} must be a number from {lowest} to {highest}"
            raise ValueError(message)
        setattr(fault, name, value)
    path = body.get("path")
    try:
        fault.path = None if path is None else re.compile(path)
    except (re.error, TypeError) as error:
        message = f"path is not a regular expression: {error}"
        raise ValueError(message) from error
    return fault
