"""Pictures that tests draw, and what is to be seen in those that come back."""

from __future__ import annotations

import base64
import io

from PIL import Image as Pillow

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def saved(picture: Pillow.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def plain(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (40, 20)) -> Pillow.Image:
    return Pillow.new("RGB", size, colour)


def shown(url: str) -> Pillow.Image:
    head, _, data = url.partition(",")
    assert head == "data:image/jpeg;base64"
    return Pillow.open(io.BytesIO(base64.b64decode(data)))


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))
