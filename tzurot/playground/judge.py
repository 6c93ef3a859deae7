"""Discord's own OpenAPI document as the judge of every request, answer and message event.

It is applied strictly: an object with listed properties may have no others. Where Discord itself
differs from its document, the difference is listed here by name.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from .errors import Payload

log = logging.getLogger(__name__)

_DOCUMENT: Final = "urn:discord"
_MOST_KEPT: Final = 500
_EVENT_ONLY: Final = ("guild_id", "member")
"""What a message has in an event, and not in an answer."""


class UnusableDocumentError(Exception):
    """The document cannot be judged by."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that the document forbids."""

    where: str
    pointer: str
    message: str
    body: object


class Judge:
    """Validates bodies; without a document it only counts that nothing was judged."""

    def __init__(self, document: Path | None) -> None:
        self.requests = 0
        self.answers = 0
        self.events = 0
        self.violations: list[Violation] = []
        self._paths: Payload = {}
        self._compile: Callable[[str], Any] | None = None
        self._validators: dict[str, Any] = {}
        if document is not None:
            self._open(document)

    def _open(self, document: Path) -> None:
        try:
            import jsonschema_rs  # noqa: PLC0415 - a dependency of development only
        except ImportError as error:
            message = "judging by Discord's document needs the package jsonschema-rs"
            raise UnusableDocumentError(message) from error
        try:
            found = json.loads(document.read_text(encoding="utf-8"))
            self._paths = found["paths"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{document} is not Discord's OpenAPI document: {error!r}"
            raise UnusableDocumentError(message) from error
        _allow_known_differences(found["components"]["schemas"])
        _close(found)
        registry = jsonschema_rs.Registry([(_DOCUMENT, found)], draft=jsonschema_rs.Draft202012)

        def compile_at(pointer: str) -> object:
            return jsonschema_rs.Draft202012Validator(
                {"$ref": f"{_DOCUMENT}#{pointer}"}, registry=registry, validate_formats=True
            )

        self._compile = compile_at

    @property
    def judged(self) -> bool:
        """Say whether there is a document."""
        return self._compile is not None

    def report(self) -> Payload:
        """Return everything found so far."""
        return {
            "judged": self.judged,
            "requests": self.requests,
            "answers": self.answers,
            "events": self.events,
            "violations": [asdict(each) for each in self.violations],
        }

    def request(
        self, method: str, template: str, body: object, query: list[str]
    ) -> list[Violation]:
        """Judge a request; `template` is its path as the document writes it."""
        if not self.judged:
            return []
        self.requests += 1
        where = f"{method} {template}"
        path = self._paths.get(template, {})
        operation = path.get(method.lower())
        if operation is None:
            return self._note(where, [("", "Discord has no such operation")], body)
        listed = [*path.get("parameters", ()), *operation.get("parameters", ())]
        known = {each["name"] for each in listed if each["in"] == "query"}
        found = [("", f"unknown query parameter {name!r}") for name in query if name not in known]
        schemas = operation.get("requestBody", {}).get("content", {})
        if "application/json" in schemas:
            pointer = _pointer(template, method, "requestBody", "content", "application/json")
            found += self._errors(f"{pointer}/schema", _tolerated(body))
        elif body not in (None, {}):
            found.append(("", "this operation takes no body"))
        return self._note(where, found, body)

    def answer(self, method: str, template: str, status: int, body: object) -> None:
        """Judge an answer."""
        operation = self._paths.get(template, {}).get(method.lower())
        if operation is None:
            return
        self.answers += 1
        where = f"answer {status} to {method} {template}"
        key = str(status)
        if key not in operation["responses"]:
            key = f"{status // 100}XX"
        given = operation["responses"].get(key)
        if given is None:
            self._note(where, [("", "Discord answers no such status here")], body)
        elif "$ref" in given:
            pointer = f"{given['$ref'][1:]}/content/application~1json/schema"
            self._note(where, self._errors(pointer, body), body)
        elif "content" in given:
            pointer = _pointer(template, method, "responses", key, "content", "application/json")
            self._note(where, self._errors(f"{pointer}/schema", body), body)
        elif body is not None:
            self._note(where, [("", "Discord answers no body here")], body)

    def message_event(self, name: str, message: Payload) -> None:
        """Judge the message in an event."""
        if not self.judged:
            return
        self.events += 1
        plain = {key: value for key, value in message.items() if key not in _EVENT_ONLY}
        plain["mentions"] = [
            {key: value for key, value in user.items() if key not in _EVENT_ONLY}
            for user in message["mentions"]
        ]
        self._note(name, self._errors("/components/schemas/MessageResponse", plain), message)

    def _errors(self, pointer: str, body: object) -> list[tuple[str, str]]:
        if self._compile is None:
            return []
        validator = self._validators.get(pointer)
        if validator is None:
            validator = self._validators[pointer] = self._compile(pointer)
        if validator.is_valid(body):
            return []
        return [
            ("".join(f"/{key}" for key in error.instance_path), error.message[:500])
            for error in validator.iter_errors(body)
        ]

    def _note(self, where: str, errors: list[tuple[str, str]], body: object) -> list[Violation]:
        found = [Violation(where, pointer, message, body) for pointer, message in errors]
        for each in found:
            log.error("violation: %s at %r: %s", each.where, each.pointer, each.message)
        self.violations += found
        del self.violations[:-_MOST_KEPT]
        return found


def _pointer(template: str, method: str, *rest: str) -> str:
    """Return the JSON pointer to a part of an operation, as it stands in a URI fragment."""
    keys = ("paths", template, method.lower(), *rest)
    return "".join(
        "/" + quote(key.replace("~", "~0").replace("/", "~1"), safe="~@") for key in keys
    )


def _tolerated(body: object) -> object:
    """Return a request's body without what Discord takes although its document does not list it."""
    if isinstance(body, list):
        return [_tolerated(each) for each in body]
    if not isinstance(body, dict):
        return body
    found = {**body}
    attachments = found.get("attachments")
    if isinstance(attachments, list):
        # Libraries number new attachments with integers; the document wants digits in a string.
        found["attachments"] = [
            {**each, "id": str(each["id"])} if isinstance(each, dict) and "id" in each else each
            for each in attachments
        ]
    if "data" in found:
        found["data"] = _tolerated(found["data"])
    return found


def _allow_known_differences(schemas: Payload) -> None:
    """Change the document where Discord's real API is known to differ from it."""
    # Commands may be marked as for adults only.
    for name in ("ApplicationCommandCreateRequest", "ApplicationCommandUpdateRequest"):
        schemas[name]["properties"]["nsfw"] = {"type": ["boolean", "null"]}
    schemas["ApplicationCommandPatchRequestPartial"]["properties"]["nsfw"] = {
        "type": ["boolean", "null"]
    }
    # Forwarding a message is a reference of type 1; the document lists only 0.
    schemas["MessageReferenceType"] = {"type": "integer", "enum": [0, 1]}
    # The errors of single fields carry names as codes; the document says numbers.
    field_error = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = field_error
    # Objects that are put together by allOf become one, so that they can be closed.
    for name in ("ErrorResponse", "RatelimitedResponse"):
        merged: Payload = {"type": "object", "properties": {}, "required": []}
        for part in schemas[name]["allOf"]:
            piece = schemas[part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
            merged["properties"] |= piece["properties"]
            merged["required"] += piece.get("required", [])
        schemas[name] = merged


def _close(node: object) -> None:
    """Forbid further properties in every object that lists its own."""
    if isinstance(node, list):
        for each in node:
            _close(each)
    elif isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for each in node.values():
            _close(each)
