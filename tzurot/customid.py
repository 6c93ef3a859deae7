"""The custom ids of buttons, selects and forms: a name and arguments, in a versioned form.

Discord hands a custom id back as it was sent, also years later and after restarts. So it holds all
that its handler needs, and says which form it is written in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

LIMIT: Final = 100
"""Characters. Source: Discord's documentation, Message Components."""
VERSION: Final = "1"
_PREFIX: Final = "tz"
_BETWEEN: Final = ":"


class CustomIdTooLongError(ValueError):
    """The arguments do not fit into what Discord takes."""


@dataclass(frozen=True, slots=True)
class CustomId:
    """What a custom id says; `version` is that of the form it was written in."""

    name: str
    arguments: tuple[str, ...]
    version: str = VERSION


def write(name: str, *arguments: object) -> str:
    """Return the custom id. Raises CustomIdTooLongError."""
    parts = [_PREFIX + VERSION, name, *(quote(str(one), safe="") for one in arguments)]
    text = _BETWEEN.join(parts)
    if len(text) > LIMIT:
        msg = f"{name}: {len(text)} characters, and Discord takes {LIMIT}"
        raise CustomIdTooLongError(msg)
    return text


def read(text: str) -> CustomId | None:
    """Return what a custom id says, or None when it is not one of ours."""
    head, *parts = text.split(_BETWEEN)
    if not head.startswith(_PREFIX) or not parts:
        return None
    name, *arguments = parts
    return CustomId(name, tuple(map(unquote, arguments)), head.removeprefix(_PREFIX))
