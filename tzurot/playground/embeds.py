"""Embeds in messages: their limits, and how Discord gives them back.

Source: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

from typing import Final

from .components import ATTACHMENT_SCHEME
from .errors import Payload
from .forms import Form

MOST: Final = 10
LONGEST_TOGETHER: Final = 6000
MOST_FIELDS: Final = 25
_TITLE: Final = 256
_DESCRIPTION: Final = 4096
_FOOTER: Final = 2048
_VALUE: Final = 1024
_URL: Final = 2048
_KIND: Final = 32
_CRAWLED: Final = ("provider", "video")
_COLOURS: Final = 0xFFFFFF
_PARTS: Final = {
    "image": {},
    "thumbnail": {},
    "author": {"name": _TITLE},
    "footer": {"text": _FOOTER},
}


def read(form: Form, attachments: list[Payload]) -> list[Payload]:
    """Read the `embeds` of a body for a message that has these attachments."""
    files = {ATTACHMENT_SCHEME + each["filename"]: each for each in attachments}
    found: list[Payload] = []
    together = 0
    for number, given in enumerate(form.items("embeds", MOST)):
        inner = form.part(given, f"embeds.{number}")
        found.append({"type": "rich", **_read_one(inner, files)})
        together += _length(inner)
    if together > LONGEST_TOGETHER:
        form.wrong(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {LONGEST_TOGETHER}",
        )
    return found


def unfolded(form: Form) -> list[Payload]:
    """Read the `embeds` that Discord's crawler finds behind links, each with its type."""
    found = read(form, [])
    for number, embed in enumerate(found):
        inner = form.part(form.items("embeds", MOST)[number], f"embeds.{number}")
        embed["type"] = inner.text("type", _KIND) or "link"
        embed |= {key: inner.body[key] for key in _CRAWLED if isinstance(inner.body.get(key), dict)}
    return found


def _read_one(form: Form, files: dict[str, Payload]) -> Payload:
    form.text("title", _TITLE)
    form.text("description", _DESCRIPTION)
    form.text("url", _URL)
    form.whole("color", 0, _COLOURS)
    found = {
        key: form.body[key]
        for key in ("title", "description", "url", "color", "timestamp")
        if form.body.get(key) is not None
    }
    for name, texts in _PARTS.items():
        if form.body.get(name) is None:
            continue
        inner = form.part(form.body[name], name)
        for key, longest in texts.items():
            inner.required(key)
            inner.text(key, longest)
        found[name] = _with_pictures(inner.body, files)
    fields = []
    for number, given in enumerate(form.items("fields", MOST_FIELDS)):
        inner = form.part(given, f"fields.{number}")
        for key, longest in (("name", _TITLE), ("value", _VALUE)):
            inner.required(key)
            inner.text(key, longest)
        fields.append({"inline": False, **inner.body})
    if fields:
        found["fields"] = fields
    if not found:
        form.wrong("description", "BASE_TYPE_REQUIRED", "This field is required")
    return found


def _with_pictures(part: Payload, files: dict[str, Payload]) -> Payload:
    """Return a part of an embed; a picture that is an attachment gets its address and size."""
    found = {key: value for key, value in part.items() if value is not None}
    for key in ("url", "icon_url"):
        if file := files.get(found.get(key, "")):
            found |= {key: file["url"], f"proxy_{key}": file["url"]}
            if key == "url":
                found |= {each: file[each] for each in ("width", "height") if each in file}
    return found


def _length(form: Form) -> int:
    """Return how many characters of an embed count to the limit of all together."""
    body = form.body
    texts = [body.get("title"), body.get("description")]
    for part, key in (("footer", "text"), ("author", "name")):
        inner = body.get(part)
        texts.append(inner.get(key) if isinstance(inner, dict) else None)
    for each in body.get("fields") or ():
        if isinstance(each, dict):
            texts += [each.get("name"), each.get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))
