"""What a request cost by the list's prices, for services that do not tell it themselves."""

from __future__ import annotations

from tzurot.llm.attempts import Usage
from tzurot.llm.model_info import ModelInfo


def computed_cost(usage: Usage, info: ModelInfo | None) -> float | None:
    """Return US dollars, or None when the prices of prompt or answer are not known.

    The prompt's tokens include those that were read from the cache or written into it, and the
    answer's include those of its thinking, as OpenRouter counts them. A cache without prices of its
    own costs what the prompt costs.
    """
    if info is None or info.prices.prompt is None or info.prices.completion is None:
        return None
    prices, fresh = info.prices, info.prices.prompt
    # Other servers may count the cache apart; then no more than the whole prompt came from it.
    read = min(usage.cached_tokens, usage.prompt_tokens)
    written = min(usage.cache_write_tokens, usage.prompt_tokens - read)
    return (
        (prices.request or 0)
        + read * _either(prices.input_cache_read, fresh)
        + written * _either(prices.input_cache_write, fresh)
        + (usage.prompt_tokens - read - written) * fresh
        + usage.completion_tokens * info.prices.completion
    )


def _either(price: float | None, default: float) -> float:
    return default if price is None else price
