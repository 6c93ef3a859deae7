"""Judges of which kind an error is, from the facts that were found in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tzurot.llm.errors import ErrorKind, Symptom
from tzurot.llm.findings import Findings, findings
from tzurot.llm.symptoms import Sign, sign_of

_MOST_PREVIOUS: Final = 8
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403


def _any_of(*texts: str) -> re.Pattern[str]:
    return re.compile("|".join(texts), re.IGNORECASE)


# Code words of OpenRouter, OpenAI, Anthropic and Google that leave no doubt, wherever they stand.
_CERTAIN: Final[Mapping[str, ErrorKind]] = {
    "authentication": ErrorKind.AUTHENTICATION,
    "authentication_error": ErrorKind.AUTHENTICATION,
    "invalid_api_key": ErrorKind.AUTHENTICATION,
    "insufficient_quota": ErrorKind.NO_CREDIT,
    "content_policy_violation": ErrorKind.CONTENT_POLICY,
    "content_filter": ErrorKind.CONTENT_POLICY,
    "refusal": ErrorKind.CONTENT_POLICY,
    "model_not_found": ErrorKind.MODEL_GONE,
    "wrong_endpoint": ErrorKind.MODEL_GONE,
    "model_deprecated": ErrorKind.MODEL_GONE,
    "free_variant_ended": ErrorKind.MODEL_GONE,
    "model_unavailable_upstream": ErrorKind.NO_ENDPOINT,
    "region_restricted": ErrorKind.NO_ENDPOINT,
    "temporarily_unavailable": ErrorKind.PROVIDER_DOWN,
    "provider_overloaded": ErrorKind.PROVIDER_DOWN,
    "overloaded_error": ErrorKind.PROVIDER_DOWN,
}
_LIMITED: Final = frozenset(
    {"rate_limit_exceeded", "rate_limit_error", "capacity_exhausted", "resource_exhausted"}
)
# Words that say little: what was said beside them counts more.
_LIKELY: Final[Mapping[str, ErrorKind]] = {
    "payment_required": ErrorKind.NO_CREDIT,
    "no_endpoints": ErrorKind.MODEL_GONE,
    "payload_too_large": ErrorKind.CONTEXT_TOO_LONG,
    "timeout": ErrorKind.TIMEOUT,
    "provider_unavailable": ErrorKind.PROVIDER_DOWN,
    "server": ErrorKind.PROVIDER_DOWN,
    "server_error": ErrorKind.PROVIDER_DOWN,
}

_STATUSES: Final[Mapping[int, ErrorKind]] = {
    401: ErrorKind.AUTHENTICATION,
    402: ErrorKind.NO_CREDIT,
    403: ErrorKind.AUTHENTICATION,
    404: ErrorKind.MODEL_GONE,
    408: ErrorKind.TIMEOUT,
    410: ErrorKind.MODEL_GONE,
    413: ErrorKind.CONTEXT_TOO_LONG,
    414: ErrorKind.CONTEXT_TOO_LONG,
    499: ErrorKind.PROVIDER_DOWN,
    501: ErrorKind.BAD_PARAMETER,
    504: ErrorKind.TIMEOUT,
    522: ErrorKind.TIMEOUT,
    524: ErrorKind.TIMEOUT,
}

_BY_SYMPTOM: Final[Mapping[Symptom, ErrorKind]] = {
    Symptom.AFFORDABLE: ErrorKind.NO_CREDIT,
    Symptom.PROMPT_LIMIT: ErrorKind.CONTEXT_TOO_LONG,
    Symptom.CONTEXT_LIMIT: ErrorKind.CONTEXT_TOO_LONG,
    Symptom.PROVIDER_FILTERS: ErrorKind.NO_ENDPOINT,
}

# Where neither a word nor a symptom tells, what was said does.
_SPEND_CAP: Final = _any_of(
    r"key (?:\w+ )?limit exceeded",
    r"(?<!thinking )(?<!token )budget (?:limit )?(?:has been )?exceeded",
    r"spend(?:ing)? (?:limit|cap)",
    r"(?:higher|key's) (?:total|daily|weekly|monthly) limit",
    r"billing hard limit",
)
_NO_BALANCE: Final = _any_of(r"insufficient (?:balance|funds|quota|credit)", r"in arrears")
_SAID: Final = (
    (ErrorKind.SPEND_CAP, _SPEND_CAP),
    (ErrorKind.NO_CREDIT, _NO_BALANCE),
    (ErrorKind.NO_CREDIT, _any_of(r"\bcredits?\b", r"payment required", r"recharge", r"billing")),
    (
        ErrorKind.AUTHENTICATION,
        _any_of(
            r"api[ _-]?key.{0,40}(?:not valid|invalid|expired|missing|incorrect)",
            r"(?:invalid|incorrect|missing) (?:api|auth)",
            r"no auth credentials",
            r"unauthori[sz]ed",
        ),
    ),
    (
        ErrorKind.NO_ENDPOINT,
        _any_of(
            r"(?:country|region|territory|location).{0,60}not (?:supported|available|allowed)",
            r"not available in your (?:country|region)",
        ),
    ),
    (
        ErrorKind.CONTENT_POLICY,
        _any_of(
            r"moderation",
            r"flagged",
            r"guardrail",
            r"content (?:policy|filter|management)",
            r"safety (?:filter|system|policy)",
            r"unsafe|sensitive content|usage polic|prohibited",
        ),
    ),
    (
        ErrorKind.MODEL_GONE,
        _any_of(
            r"not a valid model",
            r"(?:unknown|no such) model",
            r"no endpoints found for",
            r"no models loaded",
            r"model.{0,80}(?:not found|not exist|not available|no longer|removed|retired)",
            r"model.{0,80}deprecated",
        ),
    ),
    # A page of the service's edge, which blocks an address and has never seen the key.
    (ErrorKind.UNKNOWN, _any_of(r"cloudflare", r"just a moment", r"attention required")),
)
# Only an error in mid-stream has no status.
_TOO_MANY_SAID: Final = _any_of(r"rate.?limit", r"too many requests")
_TIMEOUT_SAID: Final = _any_of(r"timed? ?out", r"deadline exceeded")
_FREE_OF_THE_DAY: Final = _any_of(
    r"free-models-per-day", r"free.{0,40}(?:daily|per.?day)", r"(?:daily|per.?day).{0,40}free"
)


def judged(found: Findings) -> tuple[ErrorKind, Sign | None]:
    """Return the kind, and what exactly was wrong with the request if that is known."""
    kind, sign = _told(found)
    if kind is None and (found.status or 0) >= 500:  # noqa: PLR2004 - that says little by itself
        kind = _unanimous(found)
    return kind or _by_status(found.status), sign


def _told(found: Findings) -> tuple[ErrorKind | None, Sign | None]:
    """Return what is told by more than the status."""
    if found.status == _FORBIDDEN and any(
        part.get("reasons") or part.get("patterns") for part in found.objects
    ):
        # Moderation gives its reasons, a guardrail its patterns.
        return ErrorKind.CONTENT_POLICY, None
    certain = _by_word(_CERTAIN, found)
    if certain and found.status != _TOO_MANY:
        return certain, None
    if sign := sign_of(found):
        return _kind_of(sign, found), sign
    unnumbered = found.status is None
    if (
        found.status == _TOO_MANY
        or _LIMITED & found.words
        or (unnumbered and _TOO_MANY_SAID.search(found.text))
    ):
        return _limited(found), None
    if unnumbered and _TIMEOUT_SAID.search(found.text):
        return ErrorKind.TIMEOUT, None
    return _by_said(found) or _by_word(_LIKELY, found), None


def _kind_of(sign: Sign, found: Findings) -> ErrorKind:
    if sign.symptom is Symptom.AFFORDABLE and _SPEND_CAP.search(found.text):
        return ErrorKind.SPEND_CAP
    nobody = "no endpoints" in found.text.lower()
    default = ErrorKind.NO_ENDPOINT if nobody else ErrorKind.BAD_PARAMETER
    return _BY_SYMPTOM.get(sign.symptom, default)


def _limited(found: Findings) -> ErrorKind:
    """Tell apart whose limit was reached: the provider's, the account's, that of the day."""
    sources = " ".join(found.strings("limit_source") + found.strings("quotaId"))
    if sources.startswith("upstream"):
        return ErrorKind.RATE_LIMITED
    if "insufficient_quota" in found.words or _NO_BALANCE.search(found.text):
        return ErrorKind.NO_CREDIT
    if _SPEND_CAP.search(found.text):
        return ErrorKind.SPEND_CAP
    if _FREE_OF_THE_DAY.search(f"{sources} {found.text}"):
        return ErrorKind.FREE_QUOTA
    return ErrorKind.RATE_LIMITED


def _by_said(found: Findings) -> ErrorKind | None:
    status = found.status or 0
    if status >= 500 or status in {401, 408}:  # noqa: PLR2004 - these mean what they say
        return None
    text = found.text
    return next((kind for kind, pattern in _SAID if pattern.search(text)), None)


def _unanimous(found: Findings) -> ErrorKind | None:
    """Return how all providers failed that were asked before, if alike."""
    each = [findings(one) for one in found.previous[:_MOST_PREVIOUS]]
    kinds = {_told(one)[0] or _by_status(one.status) for one in each}
    return kinds.pop() if len(kinds) == 1 else None


def _by_status(status: int | None) -> ErrorKind:
    if status is None:
        return ErrorKind.PROVIDER_DOWN
    if status < 400:  # noqa: PLR2004 - a redirect, which no such service gives
        return ErrorKind.UNKNOWN
    by_range = ErrorKind.PROVIDER_DOWN if status >= 500 else ErrorKind.BAD_PARAMETER  # noqa: PLR2004
    return _STATUSES.get(status, by_range)


def _by_word(kinds: Mapping[str, ErrorKind], found: Findings) -> ErrorKind | None:
    return next((kind for word, kind in kinds.items() if word in found.words), None)
