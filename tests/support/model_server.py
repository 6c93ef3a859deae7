"""A scripted model server: OpenRouter's API and its like on loopback, for tests.

It is written from the protocol and knows nothing of the client it tests. As a program it answers
every request alike: `python -m tests.support.model_server --port 0 --text "Hello."`
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import codecs
import hashlib
import itertools
import json
import random
import secrets
import signal
import socket
import struct
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.support.model_script import Json, Reply, Wire, catalogue, detail, model_entry, tool_call

__all__ = ["ModelServer", "Received", "Reply", "Wire", "detail", "model_entry", "tool_call"]

CHAT: Final = "/chat/completions"
_KEYLESS: Final = {"/models", "/auth/keys"}
_PICTURE: Final = (  # a PNG of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@dataclass
class Received:
    """A request as it arrived; times are those of `time.monotonic()`."""

    body: Json
    """Its JSON, or the fields of its form."""
    headers: Mapping[str, str]
    at: float
    answered_at: float | None = None
    """When the last byte of the answer was written, None as long as it is not."""
    method: str = "POST"
    path: str = CHAT
    query: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """A form's files: name and contents."""

    @property
    def key(self) -> str:
        """The key it came with."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


Default = Reply | Callable[[Json], Reply]


class ModelServer:
    """Serve replies: those enqueued, in order, then `default` (a reply, or a function of the body).

    `requests` lists the chat requests that arrived, `calls` those of all other endpoints; `aborted`
    counts the answers that a client broke off, and `active` those under way. No answer begins while
    `gate` is cleared. With `strict` a chat request that OpenRouter would refuse is refused. What
    other endpoints answer from is settable: `models`, `user_models` (None: all), `key_info`,
    `generations` by id (filled by chats), `transcript`, `speech`; `defaults` by path replaces an
    answer, also of endpoints that are not built in. `keys`, when set, are the only ones accepted.
    """

    def __init__(
        self, default: Default | None = None, *, port: int = 0, strict: bool = False
    ) -> None:
        self.default: Default = default or Reply()
        self.defaults: dict[str, Reply] = {}
        self.strict = strict
        self.requests: list[Received] = []
        self.calls: list[Received] = []
        self.keys: set[str] | None = None
        self.models = catalogue()
        self.user_models: list[Json] | None = None
        self.key_info: Json = {
            "label": "sk-or-v1-0e6...1c9", "limit": 10, "limit_remaining": 7.5, "usage": 2.5,
            "limit_reset": "monthly", "usage_daily": 0.25, "usage_weekly": 1, "usage_monthly": 2.5,
            "is_free_tier": False, "is_management_key": False, "expires_at": None,
            "free_model_daily_requests": {"limit": 1000, "used": 3, "remaining": 997},
        }  # fmt: skip
        self.generations: dict[str, Json] = {}
        self.transcript = "Good evening."
        self.speech = b"ID3 la la la"
        self.aborted = 0
        self.active = 0
        self.url = ""
        self._port = port
        self._scripts: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._codes: dict[str, tuple[str, float]] = {}
        self._ids = itertools.count(1)
        self._peers: set[tuple[str, int]] = set()
        self._closing = False
        self._changed = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._runner: web.AppRunner | None = None

    @property
    def connections(self) -> int:
        """The sockets that requests came through."""
        return len(self._peers)

    async def until(self, condition: Callable[[], bool], *, patience: float = 10) -> None:
        """Wait until requests arriving, ending or being broken off have made it true."""
        async with asyncio.timeout(patience):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def enqueue(self, *replies: Reply, path: str = CHAT) -> None:
        """Add replies to the script of an endpoint."""
        self._scripts[path].extend(replies)

    def approve(self, link: str, *, lasts: float = 600) -> str:
        """Do what a person does who follows a link to an account; return the code that is shown."""
        address, asked = urlsplit(link), parse_qs(urlsplit(link).query)
        if address.path != "/auth" or asked["code_challenge_method"] != ["S256"]:
            msg = f"no link to an account: {link}"
            raise ValueError(msg)
        code = f"auth_code_{secrets.token_hex(12)}"
        self._codes[code] = (asked["code_challenge"][0], time.monotonic() + lasts)
        return code

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/v1{path:/.*}", self._answer)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        received = await _received(request)
        (self.requests if received.path == CHAT else self.calls).append(received)
        if request.transport is not None:
            self._peers.add(request.transport.get_extra_info("peername"))
        reply = self._reply(received)
        self.active += 1
        self._changed.set()
        try:
            response = await self._send(reply, request, received.body)
        except (asyncio.CancelledError, ConnectionError):
            if not self._closing:
                self.aborted += 1
            raise
        else:
            received.answered_at = time.monotonic()
            return response
        finally:
            self.active -= 1
            self._changed.set()

    def _reply(self, received: Received) -> Reply:
        path = received.path
        if self.keys is not None and path not in _KEYLESS and received.key not in self.keys:
            says = "User not found." if received.key else "No auth credentials found"
            return Reply.failure(401, says)
        if self.strict and path == CHAT and (says := _objection(received.body)):
            return Reply.failure(400, says)
        if self._scripts[path]:
            return self._scripts[path].popleft()
        if path == CHAT:
            return self.default(received.body) if callable(self.default) else self.default
        return self.defaults.get(path) or self._built_in(received)

    def _built_in(self, received: Received) -> Reply:
        method, answer = {
            "/models": ("GET", lambda _: {"data": self.models}),
            "/models/user": ("GET", lambda _: {"data": self.user_models or self.models}),
            "/key": ("GET", lambda _: {"data": self.key_info}),
            "/generation": ("GET", self._generation),
            "/auth/keys": ("POST", self._linked),
            "/embeddings": ("POST", _embeddings),
            "/audio/transcriptions": ("POST", self._transcription),
            "/audio/speech": ("POST", self._speech),
            "/images": ("POST", _images),
        }.get(received.path, ("", lambda _: {}))
        if not method:
            return Reply.failure(404, "Not Found")
        if received.method != method:
            return Reply.failure(405, "Method Not Allowed")
        try:
            made = answer(received)
        except (KeyError, TypeError, ValueError) as error:
            return Reply.failure(400, f"Input is wrong: {error}")
        return made if isinstance(made, Reply) else Reply(body=made)

    def _generation(self, received: Received) -> Reply | Json:
        known = self.generations.get(received.query["id"])
        return {"data": known} if known else Reply.failure(404, "Generation not found")

    def _linked(self, received: Received) -> Reply | Json:
        body = received.body
        if body.get("code_challenge_method", "S256") != "S256":
            return Reply.failure(400, "Invalid code_challenge_method")
        digest = hashlib.sha256(body["code_verifier"].encode()).digest()
        challenge, until = self._codes.get(body["code"], ("", 0.0))
        if challenge != _base64url(digest) or time.monotonic() > until:
            return Reply.failure(403, "Invalid code or code_verifier")
        del self._codes[body["code"]]
        key = f"sk-or-v1-{secrets.token_hex(32)}"
        if self.keys is not None:
            self.keys.add(key)
        return {"key": key, "user_id": "user_2abc"}

    def _transcription(self, received: Received) -> Json:
        if not received.files:
            base64.b64decode(received.body["input_audio"]["data"], validate=True)
        return {"text": self.transcript, "usage": {"seconds": 2, "cost": 0.0002}}

    def _speech(self, received: Received) -> Reply:
        form = received.body.get("response_format", "pcm")
        if not received.body["input"] or not received.body["voice"]:
            return Reply.failure(400, "input and voice must not be empty")
        kind = "audio/mpeg" if form == "mp3" else f"audio/{form}"
        return Reply(body=self.speech, headers={"Content-Type": kind})

    async def _send(self, reply: Reply, request: web.Request, body: Json) -> web.StreamResponse:
        await self.gate.wait()
        if reply.first_delay:
            await asyncio.sleep(reply.first_delay)
        if reply.cut_after == -1:
            return _cut(request)
        headers = {"Content-Type": "application/json", **reply.headers}
        if reply.body is not None:
            content = reply.body if isinstance(reply.body, bytes | str) else json.dumps(reply.body)
            raw = content.encode() if isinstance(content, str) else content
            return web.Response(status=reply.status, headers=headers, body=raw)
        head = self._head(reply, body)
        headers["X-Generation-Id"] = head["id"]
        if not body.get("stream"):
            whole = reply.padding + json.dumps(reply.completion(head))
            return web.Response(status=reply.status, headers=headers, body=whole.encode())
        headers |= {"Content-Type": "text/event-stream", **reply.headers}
        response = web.StreamResponse(status=reply.status, headers=headers)
        await response.prepare(request)
        return await self._stream(reply, request, response, head)

    async def _stream(
        self, reply: Reply, request: web.Request, response: web.StreamResponse, head: Json
    ) -> web.StreamResponse:
        cut = reply.wire.cutter()

        async def write(content: bytes) -> None:
            for part in cut(content):
                await response.write(part)

        await write(codecs.BOM_UTF8 if reply.wire.bom else b"")
        comments = itertools.count() if reply.keep_alives < 0 else range(reply.keep_alives)
        for _ in comments:
            await write((reply.wire.comment + reply.wire.line_end * 2).encode())
            await asyncio.sleep(reply.keep_alive_delay)
        start, pieces, end = reply.stream(head)
        await write(start)
        for sent, piece in enumerate(pieces):
            if sent == reply.hang_after:
                await asyncio.Event().wait()
            if sent == reply.cut_after:
                return _cut(request)
            if sent and reply.chunk_delay:
                await asyncio.sleep(reply.chunk_delay)
            await write(piece)
        if reply.hang_after is not None:
            await asyncio.Event().wait()
        if reply.cut_after is not None:
            return _cut(request)
        await write(end)
        await response.write_eof()
        return response

    def _head(self, reply: Reply, body: Json) -> Json:
        name = f"gen-{next(self._ids)}"
        usage = reply.usage or {}
        self.generations[name] = {
            "id": name, "total_cost": usage.get("cost", 0), "provider_name": "Acme",
            "tokens_prompt": usage.get("prompt_tokens"), "finish_reason": reply.finish_reason,
            "tokens_completion": usage.get("completion_tokens"),
        }  # fmt: skip
        return {
            "id": name,
            "object": "chat.completion.chunk" if body.get("stream") else "chat.completion",
            "created": int(time.time()),
            "model": reply.model or body.get("model"),
            **reply.fields,
        }


async def _received(request: web.Request) -> Received:
    body: Json = {}
    files = {}
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.filename, value.file.read())
            else:
                body[name] = value
    else:
        with suppress(ValueError):
            body = await request.json()
    return Received(
        body,
        dict(request.headers),
        time.monotonic(),
        method=request.method,
        path=request.match_info["path"],
        query=dict(request.query),
        files=files,
    )


def _objection(body: Json) -> str:
    """Return what OpenRouter, or the strictest provider behind it, would not take."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return 'Input required: specify "prompt" or "messages"'
    for number, message in enumerate(messages):
        if message.get("role") not in {"system", "developer", "user", "assistant", "tool"}:
            return f"messages.{number}.role: Invalid option"
        parts = message.get("content")
        texts = [part.get("text", "-") for part in parts] if isinstance(parts, list) else [parts]
        if not message.get("tool_calls") and not (texts and all(texts)):
            return f"messages.{number}: content must not be empty"
    if isinstance(body.get("stop"), list) and len(body["stop"]) > 4:
        return "stop: Too big: expected array to have <=4 items"
    return ""


def _embeddings(received: Received) -> Json:
    """Return made-up vectors, the same for the same text."""
    texts = received.body["input"]
    texts = [texts] if isinstance(texts, str) else texts
    if not texts or not all(texts):
        msg = "input must not be empty"
        raise ValueError(msg)
    data = []
    for index, text in enumerate(texts):
        chance = random.Random(text)  # noqa: S311 - any numbers do
        vector = [chance.uniform(-1, 1) for _ in range(received.body.get("dimensions", 8))]
        data.append({"object": "embedding", "index": index, "embedding": vector})
    return {"object": "list", "data": data, "usage": {"prompt_tokens": len(texts), "cost": 0.0001}}


def _images(received: Received) -> Json:
    number = received.body.get("n", 1)
    if not received.body["prompt"] or not 1 <= number <= 10:
        msg = "n must be 1 to 10, and prompt must not be empty"
        raise ValueError(msg)
    picture = {"b64_json": _PICTURE, "media_type": "image/png"}
    return {"created": int(time.time()), "data": [picture] * number, "usage": {"cost": 0.04}}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _cut(request: web.Request) -> web.StreamResponse:
    """Reset the connection as a crashed peer would (a TCP reset, not an orderly end)."""
    transport = request.transport
    if transport is not None:
        peer = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # never sent: the connection is gone


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Answer every chat completion alike.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--text", default="Of course. Tell me more about it.")
    parser.add_argument("--delay", type=float, default=0, help="seconds before the first byte")
    parser.add_argument("--chunk-delay", type=float, default=0, help="seconds between words")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    reply = Reply.text(
        arguments.text, first_delay=arguments.delay, chunk_delay=arguments.chunk_delay
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with ModelServer(reply, port=arguments.port) as server:
        server.requests = _Forgetful()
        sys.stdout.write(json.dumps({"url": server.url}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


class _Forgetful(list[Received]):
    """Keeps nothing, for a server that runs long."""

    def append(self, item: Received) -> None:
        """Let go of it."""


if __name__ == "__main__":
    asyncio.run(_serve(_read_arguments()))
