"""Fetched files, made into pictures that every model takes."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL.Image import Exif

from tests.support.drawn import BLUE, RED, WHITE, near, plain, saved, shown
from tzurot.conversation.pictures import LONGEST_BASE64, PictureError, data_url

ORIENTATION = 0x0112


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that says it is this large, and has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_becomes_the_same(kind: str) -> None:
    content = saved(plain(), kind)
    picture = shown(data_url(content))
    assert picture.size == (40, 20)
    assert near(picture.getpixel((20, 10)), RED)
    assert data_url(content) == data_url(content)


def test_what_is_transparent_becomes_white() -> None:
    seen_through = Pillow.new("RGBA", (40, 20), (0, 0, 0, 0))
    seen_through.paste(RED, (0, 0, 20, 20))
    for content in (saved(seen_through, "PNG"), saved(seen_through, "WEBP", lossless=True)):
        picture = shown(data_url(content))
        assert near(picture.getpixel((5, 10)), RED)
        assert near(picture.getpixel((35, 10)), WHITE)


def test_a_palette_with_a_hole() -> None:
    palette = Pillow.new("P", (40, 20), 1)
    palette.putpalette([*BLUE, *RED])
    palette.paste(0, (20, 0, 40, 20))
    picture = shown(data_url(saved(palette, "PNG", transparency=0)))
    assert near(picture.getpixel((5, 10)), RED)
    assert near(picture.getpixel((35, 10)), WHITE)


def test_the_first_frame_of_one_that_moves() -> None:
    for kind in ("GIF", "WEBP", "PNG"):
        content = saved(plain(RED), kind, save_all=True, append_images=[plain(BLUE)])
        assert near(shown(data_url(content)).getpixel((20, 10)), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_stands_upright_and_tells_nothing_of_the_camera(kind: str) -> None:
    exif = Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "at home"
    turned = plain(size=(3000, 1500))
    turned.paste(BLUE, (0, 0, 300, 1500))
    more = {"comment": b"at home"} if kind == "JPEG" else {}
    picture = shown(data_url(saved(turned, kind, exif=exif, **more)))
    assert picture.size == (512, 1024)
    # What was left is above after a quarter turn.
    assert near(picture.getpixel((256, 20)), BLUE)
    assert near(picture.getpixel((256, 1000)), RED)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_of_noise_is_made_small_enough() -> None:
    noise = Pillow.effect_noise((1500, 1500), 200).convert("RGB")
    url = data_url(saved(noise, "PNG", compress_level=1))
    assert LONGEST_BASE64 / 4 < len(url) < LONGEST_BASE64 + 100
    assert shown(url).size == (1024, 1024)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "CMYK"])
def test_other_ways_to_hold_colours(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    grey = Pillow.new("L", (40, 20), 0)
    assert near(shown(data_url(saved(grey.convert(mode), kind))).getpixel((5, 5)), (0, 0, 0))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", saved(plain(), "BMP")),
        *(saved(plain(), "PNG")[:60], saved(plain(size=(900, 900)), "JPEG")[:1000]),
        *(bomb(8000, 7000), bomb(11_000, 9000), bomb(60_000, 60_000), bomb(40, 20)),
    ],
)
def test_no_picture(content: bytes) -> None:
    with pytest.raises(PictureError):
        data_url(content)
