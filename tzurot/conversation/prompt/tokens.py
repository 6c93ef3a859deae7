"""Guesses how many tokens a text takes, and learns from what models report."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

# English takes about four bytes a token, other scripts about three bytes a character and a token
# or more each. 3.5 is on the safe side for both.
_BYTES_PER_TOKEN: Final = 3.5
_PER_MESSAGE: Final = 4
PER_PICTURE: Final = 800
"""Tokens of a picture of 1,024 pixels a side, about; providers differ."""
_LEARNT: Final = 0.3
"""How much the newest report counts against all before it."""
_LEAST, _MOST = 0.4, 2.5
_MODELS: Final = 256


def estimate(text: str) -> int:
    """Return about how many tokens one message with this text takes."""
    return int(len(text.encode(errors="replace")) / _BYTES_PER_TOKEN) + _PER_MESSAGE


class Rates:
    """How many tokens each model really counts for one of ours; 1 until it has told."""

    def __init__(self) -> None:
        self._rates: OrderedDict[str, float] = OrderedDict()

    def of(self, model: str) -> float:
        """Return the model's tokens for one of ours."""
        return self._rates.get(model, 1.0)

    def learn(self, model: str, *, estimated: int, reported: int) -> None:
        """Take in what a model reported of a prompt that was estimated at so many tokens."""
        if estimated <= 0 or reported <= 0:
            return
        newest = min(_MOST, max(_LEAST, reported / estimated))
        known = self._rates.pop(model, newest)
        self._rates[model] = known + _LEARNT * (newest - known)
        if len(self._rates) > _MODELS:
            self._rates.popitem(last=False)
