"""Fills the macros of a card for one scene; pure."""

from __future__ import annotations

import re
from typing import Final

from tzurot.conversation.scene import Scene

_PLACEHOLDER: Final = re.compile(r"\{\{\s*(user|char)\s*\}\}", re.IGNORECASE)


def fill(scene: Scene, text: str, user: str) -> str:
    """Return a text of the card with its macros filled; `user` is who {{user}} is in it."""
    names = {"char": scene.character.called, "user": user}
    return _PLACEHOLDER.sub(lambda match: names[match[1].lower()], text)
