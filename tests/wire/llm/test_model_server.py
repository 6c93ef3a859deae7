"""The scripted model server itself, asked without any client of ours."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.model_server import ModelServer, Reply, Wire, detail, tool_call

QUESTION = {"messages": [{"role": "user", "content": "Hello?"}]}


async def ask(server: ModelServer, reply: Reply, *, stream: bool) -> list[bytes]:
    server.enqueue(reply)
    body = QUESTION | {"stream": stream}
    async with (
        httpx.AsyncClient() as http,
        http.stream("POST", f"{server.url}/chat/completions", json=body) as response,
    ):
        return [part async for part in response.aiter_raw()]


async def test_a_stream_is_written_as_told() -> None:
    wire = Wire(line_end="\r\n", bom=True, space="", chatty=True, comment="data: : PROCESSING")
    async with ModelServer() as server:
        parts = await ask(server, Reply(chunks=["Grüße"], usage=None, wire=wire), stream=True)
    text = b"".join(parts).decode()
    assert text.startswith("\ufeffdata: : PROCESSING\r\n\r\ndata:{")
    assert text.endswith("data: : PROCESSING\r\n\r\ndata:[DONE]\r\n\r\n")
    assert "Grüße" in text


@pytest.mark.parametrize("wire", [Wire(split_seed=1), Wire(split_at=range(1, 5000))])
async def test_writes_are_cut_anywhere(wire: Wire) -> None:
    async with ModelServer() as server:
        parts = await ask(server, Reply(chunks=["Grüße ☕"], wire=wire), stream=True)
    events = b"".join(parts).decode().split("\n\n")
    assert len(parts) > len(events)
    assert json.loads(events[0][6:])["choices"][0]["delta"]["content"] == "Grüße ☕"


async def test_the_same_reply_makes_one_object() -> None:
    reply = Reply(
        padding="\n \n",
        reasoning=["Hm", ".", detail(signature="sig")],
        reasoning_in=["reasoning", "reasoning_details"],
        chunks=[*tool_call("look", '{"a"', ":1}", " "), *tool_call("wait", index=1)],
        choice={"native_finish_reason": "STOP"},
    )
    async with ModelServer() as server:
        (body,) = await ask(server, reply, stream=False)
    (choice,) = json.loads(body)["choices"]
    message = choice["message"]
    assert body.startswith(b"\n \n{")
    assert choice["native_finish_reason"] == "STOP"
    assert message["reasoning"] == "Hm."
    assert [(entry["text"], entry["signature"]) for entry in message["reasoning_details"]] == [
        ("Hm.", "sig")
    ]
    assert [call["function"] for call in message["tool_calls"]] == [
        {"name": "look", "arguments": '{"a":1} '},
        {"name": "wait"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "bot", "content": "Hello?"}]},
        QUESTION | {"stop": ["a", "b", "c", "d", "e"]},
    ],
)
async def test_a_strict_server_refuses(body: dict[str, Any]) -> None:
    async with ModelServer(strict=True) as server, httpx.AsyncClient() as http:
        good = await http.post(f"{server.url}/chat/completions", json=QUESTION)
        bad = await http.post(f"{server.url}/chat/completions", json=body)
    assert (good.status_code, bad.status_code) == (200, 400)
    assert bad.json()["error"]["code"] == 400


async def test_only_known_keys() -> None:
    async with ModelServer() as server, httpx.AsyncClient() as http:
        server.keys = {"sk-known"}
        known = await http.get(f"{server.url}/key", headers={"Authorization": "Bearer sk-known"})
        unknown = await http.get(f"{server.url}/key")
        public = await http.get(f"{server.url}/models")
    assert (known.status_code, unknown.status_code, public.status_code) == (200, 401, 200)
    assert [call.path for call in server.calls] == ["/key", "/key", "/models"]


async def test_what_a_chat_used_is_told_later() -> None:
    async with ModelServer() as server, httpx.AsyncClient() as http:
        answer = await http.post(f"{server.url}/chat/completions", json=QUESTION)
        asked = {"id": answer.headers["X-Generation-Id"]}
        known = await http.get(f"{server.url}/generation", params=asked)
        unknown = await http.get(f"{server.url}/generation", params={"id": "gen-none"})
    assert known.json()["data"]["tokens_prompt"] == 12
    assert unknown.status_code == 404
