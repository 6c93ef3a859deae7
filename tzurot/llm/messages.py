"""What goes to a model and what comes back, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tzurot.llm.attempts import Attempt, Usage

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "cut"]
"""`cut`: the stream ended without a reason, after a whole sentence."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for the model: `url` is a data URL, or https. Providers take PNG, JPEG, WebP, GIF.

    `alt` is what a model reads instead that cannot see.
    """

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound for the model, in base64; `format` is wav, mp3, ogg and the like."""

    data: str
    format: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file for the model: `data` is a data URL, or https."""

    name: str
    data: str
    alt: str = ""


Attachment = Image | Audio | File


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the prompt; its text comes first, then what is attached to it.

    `cache_here`: the prompt up to here comes again in the next request, so it is worth caching.
    `tool_calls` and `reasoning_details` belong to an assistant's message within a loop of tools,
    sent back as they came; `tool_call_id` to the answer of a tool.
    """

    role: Role
    content: str
    attachments: tuple[Attachment, ...] = ()
    cache_here: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning_details: tuple[Json, ...] | None = None
    """None: none came. An empty list is echoed too, because DeepSeek demands it."""
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a model.

    `max_tokens` is always sent, because without it OpenRouter checks the credit for the model's
    longest answer. What `parameters` may hold is declared in `parameters.py`; what is absent is not
    sent, and the provider's default applies.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int
    parameters: Json = field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()
    """The models to ask, in this order, when `model` cannot answer."""
    alternatives: tuple[str, ...] = ()
    """Models that OpenRouter itself may take instead, within the same request."""
    provider: Json = field(default_factory=dict)
    """Preferences among providers, as `ProviderPreferences.body` gives them (OpenRouter only)."""
    tools: tuple[Json, ...] = ()
    tool_choice: str | Json | None = None
    session_id: str | None = None
    """Keeps a conversation on one provider and its cache (OpenRouter only; at most 256)."""
    user: str | None = None
    """A hash that names the end user, so that a policy block hits one user (OpenRouter only)."""
    extra: Json = field(default_factory=dict)
    """Further fields of the body, sent as they are: llama.cpp's `repeat_penalty`, for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds since the request was handed in, retries and their waits included."""

    first_text: float
    total: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResult:
    """A finished reply; `text` never holds thinking, and is blank only beside tool calls."""

    text: str
    reasoning: str
    finish_reason: FinishReason
    model: str
    """The model that answered, as the service names it; it may be another than was asked for."""
    requested_model: str = ""
    why_fallback: str = ""
    """Why another model was asked than `requested_model`: a sentence for the host on each
    model that failed; else blank."""
    generation_id: str | None
    provider: str | None = None
    usage: Usage | None
    """Of the attempt that gave the reply; None when the server told nothing."""
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning_details: tuple[Json, ...] | None = None
    timings: Timings
    attempts: tuple[Attempt, ...] = ()
    """Every request that was made for it, the last one gave it (or an earlier one, as a spare)."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thinking: a sign of life, never a part of the reply.

    A retry may begin to think anew; `ChatResult.reasoning` holds the thinking of the reply.
    """

    text: str


@dataclass(frozen=True, slots=True)
class TextDiscarded:
    """All text so far is void, and the reply begins anew.

    It was thinking whose opening tag the model left out, or the stream broke and is tried again.
    """


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a stream."""

    result: ChatResult


StreamEvent = TextDelta | ReasoningDelta | TextDiscarded | Done
