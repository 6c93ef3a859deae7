"""Marks for the caches of providers: only where one is needed, and worth it."""

from __future__ import annotations

from typing import Any

import pytest

from tzurot.llm import ChatMessage, ChatRequest, Service
from tzurot.llm.caching import Marks, marks
from tzurot.llm.dialect import body

OPENROUTER = Service.at("https://openrouter.ai/api/v1")


def request(model: str, *tokens: int, cached: frozenset[int] = frozenset()) -> ChatRequest:
    messages = tuple(
        ChatMessage("user", "abcd" * size, cache_here=position in cached)
        for position, size in enumerate(tokens)
    )
    return ChatRequest(model=model, messages=messages, max_tokens=100)


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("anthropic/claude-opus-4.5", 4096),
        ("anthropic/claude-haiku-4.5", 4096),
        ("anthropic/claude-3.5-haiku", 2048),
        ("anthropic/claude-sonnet-4.5", 1024),
        ("anthropic/claude-opus-4.1", 1024),
        ("~anthropic/claude-sonnet-latest", 1024),
    ],
)
def test_anthropic_caches_from_its_minimum_on(model: str, least: int) -> None:
    assert marks(request(model, least - 1)) == Marks()
    assert marks(request(model, least)) == Marks(top_level=True)


@pytest.mark.parametrize(
    "model",
    ["openai/gpt-5", "deepseek/deepseek-v4", "x-ai/grok-4", "z-ai/glm-5", "google/gemini-2.5-pro"],
)
def test_those_that_cache_by_themselves_are_sent_nothing(model: str) -> None:
    assert marks(request(model, 9000, cached=frozenset({0}))) == Marks()


def test_at_most_four_parts_are_marked_the_last_ones() -> None:
    found = marks(request("anthropic/claude-sonnet-4.5", *[1100] * 6, cached=frozenset(range(6))))
    assert found.positions == {2, 3, 4, 5}
    assert not found.top_level
    found = marks(request("google/gemini-2.0-flash", *[1100] * 3, cached=frozenset({0, 1})))
    assert found.positions == {1}


def test_a_part_too_short_to_be_cached_is_not_marked() -> None:
    found = marks(request("qwen/qwen3-max", 500, 600, 10, cached=frozenset({0, 1})))
    assert found.positions == {1}


def test_a_mark_in_a_body() -> None:
    asked = request("anthropic/claude-sonnet-4.5", 2000, 5, cached=frozenset({0}))
    sent: Any = body(OPENROUTER, asked)
    assert sent["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert isinstance(sent["messages"][1]["content"], str)
    assert "cache_control" not in sent
    assert "cache_control" not in str(body(Service.at("http://127.0.0.1:1/v1"), asked))


def test_an_hour_in_the_cache_is_asked_for_where_it_exists() -> None:
    asked = request("anthropic/claude-sonnet-4.5", 2000)
    hour = ChatRequest(
        model=asked.model,
        messages=asked.messages,
        max_tokens=1,
        parameters={"cache_ttl": "1h"},
    )
    assert body(OPENROUTER, hour)["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
