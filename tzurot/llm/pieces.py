"""Puts together what a stream sends in pieces: tool calls, and details of the thinking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tzurot.llm.messages import Json, ToolCall

_JOINED: Final = ("text", "summary", "data")


class ToolCalls:
    """Collects the calls of one reply; whatever a stream repeats, each is there once."""

    def __init__(self) -> None:
        self._calls: dict[object, dict[str, str]] = {}

    def add(self, pieces: Iterable[Json]) -> None:
        """Take the pieces of one chunk."""
        for piece in pieces:
            # Some servers leave the index out; then the id tells the calls apart.
            place = piece.get("index")
            if place is None:
                place = piece.get("id") or max(len(self._calls) - 1, 0)
            call = self._calls.setdefault(place, {"id": "", "name": "", "arguments": ""})
            function = piece.get("function")
            function = function if isinstance(function, dict) else {}
            call["id"] = call["id"] or _text(piece.get("id"))
            call["name"] = call["name"] or _text(function.get("name"))
            call["arguments"] += _text(function.get("arguments"))

    def finished(self) -> tuple[ToolCall, ...]:
        """Return the calls; missing arguments are an empty object."""
        return tuple(
            ToolCall(
                call["id"] or f"call_{number}", call["name"], call["arguments"].strip() or "{}"
            )
            for number, call in enumerate(self._calls.values())
            if call["name"]
        )


class ReasoningDetails:
    """Collects the details of the thinking, to be sent back unchanged within a loop of tools."""

    def __init__(self) -> None:
        self._entries: dict[object, dict[str, Any]] | None = None

    def add(self, pieces: Iterable[Json] | None) -> None:
        """Take the pieces of one chunk; an empty list counts as details too."""
        if pieces is None:
            return
        if self._entries is None:
            self._entries = {}
        for piece in pieces:
            place = piece.get("index")
            place = (place if place is not None else len(self._entries), piece.get("type"))
            entry = self._entries.setdefault(place, {})
            for name, value in piece.items():
                if name in _JOINED and isinstance(value, str):
                    entry[name] = _text(entry.get(name)) + value
                elif value is not None or name not in entry:
                    entry[name] = value

    def finished(self) -> tuple[Json, ...] | None:
        """Return the entries in their order; None when no list ever came."""
        return None if self._entries is None else tuple(self._entries.values())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
