"""Reads one chunk of a chat completion, whatever the server left out or wrote differently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from tzurot.llm.attempts import Usage
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.messages import FinishReason

# Where vLLM, SGLang, and gateways to Claude tell which stop sequence ended a reply; a number there
# is a token's.
_STOPPED_AT: Final = ("stop_reason", "matched_stop", "stop_sequence")
_ABSURD: Final = 1e6
"""US dollars for one reply; JSON allows numbers that no float can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one event of a stream says; a whole completion reads as a single chunk."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish_reason: FinishReason | None = None
    stopped_at: str = ""
    """The stop sequence that ended the reply, where the server tells it."""
    failed: bool = False
    """The finish reason is `error`."""
    error: object = None
    usage: Usage | None = None
    model: str | None = None
    provider: str | None = None
    generation_id: str | None = None
    tool_calls: tuple[dict[str, Any], ...] = ()
    """As they came: pieces, to be put together by their `index`."""
    reasoning_details: tuple[dict[str, Any], ...] | None = None
    """As they came: likewise."""


def parse_chunk(payload: str) -> Chunk:
    """Read a payload; raises `ModelError` if it is no JSON object."""
    data = read_json(payload)
    if isinstance(data, list) and data:  # Gemini's compatible endpoint wraps its errors in a list
        data = data[0]
    if not isinstance(data, dict):
        # The payload itself stays out of the log: it may be a part of the reply.
        detail = f"a stream event of {len(payload)} characters that is no JSON object"
        raise ModelError(ErrorKind.PROVIDER_DOWN, detail)
    choice = _first(data.get("choices"))
    delta = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
    text, thinking = _content(delta.get("content"))
    finish = choice.get("finish_reason")
    error = data.get("error") or choice.get("error")
    if not error and "choices" not in data and (data.get("message") or data.get("detail")):
        error = data
    return Chunk(
        text=text,
        reasoning=_reasoning(delta) or thinking,
        refusal=_string(delta.get("refusal")),
        finish_reason=_finish_reason(finish),
        stopped_at=_stopped_at(choice),
        failed=finish == "error",
        error=error or None,
        usage=_usage(data.get("usage")),
        model=_string(data.get("model")) or None,
        provider=_string(data.get("provider")) or None,
        tool_calls=_mappings(delta.get("tool_calls")) or (),
        reasoning_details=_mappings(delta.get("reasoning_details")),
        generation_id=_string(data.get("id")) or None,
    )


def read_json(text: str) -> object:
    """Return what a text says as JSON, or None if it is no JSON or nested beyond reason."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _finish_reason(value: object) -> FinishReason | None:
    if not value or not isinstance(value, str) or value == "error":
        return None  # some servers send "" until the end
    if value in ("length", "max_tokens"):
        return "length"
    if value == "tool_calls":
        return "tool_calls"
    return "content_filter" if value == "content_filter" else "stop"


def _stopped_at(choice: dict[str, Any]) -> str:
    return next((text for name in _STOPPED_AT if (text := _string(choice.get(name)))), "")


def _content(value: object) -> tuple[str, str]:
    """Return text and thinking of a content that is a string or a list of parts (Mistral)."""
    if not isinstance(value, list):
        return _string(value), ""
    parts = [_mapping(part) for part in value]
    text = "".join(_string(part.get("text")) for part in parts if part.get("type") == "text")
    thinking = "".join(
        _content(part.get("thinking"))[0] for part in parts if part.get("type") == "thinking"
    )
    return text, thinking


def _reasoning(delta: dict[str, Any]) -> str:
    """Return the thinking of a delta, which servers repeat in up to three fields."""
    for key in ("reasoning", "reasoning_content"):
        if text := _string(delta.get(key)):
            return text
    details = delta.get("reasoning_details")
    if not isinstance(details, list):
        return ""
    entries = [_mapping(entry) for entry in details]
    # What is encrypted stands there as "[REDACTED]", and is nobody's thinking.
    return "".join(
        _string(entry.get("text")) or _string(entry.get("summary"))
        for entry in entries
        if entry.get("type") != "reasoning.encrypted"
    )


def _usage(value: object) -> Usage | None:
    usage = _mapping(value)
    if not usage:
        return None
    prompt = _mapping(usage.get("prompt_tokens_details"))
    completion = _mapping(usage.get("completion_tokens_details"))
    cost = usage.get("cost")
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(prompt.get("cached_tokens")),
        cache_write_tokens=_count(prompt.get("cache_write_tokens")),
        reasoning_tokens=_count(completion.get("reasoning_tokens")),
        cost=float(cost) if isinstance(cost, int | float) and 0 <= cost < _ABSURD else None,
    )


def _first(value: object) -> dict[str, Any]:
    return _mapping(value[0]) if isinstance(value, list) and value else {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> tuple[dict[str, Any], ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(entry for entry in value if isinstance(entry, dict))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
