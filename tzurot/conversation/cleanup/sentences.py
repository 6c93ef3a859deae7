"""Ends a reply that was cut with a whole sentence; pure."""

from __future__ import annotations

import re

# With the quote marks, brackets and asterisks that close after it.
_SENTENCE_END = re.compile(r"(?<!\d)[.!?…]+[\"'”’)\]*_]*(?=\s|$)")  # noqa: RUF001  as people write


def whole_sentences(text: str) -> str:
    """Return a reply that was cut at its longest without the sentence that has no end.

    What would lose more than half, or ends inside a code block, is left as it is.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if text.count("```") % 2 or not ends or ends[-1] < len(text) / 2:
        return text
    shorter = text[: ends[-1]].rstrip()
    # An action that is still open is closed again.
    return f"{shorter}*" if _loose_asterisks(shorter) % 2 else shorter


def _loose_asterisks(text: str) -> int:
    return text.count("*") - 2 * text.count("**")
