"""The JSON API of messages: what people say, read, wait for, change and react to."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from . import references, stickers, voice
from .asking import (
    ApiError,
    Table,
    body_of,
    dictionary_of,
    id_of_path,
    id_of_text,
    person_of,
    routes_of,
    seconds_of,
    uploads_of,
    viewer_of,
    visible,
)
from .call import Rooms
from .composing import SUPPRESS_EMBEDS, Sender
from .errors import DiscordError, Payload, Problem
from .feed import END, Event
from .forms import Form
from .ids import LARGEST_ID
from .permissions import Permission
from .rest_messages import emoji_key

_MOST_LOOKED_AT: Final = 1000


class MessagesApi:
    """Handlers for what people do with messages."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        message = "/channels/{channel}/messages/{message}"
        table: Table = [
            ("GET", "/channels/{channel}/messages", self._history),
            ("POST", "/channels/{channel}/messages", self._say),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("POST", message + "/embeds", self._unfold),
            ("PUT", message + "/reactions/{emoji}", self._react),
            ("DELETE", message + "/reactions/{emoji}", self._react),
            ("GET", "/channels/{channel}/wait", self._wait),
        ]
        return routes_of(table)

    # Finding what a request is about

    def _channel(self, request: web.Request, person: Payload | None = None) -> Payload:
        """Return the channel of the path, which the person must be able to see."""
        channel = self._world.channel(id_of_path(request, "channel"))
        return visible(self._world, person, channel) if person else channel

    def _looked_at(self, request: web.Request) -> tuple[int | None, Payload]:
        """Return whose page looks, None when it does not say, and at which channel."""
        viewer = viewer_of(self._world, request)
        person = None if viewer is None else self._world.user(viewer)
        return viewer, self._channel(request, person)

    def _message(self, request: web.Request) -> Payload:
        return self._world.message(id_of_path(request, "channel"), id_of_path(request, "message"))

    def _own(self, request: web.Request, person: Payload) -> Payload:
        self._channel(request, person)
        message = self._message(request)
        if message["author"]["id"] != person["id"]:
            text = f"{person['username']} did not write that message"
            raise ApiError(text, 403)
        return message

    # Speaking

    async def _say(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, body.get("user"))
        channel = self._channel(request, person)
        uploads = uploads_of(body.get("attachments"))
        said: Payload = {"content": body.get("content")}
        if body.get("reply_to") is not None:
            said["message_reference"] = {"message_id": body["reply_to"]}
        if body.get("forward") is not None:
            said["message_reference"] = self._forward(body, person)
        if body.get("poll") is not None:
            said["poll"] = _poll(dictionary_of(body, "poll"))
        if body.get("stickers") is not None:
            said["sticker_ids"] = stickers.make(self._world, Form(body))
        if any("waveform" in each.details for each in uploads):
            said["flags"] = voice.VOICE_MESSAGE
        sent = self._rooms.messages.send(channel, Sender(person), Form(said), uploads)
        return self._rooms.views.for_people(sent)

    def _forward(self, body: Payload, person: Payload) -> Payload:
        """Return the reference to a message of another place that is passed on."""
        given = dictionary_of(body, "forward")
        if body.get("content") or body.get("reply_to") is not None:
            text = "what is forwarded has no words of one's own, and answers nothing"
            raise ApiError(text)
        source = self._world.channel(id_of_text(given.get("channel"), "forward.channel"))
        visible(self._world, person, source)
        message_id = id_of_text(given.get("message"), "forward.message")
        return references.forward(source, message_id)

    async def _edit(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, body.get("user"))
        message = self._own(request, person)
        said = Form({"content": body.get("content")})
        changed = self._rooms.messages.edit(message, Sender(person), said, [])
        return self._rooms.views.for_people(changed)

    async def _unfold(self, request: web.Request) -> object:
        """Do as Discord's crawler does when it has looked behind the links of a message."""
        form = Form(await body_of(request))
        message = self._message(request)
        if message["flags"] & SUPPRESS_EMBEDS:
            text = "that message shows nothing of what is behind its links"
            raise ApiError(text)
        return self._rooms.views.for_people(self._rooms.messages.unfold(message, form))

    async def _delete(self, request: web.Request) -> object:
        person = person_of(self._world, request.query.get("user"))
        channel = self._channel(request, person)
        message_id = id_of_path(request, "message")
        if own := self._world.ephemerals.message(int(channel["id"]), message_id):
            if self._world.ephemerals.viewer(own) == int(person["id"]):
                self._rooms.messages.dismiss(own)
                return None
            raise DiscordError(Problem.UNKNOWN_MESSAGE)
        message = self._message(request)
        self._rooms.messages.may_delete(message, channel, int(person["id"]))
        self._rooms.messages.delete(channel, [message])
        return None

    async def _react(self, request: web.Request) -> object:
        person = person_of(self._world, request.query.get("user"))
        self._channel(request, person)
        message, emoji = self._message(request), emoji_key(request.match_info["emoji"])
        reactions = self._rooms.reactions
        act = reactions.add if request.method == "PUT" else reactions.remove
        act(message, emoji, int(person["id"]))
        return None

    # Reading

    async def _history(self, request: web.Request) -> object:
        form = Form(dict(request.query))
        limit = form.whole("limit", 1, 100) or 50
        kind = next((each for each in ("before", "after") if each in request.query), None)
        anchor = form.whole(kind, 0, LARGEST_ID) if kind else 0
        form.check()
        viewer, channel = self._looked_at(request)
        found = self._rooms.messages.history(channel, limit, kind, anchor or 0)
        views = self._rooms.views
        shown = [views.with_reactors(message) for message in found]
        if viewer is None:
            return shown
        if not self._world.permissions(viewer, channel) & Permission.READ_MESSAGE_HISTORY:
            shown = []  # as Discord answers
        own = [
            views.for_people(each)
            for each in self._world.ephemerals.seen_by(viewer, int(channel["id"]))
            if kind is None
            or (
                (int(each["id"]) < (anchor or 0)) == (kind == "before")
                and int(each["id"]) != anchor
            )
        ]
        both = sorted(shown + own, key=lambda each: int(each["id"]), reverse=True)
        return both[-limit:] if kind == "after" else both[:limit]

    async def _wait(self, request: web.Request) -> object:
        viewer, channel = self._looked_at(request)
        channel_id, query = int(channel["id"]), request.query
        form = Form(dict(query))
        after = form.whole("after", 0, LARGEST_ID) or 0
        form.check()
        author = query.get("author", "any")
        if author not in {"bot", "user", "any"}:
            text = "author must be bot, user or any"
            raise ApiError(text)
        timeout = seconds_of(query.get("timeout", "30"))
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
        stored = self._world.any_message(channel_id, int(message["id"]))
        return self._rooms.views.for_people(stored)


def _poll(given: Payload) -> Payload:
    """Return a poll as Discord's own request has it."""
    answers = given.get("answers")
    listed = answers if isinstance(answers, list) else []
    return {
        "question": {"text": given.get("question")},
        "answers": [{"poll_media": {"text": each}} for each in listed],
        **{key: given[key] for key in ("duration", "allow_multiselect") if key in given},
    }
