"""An error of a service keeps its reason and shows no key, and nothing breaks its reading."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.support.model_errors import error, read, upstream
from tzurot.llm.errors import ErrorKind
from tzurot.llm.failures import LONGEST_DETAIL, failure_from_body, failure_from_error

K = ErrorKind


def test_the_innermost_reason_reaches_the_log() -> None:
    innermost = json.dumps({"error": {"message": "roles must alternate", "type": "invalid"}})
    failure = read(400, upstream({"error": innermost}))
    assert failure.detail == ("HTTP 400 from Acme: Provider returned error | roles must alternate")


def test_whose_limit_it_was_and_who_was_asked_before_reach_the_log() -> None:
    metadata = {
        "limit_source": "upstream_provider_shared_pool",
        "previous_errors": [{"provider": "Bolt", "code": 503, "status": 503}],
    }
    detail = read(429, error("slow", 429, metadata=metadata)).detail
    assert detail == "HTTP 429: slow [upstream_provider_shared_pool] [before: Bolt 503]"


def test_an_html_page_is_told_by_its_title() -> None:
    page = b"<html><head><title>502 Bad\n gateway</title></head><body>" + b"x" * 10_000
    assert read(502, page).detail == "HTTP 502: 502 Bad gateway"


KEYS = [
    "sk-or-v1-0123456789abcdef",
    "gsk_0123456789abcdefABCDEF",
    "hunter2",
    "8f14e45fceea167a5a36dedd4bea2543.Ab3dEf6hIj9kLmNo",
]


@pytest.mark.parametrize("secret", KEYS)
@pytest.mark.parametrize("status", [200, 401, 429])
def test_the_key_stays_out_of_the_error(secret: str, status: int) -> None:
    key = SecretStr(secret)
    bodies = [
        secret.encode(),
        f"<title>bad {secret}</title>".encode(),
        json.dumps(error(f"key {secret} " + "x" * 5000)).encode(),
        json.dumps(upstream(error("no", provider_name=secret), provider=secret)).encode(),
        json.dumps(error("x", availability={"excluded_by": [secret]})).encode(),
        json.dumps(error("x", metadata={"previous_errors": [{"message": secret}]})).encode(),
    ]
    for body in bodies:
        failure = failure_from_body(status, {}, body, key)
        assert len(failure.detail) <= LONGEST_DETAIL
        for shown in (failure.detail, str(failure), repr(failure), failure.host_sentence):
            assert secret not in shown
            assert "\n" not in shown


def test_half_a_key_stays_out_too() -> None:
    secret = "Zq7Lk2Vd9Xw4Tn8Rb3Hs"
    for part in (secret[:12], secret[9:]):
        assert part not in failure_from_error(f"bad key {part}…", key=SecretStr(secret)).detail


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abcdefghij.klmnop", "Incorrect API key provided: ab12****wxyz.",
        "sk-proj-zzzzzzzzzz", "api_key='hunter2hunter2'", "AIzaSyA-zzzzzzzzzzzzz",
        "token: eyJhbGciOi.eyJzdWIiOi.sig", "8f14e45fceea167a5a36dedd4bea2543.Ab3dEf6hIj9kLmNo",
    ],
)  # fmt: skip
def test_what_looks_like_any_key_stays_out(text: str) -> None:
    detail = failure_from_error(f"what {text} is").detail
    assert "[key]" in detail
    for part in ("klmnop", "wxyz", "zzzz", "hunter2", "eyJ", "8f14", "Ab3d"):
        assert part not in detail


@pytest.mark.parametrize(
    "text",
    [
        "nvidia/llama-3.1-nemotron-ultra-253b-v1:free", "prompt tokens: 12345678",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "key_limit_exceeded",
    ],
)  # fmt: skip
def test_what_is_no_key_stays(text: str) -> None:
    assert failure_from_error(text).detail.endswith(text)


def test_flagged_text_of_a_person_stays_out_of_the_log() -> None:
    body = error("Flagged", 403, metadata={"reasons": ["x"], "flagged_input": "dear diary"})
    assert "diary" not in read(403, body).detail


def test_control_characters_stay_out_of_the_log() -> None:
    assert failure_from_error("a\x1b[31m\x00b\ud800").detail == "error in the stream: a [31m b"


# -- anything ----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "metadata", "raw", "headers", "choices"])
            | st.sampled_from(["availability", "retryable", "retry_after", "provider_name", "type"])
            | st.sampled_from(["loc", "msg", "param", "excluded_by", "previous_errors", "n_ctx"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATUS = st.sampled_from([200, 301, 400, 403, 404, 429, 500, 502])


@given(JSON, STATUS)
def test_any_json_becomes_an_error(value: object, status: int) -> None:
    for failure in (
        read(status, value, {"Retry-After": "x", "X-RateLimit-Reset": "1"}),
        failure_from_error(value),
        failure_from_error(json.dumps(json.dumps({"error": json.dumps(value)}))),
    ):
        assert failure.sentence
        assert len(failure.detail) <= LONGEST_DETAIL


@given(st.binary(max_size=200), STATUS)
def test_any_bytes_become_an_error(body: bytes, status: int) -> None:
    assert read(status, body).host_sentence


@given(
    st.text(st.sampled_from("abcdefghijkXYZ0123456789-_./+="), min_size=6, max_size=60),
    st.text(max_size=40),
    STATUS,
)
def test_no_key_is_ever_shown(secret: str, around: str, status: int) -> None:
    value = error(f"{around}{secret}{around}", secret, type=secret, provider_name=secret)
    failure = failure_from_body(status, {}, json.dumps(value).encode(), SecretStr(secret))
    assert secret not in failure.detail
    assert secret not in repr(failure)


MEGABYTE = 2**20


@pytest.mark.parametrize(
    "body",
    [
        b"<title" * (MEGABYTE // 6),
        b"[" * MEGABYTE,
        b'{"error":' * (MEGABYTE // 9),
        b"data: {\n" * (MEGABYTE // 8),
        json.dumps(error("context length model " * (MEGABYTE // 21))).encode(),
        json.dumps(error("sk-" * (MEGABYTE // 3))).encode(),
        json.dumps(error("a1_" * (MEGABYTE // 3))).encode(),
        json.dumps(error("image 'temperature' stop max_tokens " * (MEGABYTE // 36))).encode(),
        json.dumps([error("no")] * (MEGABYTE // 50)).encode(),
        json.dumps({"error": {"retry_after": 1, "x": [[{}]] * (MEGABYTE // 8)}}).encode(),
        json.dumps({"raw": json.dumps({"raw": '{"message": "' + "y" * MEGABYTE + '"}'})}).encode(),
        b"api_key" * (MEGABYTE // 7),
        b" " * MEGABYTE,
    ],
    ids=range(13),
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_megabyte_of_malice_takes_no_time(body: bytes, status: int) -> None:
    start = time.process_time()
    failure_from_body(status, {}, body, SecretStr("sk-or-v1-0123456789abcdef"))
    assert time.process_time() - start < 2


def test_errors_within_errors_have_an_end() -> None:
    body: object = {"code": 502}
    for _ in range(400):
        body = {"code": 502, "previous_errors": [body]}
    assert failure_from_error(body).kind is K.PROVIDER_DOWN
