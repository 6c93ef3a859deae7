"""Reads what a model service says went wrong, in whatever form, as one `ModelError`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from tzurot.llm.chunks import read_json
from tzurot.llm.errors import ErrorKind, ModelError

LONGEST_DETAIL = 500
LONGEST_RETRY_AFTER = 86_400.0
_DEEPEST = 8
"""Providers wrap each other's errors as JSON in strings; deeper than this nobody has gone."""

# Code words of OpenRouter, OpenAI, Anthropic and llama.cpp, wherever they stand in the error.
_WORDS: Final[Mapping[str, ErrorKind]] = {
    "context_length_exceeded": ErrorKind.CONTEXT_TOO_LONG,
    "exceed_context_size_error": ErrorKind.CONTEXT_TOO_LONG,
    "token_limit_exceeded": ErrorKind.CONTEXT_TOO_LONG,
    "string_too_long": ErrorKind.CONTEXT_TOO_LONG,
    "authentication": ErrorKind.AUTHENTICATION,
    "authentication_error": ErrorKind.AUTHENTICATION,
    "invalid_api_key": ErrorKind.AUTHENTICATION,
    "payment_required": ErrorKind.NO_CREDIT,
    "insufficient_quota": ErrorKind.NO_CREDIT,
    "rate_limit_exceeded": ErrorKind.RATE_LIMITED,
    "rate_limit_error": ErrorKind.RATE_LIMITED,
    "capacity_exhausted": ErrorKind.RATE_LIMITED,
    "content_policy_violation": ErrorKind.CONTENT_POLICY,
    "content_filter": ErrorKind.CONTENT_POLICY,
    "refusal": ErrorKind.CONTENT_POLICY,
    "model_not_found": ErrorKind.MODEL_NOT_FOUND,
    "model_deprecated": ErrorKind.MODEL_NOT_FOUND,
    "no_endpoints": ErrorKind.MODEL_NOT_FOUND,
    "constraint_filtered": ErrorKind.MODEL_NOT_FOUND,
    "privacy_restricted": ErrorKind.MODEL_NOT_FOUND,
    "region_restricted": ErrorKind.MODEL_NOT_FOUND,
    "free_variant_ended": ErrorKind.MODEL_NOT_FOUND,
    "overloaded_error": ErrorKind.PROVIDER_DOWN,
    "provider_overloaded": ErrorKind.PROVIDER_DOWN,
    "provider_unavailable": ErrorKind.PROVIDER_DOWN,
    "model_unavailable_upstream": ErrorKind.PROVIDER_DOWN,
    "temporarily_unavailable": ErrorKind.PROVIDER_DOWN,
    "server": ErrorKind.PROVIDER_DOWN,
    "server_error": ErrorKind.PROVIDER_DOWN,
    "timeout": ErrorKind.TIMEOUT,
}

_STATUSES: Final[Mapping[int, ErrorKind]] = {
    401: ErrorKind.AUTHENTICATION,
    402: ErrorKind.NO_CREDIT,
    403: ErrorKind.AUTHENTICATION,
    404: ErrorKind.MODEL_NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    413: ErrorKind.CONTEXT_TOO_LONG,
    429: ErrorKind.RATE_LIMITED,
    504: ErrorKind.TIMEOUT,
    524: ErrorKind.TIMEOUT,
}

# Where no code word tells, the message does. An error in mid-stream may have no status at all.
_MESSAGES: Final[Mapping[ErrorKind, str]] = {
    ErrorKind.CONTEXT_TOO_LONG: (
        r"context[ _](length|size|window)|maximum context|(prompt|input) is too long"
        r"|too many tokens|exceeds the maximum number of tokens|tokens limit exceeded"
    ),
    ErrorKind.NO_CREDIT: (
        r"\bcredits?\b|key limit exceeded|budget (limit )?exceeded"
        r"|insufficient (balance|funds|quota)"
    ),
    ErrorKind.CONTENT_POLICY: (
        r"moderation|flagged|guardrail|content (policy|filter)|safety (filter|system)"
    ),
    ErrorKind.MODEL_NOT_FOUND: (
        r"not a valid model|model.{0,80}(not found|does not exist)|no endpoints"
    ),
}
_SPOKEN_STATUSES: Final = frozenset({None, 400, 403, 413, 422})

_KEY_LIKE: Final = re.compile(r"\bsk-[\w-]{6,}|(?<=[Bb]earer )\S+")
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def failure_from_body(
    status: int, headers: Mapping[str, str], body: bytes, secret: str | None = None
) -> ModelError:
    """Read an HTTP error, or a 200 whose body is no completion.

    Without a readable error object the status alone decides, and a 200 is `MALFORMED`.
    `secret` never appears in the error, whatever the service echoes.
    """
    text = body.decode(errors="replace").strip()
    error = read_json(text)
    if error is None:
        title = _TITLE.search(text)
        error = title[1] if title else text
    if status < 300 and not _is_error(error):  # noqa: PLR2004 - the success range
        shown = _tidy(f"HTTP {status} without a completion: {text or 'an empty body'}", secret)
        return ModelError(ErrorKind.MALFORMED, shown, status=status)
    return failure_from_error(error, status, headers, secret)


def failure_from_error(
    error: object,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    secret: str | None = None,
) -> ModelError:
    """Read an error value: `{"error": …}`, what stands in it, a list of it, or plain text."""
    objects = list(_objects(error))
    if status is None or status < 300:  # noqa: PLR2004 - an error inside a success
        status = next((code for part in objects if (code := _code(part.get("code")))), None)
    words = {
        value.lower()
        for part in objects
        for key in ("code", "type", "error_type", "provider_code")
        if isinstance(value := part.get(key), str)
    }
    messages = list(dict.fromkeys(_messages(error)))
    retryable = next(
        (value for part in objects if isinstance(value := part.get("retryable"), bool)), None
    )
    provider = next((part["provider_name"] for part in objects if part.get("provider_name")), None)
    detail = f"HTTP {status}" if status else "error in the stream"
    if provider:
        detail += f" from {provider}"
    if messages:
        detail += ": " + " | ".join(messages)
    return ModelError(
        _kind(status, words, objects, " ".join(messages)),
        _tidy(detail, secret),
        status=status,
        retryable=retryable,
        retry_after=_retry_after(status, headers or {}, objects),
    )


def _kind(
    status: int | None, words: set[str], objects: list[dict[str, Any]], message: str
) -> ErrorKind:
    for word, kind in _WORDS.items():
        if word in words:
            return kind
    if status == 403 and any(part.get("reasons") or part.get("patterns") for part in objects):  # noqa: PLR2004
        return ErrorKind.CONTENT_POLICY
    if status in _SPOKEN_STATUSES:
        for kind, pattern in _MESSAGES.items():
            if re.search(pattern, message, re.IGNORECASE):
                return kind
    if status is None:
        return ErrorKind.PROVIDER_DOWN
    by_range = ErrorKind.PROVIDER_DOWN if status >= 500 else ErrorKind.BAD_REQUEST  # noqa: PLR2004
    return _STATUSES.get(status, by_range)


def _is_error(value: object) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(
        isinstance(part, dict)
        and bool(part.get("error") or part.get("detail") or part.get("message"))
        for part in parts
    )


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every JSON object of an error, outermost first, those inside strings too."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        value = read_json(value)
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item, depth + 1)


def _messages(error: object) -> Iterator[str]:
    """Yield what was said, outermost first: the innermost is the real reason."""
    if isinstance(error, str) and not error.lstrip().startswith(("{", "[")):
        yield error
        return
    for part in _objects(error):
        for key in ("message", "error", "detail", "raw"):
            value = part.get(key)
            if isinstance(value, str) and not value.lstrip().startswith(("{", "[")):
                yield value


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value < 600 else None  # noqa: PLR2004


def _retry_after(
    status: int | None, headers: Mapping[str, str], objects: list[dict[str, Any]]
) -> float | None:
    """Return seconds to wait, from the headers or from what the error repeats of them."""
    repeated = [
        {str(name).lower(): str(value) for name, value in part["headers"].items()}
        for part in objects
        if isinstance(part.get("headers"), dict)
    ]
    for source in ({name.lower(): value for name, value in headers.items()}, *repeated):
        for name, read in _WAITS.items():
            if name == "x-ratelimit-reset" and status != 429:  # noqa: PLR2004 - no limit was hit
                continue
            if name in source and (seconds := read(source[name])) is not None:
                return _bounded(seconds)
    for part in objects:
        seconds = part.get("retry_after")
        if isinstance(seconds, int | float):
            return _bounded(seconds)
    return None


def _bounded(seconds: float) -> float:
    # In this order NaN, which JSON lets through, becomes 0.
    return float(min(max(0, seconds), LONGEST_RETRY_AFTER))


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value.strip()) else None


def _milliseconds(value: str) -> float | None:
    number = _number(value)
    return None if number is None else number / 1000


def _seconds_or_date(value: str) -> float | None:
    number = _number(value)
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None


def _epoch(value: str) -> float | None:
    """Read a moment in seconds or in milliseconds: both have been seen."""
    number = _number(value)
    if number is None:
        return None
    return (number / 1000 if number > _YEAR_5138 else number) - time.time()


_YEAR_5138: Final = 1e11
_WAITS: Final = {
    "retry-after-ms": _milliseconds,
    "retry-after": _seconds_or_date,
    "x-ratelimit-reset": _epoch,
}


def _tidy(text: str, secret: str | None) -> str:
    """Return one line of bounded length without keys."""
    if secret:
        text = text.replace(secret, "[key]")
    line = " ".join(_KEY_LIKE.sub("[key]", text).split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"
