"""Pictures that people send, made into what every place that shows them takes."""

from __future__ import annotations

import hashlib
import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from tzurot import texts
from tzurot.characters.character import Picture
from tzurot.characters.errors import CharacterError

LARGEST_BYTES: Final = 10 * 2**20
LARGEST_PIXELS: Final = 50_000_000
SIDE: Final = 512
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")


def avatar(content: bytes) -> tuple[str, Picture]:
    """Return a square PNG of at most 512 pixels, and the hash of its bytes.

    What a camera wrote into the file (the place, for one) is left out. Raises CharacterError.
    """
    if len(content) > LARGEST_BYTES:
        raise CharacterError(texts.PICTURE_TOO_LARGE.format(most=LARGEST_BYTES // 2**20))
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > LARGEST_PIXELS:
                raise CharacterError(texts.PICTURE_TOO_MANY_PIXELS)
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise CharacterError(texts.PICTURE_UNREADABLE) from error
    side = min(SIDE, *upright.size)
    square = ImageOps.fit(upright, (side, side))
    out = io.BytesIO()
    square.save(out, "PNG", optimize=True)
    data = out.getvalue()
    return hashlib.sha256(data).hexdigest(), Picture("image/png", data)
