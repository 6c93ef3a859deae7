"""The way of a REST request: token, faults, rate limits, judge, handler, judge again, log."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from aiohttp import web

from .call import Answer, Call, Rooms, Route, Routes, read_body
from .errors import DiscordError, Payload, Problem, RateLimitedError
from .faults import Fault, Faults
from .ids import TOKEN, now
from .judge import Judge, Violation
from .limits import Limits

PREFIX: Final = "/api/v10"
_MOST_LOGGED: Final = 5000
_LONGEST_LOGGED: Final = 4096
_MAJOR: Final = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")

log = logging.getLogger(__name__)


class _DroppedError(Exception):
    """The connection was cut because a fault asked for it."""


@dataclass(slots=True)
class Entry:
    """What the bot asked, and what became of it."""

    seq: int
    at: str
    method: str
    path: str
    body: object = None
    files: list[Payload] | None = None
    status: int | None = None
    fault: str | None = None

    def payload(self) -> Payload:
        """Return the entry as the JSON API shows it."""
        found: Payload = {
            "seq": self.seq,
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "body": _clipped(self.body),
            "status": self.status,
        }
        if self.files:
            found["files"] = self.files
        if self.fault:
            found["fault"] = self.fault
        return found


class Log:
    """The latest requests of the bot, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_MOST_LOGGED)
        self._last = 0

    def open(self, method: str, path: str) -> Entry:
        """Begin an entry."""
        self._last += 1
        entry = Entry(self._last, now(), method, path)
        self._entries.append(entry)
        return entry

    def after(self, seq: int) -> list[Payload]:
        """Return the entries after a number."""
        return [entry.payload() for entry in self._entries if entry.seq > seq]


class Rest:
    """Discord's REST API over the handlers of its routes."""

    def __init__(self, rooms: Rooms, limits: Limits, judge: Judge, *, strict: bool) -> None:
        self.faults = Faults()
        self.log = Log()
        self._rooms = rooms
        self._limits = limits
        self._judge = judge
        self._strict = strict

    def routes(self, tables: Sequence[Routes]) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        found = [
            web.route(route.method, PREFIX + route.template, self._answering(route))
            for route in sorted(chain(*tables), key=_variables)
        ]
        unknown = Route("*", "", _not_found, limit=tables[0][0].limit, token=True)
        return [*found, web.route("*", PREFIX + "/{rest:.*}", self._answering(unknown))]

    def _answering(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._run(route, request)

        return answer

    async def _run(self, route: Route, request: web.Request) -> web.StreamResponse:
        entry = self.log.open(request.method, request.path_qs.removeprefix(PREFIX))
        fault = self.faults.take(request.method, request.path.removeprefix(PREFIX))
        entry.fault = fault.kind if fault else None
        headers: dict[str, str] = {}
        call = Call(request, self._rooms)
        try:
            answer = await self._answer(route, call, entry, fault, headers)
        except _DroppedError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody is there to read it
        except DiscordError as error:
            answer = Answer(error.status, error.body)
        except RateLimitedError as error:
            headers |= error.headers
            answer = Answer(error.status, error.body)
        except Exception:
            log.exception("the playground failed at %s %s", request.method, request.path)
            answer = Answer(500, {"message": "500: Internal Server Error", "code": 0})
        entry.status = answer.status
        if answer.status < 500:  # noqa: PLR2004 - such answers are not in the document
            self._judge.answer(request.method, route.template, answer.status, answer.body)
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return web.json_response(answer.body, status=answer.status, headers=headers)

    async def _answer(
        self, route: Route, call: Call, entry: Entry, fault: Fault | None, headers: dict[str, str]
    ) -> Answer:
        request = call.request
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
        await read_body(call)
        entry.body = call.body
        entry.files = [
            {"filename": each.name, "content_type": each.content_type, "size": len(each.data)}
            for each in call.files
        ]
        violations = self._judged(route, call)
        bucket = f"{route.method} {route.template}"
        self._refuse_before(fault, bucket, route)
        authorization = request.headers.get("Authorization")
        if route.token and authorization != f"Bot {TOKEN}":
            raise DiscordError(Problem.UNAUTHORIZED)
        if authorization is not None:
            self._limits.take_global()
        major = "/".join(request.match_info.get(name, "") for name in _MAJOR)
        headers |= self._limits.take(bucket, major, route.limit)
        if violations and self._strict:
            raise _form_error_of(violations)
        answer = await route.handler(call)
        if fault and fault.kind == "drop_after":
            raise _DroppedError
        if fault and fault.kind == "5xx_after":
            return Answer(fault.status, {"message": f"{fault.status}: ordered fault", "code": 0})
        return answer

    def _refuse_before(self, fault: Fault | None, bucket: str, route: Route) -> None:
        """Do what a fault wants done before the request is looked at."""
        if fault is None:
            return
        if fault.kind == "drop_before":
            raise _DroppedError
        if fault.kind == "429":
            raise self._limits.refusal(bucket, route.limit, fault.retry_after_s, fault.scope)
        if fault.kind == "5xx_before":
            raise _OrderedError(fault.status)

    def _judged(self, route: Route, call: Call) -> list[Violation]:
        request = call.request
        template = route.template or request.path.removeprefix(PREFIX)
        return self._judge.request(request.method, template, call.body, list(request.query))


def _variables(route: Route) -> list[bool]:
    """Order routes so that a fixed piece of a path comes before a variable one in its place."""
    return [piece.startswith("{") for piece in route.template.split("/")]


class _OrderedError(DiscordError):
    """A server error that a fault asked for."""

    def __init__(self, status: int) -> None:
        super().__init__(Problem.NOT_FOUND)
        self.status = status
        self.body = {"message": f"{status}: ordered fault", "code": 0}


def _form_error_of(violations: list[Violation]) -> DiscordError:
    """Return Discord's refusal for what the judge found."""
    errors: Payload = {}
    for each in violations:
        node = errors
        for key in filter(None, each.pointer.split("/")):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": "SCHEMA", "message": each.message})
    return DiscordError(Problem.INVALID_FORM, errors)


def _clipped(body: object) -> object:
    """Return a body whose long texts (pictures as data) are cut for the log."""
    if isinstance(body, str) and len(body) > _LONGEST_LOGGED:
        return f"{body[:_LONGEST_LOGGED]}…"
    if isinstance(body, list):
        return [_clipped(each) for each in body]
    if isinstance(body, dict):
        return {key: _clipped(value) for key, value in body.items()}
    return body


async def _not_found(call: Call) -> Answer:
    log.warning("no such route yet: %s %s", call.request.method, call.request.path)
    raise DiscordError(Problem.NOT_FOUND)
