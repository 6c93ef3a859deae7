"""Components of messages: their limits, and how Discord gives them back, numbered and filled in.

Source: https://discord.com/developers/docs/components/reference
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
_ROW: Final = 1
BUTTON: Final = 2
_TEXT: Final = 10
SELECTS: Final = (3, 5, 6, 7, 8)
_LEGACY: Final = (_ROW,)
_MODERN: Final = (_ROW, 9, _TEXT, 12, _FILE, 14, 17)
_LINK: Final = 5
_PREMIUM: Final = 6
_MOST_BUTTONS: Final = 5
_MOST_TEXT: Final = 4000


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
        for key in ("accessory", "component"):
            if key in given:
                found[key] = self.component(form.part(given[key], key))
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


def walk(nodes: list[Payload]) -> Iterator[Payload]:
    """Yield components and everything inside them."""
    for node in nodes:
        yield node
        yield from walk(node.get("components", []))
        for key in ("accessory", "component"):
            if key in node:
                yield from walk([node[key]])


def find(nodes: list[Payload], custom_id: str) -> Payload | None:
    """Return the component that bears a custom id."""
    return next((node for node in walk(nodes) if node.get("custom_id") == custom_id), None)


def check(form: Form, found: list[Payload], flags: int) -> None:
    """Note what Discord would refuse about a message's components."""
    modern = bool(flags & V2_FLAG)
    allowed = _MODERN if modern else _LEGACY
    for number, node in enumerate(found):
        if node.get("type") not in allowed:
            form.wrong(
                f"components.{number}",
                "UNION_TYPE_CHOICES",
                f'Value of field "type" must be one of {allowed}.',
            )
    everything = list(walk(found))
    if len(everything) > MOST:
        form.wrong("components", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST} or fewer in length.")
    if sum(len(str(node.get("content", ""))) for node in everything) > _MOST_TEXT:
        form.wrong(
            "components",
            "COMPONENT_MAX_TOTAL_TEXT_LENGTH_EXCEEDED",
            f"The total text length of the components exceeds {_MOST_TEXT}",
        )
    if modern and not found:
        form.wrong("components", "BASE_TYPE_REQUIRED", "This field is required")
    seen: set[str] = set()
    for node in everything:
        _check_one(form, node, seen)


def _check_one(form: Form, node: Payload, seen: set[str]) -> None:
    kind, custom_id = node.get("type"), node.get("custom_id")
    if custom_id is not None and custom_id in seen:
        form.wrong(
            "components",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        )
    elif isinstance(custom_id, str):
        seen.add(custom_id)
    if kind == BUTTON:
        linked = node.get("style") in {_LINK, _PREMIUM}
        if linked == (custom_id is not None):
            form.wrong(
                "components",
                "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
                "A button needs either a custom id or a link",
            )
    elif kind in SELECTS and custom_id is None:
        form.wrong("components", "BASE_TYPE_REQUIRED", "custom_id is required")
    elif kind == _ROW:
        kinds = [each.get("type") for each in node.get("components", ())]
        width = sum(1 if each == BUTTON else _MOST_BUTTONS for each in kinds)
        if not 1 <= width <= _MOST_BUTTONS:
            form.wrong(
                "components",
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                f"The specified component exceeds the maximum width of {_MOST_BUTTONS}",
            )
