"""Whose account a request counts for, and what a service gives there free of charge."""

from __future__ import annotations

import hashlib
from typing import Final

from pydantic import SecretStr

MOST_ACCOUNTS: Final = 4096
"""How many accounts or models of accounts are kept in mind; those unheard of for longest go."""
_DAY_S: Final = 86_400


def account_of(key: SecretStr | None) -> str:
    """Return a name of the account behind a key: the SHA-256 of all of it, blank without one.

    Keys of one service begin alike, so a shortened key would mix up people.
    """
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest() if key else ""


def is_free(model: str) -> bool:
    """Whether OpenRouter counts a request to this model against the quota of free ones."""
    return model.endswith(":free") or model == "openrouter/free"


def until_midnight(wall: float) -> float:
    """Return the seconds from a Unix time until the day ends in UTC, which is when quotas reset."""
    return _DAY_S - wall % _DAY_S


def utc_day(wall: float) -> int:
    """Return the number of the UTC day of a Unix time."""
    return int(wall // _DAY_S)
