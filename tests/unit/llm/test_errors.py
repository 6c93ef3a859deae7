"""What a person and the host are told about each kind of error."""

from __future__ import annotations

import re

import pytest

from tzurot.llm.errors import OUTCOMES, ErrorKind, ModelError

K = ErrorKind

# Kind, whether the same request may succeed, whether another model may, what the person reads
# first, and what the host is pointed to.
TOLD: list[tuple[ErrorKind, bool, bool, str, str]] = [
    (K.AUTHENTICATION, False, False, "did not accept the API key", "settings/keys"),
    (K.NO_CREDIT, False, True, "not enough credit", "settings/credits"),
    (K.SPEND_CAP, False, False, "spending limit", "settings/keys"),
    (K.FREE_QUOTA, False, True, "Today's free requests are used up", "midnight UTC"),
    (K.RATE_LIMITED, True, True, "too many requests", "fallback model"),
    (K.CONTEXT_TOO_LONG, False, True, "longer than the model can read", "max_tokens"),
    (K.CONTENT_POLICY, False, True, "content rules", "guardrails"),
    (K.MODEL_GONE, False, True, "no longer there", "list of models"),
    (K.NO_ENDPOINT, False, True, "Nobody offers this model", "settings/privacy"),
    (K.BAD_PARAMETER, False, True, "choose another model or preset", "in the preset"),
    (K.PROVIDER_DOWN, True, True, "having trouble", "status page"),
    (K.UNREACHABLE, True, False, "cannot be reached", "base URL"),
    (K.TIMEOUT, True, True, "too long to answer", "more time"),
    (K.EMPTY, True, True, "empty reply", "raise max_tokens"),
    (K.TRUNCATED, True, True, "broke off", "cut it"),
    (K.CANCELLED, False, False, "was stopped", "on our side"),
    (K.UNKNOWN, False, True, "without a reason that I know", "OpenAI-compatible"),
]


def test_every_kind_is_told() -> None:
    assert [row[0] for row in TOLD] == list(ErrorKind)
    assert set(OUTCOMES) == set(ErrorKind)


@pytest.mark.parametrize(
    ("kind", "retry", "falls_back", "person", "host"), TOLD, ids=[row[0] for row in TOLD]
)
def test_what_the_person_is_told(
    kind: ErrorKind,
    retry: bool,  # noqa: FBT001 - a table's column
    falls_back: bool,  # noqa: FBT001 - a table's column
    person: str,
    host: str,
) -> None:
    outcome = OUTCOMES[kind]
    assert (outcome.retry, outcome.falls_back) == (retry, falls_back)
    for wait in (None, 0.0, 20.0, 600.0, 30_000.0):
        failure = ModelError(kind, "secret detail", retry_after=wait)
        assert failure.retryable is retry
        assert person in failure.sentence
        assert re.fullmatch(r"[A-Z][^{}]*\.", failure.sentence)
        assert "secret detail" not in failure.sentence
        # Nothing that only the host understands or may know.
        assert not re.search(r"openrouter|https?:|HTTP|max_tokens|\d{3}", failure.sentence)
    assert host in outcome.host_sentence
    assert re.fullmatch(r"[A-Z][^{}]*\.", outcome.host_sentence)
    assert failure.host_sentence == f"{outcome.host_sentence} (secret detail)"
    assert ModelError(kind, "").host_sentence == outcome.host_sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "in a minute"),
        (0.1, "in 2 seconds"),
        (20, "in 20 seconds"),
        (300, "in 5 minutes"),
        (18_000, "in about 5 hours"),
        (86_400, "in about 24 hours"),
    ],
)
@pytest.mark.parametrize("kind", [K.RATE_LIMITED, K.FREE_QUOTA])
def test_when_to_come_again(kind: ErrorKind, seconds: float | None, words: str) -> None:
    assert words in ModelError(kind, "", retry_after=seconds).sentence


def test_a_service_may_know_better_whether_to_come_again() -> None:
    assert not ModelError(K.PROVIDER_DOWN, "", retryable=False).retryable
    assert ModelError(K.MODEL_GONE, "", retryable=True).retryable
