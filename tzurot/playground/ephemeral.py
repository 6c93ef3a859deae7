"""Messages that only one person sees; like Discord, the playground never stores them."""

from __future__ import annotations

from typing import Final

from .errors import Payload

EPHEMERAL: Final = 1 << 6
"""The flag of a message that only the one who used a command sees."""


class Ephemerals:
    """Kept in memory until the process ends or their person dismisses them."""

    def __init__(self) -> None:
        self._messages: dict[int, Payload] = {}
        self._viewers: dict[int, int] = {}

    def keep(self, message: Payload, viewer: int) -> None:
        """Keep a new message for one person."""
        message_id = int(message["id"])
        self._messages[message_id] = message
        self._viewers[message_id] = viewer

    def replace(self, message: Payload) -> bool:
        """Keep the new form of a message; False when it is none of these."""
        message_id = int(message["id"])
        if message_id not in self._messages:
            return False
        self._messages[message_id] = message
        return True

    def viewer(self, message: Payload) -> int | None:
        """Return who alone sees a message, None when it is none of these."""
        return self._viewers.get(int(message["id"]))

    def message(self, channel_id: int, message_id: int) -> Payload | None:
        """Return a message of a channel."""
        found = self._messages.get(message_id)
        return found if found and found["channel_id"] == str(channel_id) else None

    def seen_by(self, viewer: int, channel_id: int) -> list[Payload]:
        """Return what one person has in a channel, oldest first."""
        return [
            message
            for message_id, message in self._messages.items()
            if self._viewers[message_id] == viewer and message["channel_id"] == str(channel_id)
        ]

    def remove(self, message: Payload) -> None:
        """Forget a message."""
        del self._messages[int(message["id"])]
        del self._viewers[int(message["id"])]
