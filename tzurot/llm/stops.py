"""Ends a reply at the texts that it shall stop before, and counts which of them did.

Providers take only a few of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

_MOST_COUNTS: Final = 1000


class StopCounts:
    """How often a reply ended at which stop sequence, by model; kept as long as the process lives.

    What was longest not met is forgotten when there are too many.
    """

    def __init__(self, most: int = _MOST_COUNTS) -> None:
        self._most = most
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def add(self, model: str, stop: str) -> None:
        """Count one reply of a model that ended at a sequence."""
        self._counts[model, stop] = self._counts.pop((model, stop), 0) + 1
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)

    def by_model(self) -> Mapping[str, Mapping[str, int]]:
        """Return the counts of each sequence, the most frequent first, for each model."""
        found: dict[str, dict[str, int]] = {}
        for (model, stop), count in sorted(self._counts.items(), key=lambda one: -one[1]):
            found.setdefault(model, {})[stop] = count
        return found


class StopFilter:
    """Feed the reply as it arrives; get what stands before the first of `stops`.

    They are looked for in the reply alone: a provider also finds them in the thinking, and cuts
    there.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._longest = max(map(len, self._stops), default=0)
        self._held = ""
        self.found: str | None = None
        """The stop at which the reply ended here."""

    @property
    def stopped(self) -> bool:
        """Whether the reply is over."""
        return self.found is not None

    def feed(self, text: str) -> str:
        """Return what is certain to stand before any stop; what may begin one is held back."""
        if not self._stops:
            return text
        if self.stopped:
            return ""
        text = self._held + text
        places = [(place, stop) for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            place, self.found = min(places, key=lambda one: one[0])
            self._held = ""
            return text[:place]
        keep = self._beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """Return what was held back: no stop came of it."""
        held, self._held = self._held, ""
        return held

    def _beginning(self, text: str) -> int:
        """Return how many characters at the end may be the beginning of a stop."""
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            end = text[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0
