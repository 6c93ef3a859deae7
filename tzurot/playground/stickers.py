"""Stickers: people make them up as they send them; the bot finds them by id, and their pictures.

Source: https://discord.com/developers/docs/resources/sticker
"""

from __future__ import annotations

import base64
import colorsys
import json
import struct
import zlib
from typing import Final

from .errors import Payload
from .forms import Form
from .ids import LARGEST_ID
from .world import World

PNG: Final = 1
LOTTIE: Final = 3
GIF: Final = 4
_LONGEST_NAME: Final = 30
_MOST: Final = 3
_STANDARD: Final = 1
_SIDE: Final = 160
_ITEM: Final = ("id", "name", "format_type")
_TINY_GIF: Final = base64.b64decode("R0lGODlhAQABAIABAP8AAP///yH5BAEAAAEALAAAAAABAAEAAAICRAEAOw==")
_STILL: Final = {"v": "5.5.2", "fr": 30, "ip": 0, "op": 30, "w": _SIDE, "h": _SIDE, "layers": []}


def make(world: World, form: Form) -> list[str]:
    """Return the ids of the stickers that a body names in `stickers`, new ones made."""
    wanted = []
    for number, given in enumerate(form.items("stickers", _MOST)):
        inner = form.part(given, f"stickers.{number}")
        for key in ("name", "format_type"):
            inner.required(key)
        name = inner.text("name", _LONGEST_NAME, 1)
        wanted.append((name, inner.whole("format_type", PNG, GIF)))
    form.check()
    known = {(each["name"], each["format_type"]): each for each in world.stickers.values()}
    for name, kind in wanted:
        if (name, kind) not in known:
            sticker = known[name, kind] = {
                "id": str(world.ids.next()),
                "name": name,
                "tags": "",
                "type": _STANDARD,
                "format_type": kind,
                "description": None,
                "pack_id": "0",
                "sort_value": 0,
            }
            with world.store.transaction():
                world.save_sticker(sticker)
    return [known[key]["id"] for key in wanted]


def read(world: World, form: Form) -> Payload:
    """Return the `sticker_items` field of a message, nothing when the body has no `sticker_ids`."""
    found = []
    for number, each in enumerate(form.items("sticker_ids", _MOST)):
        sticker_id = int(str(each)) if str(each).isdecimal() else LARGEST_ID
        if sticker := world.stickers.get(sticker_id):
            found.append({key: sticker[key] for key in _ITEM})
        else:
            form.wrong(f"sticker_ids.{number}", "STICKER_UNKNOWN", "Unknown Sticker")
    return {"sticker_items": found} if found else {}


def picture(sticker: Payload) -> tuple[str, bytes]:
    """Return the content type and the bytes of a sticker's picture, in a colour of its own."""
    if sticker["format_type"] == LOTTIE:
        return "application/json", json.dumps({**_STILL, "nm": sticker["name"]}).encode()
    if sticker["format_type"] == GIF:
        return "image/gif", _TINY_GIF
    hue = zlib.crc32(sticker["name"].encode()) % 360 / 360
    colour = bytes(int(255 * part) for part in colorsys.hls_to_rgb(hue, 0.6, 0.7))
    return "image/png", _plain_png(colour)


def _plain_png(colour: bytes) -> bytes:
    """Return a square of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * _SIDE) * _SIDE)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks
