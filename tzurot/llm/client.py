"""The model client: streams a chat completion over HTTP, with its deadlines and retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import httpx
from loguru import logger
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from tzurot.llm import dialect
from tzurot.llm.chunks import read_json
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.failures import LONGEST_DETAIL, failure_from_body
from tzurot.llm.messages import ChatRequest, ChatResult, Done, StreamEvent, TextDelta, Timings
from tzurot.llm.reply import END, ReplyBuilder
from tzurot.llm.sse import SseSplitter

LARGEST_BODY: Final = 2**20
"""Bytes read of an answer that is no stream of events."""
STREAMS: Final = 1024
"""Connections at once; far above the streams that one bot has under way."""
LINGER: Final = 0.2
"""Seconds that the end of the HTTP body may lag behind the end of the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the client waits, in seconds, and how often it tries."""

    connect: float = 10
    silence: float = 60
    """Without an event that carries data; keep-alive comments do not count."""
    whole: float = 180
    """For everything: all attempts and the waits between them."""
    attempts: int = 3
    backoff: float = 0.5
    """The longest pause before the second attempt; it doubles with each further one."""
    longest_wait: float = 30
    """A service that asks for a longer pause is not asked again; the error says when to return."""
    farewell: float = 2
    """After the finish reason, for usage and the end of the stream."""


class ModelClient:
    """Talks with one OpenAI-compatible service, with one key, over one pool of connections.

    `base_url` is what stands before `/chat/completions`. Without a key no Authorization is sent.
    The name and address of the app are told to OpenRouter only.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        app_name: str | None = None,
        app_url: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._key = (api_key or "").strip() or None
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            # Found here, because an HTTP library would quote the key in its error.
            msg = "the API key may hold visible ASCII characters only"
            raise ValueError(msg)
        self._url = _endpoint(base_url)
        self._headers = dialect.headers(self._url, self._key, app_name, app_url)
        self._http = httpx.AsyncClient(
            # The deadlines for reading are our own: comments would keep httpx's from expiring.
            timeout=httpx.Timeout(connect=self._patience.connect, read=None, write=30, pool=10),
            limits=httpx.Limits(max_connections=STREAMS, max_keepalive_connections=64),
            # A proxy of the environment never leads to this machine.
            trust_env=self._url.host not in {"127.0.0.1", "::1", "localhost"},
        )

    async def aclose(self) -> None:
        """Close every connection; streams under way fail."""
        await self._http.aclose()

    async def complete(self, request: ChatRequest) -> ChatResult:
        """Return the whole reply; raises `ModelError`."""
        async with aclosing(self.stream(request)) as events:
            results = [event.result async for event in events if isinstance(event, Done)]
        return results[0]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply as it comes, last a `Done`; raises `ModelError`.

        It is tried again as long as no text was yielded. Cancelling the task closes the stream; who
        stops listening early closes it with `contextlib.aclosing`.
        """
        clock = asyncio.get_running_loop().time
        start = clock()
        first_text = 0.0
        async for attempt in self._retrying():
            with attempt:
                builder = ReplyBuilder(request.model, self._key)
                try:
                    async with aclosing(self._attempt(request, builder, start)) as events:
                        async for event in events:
                            if not first_text and isinstance(event, TextDelta):
                                first_text = clock() - start
                            yield event
                except ModelError as error:
                    error.partial = builder.visible
                    raise
                timings = Timings(
                    first_text=first_text,
                    total=clock() - start,
                    attempts=attempt.retry_state.attempt_number,
                )
                yield Done(builder.result(timings))

    def _retrying(self) -> AsyncRetrying:
        patience = self._patience
        backoff = wait_random_exponential(multiplier=patience.backoff, max=8)

        def worth_it(error: BaseException) -> bool:
            return (
                isinstance(error, ModelError)
                and error.retryable
                and not error.partial
                and (error.retry_after or 0) <= patience.longest_wait
            )

        def wait(state: RetryCallState) -> float:
            error = _error_of(state)
            if error.kind is ErrorKind.UNREACHABLE and state.attempt_number == 1:
                return 0  # mostly a kept connection that the other side had just let go
            return backoff(state) + (error.retry_after or 0)

        def report(state: RetryCallState) -> None:
            error = _error_of(state)
            logger.warning(
                "model attempt {} failed ({}: {}); next in {:.1f} s",
                state.attempt_number,
                error.kind,
                error.detail,
                state.upcoming_sleep,
            )

        return AsyncRetrying(
            retry=retry_if_exception(worth_it),
            wait=wait,
            stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.whole),
            before_sleep=report,
            reraise=True,
        )

    async def _attempt(
        self, request: ChatRequest, builder: ReplyBuilder, start: float
    ) -> AsyncGenerator[StreamEvent, None]:
        """Ask once and yield what comes until the reply is whole; raises `ModelError`."""
        clock = asyncio.get_running_loop().time
        last = start + self._patience.whole
        quiet = clock() + self._patience.silence
        with _translated(ErrorKind.UNREACHABLE):
            async with asyncio.timeout_at(min(quiet, last)):
                response = await self._http.send(self._build(request), stream=True)
        async with aclosing(response):
            body = response.aiter_bytes()
            if not response.is_success:
                raise self._failure(response, await _whole(body, min(quiet, last)))
            try:
                async with aclosing(self._payloads(response, body, builder, last)) as payloads:
                    async for payload in payloads:
                        for event in builder.feed(payload):
                            yield event
            except ModelError:
                if not builder.ended:  # else the reply is whole, and only its usage is lost
                    raise
            for event in builder.close():
                yield event
            with suppress(ModelError):  # a stream read to its end gives its connection back
                await _next(body, clock() + LINGER)

    async def _payloads(
        self,
        response: httpx.Response,
        body: AsyncIterator[bytes],
        builder: ReplyBuilder,
        last: float,
    ) -> AsyncGenerator[str, None]:
        """Yield the payloads of a stream, until `builder` is done; raises `ModelError`."""
        clock = asyncio.get_running_loop().time
        splitter = SseSplitter()
        head = bytearray()
        streamed = False
        quiet = clock() + self._patience.silence
        data: bytes | None = b""
        while data is not None and not builder.done:
            data = await _next(body, min(quiet, last))
            payloads = splitter.flush() if data is None else splitter.feed(data)
            for payload in payloads:
                yield payload
            if payloads:
                streamed = True
                wait = self._patience.farewell if builder.ended else self._patience.silence
                quiet = clock() + wait
            elif data and not streamed and len(head) < LARGEST_BODY:
                head += data
        if not streamed:
            yield self._completion(response, bytes(head))
            yield END

    def _completion(self, response: httpx.Response, body: bytes) -> str:
        """Return the whole completion of a server that does not stream, or raise what it is."""
        text = body.decode(errors="replace").strip()
        completion = read_json(text)
        if isinstance(completion, dict) and completion.get("choices"):
            return text
        raise self._failure(response, body)

    def _failure(self, response: httpx.Response, body: bytes) -> ModelError:
        return failure_from_body(response.status_code, response.headers, body, self._key)

    def _build(self, request: ChatRequest) -> httpx.Request:
        body = dialect.body(self._url, request)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate, which JSON from outside can smuggle into a str, becomes "?".
        content = text.encode(errors="replace")
        return self._http.build_request("POST", self._url, headers=self._headers, content=content)


def _endpoint(base_url: str) -> httpx.URL:
    """Return where completions are asked for; raises `ValueError` if that is no web address."""
    with suppress(httpx.InvalidURL):
        url = httpx.URL(base_url.rstrip("/") + "/chat/completions")
        if url.scheme in {"http", "https"} and url.host:
            return url
    msg = "the base URL must begin with http:// or https:// and name a host"
    raise ValueError(msg)


async def _next(body: AsyncIterator[bytes], until: float) -> bytes | None:
    """Return more bytes, None at the end; `until` is a time of the event loop's clock."""
    with _translated(ErrorKind.TRUNCATED):
        async with asyncio.timeout_at(until):
            return await anext(body, None)


async def _whole(body: AsyncIterator[bytes], until: float) -> bytes:
    """Return an error's body, as much of it as is of use and arrives."""
    content = bytearray()
    with suppress(ModelError):
        while len(content) < LARGEST_BODY and (data := await _next(body, until)) is not None:
            content += data
    return bytes(content)


@contextmanager
def _translated(broken: ErrorKind) -> Iterator[None]:
    """Turn errors of the connection into `ModelError`; `broken` is the kind of a failed one."""
    try:
        yield
    except (TimeoutError, httpx.WriteTimeout) as error:
        raise ModelError(ErrorKind.TIMEOUT, "no data within the deadline") from error
    except httpx.DecodingError as error:
        raise ModelError(ErrorKind.MALFORMED, f"undecodable body: {error}") from error
    except httpx.TransportError as error:
        raise ModelError(broken, f"{type(error).__name__}: {error}"[:LONGEST_DETAIL]) from error


def _error_of(state: RetryCallState) -> ModelError:
    """Return why an attempt failed; only a `ModelError` is ever tried again."""
    if state.outcome is None or not isinstance(error := state.outcome.exception(), ModelError):
        raise TypeError(state)
    return error
