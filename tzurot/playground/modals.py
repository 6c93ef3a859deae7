"""Modals: reading the bot's, and what a person fills in.

Source: https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from . import components
from .asking import ApiError, uploads_of
from .errors import Payload
from .forms import Form
from .resolved import Resolved

_ROW: Final = 1
_STRINGS: Final = 3
_INPUT: Final = 4
_USERS: Final = 5
_ROLES: Final = 6
_MENTIONABLES: Final = 7
_CHANNELS: Final = 8
_TEXT: Final = 10
_LABEL: Final = 18
_FILES: Final = 19
_RADIO: Final = 21
_CHECKBOXES: Final = 22
_CHECKBOX: Final = 23
_LISTS: Final = (_STRINGS, _USERS, _ROLES, _MENTIONABLES, _CHANNELS, _FILES, _CHECKBOXES)
_CHOSEN: Final = (_STRINGS, _RADIO, _CHECKBOXES)
_IN_LABEL: Final = (_INPUT, *_LISTS, _RADIO, _CHECKBOX)
_MOST: Final = 5
_LONGEST_TITLE: Final = 45
_LONGEST_ID: Final = 100
_LONGEST_VALUE: Final = 4000


def read(form: Form) -> Payload:
    """Read a modal: title, custom_id and numbered components."""
    for name, longest in (("title", _LONGEST_TITLE), ("custom_id", _LONGEST_ID)):
        form.required(name)
        form.text(name, longest, 1)
    form.required("components")
    found = components.read(form, [], lambda: 0)
    if not 1 <= len(found) <= _MOST:
        form.wrong(
            "components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_MOST} in length."
        )
    for number, each in enumerate(found):
        _check(form, each, f"components.{number}")
    ids = [each.get("custom_id") for each in _fields(found)]
    if len(set(ids)) != len(ids):
        form.wrong(
            "components",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        )
    form.check()
    return {
        "title": form.body["title"],
        "custom_id": form.body["custom_id"],
        "components": found,
    }


def _check(form: Form, node: Payload, path: str) -> None:
    kind = node.get("type")
    inner = [each.get("type") for each in node.get("components", ())]
    within = node.get("component")
    good = (
        kind == _TEXT
        or (kind == _ROW and inner == [_INPUT])
        or (kind == _LABEL and isinstance(within, dict) and within.get("type") in _IN_LABEL)
    )
    if not good:
        form.wrong(path, "UNION_TYPE_CHOICES", "A modal takes labels, texts and rows of an input")
    for each in _fields([node]):
        if not isinstance(each.get("custom_id"), str):
            form.wrong(path, "BASE_TYPE_REQUIRED", "custom_id is required")
        if each.get("type") == _INPUT and kind == _ROW and not each.get("label"):
            form.wrong(path, "BASE_TYPE_REQUIRED", "label is required")
        lowest, highest = each.get("min_length") or 0, each.get("max_length") or _LONGEST_VALUE
        if lowest > highest:
            form.wrong(path, "NUMBER_TYPE_RANGE", "min_length is greater than max_length")


def _fields(nodes: list[Payload]) -> Iterator[Payload]:
    """Yield what can be filled in."""
    return (each for each in components.walk(nodes) if each.get("type") in _IN_LABEL)


def submit(modal: Payload, values: Payload, resolved: Resolved) -> list[Payload]:
    """Return what Discord sends for a modal that somebody filled in; raise when it is wrong."""
    known = [each["custom_id"] for each in _fields(modal["components"])]
    for name in sorted(set(values) - set(known)):
        message = f"the modal has no field {name}; it has: {', '.join(known)}"
        raise ApiError(message)
    found = []
    for node in modal["components"]:
        shown = {"type": node["type"], "id": node["id"]}
        if node["type"] == _ROW:
            label = node["components"][0]["label"]
            inner = [_filled(each, label, values, resolved) for each in node["components"]]
            shown["components"] = inner
        elif node["type"] == _LABEL:
            shown["component"] = _filled(node["component"], node["label"], values, resolved)
        found.append(shown)
    return found


def _filled(field: Payload, label: str, values: Payload, resolved: Resolved) -> Payload:
    kind, custom_id = field["type"], field["custom_id"]
    shown = {"type": kind, "id": field["id"], "custom_id": custom_id}
    given = values.get(custom_id)
    required = field.get("required") is not False
    if kind == _INPUT:
        shown["value"] = _text(field, label, given, required=required)
    elif kind == _CHECKBOX:
        shown["value"] = bool(field.get("default")) if given is None else given is True
    elif kind == _RADIO:
        chosen = _defaults(field)[:1] if given is None else [given]
        _choose(field, label, chosen, required=required)
        shown["value"] = chosen[0] if chosen else None
    else:
        chosen = _defaults(field) if given is None else given
        shown["values"] = choose(field, label, chosen, resolved, required=required)
    return shown


def _text(field: Payload, label: str, given: Any, *, required: bool) -> str:  # noqa: ANN401 - any JSON
    text = field.get("value") or "" if given is None else given
    if not isinstance(text, str):
        message = f"{label} must be a text"
        raise ApiError(message)
    if not text and required:
        message = f"{label} is required"
        raise ApiError(message)
    lowest, highest = field.get("min_length") or 0, field.get("max_length") or _LONGEST_VALUE
    if text and not lowest <= len(text) <= highest:
        message = f"{label} must have {lowest} to {highest} characters, it has {len(text)}"
        raise ApiError(message)
    return text


def _defaults(field: Payload) -> list[Any]:
    marked = [each["value"] for each in field.get("options", ()) if each.get("default")]
    return marked or [each["id"] for each in field.get("default_values") or ()]


def choose(
    field: Payload,
    label: str,
    chosen: Any,  # noqa: ANN401 - any JSON
    resolved: Resolved,
    *,
    required: bool = True,
) -> list[str]:
    """Return the values chosen in a select, with what is behind them resolved."""
    kind = field["type"]
    if not isinstance(chosen, list):
        message = f"{label}: values must be a list"
        raise ApiError(message)
    if kind == _FILES:
        uploads = uploads_of(chosen)
        _choose(field, label, chosen, required=required)
        return [resolved.attachment(each) for each in uploads]
    if len({str(each) for each in chosen}) != len(chosen):
        message = f"{label}: the same value twice"
        raise ApiError(message)
    _choose(field, label, chosen, required=required)
    if kind == _USERS:
        return [resolved.user(each, label) for each in chosen]
    if kind == _ROLES:
        return [resolved.role(each, label) for each in chosen]
    if kind == _MENTIONABLES:
        return [resolved.mentionable(each, label) for each in chosen]
    if kind == _CHANNELS:
        kinds = field.get("channel_types")
        return [resolved.channel(each, label, kinds) for each in chosen]
    return [str(each) for each in chosen]


def _choose(field: Payload, label: str, chosen: list[Any], *, required: bool) -> None:
    """Raise when too few, too many or unknown values were chosen."""
    lowest = field.get("min_values")
    lowest = 1 if lowest is None else lowest
    highest = field.get("max_values") or 1
    if field["type"] == _CHECKBOXES:
        highest = field.get("max_values") or len(field["options"])
    if not chosen and not required:
        return
    if not lowest <= len(chosen) <= highest:
        message = f"{label}: choose {lowest} to {highest}, not {len(chosen)}"
        raise ApiError(message)
    if field["type"] in _CHOSEN:
        known = [each["value"] for each in field["options"]]
        for each in chosen:
            if each not in known:
                message = f"{label}: {each} is not among {', '.join(known)}"
                raise ApiError(message)
