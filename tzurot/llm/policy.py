"""What is done after a request failed: again, repaired, with the next model, or not; pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Self

from tzurot.llm.errors import OUTCOMES, ErrorKind, ModelError
from tzurot.llm.repair import Repair

MOST_REPAIRS: Final = 2
QUICKEST: Final = 1.0
"""Seconds. With less time left than this no further request is begun."""

# How often the same request goes to the same model again; elsewhere twice.
_AGAIN: Final = {ErrorKind.TIMEOUT: 1, ErrorKind.EMPTY: 1}
_AGAIN_BY_STATUS: Final = {504: 1, 520: 1, 521: 1, 522: 1, 523: 1, 524: 1, 530: 1}
_LONGEST_PAUSE: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the client waits, in seconds, and how often it asks."""

    silence: float = 60
    """Without an event that carries data; keep-alive comments do not count."""
    whole: float = 180
    """For everything: all requests to all models, and the waits between them."""
    attempts: int = 6
    """For everything, likewise."""
    longest_wait: float = 30
    """A service that asks for a longer pause is not asked again; the error says when to return."""
    wait_before_next_model: float = 4
    """Where there is another model to ask, no longer pause than this is made for the first."""
    farewell: float = 2
    """After the finish reason, for usage and the end of the stream."""
    backoff: float = 1
    """A factor on the pauses that nobody asked for; tests make it small."""

    @classmethod
    def within(cls, whole: float) -> Self:
        """Return patience of so many seconds in all, of which a single silence may take half.

        A local model may read the prompt for minutes before its first word.
        """
        return cls(whole=whole, silence=max(60, whole / 2))


@dataclass(frozen=True, slots=True)
class Again:
    """The same request to the same model, after `wait` seconds."""

    wait: float


@dataclass(frozen=True, slots=True)
class NextModel:
    """The same request to the next model."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing more is tried."""


Step = Again | Repair | NextModel | GiveUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """What was tried so far."""

    attempts: int
    """Requests, to all models."""
    failures_here: int
    """Requests to this model since it was last repaired; the one that failed counts."""
    repairs: int
    left_s: float
    has_next: bool


def decide(error: ModelError, repair: Repair | None, tries: Tries, patience: Patience) -> Step:
    """Return what to do about an error. One budget of time and requests is for all of it."""
    if tries.attempts >= patience.attempts or tries.left_s < QUICKEST:
        return GiveUp()
    if repair is not None and tries.repairs < MOST_REPAIRS:
        return repair
    if error.retryable and tries.failures_here <= _most_again(error):
        wait = _wait(error, tries.failures_here, patience)
        longest = patience.wait_before_next_model if tries.has_next else patience.longest_wait
        if (error.retry_after or 0) <= longest and wait + QUICKEST <= tries.left_s:
            return Again(wait)
    if tries.has_next and OUTCOMES[error.kind].falls_back:
        return NextModel()
    return GiveUp()


def _most_again(error: ModelError) -> int:
    by_status = _AGAIN_BY_STATUS.get(error.status or 0, 2)
    return min(by_status, _AGAIN.get(error.kind, 2))


def _wait(error: ModelError, failures: int, patience: Patience) -> float:
    if error.kind is ErrorKind.UNREACHABLE and failures == 1:
        return 0  # mostly a kept connection that the other side had just let go
    # Never quite alike: many who failed together must not come back together.
    pause = random.uniform(0, min(_LONGEST_PAUSE, 0.5 * 2**failures))  # noqa: S311
    return pause * patience.backoff + (error.retry_after or 0)
