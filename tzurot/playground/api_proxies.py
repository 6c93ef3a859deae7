"""The JSON API of proxied messages: a webhook says again what a person said."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from aiohttp import web

from . import objects
from .asking import (
    ApiError,
    Table,
    body_of,
    id_of_text,
    person_of,
    routes_of,
    seconds_of,
    text_of,
    visible,
)
from .call import Rooms
from .composing import Sender
from .errors import Payload
from .forms import Form

PLURALKIT: Final = "466378653216014359"
"""PluralKit's application id."""
_NAMES: Final = {PLURALKIT: "PluralKit Proxy Webhook", None: "Captain Hook"}
_NAME: Final = "Proxy"
_ORDERS: Final = ("copy_first", "delete_first")


class ProxiesApi:
    """Does as proxying bots do: says it again, deletes what the person said."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [("POST", "/proxies", self._proxy)]
        return routes_of(table)

    async def _proxy(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, body.get("user"))
        channel = self._world.channel(id_of_text(body.get("channel"), "channel"))
        visible(self._world, person, channel)
        name, url = text_of(body, "name"), body.get("avatar_url")
        if "guild_id" not in channel:
            text = "messages are proxied in servers only"
            raise ApiError(text)
        order = body.get("order", _ORDERS[0])
        if order not in _ORDERS:
            text = f"order must be one of {', '.join(_ORDERS)}"
            raise ApiError(text)
        delay = seconds_of(str(body.get("delay_s", 0)), "delay_s")
        given = body.get("application", PLURALKIT)
        application = None if given is None else str(id_of_text(given, "application"))
        avatar = await self._world.files.picture_of_url(url) if isinstance(url, str) else None

        said: Payload = {"content": body.get("content")}
        if body.get("reply_to") is not None:
            said["message_reference"] = {"message_id": body["reply_to"]}
        messages, views = self._rooms.messages, self._rooms.views
        original = views.message(messages.send(channel, Sender(person), Form(said), []))
        hook = self._hook(channel, application)
        author = objects.webhook_user(hook["id"], name, avatar)
        sender = Sender(author, webhook_id=hook["id"], application_id=application)
        again: Payload = {"content": body.get("content"), "allowed_mentions": {"parse": ["users"]}}
        if answered := original.get("referenced_message"):
            again["embeds"] = [_quote(answered)]
        if order == "delete_first":
            messages.delete(channel, [original])
            await asyncio.sleep(delay)
        proxied = messages.send(channel, sender, Form(again), [])
        if order == "copy_first":
            await asyncio.sleep(delay)
            messages.delete(channel, [original])
        return {"original": original, "proxied": views.message(proxied)}

    def _hook(self, channel: Payload, application: str | None) -> Payload:
        """Return an application's webhook for a channel or the parent of a thread."""
        in_thread = self._rooms.threads.is_thread(channel)
        place = channel["parent_id"] if in_thread else channel["id"]
        for hook in self._world.webhooks.values():
            if hook["application_id"] == application and hook["channel_id"] == place:
                return hook
        hook = {
            "id": str(self._world.ids.next()),
            "type": 1,
            "application_id": application,
            "guild_id": channel["guild_id"],
            "channel_id": place,
            "name": _NAMES.get(application, _NAME),
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
