"""Preferences among the providers of a model, as OpenRouter takes them.

Source: OpenRouter's documentation, Provider Routing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

Quantization = Literal[
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32",
    "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPreferences:
    """Which providers may answer. None and empty: OpenRouter's own default."""

    order: tuple[str, ...] = ()
    """Providers to try first, by their slugs. It switches off staying with a warm cache."""
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow_fallbacks: bool | None = None
    require_parameters: bool | None = None
    """Only providers that know every parameter of the request."""
    data_collection: Literal["allow", "deny"] | None = None
    """`deny`: only providers that keep nothing of the prompts."""
    zdr: bool | None = None
    """Only endpoints with zero data retention."""
    quantizations: tuple[Quantization, ...] = ()
    sort: Literal["price", "throughput", "latency", "exacto"] | None = None
    preferred_max_latency: float | None = None
    """Seconds."""
    preferred_min_throughput: float | None = None
    """Tokens a second."""
    max_price_prompt: float | None = None
    """US dollars per million tokens."""
    max_price_completion: float | None = None

    def body(self) -> dict[str, Any]:
        """Return the `provider` object of a request; empty when nothing is set."""
        found: dict[str, Any] = {}
        prices: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or value == ():
                continue
            if field.name.startswith("max_price_"):
                prices[field.name.removeprefix("max_price_")] = value
            else:
                found[field.name] = list(value) if isinstance(value, tuple) else value
        return found | ({"max_price": prices} if prices else {})
