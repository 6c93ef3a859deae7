"""What happens, told to all who listen: gateway sessions, event streams, waiting requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .errors import Payload


@dataclass(frozen=True, slots=True)
class Event:
    """One happening under the gateway's own name, with the gateway's own payload."""

    type: str
    data: Payload
    guild_id: int | None = None
    channel_id: int | None = None
    page_only: bool = False
    """True for what Discord's gateway does not tell a bot."""
    bot_only: bool = False
    """True for what Discord tells nobody but the bot."""
    viewer: int | None = None
    """The only person whose page is told, None for everybody's."""


END: Final = "END"
"""The playground ends: whoever waits for something else lets go."""

Listener = Callable[[Event], None]


class Feed:
    """Hands each event to the listeners at once, in order."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}
        self._next = 0

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Call `listener` with every event while the context is open."""
        self._next += 1
        key = self._next
        self._listeners[key] = listener
        try:
            yield
        finally:
            del self._listeners[key]

    def publish(self, event: Event) -> None:
        """Tell everyone."""
        for listener in list(self._listeners.values()):
            listener(event)
