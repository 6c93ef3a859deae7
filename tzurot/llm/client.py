"""The model client: streams a chat completion, whatever it takes to get one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Final

from loguru import logger
from pydantic import SecretStr

from tzurot.llm import dialect
from tzurot.llm.accounts import is_free
from tzurot.llm.adapt import adapt
from tzurot.llm.attempts import Attempt
from tzurot.llm.capabilities import Abilities, CapabilitiesInMemory, CapabilityStore
from tzurot.llm.catalogue import Catalogue
from tzurot.llm.chunks import read_json
from tzurot.llm.costs import computed_cost
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.exhausted import Exhausted
from tzurot.llm.failures import failure_from_body
from tzurot.llm.free_quota import FreeQuota
from tzurot.llm.keys import KeyInfo, check_key
from tzurot.llm.listening import Hear, Listening
from tzurot.llm.messages import (
    ChatRequest,
    ChatResult,
    Done,
    StreamEvent,
    TextDelta,
    TextDiscarded,
    Timings,
)
from tzurot.llm.policy import Again, GiveUp, NextModel, Patience, Step, Tries, decide
from tzurot.llm.repair import Repair, repair
from tzurot.llm.reply import END, Built, ReplyBuilder
from tzurot.llm.sse import SseSplitter
from tzurot.llm.stops import StopCounts
from tzurot.llm.transport import LARGEST_BODY, Transport, next_bytes

LINGER: Final = 0.2
"""Seconds that the end of the HTTP body may lag behind the end of the stream."""
PATH: Final = "/chat/completions"


@dataclass(slots=True)
class _Run:
    """One question on its way: what was tried for it, and what came of it."""

    request: ChatRequest
    key: SecretStr | None
    begun: float
    models: list[str]
    original: ChatRequest
    attempts: list[Attempt] = field(default_factory=list)
    failures_here: int = 0
    repairs: int = 0
    repaired: list[Repair] = field(default_factory=list)
    """The changes to this model's request, which its reply shall prove."""
    first_text: float = 0
    visible: bool = False
    """Whether there is text that a listener holds."""
    spare: ChatResult | None = None
    why: str = ""


class ModelClient:
    """Asks one service, over one pool of connections; a key is an argument of each call.

    `on_attempt` is told of every single request with what it used, also of those that failed or
    were cancelled. The catalogue and the stores may be left out.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        patience: Patience | None = None,
        catalogue: Catalogue | None = None,
        capabilities: CapabilityStore | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> None:
        self._transport = transport
        self._patience = patience or Patience()
        self._catalogue = catalogue
        self._capabilities = capabilities or CapabilitiesInMemory()
        self._on_attempt = on_attempt
        self._counts_free = transport.service.is_openrouter
        self._listening = Listening()
        self.exhausted = Exhausted()
        self.free_quota = FreeQuota()
        self.stop_counts = StopCounts()

    async def complete(
        self, request: ChatRequest, key: SecretStr | None = None, hear: Hear | None = None
    ) -> ChatResult:
        """Return the whole reply; `hear` hears it grow. Raises `ModelError`."""
        async with aclosing(self.stream(request, key)) as events:
            if hear is None:
                results = [event.result async for event in events if isinstance(event, Done)]
                return results[0]
            can = await self.abilities(request.model)
            return await self._listening.follow(
                events, hear, model=request.model, can_think=bool(can.reasoning)
            )

    async def abilities(self, model: str) -> Abilities:
        """Return what is known of a model; None stands for what is not."""
        info = self._catalogue.find(model) if self._catalogue else None
        known = info.abilities() if info else Abilities()
        return known.merged(await self._capabilities.abilities(model))

    async def look_at(self, key: SecretStr) -> KeyInfo:
        """Return what OpenRouter tells about a key, and count its free requests from there.

        Raises `ModelError`.
        """
        info = await check_key(self._transport, key)
        free = info.free_model_daily_requests
        if free is not None and free.limit is not None and free.remaining is not None:
            self.free_quota.told(key, limit=free.limit, remaining=free.remaining)
            if free.remaining > 0:
                self.exhausted.renewed(key)
        return info

    async def stream(
        self, request: ChatRequest, key: SecretStr | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Yield the reply as it comes, last a `Done`; raises `ModelError`.

        When it must be asked for again after text came, `TextDiscarded` voids that text. Cancelling
        the task closes the stream; who stops listening early closes it with `contextlib.aclosing`.
        """
        clock = asyncio.get_running_loop().time
        run = _Run(request, key, clock(), [request.model, *request.fallbacks], request)
        while True:
            try:
                self._take_turn(run)
                async with aclosing(self._attempt(run)) as events:
                    async for event in events:
                        yield event
            except ModelError as error:
                step = await self._step(run, error)
                if isinstance(step, GiveUp):
                    if run.spare is None:
                        error.attempts = tuple(run.attempts)
                        raise
                    logger.info("A spare reply is given: {}", error)
                    for event in self._give(run, run.spare):
                        yield event
                    return
                if run.visible:
                    run.visible = False
                    yield TextDiscarded()
                await self._go(run, step, error)
            else:
                return

    # -- deciding ----------------------------------------------------------------------------

    def _take_turn(self, run: _Run) -> None:
        """Raise the known reason why a model cannot answer now, before it costs a request.

        A model that is asked again has rested as long as `decide` said.
        """
        model = run.models[0]
        rest = None if run.failures_here else self.exhausted.until(model, run.key)
        # Where there is no other model to ask, it is worth finding out whether a rest that is only
        # a guess has passed. Where the service named the time, a request more costs one of the few
        # that are left, or prolongs the ban.
        if rest is not None and (len(run.models) > 1 or rest.is_told):
            left = rest.until - time.monotonic()
            raise _known(rest.kind, f"known from before: {rest.reason}", left)
        wait = self.free_quota.wait(model, run.key) if self._counts_free else 0
        if wait > 0:
            kind = ErrorKind.RATE_LIMITED if wait <= _MINUTE else ErrorKind.FREE_QUOTA
            raise _known(kind, "the limit of free models, as counted here", wait)
        if self._counts_free:
            self.free_quota.sent(model, run.key)

    async def _step(self, run: _Run, error: ModelError) -> Step:
        run.failures_here += 1
        tries = Tries(
            attempts=len(run.attempts),
            failures_here=run.failures_here,
            repairs=run.repairs,
            left_s=run.begun + self._patience.whole - asyncio.get_running_loop().time(),
            has_next=len(run.models) > 1,
        )
        known = await self._abilities(run)
        return decide(error, repair(run.request, error, known), tries, self._patience)

    async def _go(self, run: _Run, step: Step, error: ModelError) -> None:
        """Make ready for the next request."""
        match step:
            case Again(wait):
                logger.warning("{} failed ({}); again in {:.1f} s", run.models[0], error, wait)
                await asyncio.sleep(wait)
            case Repair(request=changed, what=what):
                logger.warning("{} failed ({}); repaired: {}", run.models[0], error, what)
                run.request = changed
                run.repaired.append(step)
                run.repairs += 1
                run.failures_here = 0
            case NextModel():
                gone = run.models.pop(0)
                logger.warning("{} failed ({}); next is {}", gone, error, run.models[0])
                run.why = "; ".join(filter(None, (run.why, f"{gone}: {error.host_sentence}")))
                run.request = replace(run.original, model=run.models[0])
                run.failures_here = 0
                run.repaired.clear()

    # -- asking ------------------------------------------------------------------------------

    async def _attempt(self, run: _Run) -> AsyncGenerator[StreamEvent]:
        """Ask once and yield what comes, last a `Done`; raises `ModelError`."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        model = run.models[0]
        builder = ReplyBuilder(
            stops=run.request.parameters.get("stop") or (),
            tools=bool(run.request.tools),
            key=run.key,
        )
        failure: ErrorKind | None = ErrorKind.CANCELLED
        first_text: float | None = None
        try:
            request = adapt(run.request, await self._abilities(run))
            async with aclosing(self._events(request, run, builder)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        first_text = clock() - begun if first_text is None else first_text
                        run.first_text = run.first_text or clock() - run.begun
                        run.visible = True
                    elif isinstance(event, TextDiscarded):
                        run.visible = False
                    yield event
            failure = None
        except ModelError as error:
            failure = error.kind
            error.partial = builder.visible
            builder.broke()
            # The latest is of the repaired request, but what was cut replaces nothing whole.
            if builder.spare and not (run.spare and builder.spare.finish_reason == "cut"):
                run.spare = self._result(run, builder, builder.spare)
            self.exhausted.note(model, run.key, error)
            self.free_quota.refused(run.key, error)
            raise
        finally:
            self._record(run, builder, failure, clock() - begun, first_text)
        self.exhausted.succeeded(model, run.key)
        if builder.stopped_at is not None:
            self.stop_counts.add(model, builder.stopped_at)
        for proven in run.repaired:
            if proven.lesson is not None:
                await self._capabilities.learn(model, proven.lesson)
        yield Done(self._result(run, builder, builder.result()))

    async def _abilities(self, run: _Run) -> Abilities:
        """Return what is known of the model, with what this turn has just been taught."""
        known = await self.abilities(run.models[0])
        for done in run.repaired:
            known = known.merged(done.lesson or Abilities())
        return known

    async def _events(
        self, request: ChatRequest, run: _Run, builder: ReplyBuilder
    ) -> AsyncGenerator[StreamEvent]:
        clock = asyncio.get_running_loop().time
        last = run.begun + self._patience.whole
        body = dialect.body(self._transport.service, request)
        until = min(clock() + self._patience.silence, last)
        async with self._transport.stream(PATH, body, key=run.key, until=until) as response:
            builder.generation_id = response.headers.get("x-generation-id")
            data = response.aiter_bytes()
            try:
                async with aclosing(self._payloads(data, builder, last)) as payloads:
                    async for payload in payloads:
                        text = payload
                        if isinstance(text, bytes):
                            text = _completion(response.status_code, text, run.key)
                        for event in builder.feed(text):
                            yield event
            except ModelError:
                if not builder.ended:  # else the reply is whole, and only its usage is lost
                    raise
            for event in builder.close():
                yield event
            with suppress(ModelError):  # a stream read to its end gives its connection back
                await next_bytes(data, clock() + LINGER)

    async def _payloads(
        self, data: AsyncIterator[bytes], builder: ReplyBuilder, last: float
    ) -> AsyncGenerator[str | bytes]:
        """Yield the payloads of a stream until `builder` is done, or, as bytes, what is no stream.

        Raises `ModelError`.
        """
        clock = asyncio.get_running_loop().time
        splitter = SseSplitter()
        head = bytearray()
        streamed = False
        quiet = clock() + self._patience.silence
        part: bytes | None = b""
        while part is not None and not builder.done:
            part = await next_bytes(data, min(quiet, last))
            payloads = splitter.flush() if part is None else splitter.feed(part)
            for payload in payloads:
                yield payload
            if payloads:
                streamed = True
                wait = self._patience.farewell if builder.ended else self._patience.silence
                quiet = clock() + wait
            elif part and not streamed and len(head) < LARGEST_BODY:
                head += part
        if not streamed:
            yield bytes(head)
            yield END

    # -- what came of it ---------------------------------------------------------------------

    def _record(
        self,
        run: _Run,
        builder: ReplyBuilder,
        failure: ErrorKind | None,
        seconds: float,
        first_text: float | None,
    ) -> None:
        model = run.models[0]
        # A free variant may be answered under the name of the one that is paid for.
        priced = model if is_free(model) else builder.model or model
        info = self._catalogue.find(priced) if self._catalogue else None
        attempt = Attempt(
            requested_model=model,
            served_model=builder.model,
            provider=builder.provider,
            generation_id=builder.generation_id,
            failure=failure,
            repair="; ".join(one.what for one in run.repaired),
            usage=builder.usage,
            computed_cost=computed_cost(builder.usage, info) if builder.usage else None,
            seconds=seconds,
            first_text=first_text,
        )
        run.attempts.append(attempt)
        if self._on_attempt is not None:
            self._on_attempt(attempt)

    def _result(self, run: _Run, builder: ReplyBuilder, built: Built) -> ChatResult:
        return ChatResult(
            text=built.text,
            reasoning=built.reasoning,
            finish_reason=built.finish_reason,
            model=builder.model or run.models[0],
            requested_model=run.original.model,
            why_fallback=run.why,
            generation_id=builder.generation_id,
            provider=builder.provider,
            usage=builder.usage,
            tool_calls=built.tool_calls,
            reasoning_details=built.reasoning_details,
            timings=self._timings(run),
            attempts=tuple(run.attempts),
        )

    def _timings(self, run: _Run) -> Timings:
        total = asyncio.get_running_loop().time() - run.begun
        return Timings(first_text=run.first_text, total=total, attempts=len(run.attempts))

    def _give(self, run: _Run, spare: ChatResult) -> list[StreamEvent]:
        """Return the events by which a spare takes the place of what came last."""
        events: list[StreamEvent] = [TextDiscarded()] if run.visible else []
        run.first_text = run.first_text or asyncio.get_running_loop().time() - run.begun
        whole = replace(spare, timings=self._timings(run), attempts=tuple(run.attempts))
        return [*events, TextDelta(spare.text), Done(whole)]


_MINUTE: Final = 60


def _known(kind: ErrorKind, detail: str, wait: float) -> ModelError:
    """Return an error that a request would only repeat; a short limit may be waited for."""
    retryable = kind is ErrorKind.RATE_LIMITED
    return ModelError(kind, detail, retryable=retryable, retry_after=wait)


def _completion(status: int, body: bytes, key: SecretStr | None) -> str:
    """Return the whole completion of a server that does not stream, or raise what it is."""
    text = body.decode(errors="replace").strip()
    completion = read_json(text)
    if isinstance(completion, dict) and completion.get("choices"):
        return text
    raise failure_from_body(status, {}, body, key)
