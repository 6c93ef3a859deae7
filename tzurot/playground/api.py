"""The JSON API under `/playground/api`, for the page, scripts and tests (docs/playground.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Final

from aiohttp import web

from . import faults, objects
from .asking import (
    PREFIX,
    ApiError,
    Table,
    answering,
    body_of,
    dictionary_of,
    id_of_path,
    permissions_of,
    person_of,
    routes_of,
    seconds_of,
    text_of,
    unknown,
    uploads_of,
)
from .call import Rooms
from .composing import Sender
from .errors import DiscordError, Payload, Problem
from .feed import END, Event
from .forms import Form
from .gateway import Gateway
from .ids import BOT_ID, LARGEST_ID
from .judge import Judge
from .permissions import Permission
from .rest import Rest
from .rest_messages import emoji_key

_MOST_NAMES: Final = 1000
_LONGEST_NAME: Final = 200
_MOST_LOOKED_AT: Final = 1000
_MOST_BEHIND: Final = 10_000
"""An event stream that reads so slowly that this many events wait is closed."""
_PULSE_SECONDS: Final = 15.0
_ACTIONS: Final = ("drop", "reconnect", "invalidate", "mute", "unmute")


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
        table: Table = [
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
        return [*routes_of(table), web.get(f"{PREFIX}/events", self._events)]

    @staticmethod
    def last_route() -> web.RouteDef:
        """Return what answers where nothing else does."""
        return web.route("*", PREFIX + "/{rest:.*}", answering(unknown))

    # Finding what a request is about

    def _channel(self, request: web.Request) -> Payload:
        return self._world.channel(id_of_path(request, "channel"))

    def _message(self, request: web.Request) -> Payload:
        return self._world.message(id_of_path(request, "channel"), id_of_path(request, "message"))

    def _person(self, name: object) -> Payload:
        return person_of(self._world, name)

    def _viewer(self, request: web.Request) -> int | None:
        """Return whose page asks, None when it does not say."""
        name = request.query.get("user")
        return None if name is None else int(self._person(name)["id"])

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
                "owner_id": guild["owner_id"],
                "roles": guild["roles"],
                "bot_member": (guild_id, BOT_ID) in world.members,
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
            "names_from": world.names_from,
            "bot_online": self._gateway.online,
            "applications": [
                {
                    "id": str(BOT_ID),
                    "name": world.bot["username"],
                    "icon": world.bot["avatar"],
                    "bot": world.bot,
                }
            ],
        }

    async def _history(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        limit = form.whole("limit", 1, 100) or 50
        kind = next((each for each in ("before", "after") if each in request.query), None)
        anchor = form.whole(kind, 0, LARGEST_ID) if kind else 0
        form.check()
        channel = self._channel(request)
        found = self._rooms.messages.history(channel, limit, kind, anchor or 0)
        shown = [self._with_reactors(message) for message in found]
        if (viewer := self._viewer(request)) is None:
            return shown
        own = [
            self._show(each)
            for each in self._world.ephemerals.seen_by(viewer, int(channel["id"]))
            if kind is None
            or (
                (int(each["id"]) < (anchor or 0)) == (kind == "before")
                and int(each["id"]) != anchor
            )
        ]
        both = sorted(shown + own, key=lambda each: int(each["id"]), reverse=True)
        return both[-limit:] if kind == "after" else both[:limit]

    async def _log(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        after = form.whole("after") or 0
        form.check()
        return {"entries": self._rest.log.after(after)}

    async def _violations(self, _: web.Request) -> object:
        return self._judge.report()

    # Speaking

    async def _say(self, request: web.Request) -> object:
        body = await body_of(request)
        person = self._person(body.get("user"))
        channel = self._channel(request)
        said: Payload = {"content": body.get("content")}
        if body.get("reply_to") is not None:
            said["message_reference"] = {"message_id": body["reply_to"]}
        uploads = uploads_of(body.get("attachments"))
        sent = self._rooms.messages.send(channel, Sender(person), Form(said), uploads)
        return self._show(sent)

    async def _edit(self, request: web.Request) -> object:
        body = await body_of(request)
        person = self._person(body.get("user"))
        message = self._own(request, person)
        said = Form({"content": body.get("content")})
        changed = self._rooms.messages.edit(message, Sender(person), said, [])
        return self._show(changed)

    async def _delete(self, request: web.Request) -> object:
        person = self._person(request.query.get("user"))
        ids = id_of_path(request, "channel"), id_of_path(request, "message")
        if own := self._world.ephemerals.message(*ids):
            if self._world.ephemerals.viewer(own) == int(person["id"]):
                self._rooms.messages.dismiss(own)
                return None
            raise DiscordError(Problem.UNKNOWN_MESSAGE)
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
        person = self._person((await body_of(request)).get("user"))
        channel = self._channel(request)
        self._world.require(int(person["id"]), channel, Permission.VIEW_CHANNEL)
        self._world.type(channel, int(person["id"]))
        return None

    async def _open_thread(self, request: web.Request) -> object:
        body = await body_of(request)
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
        person = self._person((await body_of(request)).get("user"))
        return self._world.open_direct(int(person["id"]))

    async def _permit(self, request: web.Request) -> object:
        """Say what the bot may not do in a channel."""
        names = (await body_of(request)).get("deny")
        channel = self._channel(request)
        if channel["type"] != objects.TEXT:
            text = "only a text channel of a server has permissions of its own"
            raise ApiError(text)
        denied = permissions_of(names, "deny")
        kept = [each for each in channel["permission_overwrites"] if each["id"] != str(BOT_ID)]
        if denied:
            kept.append({"id": str(BOT_ID), "type": 1, "allow": "0", "deny": str(int(denied))})
        changed = {**channel, "permission_overwrites": kept}
        with self._world.store.transaction():
            self._world.save_channel(changed)
        self._world.tell("CHANNEL_UPDATE", changed, changed)
        return None

    async def _set_names(self, request: web.Request) -> object:
        body = await body_of(request)
        source = dictionary_of(body, "from")
        names = body.get("names", [] if source else None)
        if (
            not isinstance(names, list)
            or len(names) > _MOST_NAMES
            or any(not isinstance(name, str) or len(name) > _LONGEST_NAME for name in names)
        ):
            text = f"names must be a list of at most {_MOST_NAMES} short texts"
            raise ApiError(text)
        if source:
            source = {key: text_of(source, key) for key in ("command", "option")}
        self._world.set_names(names, source or None)
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
        timeout = seconds_of(query.get("timeout", "30"))
        viewer = self._viewer(request)
        found: asyncio.Future[Payload | None] = asyncio.get_running_loop().create_future()

        def look(message: Payload) -> None:
            wanted = author == "any" or ("bot" in message["author"]) == (author == "bot")
            if wanted and int(message["id"]) > after and not found.done():
                found.set_result(message)

        def listen(event: Event) -> None:
            if event.type == "MESSAGE_CREATE" and event.channel_id == channel_id:
                if event.viewer in {None, viewer}:
                    look(event.data)
            elif event.type == END and not found.done():
                found.set_result(None)

        with self._world.feed.listening(listen):
            own = [] if viewer is None else self._world.ephemerals.seen_by(viewer, channel_id)
            said = self._world.store.after(channel_id, after, _MOST_LOOKED_AT)
            for stored in sorted([*said, *own], key=lambda each: int(each["id"])):
                look(stored)
            await asyncio.wait({found}, timeout=timeout)
        message = found.result() if found.done() else None
        if message is None:
            text = f"nothing was said within {timeout:g} seconds"
            raise ApiError(text, 408)
        return self._show(self._world.any_message(channel_id, int(message["id"])))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send every event as it happens, until either side ends."""
        try:
            viewer = self._viewer(request)
        except ApiError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        def listen(event: Event) -> None:
            if event.type == END or queue.qsize() > _MOST_BEHIND:
                queue.put_nowait(None)
            elif not event.bot_only and event.viewer in {None, viewer}:
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
            fault = faults.read(await body_of(request))
        except ValueError as error:
            raise ApiError(str(error)) from error
        return {"id": self._rest.faults.add(fault)}

    async def _clear_faults(self, _: web.Request) -> object:
        self._rest.faults.clear()
        return None

    async def _act(self, request: web.Request) -> object:
        action = (await body_of(request)).get("action")
        if action not in _ACTIONS:
            text = f"action must be one of {', '.join(_ACTIONS)}"
            raise ApiError(text)
        return {"sockets": self._gateway.act(action)}
