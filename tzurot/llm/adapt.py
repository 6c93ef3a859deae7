"""Brings a request in line with what is known of its model, before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tzurot.llm.capabilities import Abilities
from tzurot.llm.messages import (
    Attachment,
    Audio,
    ChatMessage,
    ChatRequest,
    File,
    Image,
    Json,
)
from tzurot.llm.turns import (
    Messages,
    alternating,
    without_blanks,
    without_prefill,
    without_system,
    without_tools,
)

_OF_TOOLS: Final = frozenset({"parallel_tool_calls"})


def adapt(request: ChatRequest, abilities: Abilities) -> ChatRequest:
    """Return the request as this model takes it; what is not known to matter stays as it is.

    No message without content is left, whatever is known.
    """
    off = _OF_TOOLS if abilities.tools is False else frozenset()
    dropped = abilities.refused | off
    return replace(
        request,
        messages=_messages(request.messages, abilities),
        max_tokens=max(request.max_tokens, abilities.least_tokens or 0),
        parameters=_parameters(request.parameters, dropped, abilities),
        extra=_parameters(request.extra, dropped, abilities),
        tools=() if abilities.tools is False else request.tools,
        tool_choice=None if abilities.tools is False else request.tool_choice,
    )


def without_attachments(messages: Messages, kind: type[Attachment], newest: int = 0) -> Messages:
    """Replace attachments of a kind by a note of what they are; so many of the newest stay."""
    left = newest
    kept: list[ChatMessage] = []
    for message in reversed(messages):
        stay: list[Attachment] = []
        notes: list[str] = []
        for attachment in reversed(message.attachments):
            if not isinstance(attachment, kind):
                stay.append(attachment)
            elif left > 0:
                left -= 1
                stay.append(attachment)
            else:
                notes.append(_note(attachment))
        if notes:
            text = [message.content] if message.content.strip() else []
            message = replace(  # noqa: PLW2901 - the same one, changed
                message,
                content="\n".join([*text, *reversed(notes)]),
                attachments=tuple(reversed(stay)),
            )
        kept.append(message)
    return tuple(reversed(kept))


def thinks_not(name: str, value: object) -> bool:
    """Return whether a parameter of this value switches thinking off."""
    match name:
        case "reasoning_effort":
            return value == "none"
        case "include_reasoning":
            return value is False
        case "reasoning_max_tokens":
            return value == 0
        case "reasoning" if isinstance(value, Mapping):
            return value.get("effort") == "none" or value.get("enabled") is False
    return False


def _messages(messages: Messages, abilities: Abilities) -> Messages:
    images = 0 if abilities.images is False else abilities.most_images
    if images is not None:
        messages = without_attachments(messages, Image, images)
    if abilities.audio is False:
        messages = without_attachments(messages, Audio)
    if abilities.files is False:
        messages = without_attachments(messages, File)
    steps: tuple[tuple[bool, Callable[[Messages], Messages]], ...] = (
        (abilities.tools is False, without_tools),
        (True, without_blanks),
        (abilities.system is False, without_system),
        (abilities.alternating is True, alternating),
        (abilities.prefill is False, without_prefill),
    )
    for needed, step in steps:
        if needed:
            messages = step(messages)
    return messages


def _parameters(parameters: Json, dropped: frozenset[str], abilities: Abilities) -> Json:
    kept: dict[str, Any] = {
        name: value
        for name, value in parameters.items()
        if name not in dropped and not (abilities.reasoning_mandatory and thinks_not(name, value))
    }
    most = abilities.most_stops
    stops = (kept["stop"],) if isinstance(kept.get("stop"), str) else tuple(kept.get("stop") or ())
    if most == 0:
        kept.pop("stop", None)
    elif most is not None and len(stops) > most:
        kept["stop"] = stops[:most]
    return kept


def _note(attachment: Attachment) -> str:
    name = type(attachment).__name__.lower()
    alt = " ".join(attachment.alt.split())
    if isinstance(attachment, File):
        alt = alt or attachment.name
    return f"[{name}: {alt}]" if alt else f"[{name}]"
