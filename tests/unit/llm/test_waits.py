"""How long a service asks to wait."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from tests.support.model_errors import error, read
from tzurot.llm.waits import until_midnight

FREE_MINUTE = "Rate limit exceeded: free-models-per-min. "
FREE_DAY = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock more"


@pytest.mark.parametrize(
    ("headers", "more", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7),
        ({"retry-after": "1.5"}, {}, 1.5),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, {}, 0.25),
        ({"Retry-After": "-3"}, {}, None),
        ({"Retry-After": "soon"}, {}, None),
        ({"Retry-After": "1e999"}, {}, None),
        ({"Retry-After": "999999999"}, {}, 86_400),
        ({"Retry-After": formatdate(0)}, {}, 0),
        ({}, {"availability": {"retry_after": 4}}, 4),
        ({}, {"availability": {"retry_after": True}}, None),
        ({}, {"metadata": {"headers": {"Retry-After": 3}}}, 3),
        ({}, {"availability": {"retry_after": float("nan")}}, 0),
        ({}, {"availability": {"retry_after": 10**400}}, 86_400),
        ({}, {"details": [{"@type": "RetryInfo", "retryDelay": "34.5s"}]}, 34.5),
        ({}, {"message": "Limit reached. Please try again in 7.66s."}, 7.66),
        ({}, {"message": "Limit reached. Please try again in 2m59.5s."}, 179.5),
        ({"X-RateLimit-Reset": "12"}, {}, 12),
        ({}, {}, None),
    ],
)
def test_what_is_asked(
    headers: dict[str, str], more: dict[str, object], seconds: float | None
) -> None:
    message = str(more.pop("message", "slow down"))
    assert read(429, error(message, 429, **more), headers).retry_after == seconds


def test_a_moment() -> None:
    later = time.time() + 60
    dated = read(503, b"", {"Retry-After": formatdate(later, usegmt=True)}).retry_after
    seconds = read(429, b"", {"X-RateLimit-Reset": str(later)}).retry_after
    milliseconds = read(
        429, error("x", metadata={"headers": {"X-RateLimit-Reset": str(int(later * 1000))}})
    ).retry_after
    for found in (dated, seconds, milliseconds):
        assert found == pytest.approx(60, abs=5)
    assert read(502, b"", {"X-RateLimit-Reset": str(later)}).retry_after is None


def reset_in(seconds: float, message: str) -> float | None:
    stamp = str(int((time.time() + seconds) * 1000))
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": stamp}
    return read(429, error(message, 429, metadata={"headers": headers})).retry_after


def test_free_requests_of_the_minute_are_waited_for_at_most_a_minute() -> None:
    assert reset_in(25, FREE_MINUTE) == pytest.approx(25, abs=5)
    assert reset_in(5000, FREE_MINUTE) == 60
    assert read(429, error(FREE_MINUTE, 429)).retry_after is None


def test_free_requests_of_the_day_come_again_at_the_reset_stamp() -> None:
    assert reset_in(20_000, FREE_DAY) == pytest.approx(20_000, abs=5)


def test_free_requests_of_the_day_come_again_at_midnight_if_no_stamp_tells() -> None:
    midnight = until_midnight(time.time())
    for found in (reset_in(-100, FREE_DAY), read(429, error(FREE_DAY, 429)).retry_after):
        assert found == pytest.approx(midnight, abs=5)
    assert until_midnight(0) == 86_400
    assert until_midnight(86_400 * 20_000 + 86_399) == 1


def test_the_day_is_not_called_retryable_by_anything() -> None:
    body = error(FREE_DAY, 429, availability={"retryable": True, "retry_after": 3})
    assert not read(429, body).retryable
