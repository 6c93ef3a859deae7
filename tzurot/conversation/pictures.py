"""Makes a fetched picture into what every model takes: a small upright JPEG, without metadata."""

from __future__ import annotations

import base64
import io
from typing import Final

from PIL import Image, ImageFile, ImageOps

LARGEST_BYTES: Final = 10 * 2**20
"""Of a file that is fetched."""
LARGEST_PIXELS: Final = 50_000_000
SIDE: Final = 1024
"""Pixels; models shrink what is larger, and all of it is paid."""
LONGEST_BASE64: Final = 600_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_QUALITIES: Final = (85, 70, 50, 30)


class PictureError(Exception):
    """It is no picture that can be shown to a model, and will not become one."""


def data_url(content: bytes) -> str:
    """Return the picture as a data URL, the same each time; raises PictureError.

    Of one that moves, its first frame is taken. What is transparent becomes white.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            jpeg = _encoded(_flat(_shrunk(opened)))
    except PictureError:
        raise
    except Exception as error:
        # Whatever a file from strangers brings up in the decoders.
        msg = f"no picture that can be read: {type(error).__name__}"
        raise PictureError(msg) from error
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _shrunk(opened: ImageFile.ImageFile) -> Image.Image:
    if opened.width * opened.height > LARGEST_PIXELS:
        msg = f"a picture of {opened.width} x {opened.height} pixels"
        raise PictureError(msg)
    # A JPEG is unpacked no larger than it is needed.
    opened.draft(None, (SIDE, SIDE))
    # What turns it may stand behind the pixels, so it must be known before they are converted.
    opened.load()
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    shrunk = opened if opened.mode == mode else opened.convert(mode)
    shrunk.thumbnail((SIDE, SIDE))
    return ImageOps.exif_transpose(shrunk)


def _flat(picture: Image.Image) -> Image.Image:
    """Return it on white; the new picture knows nothing but the pixels."""
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return flat


def _encoded(picture: Image.Image) -> bytes:
    jpeg = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        jpeg = out.getvalue()
        if len(jpeg) * 4 / 3 <= LONGEST_BASE64:
            break
    return jpeg
