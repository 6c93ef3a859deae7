"""Of which kind an error is: one row for each that services are known to write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.model_errors import error, read, upstream
from tzurot.llm.errors import OUTCOMES, ErrorKind
from tzurot.llm.failures import failure_from_error

K = ErrorKind


def available(code: str, status: int, *, retryable: bool, **more: object) -> dict[str, object]:
    about = {"code": code, "retryable": retryable, "requested_models": ["a/b"], **more}
    return error("No endpoint can serve this request.", status, availability=about)


FREE_MINUTE = "Rate limit exceeded: free-models-per-min. "
FREE_DAY = (
    "Rate limit exceeded: free-models-per-day. "
    "Add 10 credits to unlock 1000 free model requests per day"
)
POOL = (
    "z-ai/glm-5.3-flash is temporarily rate-limited upstream. Please retry shortly, or add your "
    "own key to accumulate your rate limits"
)
MID_STREAM: dict[str, Any] = {
    "id": "gen-1",
    "object": "chat.completion.chunk",
    "provider": "Acme",
    "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
}

# What is meant, status, body, kind.
ROWS: list[tuple[str, int, object, ErrorKind]] = [
    ("400 bad parameter", 400, error("Input validation error", 400), K.BAD_PARAMETER),
    ("400 empty", 400, b"", K.BAD_PARAMETER),
    ("400 unknown model", 400, error("foo/bar is not a valid model ID", 400), K.MODEL_GONE),
    (
        "400 model not available",
        400,
        error("Model meta/meta-llama-3-8b-instruct is not available", 400),
        K.MODEL_GONE,
    ),
    (
        "400 Google's invalid key",
        400,
        [error("API key not valid. Please pass a valid API key.", 400, status="INVALID_ARGUMENT")],
        K.AUTHENTICATION,
    ),
    (
        "400 Google's region",
        400,
        [error("User location is not supported for the API use.", 400)],
        K.NO_ENDPOINT,
    ),
    (
        "400 content policy",
        400,
        error("Rejected", 400, error_type="content_policy_violation"),
        K.CONTENT_POLICY,
    ),
    (
        "400 Azure's filter",
        400,
        upstream(error("The response was filtered due to Azure's content management policy")),
        K.CONTENT_POLICY,
    ),
    (
        "400 budget of a LiteLLM proxy",
        400,
        error("Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", 400),
        K.SPEND_CAP,
    ),
    ("401 no key", 401, error("No auth credentials found", 401), K.AUTHENTICATION),
    ("401 disabled key", 401, error("User not found.", 401), K.AUTHENTICATION),
    ("401 empty", 401, b"", K.AUTHENTICATION),
    (
        "401 OpenAI's word",
        401,
        error("Incorrect API key provided: none.", "invalid_api_key"),
        K.AUTHENTICATION,
    ),
    ("402 credits", 402, error("Insufficient credits", 402), K.NO_CREDIT),
    ("402 free model, balance below zero", 402, error("Payment Required", 402), K.NO_CREDIT),
    (
        "402 limit of the key",
        402,
        error(
            "This request requires more credits, or fewer max_tokens. You requested up to 900 "
            "tokens, but can only afford 12. To increase, visit the settings and create a key "
            "with a higher total limit",
            402,
        ),
        K.SPEND_CAP,
    ),
    (
        "402 masked",
        402,
        error("No.", 402, metadata={"error_type": "payment_required"}),
        K.NO_CREDIT,
    ),
    (
        "403 key limit is a spend cap",
        403,
        error("Key limit exceeded (total limit). Manage it in the settings", 403),
        K.SPEND_CAP,
    ),
    ("403 daily key limit", 403, error("Key daily limit exceeded", 403), K.SPEND_CAP),
    ("403 budget", 403, error("Workspace budget exceeded", 403), K.SPEND_CAP),
    (
        "403 moderation",
        403,
        error(
            "a/b requires moderation",
            403,
            metadata={"reasons": ["violence"], "flagged_input": "…", "provider_name": "Acme"},
        ),
        K.CONTENT_POLICY,
    ),
    ("403 flagged", 403, error("Your input was flagged", 403), K.CONTENT_POLICY),
    (
        "403 guardrail",
        403,
        error("Blocked", 403, metadata={"patterns": ["email"]}),
        K.CONTENT_POLICY,
    ),
    (
        "403 region",
        403,
        available("region_restricted", 403, retryable=False, excluded_by=["geo"]),
        K.NO_ENDPOINT,
    ),
    (
        "403 OpenAI's region",
        403,
        error("Country, region, or territory not supported", "unsupported_country_region"),
        K.NO_ENDPOINT,
    ),
    ("403 edge", 403, b"<title>Attention Required! | Cloudflare</title>", K.UNKNOWN),
    ("403 bare", 403, error("Forbidden", 403), K.AUTHENTICATION),
    ("404 no endpoints", 404, error("No endpoints found for foo/bar.", 404), K.MODEL_GONE),
    ("404 detail", 404, {"detail": "Not Found"}, K.MODEL_GONE),
    (
        "404 vLLM",
        404,
        {"object": "error", "message": "The model `x` does not exist.", "code": 404},
        K.MODEL_GONE,
    ),
    (
        "404 Ollama",
        404,
        error("model 'llama9' not found", None, type="not_found_error"),
        K.MODEL_GONE,
    ),
    (
        "404 LM Studio without a model",
        404,
        error("No models loaded. Please load a model in the developer page.", "model_not_found"),
        K.MODEL_GONE,
    ),
    ("408 timeout", 408, error("Timed out", 408), K.TIMEOUT),
    ("409", 409, error("Conflict", 409), K.BAD_PARAMETER),
    ("410", 410, error("Gone", 410), K.MODEL_GONE),
    ("412", 412, error("No.", 412, error_type="precondition_failed"), K.BAD_PARAMETER),
    (
        "413 too many bytes",
        413,
        b"<html><title>413 Request Entity Too Large</title>",
        K.CONTEXT_TOO_LONG,
    ),
    ("422", 422, error("No.", 422, error_type="unprocessable"), K.BAD_PARAMETER),
    ("429 free, minute", 429, error(FREE_MINUTE, 429), K.RATE_LIMITED),
    ("429 free, day", 429, error(FREE_DAY, 429), K.FREE_QUOTA),
    (
        "429 free, day, high balance",
        429,
        error(
            "Rate limit exceeded: free-models-per-day-high-balance. ",
            "429",
            type="rate_limit_error",
        ),
        K.FREE_QUOTA,
    ),
    (
        "429 free, day, by its source",
        429,
        error("Rate limited", 429, metadata={"limit_source": "openrouter_free_tier_daily"}),
        K.FREE_QUOTA,
    ),
    (
        "429 free, minute, by its source",
        429,
        error("Rate limited", 429, metadata={"limit_source": "openrouter_free_tier_per_minute"}),
        K.RATE_LIMITED,
    ),
    (
        "429 Google's free day",
        429,
        [
            error(
                "You exceeded your current quota",
                429,
                status="RESOURCE_EXHAUSTED",
                details=[{"violations": [{"quotaId": "GenerateRequestsPerDay-FreeTier"}]}],
            )
        ],
        K.FREE_QUOTA,
    ),
    (
        "429 upstream pool",
        429,
        error(
            "Provider returned error",
            429,
            metadata={
                "raw": POOL,
                "provider_name": "BaseTen",
                "limit_source": "upstream_provider_shared_pool",
                "remedy_hint": "Retry shortly, add your own provider key, or route elsewhere",
            },
        ),
        K.RATE_LIMITED,
    ),
    (
        "429 upstream pool of a free model",
        429,
        error(
            "Provider returned error",
            429,
            metadata={
                "raw": "a/b:free has no capacity per day left",
                "limit_source": "upstream_provider_shared_pool",
            },
        ),
        K.RATE_LIMITED,
    ),
    ("429 capacity", 429, available("capacity_exhausted", 429, retryable=True), K.RATE_LIMITED),
    (
        "429 OpenAI's quota",
        429,
        error("You exceeded your current quota", "insufficient_quota"),
        K.NO_CREDIT,
    ),
    (
        "429 z.ai's balance",
        429,
        error("Insufficient balance or no resource package. Please recharge.", "1113"),
        K.NO_CREDIT,
    ),
    (
        "429 that advertises",
        429,
        error("Rate limit reached. Upgrade for higher rate limits, add credits", 429),
        K.RATE_LIMITED,
    ),
    ("429 tokens per minute", 429, error("Too many tokens per minute", 429), K.RATE_LIMITED),
    ("429 in a list", 429, [error("Resource exhausted", 429)], K.RATE_LIMITED),
    ("500 masked", 500, error("Internal Server Error", 500), K.PROVIDER_DOWN),
    ("500 unmapped", 500, error("No.", 500, error_type="unmapped"), K.PROVIDER_DOWN),
    ("500 that mentions credits", 500, error("credits service failed"), K.PROVIDER_DOWN),
    ("502 text", 502, {"error": "upstream"}, K.PROVIDER_DOWN),
    ("502 provider", 502, error("No.", 502, error_type="provider_unavailable"), K.PROVIDER_DOWN),
    (
        "502 of providers that were all limited",
        502,
        error(
            "All providers failed",
            502,
            metadata={
                "previous_errors": [
                    {"provider": "Acme", "code": "rate_limit_exceeded", "status": 429},
                    {"provider": "Bolt", "code": 429, "message": "slow down"},
                ]
            },
        ),
        K.RATE_LIMITED,
    ),
    (
        "502 of providers that failed differently",
        502,
        error(
            "All providers failed",
            502,
            metadata={"previous_errors": [{"code": 429}, {"code": 503}]},
        ),
        K.PROVIDER_DOWN,
    ),
    (
        "503 no provider meets routing",
        503,
        error("There is no available model provider that meets your routing requirements", 503),
        K.PROVIDER_DOWN,
    ),
    (
        "503 for a while",
        503,
        available("temporarily_unavailable", 503, retryable=True),
        K.PROVIDER_DOWN,
    ),
    ("503 llama.cpp loads", 503, error("Loading model", 503), K.PROVIDER_DOWN),
    ("503 page", 503, b"<html><title>503</title>", K.PROVIDER_DOWN),
    ("504 provider", 504, error("No.", 504, error_type="timeout"), K.TIMEOUT),
    ("504 empty", 504, b"", K.TIMEOUT),
    ("520 Cloudflare", 520, b"<!doctype html><title>520</title>", K.PROVIDER_DOWN),
    ("521 Cloudflare", 521, b"error code: 521", K.PROVIDER_DOWN),
    ("522 Cloudflare", 522, b"error code: 522", K.TIMEOUT),
    ("523 Cloudflare", 523, b"", K.PROVIDER_DOWN),
    ("524 Cloudflare", 524, b"<html>", K.TIMEOUT),
    ("530 Cloudflare", 530, b"error code: 1033", K.PROVIDER_DOWN),
    ("529 overloaded", 529, error("Overloaded", 529), K.PROVIDER_DOWN),
    ("501 llama.cpp embeddings", 501, error("not enabled", 501), K.BAD_PARAMETER),
    ("301 wrong address", 301, b"", K.UNKNOWN),
    # The catalogue of `availability.code`.
    (
        "availability not found",
        400,
        available("model_not_found", 400, retryable=False),
        K.MODEL_GONE,
    ),
    (
        "availability wrong endpoint",
        400,
        available("wrong_endpoint", 400, retryable=False),
        K.MODEL_GONE,
    ),
    ("availability none", 404, available("no_endpoints", 404, retryable=False), K.MODEL_GONE),
    (
        "availability deprecated",
        404,
        available("model_deprecated", 404, retryable=False),
        K.MODEL_GONE,
    ),
    (
        "availability upstream",
        404,
        available("model_unavailable_upstream", 404, retryable=False),
        K.NO_ENDPOINT,
    ),
    (
        "availability privacy",
        404,
        available("privacy_restricted", 404, retryable=False, excluded_by=["data_policy:zdr"]),
        K.NO_ENDPOINT,
    ),
    (
        "availability constraint",
        404,
        available("constraint_filtered", 404, retryable=False, excluded_by=["quantization"]),
        K.NO_ENDPOINT,
    ),
    (
        "availability free variant",
        404,
        available("free_variant_ended", 404, retryable=False),
        K.MODEL_GONE,
    ),
    # A success that is none.
    ("200 with code 502", 200, error("Provider returned error", 502), K.PROVIDER_DOWN),
    ("200 with numeric text", 200, error("Rate limited", "429"), K.RATE_LIMITED),
    ("200 with a word", 200, error("server_error", "server_error"), K.PROVIDER_DOWN),
    ("200 with http_status", 200, error("x", "odd", http_status=401), K.AUTHENTICATION),
    (
        "200 with the error in its choice",
        200,
        {
            "choices": [
                {
                    "message": {"content": '{"code": 401}'},
                    "finish_reason": "error",
                    "error": {"code": 429, "message": "slow"},
                }
            ]
        },
        K.RATE_LIMITED,
    ),
    ("200 blank and a dot", 200, b"\n\n  .", K.PROVIDER_DOWN),
    ("200 empty", 200, b"", K.PROVIDER_DOWN),
    ("200 page", 200, b"<html>Hello</html>", K.PROVIDER_DOWN),
    ("200 no choices", 200, {"choices": []}, K.PROVIDER_DOWN),
    ("200 list", 200, b"[1, 2]", K.PROVIDER_DOWN),
    ("200 brackets", 200, b"[" * 100_000, K.PROVIDER_DOWN),
    ("500 brackets", 500, b"[" * 100_000, K.PROVIDER_DOWN),
    ("200 no text", 200, b"\xff\xfe", K.PROVIDER_DOWN),
    # An error in mid-stream, whose status is that of its code.
    ("stream code", 200, MID_STREAM | error("down", 502), K.PROVIDER_DOWN),
    ("stream word", 200, MID_STREAM | error("down", "server_error"), K.PROVIDER_DOWN),
    (
        "stream error_type",
        200,
        MID_STREAM | error("slow", None, metadata={"error_type": "rate_limit_exceeded"}),
        K.RATE_LIMITED,
    ),
    # The forms of an error.
    ("form object", 401, error("no"), K.AUTHENTICATION),
    ("form text", 400, {"error": "unknown model 'x'"}, K.MODEL_GONE),
    ("form message", 400, {"message": "unknown model"}, K.MODEL_GONE),
    ("form object error", 400, {"object": "error", "message": "no such model"}, K.MODEL_GONE),
    ("form detail", 400, {"detail": "The model x does not exist"}, K.MODEL_GONE),
    (
        "form detail of pydantic",
        422,
        {"detail": [{"loc": ["body", "model"], "msg": "model not found", "input": "insufficient"}]},
        K.MODEL_GONE,
    ),
    ("form list", 400, [error("unknown model")], K.MODEL_GONE),
    ("form z.ai", 400, error("Unknown Model, please check the model code.", "1211"), K.MODEL_GONE),
    ("form msg", 200, {"code": 500, "msg": "404 NOT_FOUND", "success": False}, K.PROVIDER_DOWN),
    ("form code numeric text", 200, error("x", "401"), K.AUTHENTICATION),
    ("form code word", 200, error("x", "authentication_error"), K.AUTHENTICATION),
    ("form page", 403, b"<html><head><title>Unauthorized</title>", K.AUTHENTICATION),
    (
        "form byte order mark",
        400,
        b"\xef\xbb\xbf" + json.dumps(error("unknown model")).encode(),
        K.MODEL_GONE,
    ),
    (
        "form events",
        400,
        b'event: error\ndata: {"error":{"message":"no such model"}}\n\n',
        K.MODEL_GONE,
    ),
    ("form events unreadable", 400, b"data: oops\n", K.BAD_PARAMETER),
]


@pytest.mark.parametrize(
    ("status", "body", "kind"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_kind(status: int, body: object, kind: ErrorKind) -> None:
    failure = read(status, body)
    assert failure.kind is kind
    assert failure.retryable is OUTCOMES[kind].retry


def test_the_service_says_itself_whether_to_come_again() -> None:
    assert read(404, available("no_endpoints", 404, retryable=True)).retryable
    assert not read(503, available("temporarily_unavailable", 503, retryable=False)).retryable


def test_an_error_without_a_status_is_the_providers() -> None:
    assert failure_from_error({"message": "it broke"}).kind is K.PROVIDER_DOWN
    assert failure_from_error("it broke").kind is K.PROVIDER_DOWN
    assert failure_from_error({"code": 429, "message": "slow"}).kind is K.RATE_LIMITED
    assert failure_from_error("Rate limit reached, add credits").kind is K.RATE_LIMITED
    assert failure_from_error(FREE_DAY).kind is K.FREE_QUOTA
    assert failure_from_error("upstream timed out").kind is K.TIMEOUT
    assert failure_from_error(None).kind is K.PROVIDER_DOWN


def test_a_code_word_deep_inside_decides() -> None:
    inner = json.dumps(error("no", "insufficient_quota"))
    raw = json.dumps({"error": {"message": "wrapped", "raw": inner}})
    assert read(400, upstream(raw)).kind is K.NO_CREDIT


def test_what_was_tried_before_and_what_was_asked_decide_nothing() -> None:
    body = error(
        "Input validation error",
        400,
        metadata={
            "previous_errors": [{"code": 401, "message": "insufficient credits"}],
            "flagged_input": "not a valid model",
        },
    )
    body |= {"openrouter_metadata": {"attempts": [{"error": "no endpoints found for x"}]}}
    assert read(400, body).kind is K.BAD_PARAMETER
