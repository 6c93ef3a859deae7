"""Makes what a service said fit for a log: one bounded line without keys."""

from __future__ import annotations

import re
from typing import Final

from pydantic import SecretStr

_MARK: Final = "[key]"
_MOST_READ: Final = 32_768
"""Characters that are searched for keys; of them only the first few are shown."""
_SPLIT_FROM: Final = 16
"""From this length on, half a key is as telling as the whole, and some services echo that."""
_KEY_LIKE: Final = re.compile(
    r"\b(?:sk|pk|gsk|hf|xai|csk|nvapi|tgp)[-_][\w*.…-]{6,}"  # OpenAI's form and its like
    r"|\bAIza[\w-]{10,}|\beyJ[\w-]{10,}(?:\.[\w-]+)*"  # Google's, and signed tokens
    r"|(?<=[Bb]earer )\S+"
    r"|(?<![\w-])(?=[A-Za-z_]*\d)(?=[\d_]*[A-Za-z])\w{32,}(?:\.\w+)*"
)
_NAMED: Final = re.compile(
    r"\b(api[ _-]?key|token|secret|authorization)((?: provided)?['\"]?\s?[:=]\s?['\"]?)[\w*.-]{8,}",
    re.IGNORECASE,
)


def redacted(text: str, key: SecretStr | None, longest: int) -> str:
    """Return a text as one line of at most `longest` characters, in which no key is left."""
    # Control characters could forge a line of the log or colour a terminal.
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _MOST_READ:
        line = line[:_MOST_READ].rpartition(" ")[0]  # without a word that was cut: it may be a key
    for part in _parts(key.get_secret_value() if key else ""):
        line = line.replace(part, _MARK)
    line = _NAMED.sub(rf"\1\2{_MARK}", _KEY_LIKE.sub(_MARK, line))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _parts(secret: str) -> tuple[str, ...]:
    if not secret:
        return ()
    if len(secret) < _SPLIT_FROM:
        return (secret,)
    half = len(secret) // 2
    return secret, secret[:half], secret[half:]
