"""What is sent to OpenRouter, and what to every other server."""

from __future__ import annotations

from typing import Any

import pytest

from tzurot.llm import ChatMessage, ChatRequest, Service, api_key
from tzurot.llm.dialect import body
from tzurot.llm.messages import Audio, File, Image, ToolCall
from tzurot.llm.providers import ProviderPreferences
from tzurot.settings import ServerKind

OPENROUTER = Service.at("https://openrouter.ai/api/v1")
OTHER = Service.at("http://127.0.0.1:8080/v1")
UNCOMPRESSED = [{"id": "context-compression", "enabled": False}]


def request(**more: Any) -> ChatRequest:  # noqa: ANN401 - any of its fields
    fields: dict[str, Any] = {
        "model": "acme/one",
        "messages": (ChatMessage("system", "Be Aria."), ChatMessage("user", "Hi.")),
        "max_tokens": 300,
    }
    return ChatRequest(**fields | more)


def at(kind: ServerKind) -> Service:
    return Service.at("http://127.0.0.1:9/v1", kind)


def test_openrouters_fields_go_to_openrouter_alone() -> None:
    asked = request(
        parameters={
            "temperature": 0.0,
            "top_k": 40,
            "stop": ("a", "b", "c", "d", "e"),
            "verbosity": "low",
            "service_tier": "flex",
        },
        alternatives=("acme/two",),
        provider=ProviderPreferences(zdr=True, max_price_prompt=2).body(),
        session_id="s" * 300,
        user="user-hash",
        extra={"repeat_penalty": 1.1},
    )
    common = {
        "model": "acme/one",
        "messages": [{"role": "system", "content": "Be Aria."}, {"role": "user", "content": "Hi."}],
        "max_tokens": 300,
        "stream": True,
        "temperature": 0.0,
        "top_k": 40,
        "stop": ["a", "b", "c", "d"],
        "repeat_penalty": 1.1,
    }
    assert body(OPENROUTER, asked) == {
        **common,
        "models": ["acme/one", "acme/two"],
        "provider": {"zdr": True, "max_price": {"prompt": 2}},
        "plugins": UNCOMPRESSED,
        "verbosity": "low",
        "service_tier": "flex",
        "session_id": "s" * 256,
        "user": "user-hash",
    }
    assert body(OTHER, asked) == {**common, "stream_options": {"include_usage": True}}


@pytest.mark.parametrize(
    ("kind", "effort", "sent"),
    [
        (ServerKind.OPENROUTER, "none", {"reasoning": {"effort": "none"}}),
        (ServerKind.OPENROUTER, "high", {"reasoning": {"effort": "high"}}),
        (ServerKind.OLLAMA, "none", {"reasoning_effort": "none"}),
        (ServerKind.OTHER, "low", {"reasoning_effort": "low"}),
        (ServerKind.ZAI, "none", {"thinking": {"type": "disabled"}}),
        (ServerKind.DEEPSEEK, "max", {"thinking": {"type": "enabled"}}),
        (
            ServerKind.VLLM,
            "none",
            {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
        ),
    ],
)
def test_thinking_is_switched_as_each_server_knows_it(
    kind: ServerKind, effort: str, sent: dict[str, object]
) -> None:
    plain = body(at(kind), request())
    found = body(at(kind), request(parameters={"reasoning_effort": effort}))
    assert {name: value for name, value in found.items() if name not in plain} == sent


def test_thinking_in_tokens_is_openrouters_and_never_beside_an_effort() -> None:
    asked = request(parameters={"reasoning_max_tokens": 2000})
    assert body(OPENROUTER, asked)["reasoning"] == {"max_tokens": 2000}
    assert not {"reasoning", "reasoning_max_tokens"} & body(OTHER, asked).keys()
    both = request(parameters={"reasoning_max_tokens": 2000, "reasoning_effort": "low"})
    assert body(OPENROUTER, both)["reasoning"] == {"effort": "low"}


def test_zai_takes_little_and_nothing_too_warm() -> None:
    asked = request(parameters={"temperature": 1.4, "top_k": 3, "presence_penalty": 1})
    found = body(at(ServerKind.ZAI), asked)
    assert found["temperature"] == 1
    assert not {"top_k", "presence_penalty"} & found.keys()


def test_llamacpp_has_its_own_name_for_the_repetition_penalty() -> None:
    found = body(at(ServerKind.LLAMACPP), request(parameters={"repetition_penalty": 1.2}))
    assert found["repeat_penalty"] == 1.2
    assert "repetition_penalty" not in found


def test_pictures_sounds_and_files_come_after_the_text() -> None:
    message = ChatMessage(
        "user",
        "Look.",
        (Image("data:image/png;base64,AA"), Audio("AAAA", "ogg"), File("a.pdf", "data:x")),
    )
    found: Any = body(OTHER, request(messages=(message,)))
    assert found["messages"][0]["content"] == [
        {"type": "text", "text": "Look."},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "ogg"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:x"}},
    ]


def test_empty_content_is_never_sent() -> None:
    messages = (
        ChatMessage("system", " "),
        ChatMessage("user", "Hi."),
        ChatMessage("assistant", ""),
        ChatMessage("user", "", (Image("data:image/png;base64,AA"),)),
        ChatMessage("assistant", "", tool_calls=(ToolCall("1", "look", "{}"),)),
    )
    sent: Any = body(OTHER, request(messages=messages))["messages"]
    assert [one["role"] for one in sent] == ["user", "user", "assistant"]
    assert [part["type"] for part in sent[1]["content"]] == ["image_url"]
    assert sent[2]["content"] is None


def test_tools_and_their_loop() -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {}}}
    signed = {"type": "reasoning.text", "format": "anthropic-claude-v1", "text": "hm"}
    loop = (
        ChatMessage("user", "Look."),
        ChatMessage(
            "assistant",
            "",
            tool_calls=(ToolCall("1", "look", '{"at": 1}'),),
            reasoning_details=({**signed, "signature": "s"}, signed),
        ),
        ChatMessage("tool", "A house.", tool_call_id="1"),
    )
    asked = request(messages=loop, tools=(tool,), tool_choice="auto")
    found: Any = body(OPENROUTER, asked)
    assert (found["tools"], found["tool_choice"]) == ([tool], "auto")
    _, calls, answer = found["messages"]
    assert calls["tool_calls"] == [
        {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    ]
    # An entry of such a format without its signature is refused.
    assert calls["reasoning_details"] == [{**signed, "signature": "s"}]
    assert answer == {"role": "tool", "content": "A house.", "tool_call_id": "1"}
    deepseek: Any = body(at(ServerKind.DEEPSEEK), asked)
    assert deepseek["messages"][1]["reasoning_content"] == "hm"


def test_an_empty_list_of_thoughts_is_echoed_within_a_loop_and_thoughts_of_plain_talk_are_not() -> (
    None
):
    calls = (ToolCall("1", "look", "{}"),)
    for message, echoed in (
        (ChatMessage("assistant", "", tool_calls=calls, reasoning_details=()), []),
        (ChatMessage("assistant", "Hi.", reasoning_details=({"text": "hm"},)), None),
    ):
        found: Any = body(OPENROUTER, request(messages=(message,)))
        assert found["messages"][0].get("reasoning_details") == echoed


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://openrouter.ai/api/v1", ServerKind.OPENROUTER),
        ("https://EU.openrouter.ai/api/v1/", ServerKind.OPENROUTER),
        ("https://notopenrouter.ai/api/v1", ServerKind.OTHER),
        ("https://openrouter.ai.example.org/v1", ServerKind.OTHER),
        ("http://localhost:11434/v1", ServerKind.OLLAMA),
        ("http://localhost:1234/v1", ServerKind.LM_STUDIO),
        ("https://api.z.ai/api/paas/v4", ServerKind.ZAI),
        ("https://api.deepseek.com", ServerKind.DEEPSEEK),
    ],
)
def test_the_address_tells_the_kind_of_server(url: str, kind: ServerKind) -> None:
    assert Service.at(url).kind is kind


def test_paths_are_put_behind_the_base() -> None:
    for base in ("https://api.z.ai/api/paas/v4/", "https://api.z.ai/api/paas/v4"):
        assert str(Service.at(base).url("/models")) == "https://api.z.ai/api/paas/v4/models"
    assert str(Service.at("https://api.deepseek.com").url("/x")) == "https://api.deepseek.com/x"


@pytest.mark.parametrize("key", ["sk-or-ключ", "sk-or-v1\nX-Evil: 1"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        api_key(key)
    assert "sk-or" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "openrouter.ai/api/v1", "ftp://x/v1", "file:///x", "http://[::/v1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Service.at(url)
