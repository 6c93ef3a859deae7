"""Lets a model paint pictures, through OpenRouter's `/images`.

https://openrouter.ai/blog/tutorials/image-generation/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.messages import Image
from tzurot.llm.spoken import SpokenError
from tzurot.llm.transport import Transport

_PATIENCE_S: Final = 180
_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+=-]+)*?;base64,", re.IGNORECASE)
_SIGNATURES: Final = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture."""

    media_type: str
    content: bytes = field(repr=False)


async def paint(  # noqa: PLR0913  what the service takes
    transport: Transport,
    prompt: str,
    *,
    model: str,
    key: SecretStr | None,
    n: int = 1,
    size: str | None = None,
    aspect_ratio: str | None = None,
    references: Sequence[Image] = (),
) -> list[Picture]:
    """Return `n` pictures, from 1 to 10; raises `ModelError`.

    `size` is "1024x1024" and the like, `aspect_ratio` "16:9"; not every model takes either.
    `references` are pictures to begin from. Pictures must come within the answer: no address is
    followed from here.
    """
    body: dict[str, object] = {"model": model, "prompt": prompt, "n": n}
    if size:
        body["size"] = size
    if aspect_ratio:
        body["aspect_ratio"] = aspect_ratio
    if references:
        body["input_references"] = [
            {"type": "image_url", "image_url": {"url": image.url}} for image in references
        ]
    told = await transport.json("POST", "/images", key=key, body=body, patience_s=_PATIENCE_S)
    entries = told.get("data")
    if not isinstance(entries, list) or not entries:
        raise ModelError(ErrorKind.EMPTY, "an answer without pictures")
    return [_picture(entry) for entry in entries]


def _picture(entry: object) -> Picture:
    fields = entry if isinstance(entry, dict) else {}
    encoded, url = fields.get("b64_json"), fields.get("url")
    if not encoded and isinstance(url, str) and not _DATA_URL.match(url):
        raise SpokenError(
            ErrorKind.BAD_PARAMETER,
            "This model gives only the address of its picture. Please choose another one.",
            "a picture by address instead of content",
        )
    text = encoded or url
    if not isinstance(text, str):
        raise ModelError(ErrorKind.PROVIDER_DOWN, "a picture without content")
    head = _DATA_URL.match(text)
    try:
        content = base64.b64decode(text[head.end() if head else 0 :], validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise ModelError(ErrorKind.PROVIDER_DOWN, "a picture that is not base64")
    told = fields.get("media_type") or (head[1] if head else None)
    return Picture(told if isinstance(told, str) else _media_type(content), content)


def _media_type(content: bytes) -> str:
    return next((name for start, name in _SIGNATURES if content.startswith(start)), "image/png")
