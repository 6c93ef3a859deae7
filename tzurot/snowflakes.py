"""Discord's ids tell when something was made. Source: Discord's documentation, Snowflakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def said_at(message_id: int) -> datetime:
    """Return when a message was said, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=message_id >> 22)


def first_id_of(moment: datetime) -> int:
    """Return the least id that anything said at this time can have."""
    return ((moment - _EPOCH) // _MILLISECOND) << 22
