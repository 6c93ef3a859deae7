"""Splits the bytes of a server-sent event stream into the payloads of its events.

The format is https://html.spec.whatwg.org/multipage/server-sent-events.html, read with the
tolerance that real model servers and proxies need.
"""

from __future__ import annotations

import codecs
import re

from tzurot.llm.errors import ErrorKind, ModelError

_LINE_END = re.compile(rb"\r\n|\n|\r")
LARGEST_EVENT = 2**20
"""Bytes; a longer event is not a part of any chat."""


class SseSplitter:
    """Feed bytes as they arrive, cut anywhere; get the payloads that became complete.

    Comments, events without data, a byte order mark, other fields than `data`, and comments that a
    proxy has wrapped as `data: : keep-alive` vanish. Bytes that are no UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._data: list[str] = []
        self._size = 0
        self._at_start = True
        self._after_return = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the payloads that are complete with these bytes; raises `ModelError`."""
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")  # the second half of a \r\n that was cut in two
            self._after_return = False
        self._buffer += chunk
        if self._at_start and not self._strip_mark():
            return []
        if len(self._buffer) + self._size > LARGEST_EVENT:
            raise ModelError(ErrorKind.PROVIDER_DOWN, "a stream event without end")
        if _LINE_END.search(chunk) is None:
            return []  # nor is there a line's end in what came before: it is not searched again
        lines = _LINE_END.split(self._buffer)
        self._after_return = self._buffer.endswith(b"\r")
        self._buffer = bytearray(lines.pop())
        return [payload for line in lines if (payload := self._line(line)) is not None]

    def flush(self) -> list[str]:
        """Return the last payload of a stream that ended without its closing empty line."""
        lines = [bytes(self._buffer), b""] if self._buffer else [b""]
        self._buffer.clear()
        return [payload for line in lines if (payload := self._line(line)) is not None]

    def _strip_mark(self) -> bool:
        """Drop a byte order mark; return whether enough bytes are there to know."""
        if self._buffer.startswith(codecs.BOM_UTF8):
            del self._buffer[: len(codecs.BOM_UTF8)]
        elif codecs.BOM_UTF8.startswith(self._buffer):
            return False
        self._at_start = False
        return True

    def _line(self, line: bytes | bytearray) -> str | None:
        if not line:
            payload = "\n".join(self._data)
            self._data.clear()
            self._size = 0
            return payload if payload.strip() else None
        name, _, value = line.partition(b":")
        if name == b"data":
            text = value.removeprefix(b" ").decode(errors="replace")
            if not text.startswith(":"):
                self._data.append(text)
                self._size += len(value)
        return None
