"""What each single request to a model used and how it ended, also of the failed ones."""

from __future__ import annotations

from dataclasses import dataclass

from tzurot.llm.errors import ErrorKind


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
class Attempt:
    """One request to a model, whatever came of it."""

    requested_model: str
    served_model: str | None = None
    provider: str | None = None
    generation_id: str | None = None
    failure: ErrorKind | None = None
    """None: it gave a reply."""
    repair: str = ""
    """What was changed against the request before it; blank for a plain one."""
    usage: Usage | None = None
    computed_cost: float | None = None
    """US dollars by the catalogue's prices, when both prices and usage are known."""
    seconds: float = 0
    """From the request to its end."""
    first_text: float | None = None
    """Seconds until the first text; None when there was none."""
