"""The JSON API of servers, their members and roles, and of proxied messages."""

from __future__ import annotations

import secrets
from typing import Final

from aiohttp import web

from . import objects
from .asking import (
    ApiError,
    Table,
    body_of,
    id_of_path,
    id_of_text,
    permissions_of,
    person_of,
    routes_of,
    text_of,
)
from .call import Rooms
from .composing import Sender
from .errors import Payload
from .forms import Form

PROXY_ID: Final = "466378653216014359"
"""PluralKit's application id."""
_PROXY_NAME: Final = "PluralKit Proxy Webhook"
_LONGEST_NAME: Final = 100


class GuildsApi:
    """Handlers for what a server's owner does on Discord, and for a proxying bot."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world
        self._guilds = rooms.guilds

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [
            ("POST", "/guilds", self._create),
            ("PUT", "/guilds/{guild}/bot", self._join),
            ("DELETE", "/guilds/{guild}/bot", self._leave),
            ("PUT", "/guilds/{guild}/members/{user}", self._set_member),
            ("DELETE", "/guilds/{guild}/members/{user}", self._remove_member),
            ("POST", "/guilds/{guild}/roles", self._add_role),
            ("POST", "/proxies", self._proxy),
        ]
        return routes_of(table)

    async def _create(self, request: web.Request) -> object:
        body = await body_of(request)
        owner = person_of(self._world, body.get("owner"))
        name = text_of(body, "name").strip()[:_LONGEST_NAME]
        return self._guilds.create(name, int(owner["id"]))

    async def _join(self, request: web.Request) -> object:
        self._guilds.join(id_of_path(request, "guild"))
        return None

    async def _leave(self, request: web.Request) -> object:
        self._guilds.leave(id_of_path(request, "guild"))
        return None

    async def _set_member(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, request.match_info["user"])
        roles = body.get("roles", [])
        if not isinstance(roles, list):
            text = "roles must be a list of ids"
            raise ApiError(text)
        ids = [str(id_of_text(each, "roles")) for each in roles]
        nick = body.get("nick")
        if nick is not None and not isinstance(nick, str):
            text = "nick must be a text"
            raise ApiError(text)
        self._guilds.set_member(id_of_path(request, "guild"), int(person["id"]), ids, nick or None)
        return None

    async def _remove_member(self, request: web.Request) -> object:
        person = person_of(self._world, request.match_info["user"])
        self._guilds.remove_member(id_of_path(request, "guild"), int(person["id"]))
        return None

    async def _add_role(self, request: web.Request) -> object:
        body = await body_of(request)
        held = permissions_of(body.get("permissions", []), "permissions")
        return self._guilds.add_role(id_of_path(request, "guild"), text_of(body, "name"), held)

    async def _proxy(self, request: web.Request) -> object:
        """Do as PluralKit does: say it again under another name, delete what the person said."""
        body = await body_of(request)
        person = person_of(self._world, body.get("user"))
        channel = self._world.channel(id_of_text(body.get("channel"), "channel"))
        name, url = text_of(body, "name"), body.get("avatar_url")
        if "guild_id" not in channel:
            text = "messages are proxied in servers only"
            raise ApiError(text)
        said: Payload = {"content": body.get("content")}
        if body.get("reply_to") is not None:
            said["message_reference"] = {"message_id": body["reply_to"]}
        messages, views = self._rooms.messages, self._rooms.views
        original = views.message(messages.send(channel, Sender(person), Form(said), []))
        hook = self._hook(channel)
        avatar = await self._world.files.picture_of_url(url) if isinstance(url, str) else None
        author = objects.webhook_user(hook["id"], name, avatar)
        sender = Sender(author, webhook_id=hook["id"], application_id=PROXY_ID)
        again: Payload = {"content": body.get("content"), "allowed_mentions": {"parse": ["users"]}}
        if answered := original.get("referenced_message"):
            again["embeds"] = [_quote(answered)]
        proxied = messages.send(channel, sender, Form(again), [])
        messages.delete(channel, [original])
        return {"original": original, "proxied": views.message(proxied)}

    def _hook(self, channel: Payload) -> Payload:
        """Return the proxying bot's webhook for a channel or the parent of a thread."""
        in_thread = self._rooms.threads.is_thread(channel)
        place = channel["parent_id"] if in_thread else channel["id"]
        for hook in self._world.webhooks.values():
            if hook["application_id"] == PROXY_ID and hook["channel_id"] == place:
                return hook
        hook = {
            "id": str(self._world.ids.next()),
            "type": 1,
            "application_id": PROXY_ID,
            "guild_id": channel["guild_id"],
            "channel_id": place,
            "name": _PROXY_NAME,
            "avatar": None,
            "token": secrets.token_urlsafe(51),
        }
        with self._world.store.transaction():
            self._world.save_webhook(hook)
        return hook


def _quote(answered: Payload) -> Payload:
    """Return the embed in which a proxied reply shows what it answers: webhooks cannot reply."""
    author = answered["author"]
    return {
        "author": {"name": f"{author.get('global_name') or author['username']} ↩️"},
        "description": f"**[Reply to:]** {answered['content'][:100]}",
    }
