"""A scene whose macros tests expand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tzurot.conversation.prompt.macros import Macros, expand

MACROS = Macros(
    char="Juniper",
    user="Ada",
    group=("Sable", "Moss"),
    persona="I paint.",
    card={
        "description": "{{char}} minds a lighthouse.",
        "personality": "calm",
        "scenario": "A night with {{user}}.",
        "first_mes": "Hello, {{user}}.",
        "mes_example": "{{char}}: Aye.",
        "system_prompt": "Be {{char}}.",
        "post_history_instructions": "Stay {{personality}}.",
        "character_version": "1.2",
    },
    now=datetime(2025, 11, 3, 17, 5, 9, tzinfo=ZoneInfo("Europe/Berlin")),
    idle=timedelta(minutes=7),
    last_message="What now?",
    last_user_message="Is it late?",
    last_char_message="Aye, it is.",
    model="small-1",
    max_prompt=3000,
    max_response=500,
    original="the host's words",
    chat="channel 5",
    chance=lambda: 0.5,
)


def expanded(text: str) -> str:
    return expand(text, replace(MACROS, variables={}))


def most_of(text: str, macros: Macros) -> int:
    said = macros.last_message + macros.last_user_message + macros.last_char_message
    given = macros.char + macros.user + macros.persona + macros.model + macros.original
    return 4 * len(text + said + given + "".join(macros.group) + "".join(macros.card.values()))
