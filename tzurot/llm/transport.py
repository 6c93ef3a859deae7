"""HTTP to one model service: one pool of connections, deadlines of our own, one error family."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx
from pydantic import SecretStr
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from tzurot.llm.chunks import read_json
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.failures import LONGEST_DETAIL, failure_from_body
from tzurot.llm.service import Service

LARGEST_BODY: Final = 2**20
"""Bytes read of an error, or of an answer that should have been a stream."""
LARGEST_ANSWER: Final = 64 * 2**20
"""Bytes read of a whole answer: a catalogue, a picture, a voice."""
STREAMS: Final = 1024
"""Connections at once; far above the streams that one bot has under way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status of success."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Sends requests; a key is an argument of each call and is kept nowhere."""

    def __init__(self, service: Service, *, connect_s: float = 10) -> None:
        self.service = service
        self._http = httpx.AsyncClient(
            # The deadlines for reading are our own: comments would keep httpx's from expiring.
            timeout=httpx.Timeout(connect=connect_s, read=None, write=30, pool=10),
            limits=httpx.Limits(max_connections=STREAMS, max_keepalive_connections=64),
            # A proxy of the environment never leads to this machine.
            trust_env=not service.is_local,
        )

    async def aclose(self) -> None:
        """Close every connection; what is under way fails."""
        await self._http.aclose()

    @asynccontextmanager
    async def stream(
        self, path: str, body: Mapping[str, object], *, key: SecretStr | None, until: float
    ) -> AsyncGenerator[httpx.Response]:
        """Post JSON and give the response with its body unread; raises `ModelError`.

        `until` is a time of the event loop's clock, by which the headers must have come.
        """
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate, which JSON from outside can smuggle into a str, becomes "?".
        request = self._http.build_request(
            "POST",
            self.service.url(path),
            # Uncompressed: of what is compressed, the size is known only once it is unpacked.
            headers=self._headers(key)
            | {"Accept": "text/event-stream", "Accept-Encoding": "identity"},
            content=text.encode(errors="replace"),
        )
        request.headers["Content-Type"] = "application/json"
        with translated(ErrorKind.UNREACHABLE):
            async with asyncio.timeout_at(until):
                response = await self._http.send(request, stream=True)
        async with aclosing(response):
            if not response.is_success:
                raise await _failure(response, key, until)
            yield response

    async def ask(  # noqa: PLR0913  what HTTP has
        self,
        method: str,
        path: str,
        *,
        key: SecretStr | None = None,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        query: Mapping[str, str] | None = None,
        patience_s: float = 30,
        attempts: int = 2,
    ) -> Answer:
        """Return a whole answer; raises `ModelError`.

        A failure that may pass is tried again within `patience_s` seconds, which are for all.
        """
        until = asyncio.get_running_loop().time() + patience_s
        request = self._http.build_request(
            method,
            self.service.url(path),
            headers=self._headers(key),
            json=body,
            data=form,
            files=files,
            params=query,
        )
        retrying = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            wait=_pause,
            stop=stop_after_attempt(attempts) | stop_before_delay(patience_s),
            reraise=True,
        )
        return await retrying(self._once, request, key, until)

    async def json(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return an answer that must be a JSON object; takes what `ask` takes.

        Raises `ModelError`.
        """
        answer = await self.ask(method, path, **more)
        found = read_json(answer.body.decode(errors="replace"))
        if not isinstance(found, dict) or found.get("error"):
            key = more.get("key")
            raise failure_from_body(answer.status, answer.headers, answer.body, key)
        return found

    async def _once(self, request: httpx.Request, key: SecretStr | None, until: float) -> Answer:
        with translated(ErrorKind.UNREACHABLE):
            async with asyncio.timeout_at(until):
                response = await self._http.send(request, stream=True)
        async with aclosing(response):
            if not response.is_success:
                raise await _failure(response, key, until)
            content = bytearray()
            with translated(ErrorKind.TRUNCATED):
                async with asyncio.timeout_at(until):
                    async for part in response.aiter_bytes():
                        content += part
                        if len(content) > LARGEST_ANSWER:
                            msg = f"an answer of more than {LARGEST_ANSWER} bytes"
                            raise ModelError(ErrorKind.UNKNOWN, msg)
            return Answer(response.status_code, response.headers, bytes(content))

    def _headers(self, key: SecretStr | None) -> dict[str, str]:
        headers = {}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        if self.service.is_openrouter and self.service.app_url:
            # A name without an address counts for nothing there.
            headers["HTTP-Referer"] = self.service.app_url
            headers["X-OpenRouter-Title"] = self.service.app_name
            headers["X-OpenRouter-Categories"] = "roleplay"
        return headers


async def _failure(response: httpx.Response, key: SecretStr | None, until: float) -> ModelError:
    body = await _whole(response.aiter_bytes(), until)
    return failure_from_body(response.status_code, response.headers, body, key)


async def next_bytes(body: AsyncIterator[bytes], until: float) -> bytes | None:
    """Return more bytes, None at the end; raises `ModelError` when `until` is over."""
    with translated(ErrorKind.TRUNCATED):
        async with asyncio.timeout_at(until):
            return await anext(body, None)


async def _whole(body: AsyncIterator[bytes], until: float) -> bytes:
    """Return an error's body, as much of it as is of use and arrives."""
    content = bytearray()
    with suppress(ModelError):
        while len(content) < LARGEST_BODY and (data := await next_bytes(body, until)) is not None:
            content += data
    return bytes(content)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, ModelError) and error.retryable


_BACKOFF: Final = wait_random_exponential(multiplier=0.5, max=8)


def _pause(state: RetryCallState) -> float:
    """Return seconds: those that the service asked for, and never quite alike."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ModelError) else None
    return _BACKOFF(state) + (asked or 0)


@contextmanager
def translated(broken: ErrorKind) -> Iterator[None]:
    """Turn errors of the connection into `ModelError`; `broken` is the kind of a failed one."""
    try:
        yield
    except (TimeoutError, httpx.WriteTimeout, httpx.PoolTimeout) as error:
        raise ModelError(ErrorKind.TIMEOUT, "no data within the deadline") from error
    except httpx.DecodingError as error:
        raise ModelError(ErrorKind.PROVIDER_DOWN, f"undecodable body: {error}") from error
    except httpx.TransportError as error:
        raise ModelError(broken, f"{type(error).__name__}: {error}"[:LONGEST_DETAIL]) from error
