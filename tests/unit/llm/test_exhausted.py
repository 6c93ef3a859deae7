"""What rests after which failures, for whom, and for how long."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.support.clock import Clock
from tzurot.llm.errors import ErrorKind, ModelError, Symptom
from tzurot.llm.exhausted import Exhausted

ADA, BEN = SecretStr("sk-or-v1-aaaa1"), SecretStr("sk-or-v1-aaaa2")
PAID, OTHER, FREE, OTHER_FREE = "acme/bard", "acme/poet", "acme/bard:free", "acme/poet:free"
EVERY = (PAID, OTHER, FREE, OTHER_FREE)
HALF_A_DAY = 43_200


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exhausted(clock: Clock) -> Exhausted:
    return Exhausted(monotonic=clock.monotonic, wall=clock.wall)


def error(kind: ErrorKind, retry_after: float | None = None) -> ModelError:
    return ModelError(kind, "they said so", retry_after=retry_after)


def resting(exhausted: Exhausted, clock: Clock, key: SecretStr | None = ADA) -> dict[str, float]:
    """Return which models rest, and for how many seconds."""
    rests = {model: exhausted.until(model, key) for model in EVERY}
    return {model: rest.until - clock.now for model, rest in rests.items() if rest}


def test_nothing_rests_at_first(exhausted: Exhausted, clock: Clock) -> None:
    assert resting(exhausted, clock) == {}


@pytest.mark.parametrize(
    ("failure", "model", "expected"),
    [
        (error(ErrorKind.RATE_LIMITED), PAID, {PAID: 30}),
        (error(ErrorKind.RATE_LIMITED, 7), PAID, {PAID: 7}),
        (error(ErrorKind.FREE_QUOTA), FREE, {FREE: HALF_A_DAY, OTHER_FREE: HALF_A_DAY}),
        (error(ErrorKind.FREE_QUOTA, 40), FREE, {FREE: 40, OTHER_FREE: 40}),
        (error(ErrorKind.FREE_QUOTA, 40), PAID, {PAID: 40}),
        (error(ErrorKind.NO_CREDIT), PAID, {PAID: 600, OTHER: 600}),
        (error(ErrorKind.SPEND_CAP, 3), PAID, {PAID: 600, OTHER: 600}),
        (error(ErrorKind.NO_CREDIT), FREE, dict.fromkeys(EVERY, 600)),
        (error(ErrorKind.AUTHENTICATION), PAID, dict.fromkeys(EVERY, 60)),
        (error(ErrorKind.PROVIDER_DOWN), PAID, {}),
        (error(ErrorKind.CONTENT_POLICY), PAID, {}),
        (error(ErrorKind.CONTEXT_TOO_LONG), PAID, {}),
        (error(ErrorKind.UNREACHABLE), PAID, {}),
    ],
)
def test_a_failure_rests_what_it_concerns(
    exhausted: Exhausted,
    clock: Clock,
    failure: ModelError,
    model: str,
    expected: dict[str, float],
) -> None:
    exhausted.note(model, ADA, failure)
    assert resting(exhausted, clock) == pytest.approx(expected)
    assert resting(exhausted, clock, BEN) == {}
    assert resting(exhausted, clock, None) == {}
    clock.pass_(max(expected.values(), default=0))
    assert resting(exhausted, clock) == {}


def test_a_rest_says_why(exhausted: Exhausted) -> None:
    exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED))
    rest = exhausted.until(PAID, ADA)
    assert rest is not None
    assert (rest.kind, rest.reason) == (ErrorKind.RATE_LIMITED, "they said so")


def test_repeats_rest_longer_up_to_a_bound(exhausted: Exhausted, clock: Clock) -> None:
    rests: list[float] = []
    for _ in range(6):
        exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED))
        rests += resting(exhausted, clock).values()
        clock.pass_(rests[-1])
    assert rests == pytest.approx([30, 60, 120, 240, 300, 300])


def test_failures_that_were_under_way_together_are_no_repeats(
    exhausted: Exhausted, clock: Clock
) -> None:
    for _ in range(5):
        exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED))
    assert resting(exhausted, clock) == {PAID: 30}


def test_long_after_the_last_failure_the_next_is_a_first_one(
    exhausted: Exhausted, clock: Clock
) -> None:
    exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED))
    exhausted.note(OTHER, ADA, error(ErrorKind.EMPTY))
    clock.pass_(700)
    exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED))
    exhausted.note(OTHER, ADA, error(ErrorKind.EMPTY))
    assert resting(exhausted, clock) == {PAID: 30}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ErrorKind.PROVIDER_DOWN, ErrorKind.PROVIDER_DOWN),
        (ErrorKind.EMPTY, ErrorKind.PROVIDER_DOWN),
        (ErrorKind.TIMEOUT, ErrorKind.EMPTY),
    ],
)
def test_two_failures_in_a_row_rest_a_model(
    exhausted: Exhausted, clock: Clock, first: ErrorKind, second: ErrorKind
) -> None:
    exhausted.note(PAID, ADA, error(first))
    exhausted.succeeded(PAID, ADA)
    exhausted.note(PAID, ADA, error(first))
    assert resting(exhausted, clock) == {}
    exhausted.note(PAID, ADA, error(second))
    assert resting(exhausted, clock) == {PAID: 60}
    clock.pass_(61)
    exhausted.note(PAID, ADA, error(first))
    assert resting(exhausted, clock) == {PAID: 60}


def test_an_answer_ends_every_rest_that_it_disproves(exhausted: Exhausted, clock: Clock) -> None:
    for kind in (ErrorKind.RATE_LIMITED, ErrorKind.NO_CREDIT, ErrorKind.AUTHENTICATION):
        exhausted.note(PAID, ADA, error(kind))
    exhausted.note(FREE, ADA, error(ErrorKind.FREE_QUOTA))
    exhausted.note(OTHER, ADA, error(ErrorKind.RATE_LIMITED))
    exhausted.succeeded(PAID, ADA)
    assert resting(exhausted, clock) == {OTHER: 30, FREE: HALF_A_DAY, OTHER_FREE: HALF_A_DAY}


def test_a_shorter_rest_never_replaces_a_longer_one(exhausted: Exhausted, clock: Clock) -> None:
    exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED, 300))
    exhausted.note(PAID, ADA, error(ErrorKind.PROVIDER_DOWN))
    exhausted.note(PAID, ADA, error(ErrorKind.RATE_LIMITED, 1))
    assert resting(exhausted, clock) == {PAID: 300}


def test_the_longest_rest_is_told(exhausted: Exhausted, clock: Clock) -> None:
    exhausted.note(PAID, ADA, error(ErrorKind.AUTHENTICATION))
    exhausted.note(PAID, ADA, error(ErrorKind.NO_CREDIT))
    rest = exhausted.until(PAID, ADA)
    assert rest is not None
    assert rest.kind is ErrorKind.NO_CREDIT
    assert resting(exhausted, clock) == {PAID: 600, OTHER: 600, FREE: 60, OTHER_FREE: 60}


def test_what_a_repair_mends_rests_nothing(exhausted: Exhausted, clock: Clock) -> None:
    mendable = ModelError(
        ErrorKind.NO_CREDIT, "can only afford 90", symptom=Symptom.AFFORDABLE, limit=90
    )
    exhausted.note(PAID, ADA, mendable)
    assert resting(exhausted, clock) == {}


def test_memory_is_bounded_and_keeps_what_is_of_concern(clock: Clock) -> None:
    exhausted = Exhausted(monotonic=clock.monotonic, wall=clock.wall, most=3)
    for number in range(3):
        exhausted.note(f"m{number}", ADA, error(ErrorKind.RATE_LIMITED))
    assert exhausted.until("m0", ADA)
    exhausted.note("m3", ADA, error(ErrorKind.RATE_LIMITED))
    found = [bool(exhausted.until(f"m{number}", ADA)) for number in range(4)]
    assert found == [True, False, True, True]
