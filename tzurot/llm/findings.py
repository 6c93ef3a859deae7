"""Finds the facts in what a service says of an error, in whatever form it says them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tzurot.llm.chunks import read_json

LONGEST_TEXT: Final = 4000
"""Characters that are searched for known texts; what is known stands at the beginning."""
_DEEPEST: Final = 8
"""Providers wrap each other's errors as JSON in strings; deeper than this nobody has gone."""
_MOST_OBJECTS: Final = 300

# What was tried before, what the request held, and what was already answered: none of it says why
# this error came.
_ASIDE: Final = frozenset(
    {
        "previous_errors", "openrouter_metadata", "flagged_input", "input", "choices", "ctx",
        "file_annotations", "requested_models", "fallback_models", "affected_providers", "user_id",
    }
)  # fmt: skip
_WORD_KEYS: Final = ("code", "type", "error_type", "provider_code", "status", "reason", "error")
_CODE_KEYS: Final = ("http_status", "code", "status", "status_code", "statusCode")
_MESSAGE_KEYS: Final = ("message", "error", "detail", "raw", "msg")
_LONGEST_WORD: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The facts of one error, those of its outermost layer first."""

    status: int | None
    objects: tuple[dict[str, Any], ...]
    """Every JSON object in it, those inside strings too."""
    words: frozenset[str]
    """Code words, in lower case."""
    messages: tuple[str, ...]
    """What was said; the innermost is the real reason."""
    previous: tuple[object, ...]
    """The errors of providers that were asked before."""

    @property
    def text(self) -> str:
        """All that was said, as one bounded line."""
        return " ".join(" | ".join(self.messages)[:LONGEST_TEXT].split())

    def strings(self, name: str) -> list[str]:
        """Return the texts of a field, also where it is a list of them."""
        found = (part.get(name) for part in self.objects)
        return [
            value
            for one in found
            for value in (one if isinstance(one, list) else [one])
            if isinstance(value, str) and value
        ]

    def number(self, name: str) -> int | None:
        """Return the first positive whole number of a field."""
        for part in self.objects:
            value = part.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
        return None

    def flag(self, name: str) -> bool | None:
        """Return the first truth value of a field."""
        values = (part.get(name) for part in self.objects)
        return next((value for value in values if isinstance(value, bool)), None)


def findings(error: object, status: int | None = None) -> Findings:
    """Read an error value: `{"error": …}`, what stands in it, a list of it, or plain text.

    The status of a success counts for nothing: what the error says of itself does.
    """
    objects = tuple(islice(_objects(error), _MOST_OBJECTS))
    if status is None or status < 300:  # noqa: PLR2004 - the success range
        codes = (_code(part.get(key)) for part in objects for key in _CODE_KEYS)
        status = next((code for code in codes if code), None)
    words = {
        value.lower()
        for part in objects
        for key in _WORD_KEYS
        if isinstance(value := part.get(key), str) and len(value) <= _LONGEST_WORD
    }
    previous = (part.get("previous_errors") for part in objects)
    return Findings(
        status=status,
        objects=objects,
        words=frozenset(words),
        messages=tuple(dict.fromkeys(_messages(error, objects))),
        previous=tuple(one for many in previous if isinstance(many, list) for one in many),
    )


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and _is_wrapped(value):
        value = read_json(value)
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key, item in value.items():
            if key not in _ASIDE:
                yield from _objects(item, depth + 1)


def _messages(error: object, objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    if isinstance(error, str) and not _is_wrapped(error):
        yield error
        return
    for part in objects:
        place = part.get("loc")
        for key in _MESSAGE_KEYS:
            value = part.get(key)
            if not isinstance(value, str) or not value.strip() or _is_wrapped(value):
                continue
            if key == "msg" and isinstance(place, list):
                # Pydantic says apart which field it means.
                value = f"{'.'.join(map(str, place))}: {value}"
            yield value


def _is_wrapped(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _code(value: object) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isdecimal():  # noqa: PLR2004
        value = int(value)
    return value if isinstance(value, int) and 400 <= value < 600 else None  # noqa: PLR2004
