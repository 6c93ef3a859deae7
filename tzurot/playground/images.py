"""Recognising pictures by their first bytes: type, width and height, without decoding them."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Image(NamedTuple):
    """What a file's header says about the picture in it."""

    content_type: str
    width: int
    height: int

    @property
    def suffix(self) -> str:
        """The usual file name suffix, without the dot."""
        return self.content_type.removeprefix("image/").replace("jpeg", "jpg")


def recognise(data: bytes) -> Image | None:
    """Return what PNG, GIF, WebP or JPEG data shows, None for anything else."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return Image("image/png", *struct.unpack_from(">II", data, 16))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return Image("image/gif", *struct.unpack_from("<HH", data, 6))
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
    except struct.error:
        return None  # cut off before its size
    return None


def _webp(data: bytes) -> Image | None:
    """WebP keeps its size in one of three places (RFC 9649, sections 2.5 to 2.7)."""
    kind = data[12:16]
    if kind == b"VP8X":
        sizes = struct.unpack_from("<HBHB", data, 24)
        return Image("image/webp", sizes[0] + (sizes[1] << 16) + 1, sizes[2] + (sizes[3] << 16) + 1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Image("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Image("image/webp", width & 0x3FFF, height & 0x3FFF)
    return None


def _jpeg(data: bytes) -> Image | None:
    """JPEG keeps its size in the first start-of-frame segment (ITU T.81, annex B)."""
    start_of_frame = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
    at = 2
    while data[at : at + 1] == b"\xff":
        marker, length = struct.unpack_from(">xBH", data, at)
        if marker in start_of_frame:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Image("image/jpeg", width, height)
        at += 2 + length
    return None
