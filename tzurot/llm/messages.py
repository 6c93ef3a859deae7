"""What goes to a model and what comes back, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the prompt; providers refuse an empty `content`."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a model.

    A sampling parameter that is None is not sent: the provider's default applies. `max_tokens` is
    always sent, because without it OpenRouter checks the credit for the model's longest answer.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    """At most four are sent: OpenAI, Azure and OpenRouter refuse more."""
    session_id: str | None = None
    """Keeps a conversation on one provider and its cache (OpenRouter only; at most 256)."""
    user: str | None = None
    """A hash that names the end user, so that a policy block hits one user (OpenRouter only)."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further fields of the body, sent as they are: llama.cpp's `repeat_penalty`, for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a request used, in the provider's own tokens; `cost` is in US dollars, if it is told."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds since the request was handed in, retries and their waits included."""

    first_text: float
    total: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResult:
    """A finished reply; `text` is never blank and never holds thinking."""

    text: str
    reasoning: str
    finish_reason: FinishReason
    model: str
    """The model that answered, which may be another than was asked for."""
    generation_id: str | None
    usage: Usage | None
    """None when the server told nothing."""
    timings: Timings


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
    """All text so far was thinking whose opening tag the model left out: the reply begins now."""


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a stream."""

    result: ChatResult


StreamEvent = TextDelta | ReasoningDelta | TextDiscarded | Done
