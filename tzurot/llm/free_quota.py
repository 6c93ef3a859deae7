"""OpenRouter's limits of free models: when an account may send the next request, without asking."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

from tzurot.llm.accounts import MOST_ACCOUNTS, account_of, is_free, until_midnight, utc_day
from tzurot.llm.errors import ErrorKind, ModelError

PER_MINUTE: Final = 20
"""Requests to free models that an account may make within a minute."""
_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0


@dataclass(slots=True)
class _Account:
    """What one account sent and may send; the day's numbers are those of `day`."""

    day: int
    minute: deque[float] = field(default_factory=lambda: deque(maxlen=PER_MINUTE))
    """When the last requests were sent."""
    used: int = 0
    limit: int | None = None
    """Requests in a day; None as long as nobody told."""
    over: bool = False
    """The service said that the day's requests are used up."""
    closed_until: float = 0

    def left(self) -> int | None:
        if self.over:
            return 0
        return None if self.limit is None else max(0, self.limit - self.used)


class FreeQuota:
    """Counts what accounts send to free models; what OpenRouter tells corrects the count.

    Limits are an account's, and keys are counted apart, because nobody tells which keys share an
    account. Requests of other programs are known only from what OpenRouter tells.
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
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def wait(self, model: str, key: SecretStr | None) -> float:
        """Return the seconds until a request may be sent, 0 for a model that is not free.

        Call `sent` right after a 0, without awaiting between, so that no other takes the place.
        """
        if not is_free(model):
            return 0
        account, now = self._account(key), self._monotonic()
        wait = account.closed_until - now
        if len(account.minute) == PER_MINUTE:
            wait = max(wait, account.minute[0] + _MINUTE_S - now)
        if account.left() == 0:
            wait = max(wait, until_midnight(self._wall()))
        return max(0, wait)

    def sent(self, model: str, key: SecretStr | None) -> None:
        """Count a request at the time it is sent: OpenRouter counts those too that fail."""
        if is_free(model):
            account = self._account(key)
            account.minute.append(self._monotonic())
            account.used += 1

    def left(self, key: SecretStr | None) -> int | None:
        """Return how many requests to free models are left today, None if nobody told the limit."""
        return self._account(key).left()

    def told(self, key: SecretStr | None, *, limit: int, remaining: int) -> None:
        """Take over `free_model_daily_requests` of OpenRouter's `/key`."""
        account = self._account(key)
        account.limit, account.used = limit, limit - remaining
        account.over = remaining <= 0
        if not account.over:
            account.closed_until = 0

    def refused(self, key: SecretStr | None, error: ModelError) -> None:
        """Take in a refusal of kind `FREE_QUOTA`.

        Its `retry_after` are the seconds until X-RateLimit-Reset, its `limit` X-RateLimit-Limit.
        """
        if error.kind is not ErrorKind.FREE_QUOTA:
            return
        account = self._account(key)
        if error.retry_after is not None:
            account.closed_until = self._monotonic() + error.retry_after
        # The minute's limit resets within a minute, but clocks differ; within the day's last hour
        # it makes no difference which of the two it was.
        if error.retry_after is None or error.retry_after > _HOUR_S:
            account.over = True
            account.limit = error.limit or account.limit

    def _account(self, key: SecretStr | None) -> _Account:
        name, today = account_of(key), utc_day(self._wall())
        account = self._accounts.pop(name, None) or _Account(today)
        if account.day != today:
            account.day, account.used, account.over = today, 0, False
        self._accounts[name] = account
        if len(self._accounts) > self._most:
            self._accounts.popitem(last=False)
        return account
