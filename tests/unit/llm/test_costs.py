"""What a request cost by the prices of the list."""

from __future__ import annotations

import pytest

from tzurot.llm.attempts import Usage
from tzurot.llm.costs import computed_cost
from tzurot.llm.model_info import ModelInfo, Prices

DEAR = Prices(prompt=0.01, completion=0.1, input_cache_read=0.001, input_cache_write=0.02)


def cost(usage: Usage, prices: Prices) -> float | None:
    return computed_cost(usage, ModelInfo(id="m", name="m", prices=prices))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(), 0),
        (Usage(prompt_tokens=100), 1),
        (Usage(completion_tokens=10), 1),
        (Usage(completion_tokens=10, reasoning_tokens=9), 1),
        (Usage(prompt_tokens=100, cached_tokens=60), 0.46),
        (Usage(prompt_tokens=100, cached_tokens=60, cache_write_tokens=40), 0.86),
        (Usage(prompt_tokens=100, cached_tokens=900, cache_write_tokens=900), 0.1),
    ],
)
def test_each_token_has_its_price(usage: Usage, expected: float) -> None:
    assert cost(usage, DEAR) == pytest.approx(expected)


def test_a_request_may_have_a_price() -> None:
    assert cost(Usage(), Prices(prompt=0, completion=0, request=0.5)) == 0.5


def test_a_cache_without_prices_costs_what_the_prompt_costs() -> None:
    usage = Usage(prompt_tokens=100, cached_tokens=60, cache_write_tokens=20)
    assert cost(usage, Prices(prompt=0.01, completion=0.1)) == pytest.approx(1)


def test_a_free_cache_is_free() -> None:
    usage = Usage(prompt_tokens=100, cached_tokens=100)
    assert cost(usage, Prices(prompt=0.01, completion=0.1, input_cache_read=0)) == 0


@pytest.mark.parametrize("prices", [Prices(), Prices(prompt=0.1), Prices(completion=0.1)])
def test_unknown_prices_give_no_cost(prices: Prices) -> None:
    assert cost(Usage(prompt_tokens=1), prices) is None


def test_an_unknown_model_gives_no_cost() -> None:
    assert computed_cost(Usage(prompt_tokens=1), None) is None
