"""Reads what a model service says went wrong, in whatever form, as one `ModelError`."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from itertools import islice
from typing import Final

from pydantic import SecretStr

from tzurot.llm.chunks import read_json
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.findings import Findings, findings
from tzurot.llm.judgement import judged
from tzurot.llm.redaction import redacted
from tzurot.llm.waits import asked_wait, until_midnight, until_reset

LONGEST_DETAIL: Final = 500
_MOST_MESSAGES: Final = 8
_LONGEST_TITLE: Final = 4096
"""An HTML page has its title within so many characters."""
_MOST_LINES: Final = 100
_A_MINUTE: Final = 60.0


def failure_from_body(
    status: int, headers: Mapping[str, str], body: bytes, key: SecretStr | None = None
) -> ModelError:
    """Read an HTTP error, or a 200 whose body is no completion.

    Without a readable error the status alone decides, and a 200 is the provider's failure.
    `key` never appears in the error, whatever the service echoes.
    """
    text = body.decode(errors="replace").lstrip("\ufeff").strip()
    error = _told_by(text)
    if status < 300:  # noqa: PLR2004 - the success range
        error = _error_within(error)
        if error is None:
            shown = f"HTTP {status} without a completion: {text or 'an empty body'}"
            detail = redacted(shown, key, LONGEST_DETAIL)
            return ModelError(ErrorKind.PROVIDER_DOWN, detail, status=status)
    return failure_from_error(error, status, headers, key)


def failure_from_error(
    error: object,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    key: SecretStr | None = None,
) -> ModelError:
    """Read an error value: `{"error": …}`, what stands in it, a list of it, or plain text."""
    found = findings(error, status)
    kind, sign = judged(found)
    return ModelError(
        kind,
        redacted(_detail(found), key, LONGEST_DETAIL),
        status=found.status,
        # A used-up day is over at midnight, whatever else the service calls retryable.
        retryable=None if kind is ErrorKind.FREE_QUOTA else found.flag("retryable"),
        retry_after=_wait(kind, found, headers or {}),
        symptom=sign.symptom if sign else None,
        names=sign.names if sign else frozenset(),
        limit=sign.limit if sign else None,
    )


# -- forms -------------------------------------------------------------------------------------


def _told_by(text: str) -> object:
    """Return the error that a body holds: JSON, events with JSON, a page's title, or plain text."""
    value = read_json(text)
    if value is not None:
        return value
    if text.startswith(("event:", "data:", ":")):
        lines = islice(text.splitlines(), _MOST_LINES)
        events = (line[5:] for line in lines if line.startswith("data:"))
        return next((value for line in events if _error_within(value := read_json(line))), text)
    title = re.search(r"<title[^>]*>([^<]*)", text[:_LONGEST_TITLE], re.IGNORECASE)
    return title[1] if title else text


def _error_within(value: object) -> object:
    """Return the error that a success holds, None if it holds none."""
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            continue
        if part.get("error") or part.get("detail") or part.get("message") or part.get("msg"):
            return part
        choices = part.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and choice.get("error"):
                return choice["error"]
    return None


# -- wait and detail ---------------------------------------------------------------------------


def _wait(kind: ErrorKind, found: Findings, headers: Mapping[str, str]) -> float | None:
    asked = asked_wait(found, headers)
    if kind is ErrorKind.FREE_QUOTA:
        return until_reset(found, headers) or asked or until_midnight(time.time())
    if kind is not ErrorKind.RATE_LIMITED or asked is not None:
        return asked
    reset = until_reset(found, headers)
    if reset is not None and re.search(r"per-min", found.text):
        return min(reset, _A_MINUTE)
    return reset


def _detail(found: Findings) -> str:
    detail = f"HTTP {found.status}" if found.status else "error in the stream"
    if provider := found.strings("provider_name"):
        detail += f" from {provider[0]}"
    if found.messages:
        # The innermost is the reason, so it stays when there are many.
        detail += ": " + " | ".join(found.messages[-_MOST_MESSAGES:])
    facts = found.strings("limit_source") + found.strings("excluded_by")
    tried = [
        " ".join(str(one[key]) for key in ("provider", "code", "message") if one.get(key))
        for one in found.previous[:_MOST_MESSAGES]
        if isinstance(one, dict)
    ]
    return " ".join(
        [detail, *(f"[{fact}]" for fact in facts), *(f"[before: {one}]" for one in tried)]
    )
