"""Shortens a prompt by its oldest exchanges, by an estimate of its tokens."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tzurot.llm.messages import ChatMessage, ChatRequest

_PER_TOKEN: Final = 3.5
_PER_TOKEN_CJK: Final = 1.5
_CJK: Final = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_FRAME: Final = 4
"""Tokens around each message, for its role and its end."""
_ATTACHED: Final = 1000
"""Tokens of a picture, a sound or a file; providers count very differently, about this."""
_SAFETY: Final = 0.87
"""No tokeniser is alike, so this share of the room is used."""


def trimmed(request: ChatRequest, room: int | None) -> ChatRequest:
    """Drop the oldest exchanges of the history until the prompt fits into `room` tokens.

    Where the room is unknown, or the estimate says that it fits although the service said
    otherwise, a third of the history goes. System messages stay, and so does everything from the
    user's last message on.
    """
    history = _exchanges(request.messages)
    if not history:
        return request
    tools = _tokens(json.dumps(list(request.tools), default=str)) if request.tools else 0
    tokens = tools + sum(map(_estimated, request.messages))
    excess = tokens - _SAFETY * (math.inf if room is None else room)
    dropped: set[int] = set()
    if excess <= 0:
        history = history[: math.ceil(len(history) / 3)]
        excess = math.inf
    for exchange in history:
        if excess <= 0:
            break
        excess -= sum(_estimated(request.messages[place]) for place in exchange)
        dropped.update(exchange)
    kept = (one for place, one in enumerate(request.messages) if place not in dropped)
    return replace(request, messages=tuple(kept))


def _exchanges(messages: Sequence[ChatMessage]) -> list[list[int]]:
    """Return the places of what may go together: a message of a user, and what came of it.

    Calls of tools and their answers are never parted.
    """
    users = [place for place, message in enumerate(messages) if message.role == "user"]
    tail = users[-1] if users else len(messages) - 1
    exchanges: list[list[int]] = []
    for place, message in enumerate(messages[:tail]):
        if message.role == "user" or (message.role != "system" and not exchanges):
            exchanges.append([place])
        elif message.role != "system":
            exchanges[-1].append(place)
    return exchanges


def _estimated(message: ChatMessage) -> int:
    calls = sum(_tokens(call.name + call.arguments) for call in message.tool_calls)
    return _tokens(message.content) + calls + _FRAME + _ATTACHED * len(message.attachments)


def _tokens(text: str) -> int:
    wide = len(_CJK.findall(text))
    return math.ceil(wide / _PER_TOKEN_CJK + (len(text) - wide) / _PER_TOKEN)
