"""What is done after a request failed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm import ChatMessage, ChatRequest, ErrorKind, ModelError, Patience
from tzurot.llm.errors import OUTCOMES
from tzurot.llm.policy import MOST_REPAIRS, Again, GiveUp, NextModel, Tries, decide
from tzurot.llm.repair import Repair

REQUEST = ChatRequest(model="m", messages=(ChatMessage("user", "Hi."),), max_tokens=10)
REPAIR = Repair(REQUEST, "nothing", None)
PATIENCE = Patience()
K = ErrorKind


def tries(**more: Any) -> Tries:  # noqa: ANN401 - any of its fields
    fields: dict[str, Any] = {
        "attempts": 1,
        "failures_here": 1,
        "repairs": 0,
        "left_s": 100,
        "has_next": False,
    }
    return Tries(**fields | more)


def error(kind: ErrorKind, status: int | None = None, after: float | None = None) -> ModelError:
    return ModelError(kind, "", status=status, retry_after=after)


@pytest.mark.parametrize(
    ("kind", "status", "again"),
    [
        (K.PROVIDER_DOWN, 500, 2),
        (K.PROVIDER_DOWN, 502, 2),
        (K.PROVIDER_DOWN, 503, 2),
        (K.PROVIDER_DOWN, 529, 2),
        (K.PROVIDER_DOWN, 520, 1),
        (K.TIMEOUT, 524, 1),
        (K.TIMEOUT, 504, 1),
        (K.TIMEOUT, 408, 1),
        (K.RATE_LIMITED, 429, 2),
        (K.EMPTY, None, 1),
        (K.TRUNCATED, None, 2),
        (K.UNREACHABLE, None, 2),
        (K.AUTHENTICATION, 401, 0),
        (K.NO_CREDIT, 402, 0),
        (K.SPEND_CAP, 403, 0),
        (K.FREE_QUOTA, 429, 0),
        (K.CONTENT_POLICY, 403, 0),
        (K.MODEL_GONE, 404, 0),
        (K.NO_ENDPOINT, 404, 0),
        (K.BAD_PARAMETER, 400, 0),
        (K.CONTEXT_TOO_LONG, 400, 0),
    ],
)
def test_how_often_the_same_is_asked_again(kind: K, status: int | None, again: int) -> None:
    steps = [
        decide(error(kind, status), None, tries(attempts=n, failures_here=n), PATIENCE)
        for n in (1, 2, 3)
    ]
    assert [isinstance(step, Again) for step in steps] == [n <= again for n in (1, 2, 3)]


def test_a_pause_that_was_asked_for_is_made() -> None:
    step = decide(error(K.RATE_LIMITED, 429, after=20), None, tries(), PATIENCE)
    assert isinstance(step, Again)
    assert step.wait >= 20


@pytest.mark.parametrize(
    ("after", "left_s", "has_next", "expected"),
    [
        (31, 100, False, GiveUp),
        (20, 10, False, GiveUp),
        (20, 100, True, NextModel),
        (2, 100, True, Again),
        (None, 0.5, True, GiveUp),
    ],
)
def test_a_long_pause_is_not_made(
    after: float | None,
    left_s: float,
    has_next: bool,  # noqa: FBT001 - a table's column
    expected: type,
) -> None:
    found = tries(left_s=left_s, has_next=has_next)
    assert isinstance(decide(error(K.RATE_LIMITED, 429, after), None, found, PATIENCE), expected)


def test_a_repair_comes_first_and_only_twice_a_turn() -> None:
    bad = error(K.BAD_PARAMETER, 400)
    assert decide(bad, REPAIR, tries(), PATIENCE) is REPAIR
    spent = tries(repairs=MOST_REPAIRS, attempts=3)
    assert isinstance(decide(bad, REPAIR, spent, PATIENCE), GiveUp)


@pytest.mark.parametrize(("whole", "silence"), [(30, 60), (120, 60), (900, 450)])
def test_who_gives_a_slow_model_more_time_gives_it_to_the_first_word_too(
    whole: float, silence: float
) -> None:
    patience = Patience.within(whole)
    assert (patience.whole, patience.silence) == (whole, silence)


@given(
    st.sampled_from(ErrorKind),
    st.none() | st.sampled_from([400, 429, 500, 504]),
    st.none() | st.floats(0, 1e5),
    st.booleans(),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 3),
    st.floats(-10, 300),
    st.booleans(),
)
def test_no_budget_is_ever_passed(  # noqa: PLR0913, PLR0917 - what a turn can be like
    kind: K,
    status: int | None,
    after: float | None,
    can_repair: bool,  # noqa: FBT001
    attempts: int,
    failures: int,
    repairs: int,
    left_s: float,
    has_next: bool,  # noqa: FBT001
) -> None:
    now = tries(
        attempts=attempts,
        failures_here=failures,
        repairs=repairs,
        left_s=left_s,
        has_next=has_next,
    )
    step = decide(error(kind, status, after), REPAIR if can_repair else None, now, PATIENCE)
    if attempts >= PATIENCE.attempts or left_s < 1:
        assert isinstance(step, GiveUp)
    if isinstance(step, Again):
        assert step.wait < left_s
        assert OUTCOMES[kind].retry
    if isinstance(step, NextModel):
        assert has_next
    if isinstance(step, Repair):
        assert repairs < MOST_REPAIRS
