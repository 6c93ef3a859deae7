"""What services say went wrong, as one typed error."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm import SENTENCES, ErrorKind, ModelError
from tzurot.llm.failures import LONGEST_DETAIL, failure_from_body, failure_from_error

K = ErrorKind
KEY = "sk-or-v1-0123456789abcdef"


def error(message: str, code: object = None, **more: object) -> dict[str, object]:
    return {"error": {"message": message, "code": code, **more}}


# status, body, kind, retryable
TABLE: list[tuple[int, object, ErrorKind, bool]] = [
    (400, error("temperature must be at most 2", 400), K.BAD_REQUEST, False),
    (400, error("foo/bar is not a valid model ID", 400), K.MODEL_NOT_FOUND, False),
    (
        400,
        error("This endpoint's maximum context length is 8192 tokens"),
        K.CONTEXT_TOO_LONG,
        False,
    ),
    (400, error("prompt is too long: 210000 tokens > 200000 maximum"), K.CONTEXT_TOO_LONG, False),
    (
        400,
        error("request (8031 tokens) exceeds it", 400, type="exceed_context_size_error"),
        K.CONTEXT_TOO_LONG,
        False,
    ),
    (400, error("No.", "context_length_exceeded"), K.CONTEXT_TOO_LONG, False),
    (400, error("thinking budget must be at least 1024", 400), K.BAD_REQUEST, False),
    (401, error("No auth credentials found", 401), K.AUTHENTICATION, False),
    (401, b"", K.AUTHENTICATION, False),
    (
        402,
        error("This request requires more credits, or fewer max_tokens.", 402),
        K.NO_CREDIT,
        False,
    ),
    (429, error("You exceeded your quota", "insufficient_quota"), K.NO_CREDIT, False),
    (403, error("Key limit exceeded (total limit)", 403), K.NO_CREDIT, False),
    (403, error("Input was flagged", 403), K.CONTENT_POLICY, False),
    (403, error("No.", 403, metadata={"reasons": ["violence"]}), K.CONTENT_POLICY, False),
    (403, error("Forbidden", 403), K.AUTHENTICATION, False),
    (404, error("No endpoints found for foo/bar.", 404), K.MODEL_NOT_FOUND, False),
    (404, {"detail": "Not Found"}, K.MODEL_NOT_FOUND, False),
    (
        404,
        {"object": "error", "message": "The model `x` does not exist."},
        K.MODEL_NOT_FOUND,
        False,
    ),
    (408, b"", K.TIMEOUT, True),
    (413, b"<html><title>413 Request Entity Too Large</title>", K.CONTEXT_TOO_LONG, False),
    (422, {"detail": [{"msg": "extra fields"}]}, K.BAD_REQUEST, False),
    (429, error("Too many tokens per minute", 429), K.RATE_LIMITED, True),
    (429, [error("Resource exhausted", 429)], K.RATE_LIMITED, True),
    (500, error("Internal Server Error", 500), K.PROVIDER_DOWN, True),
    (502, {"error": "upstream"}, K.PROVIDER_DOWN, True),
    (503, b"<html><title>503</title>", K.PROVIDER_DOWN, True),
    (504, b"", K.TIMEOUT, True),
    (520, b"<!doctype html><title>520: unknown</title>", K.PROVIDER_DOWN, True),
    (524, b"<html>", K.TIMEOUT, True),
    (529, error("Overloaded", 529), K.PROVIDER_DOWN, True),
    (301, b"", K.BAD_REQUEST, False),
    # the service says itself whether to come again
    (
        404,
        error("x", availability={"code": "no_endpoints", "retryable": True}),
        K.MODEL_NOT_FOUND,
        True,
    ),
    (503, error("x", availability={"retryable": False}), K.PROVIDER_DOWN, False),
    # a success that is none
    (200, error("Provider returned error", 502), K.PROVIDER_DOWN, True),
    (200, error("Rate limited", "429"), K.RATE_LIMITED, True),
    (
        200,
        error("the number of tokens is greater than the context length"),
        K.CONTEXT_TOO_LONG,
        False,
    ),
    (200, error("server_error", "server_error"), K.PROVIDER_DOWN, True),
    (200, b"\n\n  .", K.MALFORMED, True),
    (200, b"", K.MALFORMED, True),
    (200, b"<html>Hello</html>", K.MALFORMED, True),
    (200, {"choices": []}, K.MALFORMED, True),
    (200, b"[1, 2]", K.MALFORMED, True),
    (200, b"[" * 100_000, K.MALFORMED, True),
    (500, b"[" * 100_000, K.PROVIDER_DOWN, True),
    (200, b"\xff\xfe", K.MALFORMED, True),
]


def read(status: int, body: object, headers: dict[str, str] | None = None) -> ModelError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure_from_body(status, headers or {}, raw, KEY)


@pytest.mark.parametrize(("status", "body", "kind", "retryable"), TABLE)
def test_kind(status: int, body: object, kind: ErrorKind, retryable: bool) -> None:  # noqa: FBT001 - a table's column
    failure = read(status, body)
    assert failure.kind is kind
    assert failure.retryable is retryable


def test_the_innermost_reason_reaches_the_log() -> None:
    innermost = json.dumps({"error": {"message": "roles must alternate", "type": "invalid"}})
    raw = json.dumps({"error": innermost})
    body = error("Provider returned error", 400, metadata={"raw": raw, "provider_name": "Acme"})
    failure = read(400, body)
    assert "roles must alternate" in failure.detail
    assert "Acme" in failure.detail
    assert "HTTP 400" in failure.detail


def test_a_code_word_deep_inside_decides() -> None:
    raw = json.dumps({"error": {"code": "context_length_exceeded", "message": "no"}})
    body = error("Provider returned error", 400, metadata={"raw": raw})
    assert read(400, body).kind is K.CONTEXT_TOO_LONG


def test_an_html_page_is_told_by_its_title() -> None:
    page = b"<html><head><title>502 Bad\n gateway</title></head><body>" + b"x" * 10_000
    assert read(502, page).detail == "HTTP 502: 502 Bad gateway"


def test_the_detail_is_one_bounded_line_without_keys() -> None:
    message = f"bad key {KEY}\nBearer abc.def other sk-proj-zzzzzzzzzz " + "x" * 5000
    for failure in (read(401, error(message)), read(200, message.encode())):
        assert len(failure.detail) <= LONGEST_DETAIL
        assert "\n" not in failure.detail
        for secret in (KEY, "abc.def", "zzzzzzzzzz"):
            assert secret not in failure.detail
            assert secret not in str(failure)
    plain = failure_from_body(401, {}, b"the key hunter2 is bad", "hunter2")
    assert "hunter2" not in plain.detail


def test_flagged_text_of_a_person_stays_out_of_the_log() -> None:
    body = error("Flagged", 403, metadata={"reasons": ["x"], "flagged_input": "dear diary"})
    assert "diary" not in read(403, body).detail


@pytest.mark.parametrize(
    ("headers", "more", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7),
        ({"retry-after": "1.5"}, {}, 1.5),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, {}, 0.25),
        ({"Retry-After": "-3"}, {}, None),
        ({"Retry-After": "soon"}, {}, None),
        ({"Retry-After": "1e999"}, {}, None),
        ({"Retry-After": "999999999"}, {}, 86_400),
        ({"Retry-After": formatdate(0)}, {}, 0),
        ({}, {"availability": {"retry_after": 4}}, 4),
        ({}, {"metadata": {"headers": {"Retry-After": 3}}}, 3),
        ({}, {"availability": {"retry_after": float("nan")}}, 0),
        ({}, {"availability": {"retry_after": 10**400}}, 86_400),
        ({}, {}, None),
    ],
)
def test_retry_after(
    headers: dict[str, str], more: dict[str, object], seconds: float | None
) -> None:
    assert read(429, error("slow down", 429, **more), headers).retry_after == seconds


def test_retry_after_as_a_moment() -> None:
    later = time.time() + 60
    dated = read(503, b"", {"Retry-After": formatdate(later, usegmt=True)}).retry_after
    seconds = read(429, b"", {"X-RateLimit-Reset": str(later)}).retry_after
    milliseconds = read(
        429, error("x", metadata={"headers": {"X-RateLimit-Reset": str(int(later * 1000))}})
    ).retry_after
    for found in (dated, seconds, milliseconds):
        assert found == pytest.approx(60, abs=5)
    assert read(502, b"", {"X-RateLimit-Reset": str(later)}).retry_after is None


def test_an_error_without_a_status_is_the_providers() -> None:
    assert failure_from_error({"message": "it broke"}).kind is K.PROVIDER_DOWN
    assert failure_from_error("it broke").kind is K.PROVIDER_DOWN
    assert failure_from_error({"code": 429, "message": "slow"}).kind is K.RATE_LIMITED


def test_every_kind_has_its_sentence() -> None:
    assert set(SENTENCES) == set(ErrorKind)
    for kind in ErrorKind:
        for wait in (None, 0.0, 20.0, 600.0, 30_000.0):
            sentence = ModelError(kind, "secret detail", retry_after=wait).sentence
            assert sentence.endswith(".")
            assert "{" not in sentence
            assert "secret detail" not in sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "in a minute"),
        (0.1, "in 2 seconds"),
        (20, "in 20 seconds"),
        (300, "in 5 minutes"),
        (18_000, "in about 5 hours"),
    ],
)
def test_when_to_come_again(seconds: float | None, words: str) -> None:
    assert words in ModelError(K.RATE_LIMITED, "", retry_after=seconds).sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "metadata", "raw", "headers"])
            | st.sampled_from(
                ["availability", "retryable", "retry_after", "provider_name", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([200, 400, 403, 429, 500]))
def test_any_json_becomes_an_error(value: object, status: int) -> None:
    failure = read(status, value, {"Retry-After": "x"})
    assert failure.sentence
    assert len(failure.detail) <= LONGEST_DETAIL
