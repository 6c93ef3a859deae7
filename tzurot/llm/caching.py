"""Where a prompt is marked for the provider's cache: only for those that must be told.

Source: OpenRouter's documentation, Prompt Caching. OpenAI, DeepSeek, Grok, Moonshot, Groq, Z.AI and
Gemini from 2.5 on cache by themselves, and are sent nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tzurot.llm.messages import ChatMessage, ChatRequest

MOST_BREAKPOINTS: Final = 4
CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class _Rule:
    """A family of models that wants marks. Below `least` tokens nothing is cached."""

    pattern: re.Pattern[str]
    least: int
    breakpoints: int
    top_level: bool = False
    """One mark for the whole request will do, when the prompt has none of its own."""


def _anthropic(names: str, least: int) -> _Rule:
    pattern = re.compile(rf"~?anthropic/claude-(?:{names})", re.IGNORECASE)
    return _Rule(pattern, least, MOST_BREAKPOINTS, top_level=True)


# The first that fits counts.
_RULES: Final = (
    _anthropic(r"opus-4[.-][5-9]|haiku-4[.-]5|(?:4[.-][5-9]-opus|4[.-]5-haiku)", 4096),
    _anthropic(r"3[.-]5-haiku|haiku-3[.-]5", 2048),
    _anthropic(r".", 1024),
    # Of several marks only the last counts.
    _Rule(re.compile(r"google/gemini-(?:1|2\.0)", re.IGNORECASE), 1024, 1),
    _Rule(re.compile(r"qwen/", re.IGNORECASE), 1024, MOST_BREAKPOINTS),
)


@dataclass(frozen=True, slots=True)
class Marks:
    """Which messages end a part worth caching, by position; or that the provider shall choose."""

    positions: frozenset[int] = frozenset()
    top_level: bool = False
    ttl: str | None = None

    @property
    def control(self) -> dict[str, Any]:
        """The mark as it stands in a request."""
        return {"type": "ephemeral", **({"ttl": self.ttl} if self.ttl else {})}


def marks(request: ChatRequest) -> Marks:
    """Return what to mark in a request to OpenRouter."""
    rule = next((one for one in _RULES if one.pattern.match(request.model)), None)
    if rule is None:
        return Marks()
    ttl = "1h" if rule.top_level and request.parameters.get("cache_ttl") == "1h" else None
    sizes = _sizes(request.messages)
    wanted = [
        position
        for position, message in enumerate(request.messages)
        if message.cache_here and message.content.strip() and sizes[position] >= rule.least
    ]
    if wanted:
        return Marks(frozenset(wanted[-rule.breakpoints :]), ttl=ttl)
    if rule.top_level and sizes and sizes[-1] >= rule.least:
        return Marks(top_level=True, ttl=ttl)
    return Marks()


def _sizes(messages: Sequence[ChatMessage]) -> list[float]:
    """Return about how many tokens the prompt has up to and with each message."""
    sizes: list[float] = []
    for message in messages:
        before = sizes[-1] if sizes else 0
        sizes.append(before + len(message.content) / CHARACTERS_PER_TOKEN)
    return sizes
