"""Puts times and spans of time into words, as macros want them; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final

TIME: Final = "h:mm A"
DATE: Final = "MMMM D, YYYY"

_LONG: Final = {
    "L": "MM/DD/YYYY",
    "LL": DATE,
    "LLL": f"{DATE} {TIME}",
    "LLLL": f"dddd, {DATE} {TIME}",
    "LT": TIME,
    "LTS": "h:mm:ss A",
}
_TOKENS: Final[dict[str, Callable[[datetime], str]]] = {
    "YYYY": lambda when: f"{when.year:04}",
    "YY": lambda when: f"{when.year % 100:02}",
    "Q": lambda when: str((when.month + 2) // 3),
    "MMMM": lambda when: f"{when:%B}",
    "MMM": lambda when: f"{when:%b}",
    "MM": lambda when: f"{when.month:02}",
    "M": lambda when: str(when.month),
    "DDDD": lambda when: f"{when:%j}",
    "DDD": lambda when: str(when.timetuple().tm_yday),
    "Do": lambda when: _ordinal(when.day),
    "DD": lambda when: f"{when.day:02}",
    "D": lambda when: str(when.day),
    "dddd": lambda when: f"{when:%A}",
    "ddd": lambda when: f"{when:%a}",
    "dd": lambda when: f"{when:%a}"[:2],
    "d": lambda when: str(when.isoweekday() % 7),
    "E": lambda when: str(when.isoweekday()),
    "WW": lambda when: f"{when.isocalendar().week:02}",
    "W": lambda when: str(when.isocalendar().week),
    "HH": lambda when: f"{when.hour:02}",
    "H": lambda when: str(when.hour),
    "hh": lambda when: f"{(when.hour + 11) % 12 + 1:02}",
    "h": lambda when: str((when.hour + 11) % 12 + 1),
    "mm": lambda when: f"{when.minute:02}",
    "m": lambda when: str(when.minute),
    "ss": lambda when: f"{when.second:02}",
    "s": lambda when: str(when.second),
    "A": lambda when: "AM" if when.hour < 12 else "PM",  # noqa: PLR2004 - noon
    "a": lambda when: "am" if when.hour < 12 else "pm",  # noqa: PLR2004 - noon
    "ZZ": lambda when: f"{when:%z}",
    "Z": lambda when: f"{when:%z}"[:3] + ":" + f"{when:%z}"[3:],
}
_longest_first = sorted([*_TOKENS, *_LONG], key=len, reverse=True)
# What stands in brackets is no token. No bracket within them: each is looked at once.
_FORMAT: Final = re.compile(r"\[([^\[\]]*)\]|" + "|".join(_longest_first))
_OFFSET: Final = re.compile(r"utc([+-]\d{1,2})", re.IGNORECASE | re.ASCII)
_FARTHEST: Final = 14
"""Hours that any place on Earth is away from UTC."""
_FEW_SECONDS: Final = 45
_DAY: Final = 86_400
# Seconds in one; from how many on the next unit is used; one and many in words.
_UNITS: Final = (
    (60, 45, "a minute", "minutes"),
    (3600, 22, "an hour", "hours"),
    (_DAY, 26, "a day", "days"),
    (_DAY * 146_097 / 4800, 11, "a month", "months"),
)
_YEAR: Final = _DAY * 146_097 / 400


def formatted(when: datetime, tokens: str) -> str:
    """Return a time as tokens such as YYYY-MM-DD say; what is no token stays."""
    return _FORMAT.sub(lambda match: _formatted(when, match), tokens)


def _formatted(when: datetime, token: re.Match[str]) -> str:
    if token[1] is not None:
        return token[1]
    if token[0] in _LONG:
        return formatted(when, _LONG[token[0]])
    return _TOKENS[token[0]](when)


def at_offset(now: datetime, offset: str) -> datetime | None:
    """Return the same time at an offset such as UTC+2; None when there is no such offset."""
    match = _OFFSET.fullmatch(offset)
    if match is None or abs(int(match[1])) > _FARTHEST:
        return None
    return now.astimezone(timezone(timedelta(hours=int(match[1]))))


def in_words(span: timedelta) -> str:
    """Return about how long a span is, such as "5 minutes"."""
    seconds = abs(span.total_seconds())
    if round(seconds) < _FEW_SECONDS:
        return "a few seconds"
    for size, most, one, many in _UNITS:
        count = int(seconds / size + 0.5)
        if count <= 1:
            return one
        if count < most:
            return f"{count} {many}"
    years = int(seconds / _YEAR + 0.5)
    return "a year" if years <= 1 else f"{years} years"


def difference(one: str, other: str, zone: tzinfo | None) -> str | None:
    """Return when the first of two ISO times is, seen from the other; None when one is no time."""
    try:
        span = _read(one, zone) - _read(other, zone)
    except (ValueError, OverflowError):
        return None
    return f"in {in_words(span)}" if span > timedelta() else f"{in_words(span)} ago"


def _read(text: str, zone: tzinfo | None) -> datetime:
    when = datetime.fromisoformat(text.strip())
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _ordinal(day: int) -> str:
    teens = (11, 12, 13)
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10 if day not in teens else 0, 'th') }"
