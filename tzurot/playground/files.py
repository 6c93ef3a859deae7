"""Bytes on disk: attachments under their ids, pictures under the hash of what is in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import logging
import mimetypes
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from .errors import Payload
from .forms import form_error
from .images import recognise

LARGEST_ATTACHMENT: Final = 10 * 1024 * 1024
LARGEST_PICTURE: Final = 8 * 1024 * 1024
FETCH_SECONDS: Final = 2.0
FAILURE_SECONDS: Final = 30.0
"""So long a picture that could not be fetched is not asked for again."""

DETAILS: Final = ("description", "duration_secs", "waveform")
HASH: Final = re.compile(r"[0-9a-f]{32}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_NAME: Final = 120

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    content_type: str
    data: bytes
    details: Payload = field(default_factory=dict)
    """What its sender says about it: some of `DETAILS`."""


def safe_name(name: str) -> str:
    """Return a file name of plain characters, without a leading dot, never empty."""
    stem = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".")
    if len(stem) > _LONGEST_NAME:
        start, _, suffix = stem.rpartition(".")
        stem = f"{start[: _LONGEST_NAME - 10]}.{suffix[:9]}" if start else stem[:_LONGEST_NAME]
    return stem or "file"


class Files:
    """Attachments and pictures in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._attachments = folder / "attachments"
        self._pictures = folder / "pictures"
        for each in (self._attachments, self._pictures):
            each.mkdir(parents=True, exist_ok=True)
        self._fetched: dict[str, tuple[str | None, float]] = {}

    # Attachments

    def describe(self, attachment_id: int, channel_id: int, upload: Upload) -> Payload:
        """Return Discord's attachment object for an upload; its urls lack the host."""
        name = safe_name(upload.name)
        path = f"/cdn/attachments/{channel_id}/{attachment_id}/{name}"
        image = recognise(upload.data)
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        found: Payload = {
            "id": str(attachment_id),
            "filename": name,
            "size": len(upload.data),
            "url": path,
            "proxy_url": path,
            "content_type": image.content_type if image else upload.content_type or guessed,
        }
        if image:
            found |= {"width": image.width, "height": image.height}
        said = {key: upload.details.get(key) for key in DETAILS}
        return found | {key: value for key, value in said.items() if value not in (None, "")}

    def keep(self, attachment_id: int, data: bytes) -> None:
        """Write the bytes of an attachment."""
        self.attachment(attachment_id).write_bytes(data)

    def attachment(self, attachment_id: int) -> Path:
        """Return where an attachment lies."""
        return self._attachments / str(attachment_id)

    def forget(self, attachments: list[Payload]) -> None:
        """Delete the bytes of attachments."""
        for each in attachments:
            self.attachment(int(each["id"])).unlink(missing_ok=True)

    # Pictures

    def keep_picture(self, data: bytes) -> str | None:
        """Keep a picture and return its hash, None when it is no picture or too large."""
        if len(data) > LARGEST_PICTURE or recognise(data) is None:
            return None
        name = hashlib.sha256(data).hexdigest()[:32]
        path = self._pictures / name
        if not path.exists():
            path.write_bytes(data)
        return name

    def picture(self, name: str) -> Path | None:
        """Return where the picture of this hash lies, None when there is none."""
        path = self._pictures / name
        return path if HASH.fullmatch(name) and path.is_file() else None

    def picture_of_data_uri(self, value: object, field: str) -> str | None:
        """Keep the picture of a data URI field; null takes a picture away. Raises form errors."""
        if value is None:
            return None
        match = re.match(r"data:image/[a-z+.-]+;base64,", value) if isinstance(value, str) else None
        if match and isinstance(value, str):
            try:
                data = base64.b64decode(value[match.end() :], validate=True)
            except binascii.Error:
                data = b""
            if (kept := self.keep_picture(data)) is not None:
                return kept
        raise form_error(field, "IMAGE_INVALID", "Invalid image")

    async def picture_of_url(self, url: str) -> str | None:
        """Fetch a picture from this machine (no other), once; None when that fails."""
        kept, until = self._fetched.get(url, (None, 0.0))
        if kept is None and until < time.monotonic():
            kept = await self._fetch(url)
            self._fetched[url] = (kept, time.monotonic() + FAILURE_SECONDS)
        return kept

    async def _fetch(self, url: str) -> str | None:
        if not is_local(url):
            return None
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
                    log.warning("the picture %s answers %s", url, answer.status)
                    return None
                data = bytearray()
                async for chunk in answer.content.iter_chunked(65536):
                    data += chunk
                    if len(data) > LARGEST_PICTURE:
                        return None
                return self.keep_picture(bytes(data))
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            log.warning("the picture %s could not be fetched (%s)", url, type(error).__name__)
            return None


def is_local(url: str) -> bool:
    """Say whether an address names this machine itself, by number or as localhost."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and is_loopback(host)


def is_loopback(host: str) -> bool:
    """Say whether a host name or number means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
