"""What exactly a service found wrong with a request: one row for each known text."""

from __future__ import annotations

import pytest

from tests.support.model_errors import error, read, upstream
from tzurot.llm.errors import ErrorKind, Symptom

K, S = ErrorKind, Symptom
THINKING = {"reasoning_effort", "reasoning_max_tokens"}

# What was said, status, body, symptom, names, limit.
Row = tuple[str, int, object, Symptom | None, set[str], int | None]


def said(status: int, text: str, symptom: Symptom | None, limit: int | None = None) -> Row:
    return text[:70], status, error(text, status), symptom, set(), limit


def refused(text: str, *names: str, status: int = 400) -> Row:
    return text[:70], status, error(text, status), S.PARAMETERS, set(names), None


def valued(text: str, *names: str) -> Row:
    return text[:70], 400, error(text, 400), S.VALUES, set(names), None


def filtered(name: str, body: dict[str, object], *names: str) -> Row:
    return name, 404, body, S.PROVIDER_FILTERS, set(names), None


def excluded(*by: str) -> dict[str, object]:
    about = {"code": "constraint_filtered", "retryable": False, "excluded_by": by}
    return error("No endpoint matches the constraints.", 404, availability=about)


def mistral(*place: object) -> dict[str, object]:
    detail = [{"type": "extra_forbidden", "loc": place, "msg": "Extra inputs are not permitted"}]
    return {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}


ROWS: list[Row] = [
    # Reasoning.
    said(
        400,
        "Reasoning is mandatory for this endpoint and cannot be disabled.",
        S.REASONING_MANDATORY,
    ),
    said(400, "Budget 0 is invalid. This model only works in thinking mode.",
         S.REASONING_MANDATORY),
    said(400, "thinking type cannot be disabled for this model", S.REASONING_MANDATORY),
    ("thinking signature of Bedrock", 400,
     upstream({"message": "messages.7.content.2: Invalid signature in thinking block"}),
     S.REASONING_BACK, set(), None),
    said(400, "messages.1.content.0: Invalid `signature` in `thinking` block", S.REASONING_BACK),
    said(400, "Corrupted thought signature.", S.REASONING_BACK),
    said(400, "Function call is missing a thought_signature in functionCall parts.",
         S.REASONING_BACK),
    said(400, "The reasoning_content in the thinking mode must be passed back to the API.",
         S.REASONING_BACK),
    said(400, "messages.129.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
         "`text`. When `thinking` is enabled, a final `assistant` message must start with a "
         "thinking block", S.REASONING_BACK),
    ("reasoning_content refused by Mistral", 422,
     mistral("body", "messages", 3, "assistant", "reasoning_content"), S.REASONING_BACK, set(),
     None),
    # Prefill.
    said(400, "This model does not support assistant message prefill. The conversation must end "
         "with a user message.", S.NO_PREFILL),
    said(400, "Assistant response prefill is incompatible with enable_thinking.", S.NO_PREFILL),
    # Parameters.
    refused("`temperature` is deprecated for this model.", "temperature"),
    refused("`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one.", "top_p"),
    refused("Unsupported parameter: 'frequency_penalty' is not supported with this model.",
            "frequency_penalty"),
    refused("presencePenalty is not supported by this model", "presence_penalty"),
    refused("Penalty is not enabled for models/gemini-9-flash", "frequency_penalty",
            "presence_penalty"),
    refused("Unsupported parameter: 'stop' is not supported with this model.", "stop"),
    refused("Unsupported value: 'temperature' does not support 0.7 with this model. Only the "
            "default (1) value is supported.", "temperature"),
    refused("property 'logprobs' is unsupported, property 'logit_bias' is unsupported",
            "logprobs", "logit_bias"),
    refused("Unrecognized request argument supplied: reasoning_effort", *THINKING),
    refused("unknown field `repeat_penalty`", "repetition_penalty", "repeat_penalty"),
    refused("response_format is not supported by this provider", "response_format"),
    ("param names it", 400, error("Unsupported parameter.", None, param="top_k"), S.PARAMETERS,
     {"top_k"}, None),
    ("unknown field of Mistral", 422, mistral("body", "frequency_penalty"), S.PARAMETERS,
     {"frequency_penalty"}, None),
    ("unknown field of Mistral, as text", 422,
     {"object": "error", "message": '{"detail":[{"type":"extra_forbidden","loc":["body","min_p"],'
      '"msg":"Extra inputs are not permitted","input":0.1}]}', "code": "1000"},
     S.PARAMETERS, {"min_p"}, None),
    ("unknown field of the host's own", 422, mistral("body", "mirostat"), S.PARAMETERS,
     {"mirostat"}, None),
    valued("temperature must be at most 2", "temperature"),
    valued("Invalid 'top_p': decimal above maximum value. Expected a value <= 1", "top_p"),
    valued("`max_tokens` must be greater than `thinking.budget_tokens`.", *THINKING),
    said(400, "We stop here, seed unknown, thinking deprecated", None),
    said(400, "Unsupported parameter: 'max_completion_tokens'", None),
    # Images, sound, files.
    said(404, "No endpoints found that support image input", S.NO_IMAGES),
    said(400, "Failed to deserialize: messages[4]: unknown variant `image_url`, expected `text`",
         S.NO_IMAGES),
    said(500, "image input is not supported - hint: you may need the mmproj", S.NO_IMAGES),
    said(400, "This model does not support image inputs", S.NO_IMAGES),
    said(400, "Invalid content type. image_url is only supported by certain models.",
         S.NO_IMAGES),
    said(400, "x is not a multimodal model", S.NO_IMAGES),
    said(400, "At most 0 image(s) may be provided in one request.", S.NO_IMAGES),
    said(400, "At most 1 image(s) may be provided in one request.", S.TOO_MANY_IMAGES, 1),
    said(400, "This provider supports at most 1 image per prompt", S.TOO_MANY_IMAGES, 1),
    said(400, "messages: too many images and documents: 101 + 0 > 100", S.TOO_MANY_IMAGES, 100),
    said(400, "too many images", S.TOO_MANY_IMAGES),
    said(400, "Failed to download image from https://cdn.discordapp.com/x.png: 403",
         S.IMAGE_UNUSABLE),
    said(400, "Timeout while downloading https://cdn.example/x.png", S.IMAGE_UNUSABLE),
    said(400, "Received 404 status code when fetching image from URL", S.IMAGE_UNUSABLE),
    said(400, "Cannot fetch content from the provided URL.", S.IMAGE_UNUSABLE),
    said(400, "Could not process image", S.IMAGE_UNUSABLE),
    said(400, "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum",
         S.IMAGE_UNUSABLE),
    *(
        (word, 404 if word == "image_not_found" else 400, error("No.", 400, error_type=word),
         S.IMAGE_UNUSABLE, set[str](), None)
        for word in (
            "invalid_image", "image_too_large", "image_too_small", "unsupported_image_format",
            "image_download_failed", "image_not_found",
        )
    ),
    said(404, "No endpoints found that support input audio", S.NO_AUDIO),
    said(400, "unknown variant `input_audio`, expected `text`", S.NO_AUDIO),
    said(404, "No endpoints found that support file input", S.NO_FILES),
    # Tools.
    said(404, "No endpoints found that support tool use. To learn more about provider routing",
         S.NO_TOOLS),
    said(400, "registry.ollama.ai/library/gemma:2b does not support tools", S.NO_TOOLS),
    said(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser',
         S.NO_TOOLS),
    said(500, "tools param requires --jinja flag", S.NO_TOOLS),
    ("tools refused by Mistral", 422, mistral("body", "tools"), S.NO_TOOLS, set(), None),
    # Roles.
    said(400, "Conversation roles must alternate user/assistant/user/assistant/...", S.ROLES),
    said(400, "After the optional system message, conversation roles must alternate user and "
         "assistant roles except for tool calls and results.", S.ROLES),
    said(400, "Expected last role User or Tool (or Assistant with prefix True) for serving but "
         "got assistant", S.ROLES),
    said(400, "Unexpected role 'user' after role 'tool'", S.ROLES),
    said(400, 'messages: first message must use the "user" role', S.ROLES),
    said(400, "A conversation must start with a user message.", S.ROLES),
    said(400, "System message must be at the beginning.", S.ROLES),
    said(400, "Cannot have 2 or more assistant messages at the end of the list.", S.ROLES),
    said(400, "Only user, assistant and tool roles are supported, got system.", S.NO_SYSTEM),
    said(400, "Only user and assistant roles are supported!", S.NO_SYSTEM),
    said(500, "System role not supported", S.NO_SYSTEM),
    said(400, "Developer instruction is not enabled for models/gemma-3-27b-it", S.NO_SYSTEM),
    said(400, "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
         S.NO_SYSTEM),
    # Empty content.
    said(400, "messages: text content blocks must be non-empty", S.EMPTY_CONTENT),
    said(400, "messages.3: all messages must have non-empty content except for the optional final "
         "assistant message", S.EMPTY_CONTENT),
    said(400, ".messages[2].content field is required", S.EMPTY_CONTENT),
    said(400, "The text field in the ContentBlock object at messages.2.content.0 is blank. Add "
         "text to the text field, and try again.", S.EMPTY_CONTENT),
    said(400, "Unable to submit request because it must include at least one parts field",
         S.EMPTY_CONTENT),
    # Numbers.
    said(400, "Invalid 'stop': array too long. Expected an array with maximum length 4, but got "
         "an array with length 6 instead.", S.TOO_MANY_STOPS, 4),
    said(402, "This request requires more credits, or fewer max_tokens. You requested up to 65536 "
         "tokens, but can only afford 1,234.", S.AFFORDABLE, 1234),
    said(402, "Prompt tokens limit exceeded: 9000 > 4000. To increase, visit the settings",
         S.PROMPT_LIMIT, 4000),
    said(400, "prompt is too long: 210000 tokens > 200000 maximum", S.PROMPT_LIMIT, 200_000),
    said(400, "The input token count (1050000) exceeds the maximum number of tokens allowed "
         "(1048576).", S.PROMPT_LIMIT, 1_048_576),
    said(400, "This model's maximum prompt length is 131072 but the request contains 537812 "
         "tokens.", S.PROMPT_LIMIT, 131_072),
    ("Groq's tokens per minute", 413,
     error("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested "
           "8012, please reduce your message size", "rate_limit_exceeded"),
     S.PROMPT_LIMIT, set(), 6000),
    said(400, "Prompt exceeds max length", S.PROMPT_LIMIT),
    said(400, "This endpoint's maximum context length is 8192 tokens. However, you requested "
         "about 9000 tokens (8000 of text input, 1000 in the output).", S.CONTEXT_LIMIT, 8192),
    said(400, "Context window exceeded: maximum context length is 8,192 tokens", S.CONTEXT_LIMIT,
         8192),
    said(400, "input length and `max_tokens` exceed context limit: 195000 + 8000 > 200000",
         S.CONTEXT_LIMIT, 200_000),
    said(400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
         S.CONTEXT_LIMIT, 4096),
    said(400, "max_tokens must be at least 1, got -160", S.CONTEXT_LIMIT),
    said(400, "too many tokens", S.CONTEXT_LIMIT),
    ("llama.cpp's overflow", 400,
     error("request (8031 tokens) exceeds the available context size (1024 tokens), try "
           "increasing it", 400, type="exceed_context_size_error", n_prompt_tokens=8031,
           n_ctx=1024), S.CONTEXT_LIMIT, set(), 1024),
    ("llama.cpp's overflow by its fields", 400,
     error("no", 400, type="exceed_context_size_error", n_prompt_tokens=8031, n_ctx=1024),
     S.CONTEXT_LIMIT, set(), 1024),
    ("LM Studio's overflow", 200,
     {"error": "The number of tokens to keep from the initial prompt is greater than the context "
      "length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length"},
     S.CONTEXT_LIMIT, set(), 4096),
    ("LM Studio's overflow without numbers", 200,
     error("The number of tokens to keep from the initial prompt is greater than the context "
           "length."), S.CONTEXT_LIMIT, set(), None),
    said(400, "Trying to keep the first 15857 tokens when context the overflows. However, the "
         "model is loaded with context length of only 4096 tokens", S.CONTEXT_LIMIT, 4096),
    said(400, "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)", S.CONTEXT_LIMIT, 7424),
    *(
        (word, 400, error("No.", 400, error_type=word), S.CONTEXT_LIMIT, set[str](), None)
        for word in ("context_length_exceeded", "token_limit_exceeded", "string_too_long")
    ),
    ("excluded by context_length", 404, excluded("context_length"), S.CONTEXT_LIMIT, set(), None),
    ("max_output_tokens at least 16", 400,
     upstream(error("Invalid 'max_output_tokens': integer below minimum value. Expected a value "
                    ">= 16, but got 10 instead.", "integer_below_min_value",
                    param="max_output_tokens")), S.TOKENS_MINIMUM, set(), 16),
    said(400, "max_tokens is too large: 99999. This model supports at most 16384 completion "
         "tokens", S.TOKENS_MAXIMUM, 16_384),
    said(400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
         S.TOKENS_MAXIMUM, 8192),
    said(400, "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens",
         S.TOKENS_MAXIMUM, 64_000),
    ("max_tokens_exceeded", 400, error("No.", 400, error_type="max_tokens_exceeded"),
     S.TOKENS_MAXIMUM, set(), None),
    # Providers.
    filtered("no endpoints under the data policy",
             error("No endpoints found matching your data policy (Free model publication).", 404)),
    filtered("no endpoints under guardrails",
             error("No endpoints available matching your guardrail restrictions and data policy. "
                   "Configure: https://openrouter.ai/settings/privacy", 404)),
    filtered("no allowed providers",
             error("No allowed providers are available for the selected model.", 404,
                   metadata={"available_providers": ["z-ai"], "requested_providers": ["x"]})),
    filtered("no endpoints for the parameters",
             error("No endpoints found that can handle the requested parameters.", 404)),
    filtered("all ignored", error("All providers have been ignored.", 404)),
    filtered("excluded by zdr", excluded("data_policy:zdr"), "zdr"),
    filtered("excluded by the rest",
             excluded("quantization", "allowed_providers", "max_price", "require_parameters"),
             "quantizations", "only", "max_price", "require_parameters"),
    # Nothing of the kind.
    said(404, "No endpoints found for foo/bar.", None),
    said(400, "Input validation error", None),
    said(400, "Provider returned error", None),
    said(429, "too many tokens, context length", None),
    said(503, "context length", None),
    said(401, "`temperature` is deprecated", None),
    ("flagged image", 403,
     error("image flagged", 403, metadata={"reasons": ["x"]}), None, set(), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "symptom", "names", "limit"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_symptom(
    status: int, body: object, symptom: Symptom | None, names: set[str], limit: int | None
) -> None:
    failure = read(status, body)
    assert failure.symptom is symptom
    assert failure.names == names
    assert failure.limit == limit
    if symptom:
        assert not failure.retryable


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "`temperature` is deprecated for this model", K.BAD_PARAMETER),
        (500, "image input is not supported", K.BAD_PARAMETER),
        (404, "No endpoints found that support image input", K.NO_ENDPOINT),
        (404, "No allowed providers are available for the selected model.", K.NO_ENDPOINT),
        (402, "You can only afford 100", K.NO_CREDIT),
        (402, "Prompt tokens limit exceeded: 9 > 5", K.CONTEXT_TOO_LONG),
        (400, "maximum context length is 8192 tokens", K.CONTEXT_TOO_LONG),
        (404, "Received 404 status code when fetching image from URL", K.BAD_PARAMETER),
    ],
)
def test_the_kind_that_goes_with_it(status: int, text: str, kind: ErrorKind) -> None:
    assert read(status, error(text, status)).kind is kind
