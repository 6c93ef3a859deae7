"""Components of messages as Discord gives them back: numbered, with defaults and known media.

They are kept as they came otherwise; pressing them is not part of the playground yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from .errors import Payload
from .forms import Form

MOST: Final = 40
ATTACHMENT_SCHEME: Final = "attachment://"
V2_FLAG: Final = 1 << 15
"""The message consists of components only."""

_SELECT: Final = {"min_values": 1, "max_values": 1}
_DEFAULTS: Final[dict[int, Payload]] = {
    3: _SELECT,
    5: _SELECT,
    6: _SELECT,
    7: _SELECT,
    8: _SELECT,
    11: {"description": None, "spoiler": False},
    13: {"spoiler": False},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}
_FILE: Final = 13


class _Reader:
    """Walks the components of one message."""

    def __init__(self, attachments: list[Payload], new_id: Callable[[], int]) -> None:
        self._attachments = {each["filename"]: each for each in attachments}
        self._new_id = new_id
        self._numbers: Iterator[int] = count(1)

    def component(self, form: Form) -> Payload:
        given = form.body
        kind = form.whole("type", 1, 100) or 0
        form.required("type")
        found = {**_DEFAULTS.get(kind, {}), **given}
        found["id"] = given.get("id") or next(self._numbers)
        if isinstance(given.get("components"), list):
            found["components"] = [
                self.component(form.part(each, f"components.{number}"))
                for number, each in enumerate(given["components"])
            ]
        if "accessory" in given:
            found["accessory"] = self.component(form.part(given["accessory"], "accessory"))
        if isinstance(given.get("items"), list):
            found["items"] = [
                {"description": None, "spoiler": False, **inner, "media": self.media(inner)}
                for number, each in enumerate(given["items"])
                if (inner := form.part(each, f"items.{number}").body)
            ]
        if "media" in given:
            found["media"] = self.media(given)
        if kind == _FILE:
            file = form.part(given.get("file"), "file").body
            found["file"] = self.media({"media": file})
            known = self._attachments.get(
                str(file.get("url", "")).removeprefix(ATTACHMENT_SCHEME), {}
            )
            found |= {"name": known.get("filename", ""), "size": known.get("size", 0)}
        return found

    def media(self, holder: Payload) -> Payload:
        """Return a media item with what is known about it; attachments get their address."""
        given = holder.get("media")
        url = str(given.get("url", "")) if isinstance(given, dict) else ""
        found: Payload = {"id": str(self._new_id()), "url": url, "proxy_url": url}
        known = self._attachments.get(url.removeprefix(ATTACHMENT_SCHEME))
        if known and url.startswith(ATTACHMENT_SCHEME):
            found |= {"url": known["url"], "proxy_url": known["url"], "attachment_id": known["id"]}
            found |= {
                key: known[key] for key in ("width", "height", "content_type") if key in known
            }
        return found


def read(form: Form, attachments: list[Payload], new_id: Callable[[], int]) -> list[Payload]:
    """Read the `components` of a body for a message that has these attachments."""
    reader = _Reader(attachments, new_id)
    return [
        reader.component(form.part(each, f"components.{number}"))
        for number, each in enumerate(form.items("components", MOST))
    ]
