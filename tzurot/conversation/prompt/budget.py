"""Shares out the tokens of a prompt among its parts; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MEMORY_FLOOR: Final = 0.04
"""The share of the window that is memory's, however long the history is."""
LARGEST_MEMORY: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What each part would take, in tokens."""

    window: int
    """Of the prompt as a whole, without the reply."""
    fixed: int
    """What is always there: rules, character, people, notes, the time, what is referred to."""
    answered: int
    """What is answered; its last line always stays."""
    examples: int = 0
    history: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What each part gets, in tokens."""

    with_examples: bool
    history: int
    memory: int


def share(wants: Wants) -> Shares:
    """Return who gets what: what is fixed and answered first, then memory's floor, then history.

    Examples are the first to go when space runs out: they stay as long as all of the history fits
    beside them, so that they do not come and go. What history leaves over is memory's, too. What
    history gets does not depend on what is recalled: else its beginning would move each turn.
    """
    left = max(0, wants.window - wants.fixed - wants.answered)
    floor = min(int(wants.window * MEMORY_FLOOR), left)
    with_examples = wants.examples + wants.history + floor <= left
    left -= wants.examples if with_examples else 0
    memory = min(max(floor, left - wants.history), int(wants.window * LARGEST_MEMORY))
    return Shares(with_examples=with_examples, history=left - floor, memory=memory)
