"""Chooses from which line on history is told, so that the beginning seldom moves; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

KEPT: Final = 0.4
"""The share of the tokens that is left when the beginning moves: the less, the longer it holds."""
FEW: Final = 20
"""Of so few messages nobody wants to miss half: then the beginning moves with each."""


def first_shown(tokens: Sequence[int], *, start: int, budget: int, most: int) -> int:
    """Return the index of the first line that is told, of lines with so many tokens each.

    `start` is where the window of the last prompt began. It stays as long as everything from there
    on fits: each prompt then begins as the one before it, and a provider serves it from its cache.
    When it does not fit, much is left out at once. Nothing is told where there is no space at all.
    """
    if _fits(tokens, start, budget, most):
        return start
    fewer = most if most <= FEW else most // 2
    for first in range(start + 1, len(tokens)):
        if _fits(tokens, first, int(budget * KEPT), fewer):
            return first
    last = len(tokens) - 1
    return last if last >= start and _fits(tokens, last, budget, most) else len(tokens)


def _fits(tokens: Sequence[int], start: int, budget: int, most: int) -> bool:
    return len(tokens) - start <= most and sum(tokens[start:]) <= budget
