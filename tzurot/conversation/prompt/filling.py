"""Fills the macros of a card for one scene; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tzurot.conversation.prompt.macros import Macros, expand
from tzurot.conversation.scene import Line, Scene
from tzurot.plain import DATA, one_line
from tzurot.snowflakes import said_at

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


class Filling:
    """Fills the texts of one prompt: what {{setvar}} sets in one, those after it can read.

    What people said comes in on one line, between signs (`DATA`) that show it to whoever reads the
    filled text for names before colons.
    """

    def __init__(
        self, scene: Scene, *, model: str = "", max_prompt: int = 0, max_response: int = 0
    ) -> None:
        card = scene.character
        self._people = scene.people
        self._macros = Macros(
            char=card.called,
            user=scene.user_name,
            group=tuple(one.name for one in scene.companions),
            card={name: card.field(name) for name in _FIELDS},
            now=scene.at or _NO_TIME,
            idle=_idle(scene),
            last_message=_last(scene.lines),
            last_user_message=_last([line for line in scene.lines if not line.is_self]),
            last_char_message=_last([line for line in scene.lines if line.is_self]),
            model=model,
            max_prompt=max_prompt,
            max_response=max_response,
            # What {{pick}} chooses stays the same for a character in a channel.
            chat=f"{scene.channel_id} {card.id}",
        )

    def __call__(self, text: str, user: str) -> str:
        """Return a text of the card with its macros filled; `user` is who {{user}} is in it."""
        if "{" not in text and "<" not in text:
            return text
        about = (one_line(one.about) for one in self._people if one.name == user)
        persona = _data("; ".join(filter(None, about)))
        return expand(text, replace(self._macros, user=user, persona=persona))


def _last(lines: Sequence[Line]) -> str:
    return _data(one_line(lines[-1].text)) if lines else ""


def _data(text: str) -> str:
    return f"{DATA}{text}{DATA}" if text else ""


def _idle(scene: Scene) -> timedelta | None:
    """Return how long it was quiet before the message that is answered; None: nothing was said."""
    before = [one.message_id for one in scene.lines if 0 < one.message_id < scene.trigger_id]
    return said_at(scene.trigger_id) - said_at(max(before)) if before else None
