"""Fills the macros of a card for one scene; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tzurot.conversation.prompt.macros import Macros, expand
from tzurot.conversation.scene import Line, Scene

_FIELDS: Final = (
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
    "system_prompt",
    "post_history_instructions",
    "character_version",
)
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def fill(scene: Scene, text: str, user: str) -> str:
    """Return a text of the card with its macros filled; `user` is who {{user}} is in it."""
    if "{" not in text and "<" not in text:
        return text
    card = scene.character
    macros = Macros(
        char=card.called,
        user=user,
        group=tuple(one.name for one in scene.companions),
        persona="; ".join(one.about for one in scene.people if one.name == user and one.about),
        card={name: card.field(name) for name in _FIELDS},
        now=scene.at or _NO_TIME,
        last_message=_last(scene.lines),
        last_user_message=_last([line for line in scene.lines if not line.is_self]),
        last_char_message=_last([line for line in scene.lines if line.is_self]),
        # What {{pick}} chooses stays the same for a character in a channel.
        chat=f"{scene.channel_id} {card.id}",
    )
    return expand(text, macros)


def _last(lines: list[Line] | tuple[Line, ...]) -> str:
    return lines[-1].text if lines else ""
