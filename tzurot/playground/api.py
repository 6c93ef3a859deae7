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
    routes_of,
    text_of,
    unknown,
    viewer_of,
)
from .call import Rooms
from .feed import END, Event
from .forms import Form
from .gateway import Gateway
from .ids import BOT_ID
from .judge import Judge
from .permissions import Permission
from .rest import Rest

_MOST_NAMES: Final = 1000
_LONGEST_NAME: Final = 200
_MOST_BEHIND: Final = 10_000
"""An event stream that reads so slowly that this many events wait is closed."""
_PULSE_SECONDS: Final = 15.0
_ACTIONS: Final = ("drop", "reconnect", "invalidate", "mute", "unmute")


def last_route() -> web.RouteDef:
    """Return what answers where nothing else does."""
    return web.route("*", PREFIX + "/{rest:.*}", answering(unknown))


class Api:
    """Handlers for the whole: what is there, what happens, what the bot asks, faults."""

    def __init__(self, rooms: Rooms, rest: Rest, gateway: Gateway, judge: Judge) -> None:
        self._rooms = rooms
        self._world = rooms.world
        self._rest = rest
        self._gateway = gateway
        self._judge = judge

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [
            ("GET", "/state", self._state),
            ("PUT", "/names", self._set_names),
            ("GET", "/log", self._log),
            ("GET", "/violations", self._violations),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/gateway", self._act),
        ]
        return [*routes_of(table), web.get(f"{PREFIX}/events", self._events)]

    # Looking

    async def _state(self, request: web.Request) -> object:
        """Answer who and what is there; for a person: without what they cannot see."""
        world, viewer = self._world, viewer_of(self._world, request)
        guilds = [
            {
                "id": guild["id"],
                "name": guild["name"],
                "icon": guild["icon"],
                "owner_id": guild["owner_id"],
                "roles": guild["roles"],
                "bot_member": (guild_id, BOT_ID) in world.members,
                "channels": [
                    channel
                    for threads in (False, True)
                    for channel in world.guild_channels(guild_id, threads=threads)
                    if viewer is None
                    or world.permissions(viewer, channel) & Permission.VIEW_CHANNEL
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

    async def _log(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        after = form.whole("after") or 0
        form.check()
        return {"entries": self._rest.log.after(after)}

    async def _violations(self, _: web.Request) -> object:
        return self._judge.report()

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

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send every event as it happens, until either side ends."""
        try:
            viewer = viewer_of(self._world, request)
        except ApiError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        def listen(event: Event) -> None:
            if event.type == END or queue.qsize() > _MOST_BEHIND:
                queue.put_nowait(None)
            elif self._shown(event, viewer):
                data = self._rooms.views.with_reactors(event.data)
                text = json.dumps({"type": event.type, "data": data})
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

    def _shown(self, event: Event, viewer: int | None) -> bool:
        """Say whether an event goes to the page of a person.

        Direct messages go to everybody's: the page rings for whomever they are for.
        """
        if event.bot_only or event.viewer not in {None, viewer}:
            return False
        return viewer is None or event.guild_id is None or self._world.sees(viewer, event)

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
