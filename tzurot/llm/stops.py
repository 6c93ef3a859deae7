"""Ends a reply at the texts that it shall stop before: providers take only a few of them."""

from __future__ import annotations

from collections.abc import Sequence


class StopFilter:
    """Feed the reply as it arrives; get what stands before the first of `stops`.

    They are looked for in the reply alone: a provider also finds them in the thinking, and cuts
    there.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._longest = max(map(len, self._stops), default=0)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Return what is certain to stand before any stop; what may begin one is held back."""
        if not self._stops:
            return text
        if self.stopped:
            return ""
        text = self._held + text
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.stopped = True
            self._held = ""
            return text[: min(places)]
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
