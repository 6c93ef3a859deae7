"""One REST request with its body read, and the table of routes that answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, web

from .channels import Channels
from .composing import MOST_ATTACHMENTS, Sender
from .errors import DiscordError, Payload, Problem
from .files import LARGEST_ATTACHMENT, Upload
from .forms import Form, form_error
from .guilds import Guilds
from .ids import BOT_ID, LARGEST_ID
from .interactions import Interactions
from .limits import Limit
from .messages import Messages
from .permissions import Permission
from .reactions import Reactions
from .threads import Threads
from .views import Views
from .world import World

DEFAULT_LIMIT: Final = Limit(10, 1.0)
_SNOWFLAKE: Final = re.compile(r"\d{1,20}")
_LARGEST_BODY: Final = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rooms:
    """What handlers work with."""

    world: World
    channels: Channels
    threads: Threads
    views: Views
    messages: Messages
    reactions: Reactions
    interactions: Interactions
    guilds: Guilds


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: object = None


NOTHING: Final = Answer(204)


def ok(body: object) -> Answer:
    """Return a plain answer."""
    return Answer(200, body)


@dataclass(slots=True)
class Call:
    """A request under way."""

    request: web.Request
    rooms: Rooms
    body: Any = None
    files: list[Upload] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The state of the playground."""
        return self.rooms.world

    @property
    def bot(self) -> Sender:
        """The bot as the one who speaks."""
        return Sender(self.world.bot)

    def form(self) -> Form:
        """Return the body as a form."""
        return Form({} if self.body is None else self.body)

    def id(self, name: str) -> int:
        """Return an id from the path."""
        return snowflake(self.request.match_info[name], name)

    def text(self, name: str) -> str:
        """Return a piece of the path."""
        return self.request.match_info[name]

    def flag(self, name: str) -> bool:
        """Return a boolean of the query, False when absent."""
        return self.request.query.get(name, "").lower() in {"true", "1"}

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Return an integer of the query."""
        form = Form(dict(self.request.query))
        value = form.whole(name, lowest, highest)
        form.check()
        return default if value is None else value

    def channel(self, name: str = "channel_id") -> Payload:
        """Return the channel of the path, which the bot must be able to see."""
        channel = self.world.channel(self.id(name))
        self.world.require(BOT_ID, channel, Permission.VIEW_CHANNEL)
        return channel

    def message(self, channel: Payload) -> Payload:
        """Return the message of the path."""
        return self.world.message(int(channel["id"]), self.id("message_id"))


def snowflake(text: str, name: str) -> int:
    """Return an id written in digits; raise Discord's form error for anything else."""
    if _SNOWFLAKE.fullmatch(text) is None or int(text) > LARGEST_ID:
        raise form_error(name, "NUMBER_TYPE_COERCE", f'Value "{text[:50]}" is not snowflake.')
    return int(text)


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a method on a path (templates as in Discord's OpenAPI document)."""

    method: str
    template: str
    handler: Handler
    limit: Limit | None
    """None where Discord has no limit and sends no headers about one."""
    token: bool
    """False where the path itself carries a secret, so that no bot token is needed."""


class Routes(list[Route]):
    """A table of routes, filled by decorators."""

    def on(
        self, method: str, template: str, limit: Limit | None = DEFAULT_LIMIT, *, token: bool = True
    ) -> Callable[[Handler], Handler]:
        """Let the decorated function answer."""

        def decorate(handler: Handler) -> Handler:
            self.append(Route(method, template, handler, limit, token))
            return handler

        return decorate


# Reading bodies


async def read_body(call: Call) -> None:
    """Read the request's body and files into the call; raise when they are unreadable."""
    request = call.request
    if not request.can_read_body:
        return
    try:
        if request.content_type == "multipart/form-data":
            await _read_multipart(call)
            return
        data = await request.content.read(_LARGEST_BODY + 1)
        while len(data) <= _LARGEST_BODY and (more := await request.content.read(65536)):
            data += more
        if len(data) > _LARGEST_BODY:
            raise DiscordError(Problem.TOO_LARGE)
        call.body = json.loads(data) if data else None
    except (ValueError, RecursionError) as error:
        raise DiscordError(Problem.INVALID_JSON) from error


async def _read_multipart(call: Call) -> None:
    """Read `payload_json` and `files[n]`."""
    uploads: dict[int, Upload] = {}
    async for part in await call.request.multipart():
        if not isinstance(part, BodyPartReader):
            raise DiscordError(Problem.INVALID_JSON)
        if part.name == "payload_json":
            call.body = json.loads(await part.read())
            continue
        number = re.fullmatch(r"files?\[(\d{1,3})\]|file(\d{0,3})", part.name or "")
        if number is None:
            raise form_error(part.name or "form", "UNKNOWN_FIELD", "Unknown form field")
        data = await part.read(decode=True)
        if len(data) > LARGEST_ATTACHMENT:
            raise DiscordError(Problem.TOO_LARGE)
        index = int(number[1] or number[2] or 0)
        kind = part.headers.get("Content-Type", "")
        uploads[index] = Upload(part.filename or "file", kind.split(";")[0].strip(), bytes(data))
    call.files = list(_named(call.body, uploads).values())
    if len(call.files) > MOST_ATTACHMENTS:
        message = f"Must be {MOST_ATTACHMENTS} or fewer in length."
        refusal = form_error("attachments", "BASE_TYPE_MAX_LENGTH", message)
        raise refusal


def _named(body: object, uploads: dict[int, Upload]) -> dict[int, Upload]:
    """Give the uploads the names and descriptions of the body's `attachments`."""
    holder = body if isinstance(body, dict) else {}
    if isinstance(holder.get("data"), dict):
        holder = holder["data"]  # the answer to an interaction
    listed = holder.get("attachments")
    for each in listed if isinstance(listed, list) else ():
        number = str(each.get("id", "")) if isinstance(each, dict) else ""
        if number.isdecimal() and int(number) in uploads:
            old = uploads[int(number)]
            uploads[int(number)] = Upload(
                str(each.get("filename") or old.name),
                old.content_type,
                old.data,
                each,
            )
    return dict(sorted(uploads.items()))
