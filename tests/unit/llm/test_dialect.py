"""What is sent to OpenRouter, and what to every other server."""

from __future__ import annotations

import httpx
import pytest

from tzurot.llm import ChatMessage, ChatRequest, ModelClient
from tzurot.llm.dialect import body, headers, is_openrouter

OPENROUTER = httpx.URL("https://openrouter.ai/api/v1/chat/completions")
OTHER = httpx.URL("http://127.0.0.1:8080/v1/chat/completions")
REQUEST = ChatRequest(
    model="acme/one",
    messages=(ChatMessage("system", "Be Aria."), ChatMessage("user", "Hi.")),
    max_tokens=300,
    temperature=0.0,
    top_k=40,
    stop=("a", "b", "c", "d", "e"),
    session_id="channel-hash",
    user="user-hash",
    extra={"repeat_penalty": 1.1},
)
COMMON = {
    "model": "acme/one",
    "messages": [{"role": "system", "content": "Be Aria."}, {"role": "user", "content": "Hi."}],
    "max_tokens": 300,
    "stream": True,
    "temperature": 0.0,
    "top_k": 40,
    "stop": ["a", "b", "c", "d"],
    "repeat_penalty": 1.1,
}


def test_body() -> None:
    assert body(OPENROUTER, REQUEST) == {
        **COMMON,
        "session_id": "channel-hash",
        "user": "user-hash",
    }
    assert body(OTHER, REQUEST) == {**COMMON, "stream_options": {"include_usage": True}}


def test_headers() -> None:
    told = headers(OPENROUTER, "key", "Tzurot", "https://example.org")
    assert told["Authorization"] == "Bearer key"
    assert told["HTTP-Referer"] == "https://example.org"
    assert told["X-OpenRouter-Title"] == "Tzurot"
    other = headers(OTHER, None, "Tzurot", "https://example.org")
    assert set(other) == {"Accept", "Content-Type"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://openrouter.ai/api/v1", True),
        ("https://EU.openrouter.ai/api/v1", True),
        ("https://notopenrouter.ai/api/v1", False),
        ("https://openrouter.ai.example.org/v1", False),
    ],
)
def test_which_host_is_openrouter(url: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_openrouter(httpx.URL(url)) is expected


@pytest.mark.parametrize("key", ["sk-or-ключ", "sk-or-v1\nX-Evil: 1"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        ModelClient("https://openrouter.ai/api/v1", key)
    assert "sk-or" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "openrouter.ai/api/v1", "ftp://x/v1", "file:///x", "http://[::/v1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        ModelClient(url)
