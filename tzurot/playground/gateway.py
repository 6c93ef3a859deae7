"""The gateway: sockets, sessions that can be resumed, heartbeats, and the events of the bot.

Source: https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Iterator
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from . import objects
from .compression import packer
from .errors import Payload
from .feed import Event
from .ids import BOT_ID, TOKEN
from .intents import HIGHEST, PRIVILEGED, Intent, heard, shard_of
from .permissions import Permission
from .sockets import Close, ClosingError, Op, Session, Socket, decode
from .threads import Threads
from .world import World

log = logging.getLogger(__name__)

_VERSION: Final = 10
_KEPT_SECONDS: Final = 300.0
"""So long after its socket broke a session can be resumed."""
_LATE: Final = 1.5
"""A socket without a heartbeat for so many intervals is given up."""
_CLOSING_SECONDS: Final = 1.0
_MOST_IN_CHUNK: Final = 1000


class Gateway:
    """All sockets and sessions."""

    def __init__(self, world: World, threads: Threads, heartbeat_ms: int) -> None:
        self._world = world
        self._threads = threads
        self._heartbeat_ms = heartbeat_ms
        self._patience = _LATE * heartbeat_ms / 1000
        self._sockets: set[Socket] = set()
        self._sessions: dict[str, Session] = {}
        self._muted = False

    # For the JSON API

    @property
    def online(self) -> bool:
        """Say whether the bot has a session with a socket."""
        return any(session.socket for session in self._sessions.values())

    def act(self, action: str) -> int:
        """Do `drop`, `reconnect`, `invalidate`, `mute` or `unmute`; return how many sockets."""
        count = len(self._sockets)
        if action in {"mute", "unmute"}:
            self._muted = action == "mute"
        for socket in list(self._sockets):
            if action == "drop":
                socket.cut()
            elif action == "reconnect":
                socket.send(Op.RECONNECT, None)
            elif action == "invalidate":
                self._forget(socket)
                socket.send(Op.INVALID_SESSION, False)  # noqa: FBT003 - the payload's data
        return count

    def routes(self) -> list[web.RouteDef]:
        """Return where sockets are opened."""
        return [web.get(path, self.handle) for path in ("/gateway", "/gateway/")]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Pass the world's events on while the context is open."""
        with self._world.feed.listening(self._on_event):
            yield

    async def close(self) -> None:
        """Close every socket, as when a server is restarted."""
        for socket in list(self._sockets):
            with contextlib.suppress(asyncio.TimeoutError):
                async with asyncio.timeout(0.2):
                    await socket.websocket.close(code=WSCloseCode.GOING_AWAY)
            socket.cut()

    # Events

    def _on_event(self, event: Event) -> None:
        now = time.monotonic()
        for session in list(self._sessions.values()):
            if session.socket is None and now - session.broken_at > _KEPT_SECONDS:
                del self._sessions[session.id]
                continue
            data = heard(self._world, event, session.intents, session.shard)
            if data is None:
                continue
            if event.type == "GUILD_CREATE":  # without "unavailable": the bot is new there
                data = self._whole_guild(data, session.intents)
            session.dispatch(event.type, data)

    # A socket's life

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket."""
        try:
            pack = packer(request.query.get("compress"))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        websocket = web.WebSocketResponse(compress=False, max_msg_size=0, autoping=True)
        await websocket.prepare(request)
        if request.transport is None:
            return websocket  # the client is gone already
        socket = Socket(websocket, request.transport, pack)
        self._sockets.add(socket)
        writing = asyncio.create_task(socket.write())
        try:
            code = await self._serve(socket, request.query.get("v", str(_VERSION)))
            if code is not None:
                log.warning("a gateway socket is closed: %s %s", code.value, code.name)
                socket.close(code)
                await asyncio.wait({writing}, timeout=_CLOSING_SECONDS)
        finally:
            self._sockets.discard(socket)
            self._unplug(socket)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return websocket

    async def _serve(self, socket: Socket, version: str) -> Close | None:
        """Talk with a client until one side ends; return why, when it was the gateway."""
        if version != str(_VERSION):
            return Close.INVALID_VERSION
        socket.send(Op.HELLO, {"heartbeat_interval": self._heartbeat_ms, "_trace": []})
        try:
            async with asyncio.timeout(self._patience) as deadline:
                await self._read(socket, deadline)
        except ClosingError as error:
            return error.code
        except TimeoutError:
            self._forget(socket)
            return Close.SESSION_TIMED_OUT
        return None

    async def _read(self, socket: Socket, deadline: asyncio.Timeout) -> None:
        async for message in socket.websocket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            payload = decode(message)
            socket.count_command()
            op, data = payload["op"], payload.get("d")
            if op == Op.HEARTBEAT:
                deadline.reschedule(asyncio.get_running_loop().time() + self._patience)
                if not self._muted:
                    socket.send(Op.HEARTBEAT_ACK, None)
            elif op == Op.IDENTIFY:
                self._identify(socket, _dictionary(data))
            elif op == Op.RESUME:
                self._resume(socket, _dictionary(data))
            elif socket.session is None:
                raise ClosingError(Close.NOT_AUTHENTICATED)
            elif op == Op.MEMBERS:
                self._chunk(socket.session, _dictionary(data))
            elif op not in {Op.PRESENCE, Op.VOICE, Op.SOUNDBOARD}:
                raise ClosingError(Close.UNKNOWN_OPCODE)

    def _plug(self, socket: Socket, session: Session) -> None:
        was_online = self.online
        if session.socket is not None and session.socket is not socket:
            session.socket.session = None
            session.socket.cut()
        session.socket = socket
        socket.session = session
        if not was_online:
            self._tell_online(online=True)

    def _unplug(self, socket: Socket) -> None:
        session = socket.session
        if session is None:
            return
        socket.session = None
        session.socket = None
        session.broken_at = time.monotonic()
        if not self.online:
            self._tell_online(online=False)

    def _tell_online(self, *, online: bool) -> None:
        log.info("the bot is %s", "online" if online else "offline")
        self._world.feed.publish(Event("BOT_STATUS", {"online": online}, page_only=True))

    def _forget(self, socket: Socket) -> None:
        """End the session of a socket, so that it cannot be resumed."""
        session = socket.session
        if session is not None:
            self._unplug(socket)
            self._sessions.pop(session.id, None)

    # What a client asks

    def _identify(self, socket: Socket, data: Payload) -> None:
        if socket.session is not None:
            raise ClosingError(Close.ALREADY_AUTHENTICATED)
        if _token(data) != TOKEN:
            raise ClosingError(Close.AUTHENTICATION_FAILED)
        session = Session(secrets.token_hex(16), self._intents(data), _shard(data))
        self._sessions[session.id] = session
        self._plug(socket, session)
        mine = [
            guild
            for guild in self._world.own_guilds()
            if shard_of(int(guild["id"]), session.shard[1]) == session.shard[0]
        ]
        session.dispatch(
            "READY",
            {
                "v": _VERSION,
                "user": objects.own_user(self._world.bot),
                "guilds": [{"id": guild["id"], "unavailable": True} for guild in mine],
                "session_id": session.id,
                "resume_gateway_url": f"ws{self._world.base_url.removeprefix('http')}/gateway",
                "shard": list(session.shard),
                "application": {
                    "id": str(BOT_ID),
                    "flags": self._world.application_flags,
                },
                "session_type": "normal",
                "private_channels": [],
                "relationships": [],
                "guild_join_requests": [],
                "presences": [],
                "user_settings": {},
                "geo_ordered_rtc_regions": [],
                "auth": {},
                "_trace": [],
            },
        )
        if session.intents & Intent.GUILDS:
            for guild in mine:
                whole = self._whole_guild(guild, session.intents)
                session.dispatch("GUILD_CREATE", {**whole, "unavailable": False})

    def _intents(self, data: Payload) -> Intent:
        given = data.get("intents")
        if not isinstance(given, int) or not 0 <= given < HIGHEST:
            raise ClosingError(Close.INVALID_INTENTS)
        for name, intent in PRIVILEGED.items():
            if given & intent and name not in self._world.privileged:
                raise ClosingError(Close.DISALLOWED_INTENTS)
        return Intent(given)

    def _whole_guild(self, guild: Payload, intents: Intent) -> Payload:
        world = self._world
        guild_id = int(guild["id"])
        everyone = intents & (Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES)
        visible = [
            self._threads.show(thread)
            for thread in world.guild_channels(guild_id, threads=True)
            if not thread["thread_metadata"]["archived"]
            and world.permissions(BOT_ID, thread) & Permission.VIEW_CHANNEL
        ]
        whole = {**world.whole_guild(guild_id), "threads": visible}
        return whole if everyone else {**whole, "members": [world.member(guild_id, BOT_ID)]}

    def _resume(self, socket: Socket, data: Payload) -> None:
        if socket.session is not None:
            raise ClosingError(Close.ALREADY_AUTHENTICATED)
        if _token(data) != TOKEN:
            raise ClosingError(Close.AUTHENTICATION_FAILED)
        session = self._sessions.get(str(data.get("session_id")))
        seq = data.get("seq")
        if session is None:
            socket.send(Op.INVALID_SESSION, False)  # noqa: FBT003 - the payload's data
            return
        if not isinstance(seq, int) or not 0 <= seq <= session.seq:
            raise ClosingError(Close.INVALID_SEQ)
        oldest = session.sent[0][0] if session.sent else 1
        if seq < oldest - 1:  # too much was missed
            del self._sessions[session.id]
            socket.send(Op.INVALID_SESSION, False)  # noqa: FBT003 - the payload's data
            return
        self._plug(socket, session)
        for number, text in session.sent:
            if number > seq:
                socket.send_text(text)
        session.dispatch("RESUMED", {"_trace": []})

    def _chunk(self, session: Session, data: Payload) -> None:
        """Answer a request for the members of a guild."""
        guild_id = int(data["guild_id"]) if str(data.get("guild_id")).isdecimal() else 0
        members = [body for (place, _), body in self._world.members.items() if place == guild_id]
        wanted = data.get("user_ids")
        missing: list[str] = []
        if wanted is not None:
            ids = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
            known = {body["user"]["id"]: body for body in members}
            members = [known[each] for each in ids if each in known]
            missing = [each for each in ids if each not in known]
        else:
            start = str(data.get("query") or "").lower()
            members = [body for body in members if body["user"]["username"].startswith(start)]
            limit = data.get("limit")
            if isinstance(limit, int) and limit > 0:
                members = members[:limit]
        chunks = [
            members[at : at + _MOST_IN_CHUNK] for at in range(0, len(members), _MOST_IN_CHUNK)
        ] or [[]]
        for index, chunk in enumerate(chunks):
            answer: Payload = {
                "guild_id": str(guild_id),
                "members": chunk,
                "chunk_index": index,
                "chunk_count": len(chunks),
            }
            if missing:
                answer["not_found"] = missing
            if data.get("presences"):
                answer["presences"] = []
            if data.get("nonce") is not None:
                answer["nonce"] = data["nonce"]
            session.dispatch("GUILD_MEMBERS_CHUNK", answer)


def _dictionary(data: object) -> Payload:
    if not isinstance(data, dict):
        raise ClosingError(Close.DECODE_ERROR)
    return data


def _token(data: Payload) -> str:
    return str(data.get("token", "")).removeprefix("Bot ")


def _shard(data: Payload) -> tuple[int, int]:
    given = data.get("shard", [0, 1])
    match given:
        case [int(number), int(count)] if 0 <= number < count:
            return number, count
    raise ClosingError(Close.INVALID_SHARD)
