"""How a prompt's tokens are shared out, and where its history begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.conversation.prompt.budget import LARGEST_MEMORY, MEMORY_FLOOR, Shares, Wants, share
from tzurot.conversation.prompt.tokens import Rates
from tzurot.conversation.prompt.window import FEW, KEPT, first_shown

AMOUNT = st.integers(0, 20_000)


@pytest.mark.parametrize(
    ("examples", "history", "expected"),
    [
        (0, 0, Shares(with_examples=True, history=760, memory=250)),
        (100, 300, Shares(with_examples=True, history=660, memory=250)),
        (100, 600, Shares(with_examples=True, history=660, memory=100)),
        # They go when history does not fit beside them.
        (100, 720, Shares(with_examples=False, history=760, memory=80)),
        (100, 5000, Shares(with_examples=False, history=760, memory=40)),
    ],
)
def test_who_gets_what(examples: int, history: int, expected: Shares) -> None:
    found = share(Wants(window=1000, fixed=150, answered=50, examples=examples, history=history))
    assert found == expected


@given(AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT)
def test_nothing_is_shared_out_twice(
    window: int, fixed: int, answered: int, examples: int, history: int
) -> None:
    wants = Wants(window=window, fixed=fixed, answered=answered, examples=examples, history=history)
    found = share(wants)
    left = max(0, window - fixed - answered)
    taken = min(history, found.history) + found.memory + (examples * found.with_examples)
    assert taken <= left
    assert found.memory <= window * LARGEST_MEMORY
    assert found.memory >= min(int(window * MEMORY_FLOOR), left)
    assert found.history >= 0


def test_what_is_recalled_does_not_move_the_history() -> None:
    """`Wants` does not know of it: two turns with and without memories begin alike."""
    assert "memories" not in Wants.__dataclass_fields__


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(0, 60), AMOUNT, st.integers(0, 60))
def test_a_window_fits_and_stays_where_it_can(
    tokens: list[int], start: int, budget: int, most: int
) -> None:
    start = min(start, len(tokens))
    first = first_shown(tokens, start=start, budget=budget, most=most)
    assert start <= first <= len(tokens)
    shown = tokens[first:]
    assert sum(shown) <= budget
    assert len(shown) <= most
    if sum(tokens[start:]) <= budget and len(tokens) - start <= most:
        assert first == start
    elif first < len(tokens) - 1:
        # It makes room for many turns at once.
        assert sum(shown) <= budget * KEPT
        assert len(shown) <= most / 2 or most <= FEW
    if tokens and tokens[-1] <= budget and most and start < len(tokens):
        assert shown


def test_rates_follow_what_models_report_within_bounds() -> None:
    rates = Rates()
    assert rates.of("a") == 1
    rates.learn("a", estimated=1000, reported=1300)
    assert rates.of("a") == pytest.approx(1.3)
    for _ in range(30):
        rates.learn("a", estimated=1000, reported=900)
    assert rates.of("a") == pytest.approx(0.9, abs=0.01)
    rates.learn("b", estimated=10, reported=100_000)
    assert rates.of("b") == pytest.approx(2.5)
    rates.learn("c", estimated=0, reported=5)
    rates.learn("c", estimated=5, reported=0)
    assert rates.of("c") == 1
    for number in range(1000):
        rates.learn(str(number), estimated=10, reported=20)
    assert rates.of("a") == 1  # forgotten, not kept for ever
