"""The JSON API under `/playground/api`, for the page, scripts and tests (docs/playground.md)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from . import faults, objects
from .call import Rooms
from .composing import MOST_ATTACHMENTS, Sender
from .errors import DiscordError, Payload
from .feed import END, Event
from .files import LARGEST_ATTACHMENT, Upload
from .forms import Form
from .gateway import Gateway
from .ids import BOT_ID, LARGEST_ID
from .judge import Judge
from .permissions import Permission
from .rest import Rest
from .rest_messages import emoji_key

PREFIX: Final = "/playground/api"
_LONGEST_WAIT: Final = 300.0
_MOST_NAMES: Final = 1000
_LONGEST_NAME: Final = 200
_MOST_LOOKED_AT: Final = 1000
_MOST_BEHIND: Final = 10_000
"""An event stream that reads so slowly that this many events wait is closed."""
_PULSE_SECONDS: Final = 15.0
_ACTIONS: Final = ("drop", "reconnect", "invalidate", "mute", "unmute")


class ApiError(Exception):
    """A request that cannot be done, with one clear sentence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


Answering = Callable[[web.Request], Awaitable[object]]


class Api:
    """Handlers of the JSON API."""

    def __init__(self, rooms: Rooms, rest: Rest, gateway: Gateway, judge: Judge) -> None:
        self._rooms = rooms
        self._world = rooms.world
        self._rest = rest
        self._gateway = gateway
        self._judge = judge

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        message = "/channels/{channel}/messages/{message}"
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/state", self._state),
            ("GET", "/channels/{channel}/messages", self._history),
            ("POST", "/channels/{channel}/messages", self._say),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("PUT", message + "/reactions/{emoji}", self._react),
            ("DELETE", message + "/reactions/{emoji}", self._react),
            ("POST", "/channels/{channel}/typing", self._type),
            ("POST", "/channels/{channel}/threads", self._open_thread),
            ("PUT", "/channels/{channel}/permissions", self._permit),
            ("GET", "/channels/{channel}/wait", self._wait),
            ("POST", "/dms", self._open_direct),
            ("PUT", "/names", self._set_names),
            ("GET", "/log", self._log),
            ("GET", "/violations", self._violations),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/gateway", self._act),
        ]
        found = [web.route(each[0], PREFIX + each[1], _answering(each[2])) for each in table]
        found.append(web.get(f"{PREFIX}/events", self._events))
        return [*found, web.route("*", PREFIX + "/{rest:.*}", _answering(_unknown))]

    # Finding what a request is about

    def _channel(self, request: web.Request) -> Payload:
        return self._world.channel(_id(request, "channel"))

    def _message(self, request: web.Request) -> Payload:
        return self._world.message(_id(request, "channel"), _id(request, "message"))

    def _person(self, name: object) -> Payload:
        """Return a person by id or user name."""
        for user in self._world.users.values():
            if not user.get("bot") and name in (user["id"], user["username"]):
                return user
        people = ", ".join(
            user["username"] for user in self._world.users.values() if not user.get("bot")
        )
        message = f"user must be one of the people here: {people}"
        raise ApiError(message, 404 if isinstance(name, str) and name else 400)

    def _own(self, request: web.Request, person: Payload) -> Payload:
        message = self._message(request)
        if message["author"]["id"] != person["id"]:
            text = f"{person['username']} did not write that message"
            raise ApiError(text, 403)
        return message

    def _show(self, stored: Payload) -> Payload:
        return self._with_reactors(self._rooms.views.message(stored))

    def _with_reactors(self, message: Payload) -> Payload:
        """Return a message whose reactions say whose they are: the page has more than one user."""
        if "reactions" not in message:
            return message
        who = self._world.store.reactions(int(message["id"])).values()
        reactions = [
            {**reaction, "users": [str(user_id) for user_id in users]}
            for reaction, users in zip(message["reactions"], who, strict=True)
        ]
        return {**message, "reactions": reactions}

    # Looking

    async def _state(self, _: web.Request) -> object:
        world = self._world
        guilds = [
            {
                "id": guild["id"],
                "name": guild["name"],
                "icon": guild["icon"],
                "channels": [
                    *world.guild_channels(guild_id, threads=False),
                    *world.guild_channels(guild_id, threads=True),
                ],
                "members": [
                    body for (place, _), body in world.members.items() if place == guild_id
                ],
            }
            for guild_id, guild in world.guilds.items()
        ]
        dms = [
            {"id": channel["id"], "user_id": channel["recipients"][0]["id"]}
            for channel in world.channels.values()
            if channel["type"] == objects.DM
        ]
        return {
            "bot": world.bot,
            "users": [user for user in world.users.values() if not user.get("bot")],
            "guilds": guilds,
            "dms": dms,
            "names": world.names,
            "bot_online": self._gateway.online,
        }

    async def _history(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        limit = form.whole("limit", 1, 100) or 50
        kind = next((each for each in ("before", "after") if each in request.query), None)
        anchor = form.whole(kind, 0, LARGEST_ID) if kind else 0
        form.check()
        found = self._rooms.messages.history(self._channel(request), limit, kind, anchor or 0)
        return [self._with_reactors(message) for message in found]

    async def _log(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        after = form.whole("after") or 0
        form.check()
        return {"entries": self._rest.log.after(after)}

    async def _violations(self, _: web.Request) -> object:
        return self._judge.report()

    # Speaking

    async def _say(self, request: web.Request) -> object:
        body = await _body(request)
        person = self._person(body.get("user"))
        channel = self._channel(request)
        said: Payload = {"content": body.get("content")}
        if body.get("reply_to") is not None:
            said["message_reference"] = {"message_id": body["reply_to"]}
        uploads = _uploads(body.get("attachments"))
        sent = self._rooms.messages.send(channel, Sender(person), Form(said), uploads)
        return self._show(sent)

    async def _edit(self, request: web.Request) -> object:
        body = await _body(request)
        person = self._person(body.get("user"))
        message = self._own(request, person)
        said = Form({"content": body.get("content")})
        changed = self._rooms.messages.edit(message, Sender(person), said, [])
        return self._show(changed)

    async def _delete(self, request: web.Request) -> object:
        person = self._person(request.query.get("user"))
        message, channel = self._message(request), self._channel(request)
        self._rooms.messages.may_delete(message, channel, int(person["id"]))
        self._rooms.messages.delete(channel, [message])
        return None

    async def _react(self, request: web.Request) -> object:
        person = self._person(request.query.get("user"))
        message, emoji = self._message(request), emoji_key(request.match_info["emoji"])
        reactions = self._rooms.reactions
        act = reactions.add if request.method == "PUT" else reactions.remove
        act(message, emoji, int(person["id"]))
        return None

    async def _type(self, request: web.Request) -> object:
        person = self._person((await _body(request)).get("user"))
        channel = self._channel(request)
        self._world.require(int(person["id"]), channel, Permission.VIEW_CHANNEL)
        self._world.type(channel, int(person["id"]))
        return None

    async def _open_thread(self, request: web.Request) -> object:
        body = await _body(request)
        person, parent = self._person(body.get("user")), self._channel(request)
        form = Form(body)
        form.required("name")
        name = form.text("name", 100, 1)
        message_id = form.whole("message_id", 0, LARGEST_ID)
        form.check()
        message = self._world.message(int(parent["id"]), message_id) if message_id else None
        owner = int(person["id"])
        self._world.require(owner, parent, Permission.CREATE_PUBLIC_THREADS)
        settings = {"name": name, "type": objects.PUBLIC_THREAD}
        return self._rooms.messages.open_thread(parent, owner, settings, message)

    async def _open_direct(self, request: web.Request) -> object:
        person = self._person((await _body(request)).get("user"))
        return self._world.open_direct(int(person["id"]))

    async def _permit(self, request: web.Request) -> object:
        """Say what the bot may not do in a channel."""
        names = (await _body(request)).get("deny")
        channel = self._channel(request)
        if channel["type"] != objects.TEXT:
            text = "only a text channel of a server has permissions of its own"
            raise ApiError(text)
        known = Permission.__members__
        if not isinstance(names, list) or any(str(name) not in known for name in names):
            text = f"deny must be a list of permissions: {', '.join(known)}"
            raise ApiError(text)
        denied = Permission(0)
        for name in names:
            denied |= known[name]
        kept = [each for each in channel["permission_overwrites"] if each["id"] != str(BOT_ID)]
        if denied:
            kept.append({"id": str(BOT_ID), "type": 1, "allow": "0", "deny": str(int(denied))})
        changed = {**channel, "permission_overwrites": kept}
        with self._world.store.transaction():
            self._world.save_channel(changed)
        self._world.tell("CHANNEL_UPDATE", changed, changed)
        return None

    async def _set_names(self, request: web.Request) -> object:
        names = (await _body(request)).get("names")
        if (
            not isinstance(names, list)
            or len(names) > _MOST_NAMES
            or any(not isinstance(name, str) or len(name) > _LONGEST_NAME for name in names)
        ):
            text = f"names must be a list of at most {_MOST_NAMES} short texts"
            raise ApiError(text)
        self._world.set_names(names)
        return None

    # Waiting

    async def _wait(self, request: web.Request) -> object:
        channel_id, query = int(self._channel(request)["id"]), request.query
        form = Form(dict(query))
        after = form.whole("after", 0, LARGEST_ID) or 0
        form.check()
        author = query.get("author", "any")
        if author not in {"bot", "user", "any"}:
            text = "author must be bot, user or any"
            raise ApiError(text)
        timeout = _seconds(query.get("timeout", "30"))
        found: asyncio.Future[Payload | None] = asyncio.get_running_loop().create_future()

        def look(message: Payload) -> None:
            wanted = author == "any" or ("bot" in message["author"]) == (author == "bot")
            if wanted and int(message["id"]) > after and not found.done():
                found.set_result(message)

        def listen(event: Event) -> None:
            if event.type == "MESSAGE_CREATE" and event.channel_id == channel_id:
                look(event.data)
            elif event.type == END and not found.done():
                found.set_result(None)

        with self._world.feed.listening(listen):
            for stored in self._world.store.after(channel_id, after, _MOST_LOOKED_AT):
                look(stored)
            await asyncio.wait({found}, timeout=timeout)
        message = found.result() if found.done() else None
        if message is None:
            text = f"nothing was said within {timeout:g} seconds"
            raise ApiError(text, 408)
        return self._show(self._world.message(channel_id, int(message["id"])))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send every event as it happens, until either side ends."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        def listen(event: Event) -> None:
            if event.type == END or queue.qsize() > _MOST_BEHIND:
                queue.put_nowait(None)
            else:
                text = json.dumps({"type": event.type, "data": self._with_reactors(event.data)})
                queue.put_nowait(f"data: {text}\n\n".encode())

        with self._world.feed.listening(listen), contextlib.suppress(ConnectionError):
            await response.write(b": hello\n\n")
            while True:
                try:
                    async with asyncio.timeout(_PULSE_SECONDS):
                        data = await queue.get()
                except TimeoutError:
                    data = b": still here\n\n"
                if data is None:
                    break
                await response.write(data)
        return response

    # Faults

    async def _add_fault(self, request: web.Request) -> object:
        try:
            fault = faults.read(await _body(request))
        except ValueError as error:
            raise ApiError(str(error)) from error
        return {"id": self._rest.faults.add(fault)}

    async def _clear_faults(self, _: web.Request) -> object:
        self._rest.faults.clear()
        return None

    async def _act(self, request: web.Request) -> object:
        action = (await _body(request)).get("action")
        if action not in _ACTIONS:
            text = f"action must be one of {', '.join(_ACTIONS)}"
            raise ApiError(text)
        return {"sockets": self._gateway.act(action)}


def _answering(handler: Answering) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turn what a handler returns or raises into an answer."""

    async def answer(request: web.Request) -> web.Response:
        try:
            found = await handler(request)
        except ApiError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except DiscordError as error:
            status = error.status if error.status in {403, 404} else 400
            return web.json_response({"error": _sentence(error)}, status=status)
        return web.Response(status=204) if found is None else web.json_response(found)

    return answer


async def _unknown(_: web.Request) -> object:
    text = "there is no such address; see docs/playground.md"
    raise ApiError(text, 404)


def _sentence(error: DiscordError) -> str:
    """Return Discord's refusal in one line, with the field it is about."""

    def walk(node: object, path: str) -> str:
        if not isinstance(node, dict):
            return ""
        if "_errors" in node:
            return f"{path}: {node['_errors'][0]['message']}" if path else ""
        return next(
            (found for key, inner in node.items() if (found := walk(inner, f"{path}.{key}"))), ""
        )

    return walk(error.body.get("errors"), "").removeprefix(".") or str(error)


def _id(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not text.isdecimal() or not text.isascii() or int(text) > LARGEST_ID:
        message = f"{name} must be an id"
        raise ApiError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        message = "timeout must be a number of seconds"
        raise ApiError(message)
    return min(found, _LONGEST_WAIT)


async def _body(request: web.Request) -> Payload:
    try:
        found: Any = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        message = "the body must be JSON"
        raise ApiError(message) from error
    if not isinstance(found, dict):
        message = "the body must be a JSON object"
        raise ApiError(message)
    return found


def _uploads(given: object) -> list[Upload]:
    """Read attachments; too large ones are refused later, with Discord's words."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        message = "attachments must be a list of objects"
        raise ApiError(message)
    if len(given) > MOST_ATTACHMENTS:
        message = f"a message takes at most {MOST_ATTACHMENTS} attachments"
        raise ApiError(message)
    found = []
    for each in given:
        texts = [each.get(key) for key in ("filename", "content_type", "base64")]
        if not all(isinstance(text, str) for text in texts):
            message = "an attachment needs filename, content_type and base64, all as text"
            raise ApiError(message)
        name, kind, text = texts
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            message = f"the base64 of {name} cannot be read"
            raise ApiError(message) from error
        if len(data) > LARGEST_ATTACHMENT:
            message = f"{name} is larger than {LARGEST_ATTACHMENT // 1024 // 1024} MiB"
            raise ApiError(message)
        found.append(Upload(name, kind, data))
    return found
