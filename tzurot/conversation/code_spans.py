"""Text without its code, in which names and links are shown and not meant; pure."""

from __future__ import annotations

import re
from typing import Final

BLANK: Final = "`"
"""What stands in place of each sign of code: no word, no space, no end of a line."""
_BACKTICKS = re.compile("`+")
_QUOTED_LINE = re.compile(r"^ {0,3}>.*$", re.MULTILINE)
_FENCE: Final = 3


def without_code(text: str) -> str:
    """Return the text with a space for each piece of code."""
    parts: list[str] = []
    kept_to = 0
    for start, end in _spans(text)[0]:
        parts += [text[kept_to:start], " "]
        kept_to = end
    return "".join([*parts, text[kept_to:]])


def blanked(text: str) -> str:
    """Return a text of the same length in which code and quoted lines are `BLANK`.

    A code block that is never closed is code to the end: the reply was cut in it.
    """
    spans, unpaired = _spans(text)
    for run in unpaired:
        if (
            run.end() - run.start() >= _FENCE
            and not text[: run.start()].rpartition("\n")[2].strip()
        ):
            spans = [*(span for span in spans if span[0] < run.start()), (run.start(), len(text))]
            break
    parts: list[str] = []
    kept_to = 0
    for start, end in spans:
        parts += [text[kept_to:start], BLANK * (end - start)]
        kept_to = end
    shown = "".join([*parts, text[kept_to:]])
    return _QUOTED_LINE.sub(lambda line: BLANK * len(line[0]), shown)


def _spans(text: str) -> tuple[list[tuple[int, int]], list[re.Match[str]]]:
    """Return where code stands, between two equal runs of backticks, and runs without a partner.

    Each run is looked at once from either side, so the time grows with the length only.
    """
    runs = list(_BACKTICKS.finditer(text))
    closing: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for place in range(len(runs) - 1, -1, -1):
        length = len(runs[place][0])
        closing[place] = latest.get(length)
        latest[length] = place
    spans: list[tuple[int, int]] = []
    unpaired: list[re.Match[str]] = []
    place = 0
    while place < len(runs):
        end = closing[place]
        if end is None:
            unpaired.append(runs[place])
        else:
            spans.append((runs[place].start(), runs[end].end()))
            place = end
        place += 1
    return spans, unpaired
