"""When two names are the same; pure."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Return a name as names are compared: in any case, with any whitespace between words."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
