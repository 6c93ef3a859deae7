"""Text without its code, in which names and links are shown and not meant; pure."""

from __future__ import annotations

import re

_BACKTICKS = re.compile("`+")


def without_code(text: str) -> str:
    """Return the text with code blanked: what stands between two equal runs of backticks.

    Each run is looked at once from either side, so the time grows with the length only.
    """
    runs = list(_BACKTICKS.finditer(text))
    closing: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for place in range(len(runs) - 1, -1, -1):
        length = len(runs[place][0])
        closing[place] = latest.get(length)
        latest[length] = place
    parts: list[str] = []
    kept_to, place = 0, 0
    while place < len(runs):
        end = closing[place]
        if end is not None:
            parts += [text[kept_to : runs[place].start()], " "]
            kept_to, place = runs[end].end(), end
        place += 1
    return "".join([*parts, text[kept_to:]])
