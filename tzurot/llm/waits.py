"""How long a service asks to wait, by its headers, its error or its words."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from tzurot.llm.findings import Findings

LONGEST_WAIT: Final = 86_400.0
_DAY: Final = 86_400
_LONGEST_SPAN: Final = 1e6
"""A larger number is no span of seconds but a moment."""
_YEAR_5138: Final = 1e11
"""A larger number is a moment in milliseconds."""
_SPOKEN: Final = re.compile(
    r"(?:try again|retry) in (?:(?P<minutes>\d{1,4})m)?(?P<seconds>\d{1,6}(?:\.\d{1,9})?) ?s",
    re.IGNORECASE,
)


def asked_wait(found: Findings, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that a service asks for, if it does."""
    for names in _headers(found, headers):
        for name, read in _ASKED.items():
            if name in names and (seconds := read(names[name])) is not None:
                return bounded(seconds)
    for part in found.objects:
        if (seconds := _in_body(part)) is not None:
            return bounded(seconds)
    if spoken := _SPOKEN.search(found.text):
        return bounded(60 * int(spoken["minutes"] or 0) + float(spoken["seconds"]))
    return None


def until_reset(found: Findings, headers: Mapping[str, str]) -> float | None:
    """Return the seconds until a used-up limit is renewed, if a stamp tells a moment to come."""
    for names in _headers(found, headers):
        seconds = _moment(names.get("x-ratelimit-reset", ""))
        if seconds is not None and seconds > 0:
            return bounded(seconds)
    return None


def until_midnight(now: float) -> float:
    """Return the seconds until midnight UTC."""
    return _DAY - now % _DAY


def bounded(seconds: float) -> float:
    """Return seconds that can be waited."""
    # In this order NaN, which JSON lets through, becomes 0.
    return float(min(max(0, seconds), LONGEST_WAIT))


def _headers(found: Findings, headers: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the headers, then those that the error repeats, with names in lower case."""
    yield {name.lower(): value for name, value in headers.items()}
    for part in found.objects:
        if isinstance(repeated := part.get("headers"), dict):
            yield {str(name).lower(): str(value) for name, value in repeated.items()}


def _in_body(part: Mapping[str, Any]) -> float | None:
    seconds = part.get("retry_after")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return seconds
    delay = part.get("retryDelay")  # Google's form: "34s"
    return _number(delay.removesuffix("s")) if isinstance(delay, str) else None


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value.strip()) else None


def _milliseconds(value: str) -> float | None:
    number = _number(value)
    return None if number is None else number / 1000


def _seconds_or_date(value: str) -> float | None:
    number = _number(value)
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None


def _moment(value: str) -> float | None:
    """Read a moment in seconds or milliseconds, or a span: all have been seen."""
    number = _number(value)
    if number is None or number < _LONGEST_SPAN:
        return number
    return (number / 1000 if number > _YEAR_5138 else number) - time.time()


_ASKED: Final = {"retry-after-ms": _milliseconds, "retry-after": _seconds_or_date}
