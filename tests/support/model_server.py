"""A scripted model server: OpenAI-compatible chat completions on loopback, for tests.

It is written from the protocol and knows nothing of the client it tests. As a program it answers
every request alike: `python -m tests.support.model_server --port 0 --text "Hello."`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer. The default is a short, well-formed one.

    A stream sends, in this order: `keep_alives` comments, `reasoning` deltas, `chunks` of text,
    the `error` chunk, the finish chunk, the usage chunk, `[DONE]`. Delays are in seconds.
    """

    chunks: Sequence[str] = ("Hello", " there.")
    reasoning: Sequence[str] = ()
    first_delay: float = 0
    """Before the status line and headers."""
    chunk_delay: float = 0
    """Before each chunk of text after the first."""
    keep_alives: int = 0
    """Comments `: OPENROUTER PROCESSING` before the first delta; -1 for comments without end."""
    keep_alive_delay: float = 0
    """After each comment."""
    error: Json | None = None
    """The `error` object of a chunk that ends the stream after the text."""
    cut_after: int | None = None
    """Reset the connection after so many chunks of text; -1 before the headers."""
    hang_after: int | None = None
    """Say nothing more after so many chunks of text, and keep the connection open."""
    finish_reason: str | None = "stop"
    usage: Json | None = field(
        default_factory=lambda: {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    )
    done: bool = True
    """Whether `data: [DONE]` ends the stream."""
    model: str | None = None
    """The model that answers; None echoes the request."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | Json | list[Any] | None = None
    """Sent whole instead of a completion: an error body, HTML, garbage, nothing (`b""`)."""
    raw: Sequence[bytes] | None = None
    """Sent as the stream's bytes, each element as its own write, `chunk_delay` between them."""

    @classmethod
    def text(cls, text: str, **more: Any) -> Self:  # noqa: ANN401 - any other field
        """Answer with a text, streamed word by word."""
        words = text.split(" ")
        return cls(chunks=[words[0], *(f" {word}" for word in words[1:])], **more)

    @classmethod
    def failure(
        cls,
        status: int,
        message: str = "It failed.",
        *,
        headers: Mapping[str, str] | None = None,
        **error: Any,  # noqa: ANN401 - any other field of the error object
    ) -> Self:
        """Answer with an HTTP status and an error body in OpenRouter's form."""
        body = {"error": {"code": status, "message": message, **error}}
        return cls(status=status, headers=headers or {}, body=body)


@dataclass
class Received:
    """A request as it arrived; times are those of `time.monotonic()`."""

    body: Json
    headers: Mapping[str, str]
    at: float
    answered_at: float | None = None
    """When the last byte of the answer was written, None as long as it is not."""


Default = Reply | Callable[[Json], Reply]


class ModelServer:
    """Serve replies: those enqueued, in order, then `default` (a reply, or a function of the body).

    `requests` lists what arrived, `aborted` counts the answers that a client broke off,
    and `active` those under way. No answer begins while `gate` is cleared.
    """

    def __init__(self, default: Default | None = None, *, port: int = 0) -> None:
        self.default: Default = default or Reply()
        self.requests: list[Received] = []
        self.aborted = 0
        self.active = 0
        self.url = ""
        self._port = port
        self._script: deque[Reply] = deque()
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

    def enqueue(self, *replies: Reply) -> None:
        """Add replies to the script."""
        self._script.extend(replies)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._answer)
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
        received = Received(await request.json(), dict(request.headers), time.monotonic())
        self.requests.append(received)
        if request.transport is not None:
            self._peers.add(request.transport.get_extra_info("peername"))
        if self._script:
            reply = self._script.popleft()
        else:
            reply = self.default(received.body) if callable(self.default) else self.default
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

    async def _send(self, reply: Reply, request: web.Request, body: Json) -> web.StreamResponse:
        await self.gate.wait()
        if reply.first_delay:
            await asyncio.sleep(reply.first_delay)
        if reply.cut_after == -1:
            return _cut(request)
        if reply.body is not None:
            content = reply.body if isinstance(reply.body, bytes | str) else json.dumps(reply.body)
            raw = content.encode() if isinstance(content, str) else content
            headers = {"Content-Type": "application/json", **reply.headers}
            return web.Response(status=reply.status, headers=headers, body=raw)
        if not body.get("stream"):
            return web.json_response(
                self._completion(reply, body), status=reply.status, headers=reply.headers
            )
        headers = {"Content-Type": "text/event-stream", **reply.headers}
        response = web.StreamResponse(status=reply.status, headers=headers)
        await response.prepare(request)
        return await self._stream(reply, request, response, body)

    async def _stream(
        self, reply: Reply, request: web.Request, response: web.StreamResponse, body: Json
    ) -> web.StreamResponse:
        comments = itertools.count() if reply.keep_alives < 0 else range(reply.keep_alives)
        for _ in comments:
            await response.write(b": OPENROUTER PROCESSING\n\n")
            await asyncio.sleep(reply.keep_alive_delay)
        start, pieces, end = self._pieces(reply, body)
        if start:
            await response.write(start)
        for sent, piece in enumerate(pieces):
            if sent == reply.hang_after:
                await asyncio.Event().wait()
            if sent == reply.cut_after:
                return _cut(request)
            if sent and reply.chunk_delay:
                await asyncio.sleep(reply.chunk_delay)
            await response.write(piece)
        if reply.hang_after is not None:
            await asyncio.Event().wait()
        if reply.cut_after is not None:
            return _cut(request)
        if end:
            await response.write(end)
        await response.write_eof()
        return response

    def _pieces(self, reply: Reply, body: Json) -> tuple[bytes, Sequence[bytes], bytes]:
        """Return what comes before the text, the text piece by piece, and what follows it."""
        if reply.raw is not None:
            return b"", reply.raw, b""
        head = self._head(reply, body, "chat.completion.chunk")

        def chunk(**fields: Any) -> bytes:  # noqa: ANN401 - any field of a chunk
            return b"data: " + json.dumps({**head, **fields}).encode() + b"\n\n"

        def delta(content: Json, finish: str | None = None) -> bytes:
            return chunk(choices=[{"index": 0, "delta": content, "finish_reason": finish}])

        start = b"".join(
            delta({"role": "assistant", "content": "", "reasoning": text})
            for text in reply.reasoning
        )
        pieces = [delta({"role": "assistant", "content": text}) for text in reply.chunks]
        if reply.error is not None:
            failed = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
            return start, pieces, chunk(error=reply.error, choices=[failed])
        end = delta({"content": ""}, reply.finish_reason) if reply.finish_reason else b""
        if reply.usage is not None:
            end += chunk(choices=[], usage=reply.usage)
        return start, pieces, end + (b"data: [DONE]\n\n" if reply.done else b"")

    def _completion(self, reply: Reply, body: Json) -> Json:
        message = {
            "role": "assistant",
            "content": "".join(reply.chunks),
            "reasoning": "".join(reply.reasoning) or None,
        }
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
        if reply.error is not None:
            choice |= {"finish_reason": "error", "error": reply.error}
        head = self._head(reply, body, "chat.completion")
        return {**head, "choices": [choice], "usage": reply.usage}

    def _head(self, reply: Reply, body: Json, kind: str) -> Json:
        return {
            "id": f"gen-{next(self._ids)}",
            "object": kind,
            "created": int(time.time()),
            "model": reply.model or body.get("model"),
        }


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
