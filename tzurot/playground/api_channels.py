"""The JSON API of channels: making and changing them, threads, direct ones, typing."""

from __future__ import annotations

from aiohttp import web

from . import objects
from .asking import (
    ApiError,
    Table,
    body_of,
    id_of_path,
    ids_of,
    permissions_of,
    person_of,
    routes_of,
    visible,
)
from .call import Rooms
from .channels import read_settings
from .errors import Payload
from .forms import Form
from .ids import BOT_ID, LARGEST_ID
from .permissions import Permission

_SETTINGS = ("name", "topic", "nsfw")


class ChannelsApi:
    """Handlers for where people talk."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [
            ("POST", "/guilds/{guild}/channels", self._create),
            ("PATCH", "/channels/{channel}", self._change),
            ("PUT", "/channels/{channel}/permissions", self._permit),
            ("POST", "/channels/{channel}/threads", self._open_thread),
            ("POST", "/channels/{channel}/typing", self._type),
            ("POST", "/dms", self._open_direct),
        ]
        return routes_of(table)

    async def _create(self, request: web.Request) -> object:
        """Make a text channel; a private one hides from the bot too with `bot: false`."""
        body = await body_of(request)
        form = _settings_of(body)
        form.required("name")
        settings = read_settings(form)
        private_to = None
        if body.get("private_to") is not None:
            private_to = ids_of(body, "private_to")
            if body.get("bot") is not False:
                private_to.append(BOT_ID)
        return self._rooms.channels.create(id_of_path(request, "guild"), settings, private_to)

    async def _change(self, request: web.Request) -> object:
        form = _settings_of(await body_of(request))
        return self._rooms.channels.change(self._text_channel(request), read_settings(form))

    def _text_channel(self, request: web.Request) -> Payload:
        channel = self._world.channel(id_of_path(request, "channel"))
        if channel["type"] != objects.TEXT:
            text = "only a text channel of a server has settings and permissions of its own"
            raise ApiError(text)
        return channel

    async def _permit(self, request: web.Request) -> object:
        """Say what the bot may not do in a channel."""
        names = (await body_of(request)).get("deny")
        channel = self._text_channel(request)
        self._rooms.channels.permit(channel, permissions_of(names, "deny"))
        return None

    async def _open_thread(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, body.get("user"))
        parent = visible(self._world, person, self._world.channel(id_of_path(request, "channel")))
        form = Form(body)
        form.required("name")
        name = form.text("name", 100, 1)
        message_id = form.whole("message_id", 0, LARGEST_ID)
        private = form.flag("private")
        form.check()
        members = ids_of(body, "members")
        if members and not private:
            text = "members are given to a private thread only"
            raise ApiError(text)
        if private and message_id is not None:
            text = "a private thread hangs on no message"
            raise ApiError(text)
        for each in members:
            self._world.member(int(parent.get("guild_id") or 0), each)
        message = self._world.message(int(parent["id"]), message_id) if message_id else None
        owner = int(person["id"])
        needed = Permission.CREATE_PUBLIC_THREADS
        kind = objects.PUBLIC_THREAD
        if private:
            needed, kind = Permission.CREATE_PRIVATE_THREADS, objects.PRIVATE_THREAD
        self._world.require(owner, parent, needed)
        thread = self._rooms.messages.open_thread(
            parent, owner, {"name": name, "type": kind}, message
        )
        for each in members:
            self._rooms.threads.join(thread, each)
        return thread

    async def _type(self, request: web.Request) -> object:
        person = person_of(self._world, (await body_of(request)).get("user"))
        channel = visible(self._world, person, self._world.channel(id_of_path(request, "channel")))
        in_thread = self._rooms.threads.is_thread(channel)
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._world.require(int(person["id"]), channel, needed)
        self._world.type(channel, int(person["id"]))
        return None

    async def _open_direct(self, request: web.Request) -> object:
        person = person_of(self._world, (await body_of(request)).get("user"))
        return self._world.open_direct(int(person["id"]))


def _settings_of(body: Payload) -> Form:
    """Return what a body says about a channel's settings, as Discord's own request."""
    return Form({key: body[key] for key in _SETTINGS if key in body})
