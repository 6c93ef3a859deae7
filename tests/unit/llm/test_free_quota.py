"""When an account may send the next request to a free model."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.support.clock import Clock
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.free_quota import PER_MINUTE, FreeQuota

ADA, BEN = SecretStr("sk-or-v1-aaaa1"), SecretStr("sk-or-v1-aaaa2")
FREE = "acme/bard:free"
HALF_A_DAY = 43_200


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> FreeQuota:
    return FreeQuota(monotonic=clock.monotonic, wall=clock.wall)


def refusal(retry_after: float | None, limit: int | None = None) -> ModelError:
    return ModelError(ErrorKind.FREE_QUOTA, "no", retry_after=retry_after, limit=limit)


def test_twenty_requests_within_any_minute(quota: FreeQuota, clock: Clock) -> None:
    for _ in range(PER_MINUTE):
        assert quota.wait(FREE, ADA) == 0
        quota.sent(FREE, ADA)
        clock.pass_(1)
    assert quota.wait(FREE, ADA) == pytest.approx(40)
    assert quota.wait("openrouter/free", ADA) == pytest.approx(40)
    assert quota.wait("acme/bard", ADA) == 0
    assert quota.wait(FREE, BEN) == 0
    clock.pass_(40)
    assert quota.wait(FREE, ADA) == 0
    quota.sent(FREE, ADA)
    assert quota.wait(FREE, ADA) == pytest.approx(1)


def test_paid_requests_do_not_count(quota: FreeQuota) -> None:
    for _ in range(PER_MINUTE * 2):
        quota.sent("acme/bard", ADA)
    assert quota.wait(FREE, ADA) == 0


def test_the_day_counts_down_from_what_the_service_told(quota: FreeQuota, clock: Clock) -> None:
    quota.sent(FREE, ADA)
    assert quota.left(ADA) is None
    quota.told(ADA, limit=50, remaining=2)
    assert quota.left(ADA) == 2
    for _ in range(2):
        assert quota.wait(FREE, ADA) == 0
        quota.sent(FREE, ADA)
    assert quota.left(ADA) == 0
    assert quota.left(BEN) is None
    assert quota.wait(FREE, ADA) == pytest.approx(HALF_A_DAY)
    clock.pass_(HALF_A_DAY)
    assert quota.left(ADA) == 50
    assert quota.wait(FREE, ADA) == 0


def test_credit_that_was_bought_raises_the_limit_at_once(quota: FreeQuota) -> None:
    quota.told(ADA, limit=50, remaining=0)
    assert quota.left(ADA) == 0
    quota.told(ADA, limit=1000, remaining=950)
    assert quota.left(ADA) == 950
    assert quota.wait(FREE, ADA) == 0


@pytest.mark.parametrize("retry_after", [None, HALF_A_DAY])
def test_a_refusal_for_the_day_ends_the_day(
    quota: FreeQuota, clock: Clock, retry_after: float | None
) -> None:
    quota.refused(ADA, refusal(retry_after, limit=50))
    assert quota.left(ADA) == 0
    assert quota.wait(FREE, ADA) == pytest.approx(HALF_A_DAY)
    clock.pass_(HALF_A_DAY)
    assert quota.left(ADA) == 50
    assert quota.wait(FREE, ADA) == 0


def test_credit_that_was_bought_ends_a_refusal_for_the_day(quota: FreeQuota) -> None:
    quota.refused(ADA, refusal(HALF_A_DAY, limit=50))
    quota.told(ADA, limit=1000, remaining=950)
    assert quota.wait(FREE, ADA) == 0


def test_a_refusal_for_the_minute_ends_the_minute(quota: FreeQuota, clock: Clock) -> None:
    quota.refused(ADA, refusal(66, limit=20))
    assert quota.left(ADA) is None
    assert quota.wait(FREE, ADA) == pytest.approx(66)
    clock.pass_(66)
    assert quota.wait(FREE, ADA) == 0


def test_other_errors_tell_nothing(quota: FreeQuota) -> None:
    quota.refused(ADA, ModelError(ErrorKind.RATE_LIMITED, "no", retry_after=30))
    assert quota.wait(FREE, ADA) == 0


def test_memory_is_bounded(clock: Clock) -> None:
    quota = FreeQuota(monotonic=clock.monotonic, wall=clock.wall, most=2)
    for key in (ADA, BEN):
        quota.told(key, limit=50, remaining=7)
    assert quota.left(ADA) == 7
    assert quota.left(None) is None
    assert quota.left(ADA) == 7
    assert quota.left(BEN) is None
