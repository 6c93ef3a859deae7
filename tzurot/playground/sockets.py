"""One gateway socket, and the session that outlives it.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from aiohttp import WSMessage, web

from .compression import Packer
from .errors import Payload
from .intents import Intent

_REPLAYED: Final = 5000
_COMMANDS_PER_MINUTE: Final = 120
_LARGEST_COMMAND: Final = 4096


class Op(IntEnum):
    """What a payload is."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE = 4
    RESUME = 6
    RECONNECT = 7
    MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    SOUNDBOARD = 31


class Close(IntEnum):
    """Why the gateway closes a socket."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQ = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class ClosingError(Exception):
    """The socket must be closed."""

    def __init__(self, code: Close) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(slots=True)
class Session:
    """What lives on when a socket breaks."""

    id: str
    intents: Intent
    shard: tuple[int, int]
    seq: int = 0
    sent: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=_REPLAYED))
    socket: Socket | None = None
    broken_at: float = 0.0

    def dispatch(self, name: str, data: object) -> None:
        """Give an event its number, keep it for a resume, and send it when there is a socket."""
        self.seq += 1
        payload = {"op": Op.DISPATCH, "t": name, "s": self.seq, "d": data}
        text = json.dumps(payload).encode()
        self.sent.append((self.seq, text))
        if self.socket:
            self.socket.send_text(text)


class Socket:
    """One websocket: what is to be sent goes through a queue, in order."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport,
        pack: Packer | None,
    ) -> None:
        self.websocket = websocket
        self._transport = transport
        self.session: Session | None = None
        self._pack = pack
        self._queue: asyncio.Queue[bytes | Close] = asyncio.Queue()
        self._commands: deque[float] = deque(maxlen=_COMMANDS_PER_MINUTE)

    def send(self, op: Op, data: object) -> None:
        """Send anything but an event."""
        self.send_text(json.dumps({"op": op, "d": data, "s": None, "t": None}).encode())

    def send_text(self, text: bytes) -> None:
        """Send a payload that is written already."""
        self._queue.put_nowait(text)

    def close(self, code: Close) -> None:
        """Close the socket after everything before it is sent."""
        self._queue.put_nowait(code)

    def cut(self) -> None:
        """Break the connection without a word."""
        self._transport.abort()

    def count_command(self) -> None:
        """Raise when more than 120 payloads came within a minute."""
        now = time.monotonic()
        if len(self._commands) == _COMMANDS_PER_MINUTE and now - self._commands[0] < 60:  # noqa: PLR2004
            raise ClosingError(Close.RATE_LIMITED)
        self._commands.append(now)

    async def write(self) -> None:
        """Send what is in the queue until the socket is closed."""
        while True:
            item = await self._queue.get()
            if isinstance(item, Close):
                await self.websocket.close(code=item, message=item.name.encode())
                return
            if self._pack:
                await self.websocket.send_bytes(self._pack(item))
            else:
                await self.websocket.send_str(item.decode())


def decode(message: WSMessage) -> Payload:
    """Return what a client sent: an object with a number as `op`."""
    try:
        if len(message.data) > _LARGEST_COMMAND:
            raise ClosingError(Close.DECODE_ERROR)
        payload = json.loads(message.data)
    except (ValueError, RecursionError) as error:
        raise ClosingError(Close.DECODE_ERROR) from error
    if not isinstance(payload, dict) or not isinstance(payload.get("op"), int):
        raise ClosingError(Close.DECODE_ERROR)
    return payload
