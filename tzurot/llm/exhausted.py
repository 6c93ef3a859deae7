"""What cannot answer for now, remembered so that the next person does not pay the wait for it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pydantic import SecretStr

from tzurot.llm.accounts import MOST_ACCOUNTS, account_of, is_free, until_midnight
from tzurot.llm.errors import ErrorKind, ModelError

_FORGOTTEN_S: Final = 600
"""After so long without trouble, a failure is a first one again."""
_MOST_DOUBLINGS: Final = 8


@dataclass(frozen=True, slots=True)
class Rest:
    """Why something is not asked; `until` is a time of the clock, `time.monotonic` by default.

    `reason` is for the host only: the detail of the error that began it. `is_told`: the service
    itself named the time; else it is a guess.
    """

    until: float
    kind: ErrorKind
    reason: str
    is_told: bool


class _Whole(Enum):
    """What of an account rests, when it is more than one model."""

    FREE = auto()
    PAID = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class _Rule:
    """What rests after a failure, and for how many seconds; a repeat doubles them."""

    seconds: float | None
    """None: until the end of the day in UTC."""
    longest: float = 0
    whole: _Whole | None = None
    """None: the model alone."""
    failures: int = 1
    """How many in a row it takes."""
    heeds_service: bool = False
    """Whether the service's own `retry_after` counts instead."""


_UNPAID: Final = _Rule(600, whole=_Whole.PAID)
# A timeout costs people the longest wait of all.
_FAILING: Final = _Rule(60, failures=2)
_RULES: Final[Mapping[ErrorKind, _Rule]] = {
    ErrorKind.RATE_LIMITED: _Rule(30, longest=300, heeds_service=True),
    ErrorKind.FREE_QUOTA: _Rule(None, whole=_Whole.FREE, heeds_service=True),
    ErrorKind.NO_CREDIT: _UNPAID,
    ErrorKind.SPEND_CAP: _UNPAID,
    ErrorKind.PROVIDER_DOWN: _FAILING,
    ErrorKind.EMPTY: _FAILING,
    ErrorKind.TIMEOUT: _FAILING,
    # A key that was refused by mistake, or is repaired by its owner, comes back by itself.
    ErrorKind.AUTHENTICATION: _Rule(60, longest=3600, whole=_Whole.ALL),
}


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What is known of one model of an account, or of a whole kind of its models."""

    rule: _Rule
    failures: int
    noted: float
    rest: Rest


class Exhausted:
    """Remembers for one service which models rest for which accounts; a new key is a new account.

    It holds `most` troubles, and forgets those that were of no concern for longest.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        most: int = MOST_ACCOUNTS,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._most = most
        self._troubles: OrderedDict[tuple[str, str | _Whole], _Trouble] = OrderedDict()

    def note(self, model: str, key: SecretStr | None, error: ModelError) -> None:
        """Take in how a request failed.

        What a repair mends (the error has a symptom) tells nothing about the next request.
        """
        rule = _RULES.get(error.kind)
        if rule is None or error.symptom is not None:
            return
        place = (account_of(key), _what_rests(rule, model))
        now = self._monotonic()
        old = self._troubles.pop(place, None)
        failures = 1
        if old and old.rule is rule and now < max(old.noted, old.rest.until) + _FORGOTTEN_S:
            # What fails during the rest was sent before it, and is no repeat.
            failures = old.failures + (old.rest.until <= now)
        is_told = rule.heeds_service and error.retry_after is not None
        until = now + self._seconds(rule, failures, error)
        rest = Rest(until, error.kind, error.detail, is_told)
        if old and old.rest.until > rest.until:
            rest = old.rest
        self._troubles[place] = _Trouble(rule, failures, now, rest)
        if len(self._troubles) > self._most:
            self._troubles.popitem(last=False)

    def until(self, model: str, key: SecretStr | None) -> Rest | None:
        """Return the longest rest that keeps this model from being asked with this key, or None."""
        now = self._monotonic()
        rests = []
        for place in _places(model, key):
            trouble = self._troubles.get(place)
            if trouble and trouble.rest.until > now:
                self._troubles.move_to_end(place)
                rests.append(trouble.rest)
        return max(rests, key=lambda rest: rest.until, default=None)

    def succeeded(self, model: str, key: SecretStr | None) -> None:
        """Take in that a model answered: what kept it from being asked is over."""
        for place in _places(model, key):
            self._troubles.pop(place, None)

    def renewed(self, key: SecretStr | None) -> None:
        """Take in that an account has free requests again, such as by credit that was bought."""
        self._troubles.pop((account_of(key), _Whole.FREE), None)

    def _seconds(self, rule: _Rule, failures: int, error: ModelError) -> float:
        repeats = failures - rule.failures
        if repeats < 0:
            return 0
        if rule.heeds_service and error.retry_after is not None:
            return error.retry_after
        if rule.seconds is None:
            return until_midnight(self._wall())
        longest = max(rule.seconds, rule.longest)
        return min(rule.seconds * 2.0 ** min(repeats, _MOST_DOUBLINGS), longest)


def _what_rests(rule: _Rule, model: str) -> str | _Whole:
    """Return what rests when a rule applies to a request of this model."""
    if rule.whole is _Whole.PAID and is_free(model):
        # Below zero the free ones are refused too, and so is all the rest.
        return _Whole.ALL
    if rule.whole is _Whole.FREE and not is_free(model):
        return model
    return model if rule.whole is None else rule.whole


def _places(model: str, key: SecretStr | None) -> list[tuple[str, str | _Whole]]:
    """Return under which names troubles of this model are kept."""
    account = account_of(key)
    own = _Whole.FREE if is_free(model) else _Whole.PAID
    return [(account, model), (account, own), (account, _Whole.ALL)]
