"""Knows by its text what exactly a service found wrong with a request.

The texts are those of OpenRouter and the providers behind it, llama.cpp, vLLM, LM Studio, Ollama,
DeepSeek, z.ai and Mistral. A pattern's first group that matched, if any, is the limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tzurot.llm.errors import Symptom
from tzurot.llm.findings import Findings
from tzurot.llm.refused import refused_names

_N = r"([\d,]{1,12})"
_MAX_TOKENS = r"max_(?:output_|completion_|new_)?tokens"
_UNFIT = r"(?:is |are )?(?:not|n't) (?:supported|enabled|allowed|accepted|available)"
_LACKS = r"(?:does not|doesn't) (?:support|accept)"
_REASONING = r"(?:reasoning|thinking)"


@dataclass(frozen=True, slots=True)
class Sign:
    """A symptom, with what its docstring in `Symptom` promises."""

    symptom: Symptom
    names: frozenset[str] = frozenset()
    limit: int | None = None


def _known(symptom: Symptom, *texts: str) -> tuple[Symptom, re.Pattern[str]]:
    return symptom, re.compile("|".join(texts), re.IGNORECASE)


# In this order: what is more specific stands before what its words could also mean.
_TEXTS: Final = (
    _known(
        Symptom.TOO_MANY_IMAGES,
        rf"(?:at most|up to|maximum(?: number)? of|limit of|more than) {_N} image",
        rf"too many images.{{0,60}}?> ?{_N}",
        rf"number of images.{{0,60}}?(?:limit|maximum)\D{{0,20}}{_N}",
        r"too many images",
    ),
    _known(
        Symptom.NO_IMAGES,
        r"support (?:for )?(?:image|vision)",
        r"unknown variant `?image_url",
        r"image_url is only supported",
        rf"image(?:_url)?s?(?: inputs?)?['\"`]? {_UNFIT}",
        r"multimodal.{0,40}not support",
        r"not a? ?multimodal",
        rf"{_LACKS} (?:any )?(?:image|vision|multimodal)",
        r"model (?:cannot|can't) (?:process|read|see|handle) (?:any )?image",
    ),
    _known(
        Symptom.IMAGE_UNUSABLE,
        r"(?:download|fetch|load|retriev|process|decod|open|read|access)\w* "
        r"(?:the |an |any |all |your )?(?:provided |input )*image",
        r"fetch content from the provided url",
        r"image (?:url|download|file|data).{0,60}(?:fail|invalid|time|expired|not |unable|error)",
        r"(?:unsupported|invalid|corrupt\w*) image",
        r"image (?:exceeds|does not match)",
        r"cannot identify image",
        r"(?:failed to|error while|timeout while) download",
    ),
    _known(
        Symptom.NO_AUDIO,
        r"support (?:for )?(?:input )?audio",
        r"unknown variant `?input_audio",
        rf"audio(?: input)? {_UNFIT}",
        rf"{_LACKS} (?:input )?audio",
    ),
    _known(
        Symptom.NO_FILES,
        r"support (?:file|pdf|document)",
        r"unknown variant `?file\b",
        rf"(?:file|pdf|document)(?: input)?s? {_UNFIT}",
        rf"{_LACKS} (?:file|pdf|document)",
    ),
    _known(
        Symptom.NO_TOOLS,
        r"support tool use",
        rf"{_LACKS} (?:tool|function)",
        rf"(?:tools?|tool_choice|tool use|(?:tool|function) calling)[`'\"]? {_UNFIT}",
        r"body\.(?:tools|tool_choice): extra",
        r"requires --enable-auto-tool-choice",
        r"tools param requires",
    ),
    _known(
        Symptom.REASONING_BACK,
        r"signature.{0,24}thinking",
        r"thought.{0,3}signature",
        r"must be passed back",
        r"reasoning_(?:content|details).{0,60}(?:missing|required|must|not permitted|include)",
        r"expected [`'\"]?thinking",
        r"thinking[`'\"]? blocks? .{0,80}cannot be modified",
    ),
    _known(
        Symptom.REASONING_MANDATORY,
        r"reasoning is mandatory",
        rf"{_REASONING}.{{0,60}}(?:cannot|can't|may not) be (?:disabled|(?:turned|switched) off)",
        r"only works in thinking mode",
        rf"{_LACKS} disabling {_REASONING}",
        rf"{_REASONING} (?:must be|is always) (?:enabled|on)\b",
    ),
    _known(
        Symptom.NO_SYSTEM,
        r"only (?:the )?user[,']? .{0,40}roles? (?:are|is) (?:supported|allowed)",
        rf"(?:system|developer)['\"`]? (?:role|message|prompt|instruction)s? {_UNFIT}",
        rf"{_LACKS} (?:the )?['\"`]?(?:system|developer)\b",
    ),
    _known(
        Symptom.NO_PREFILL,
        r"message prefill",
        r"must end with a user",
        r"prefill.{0,60}(?:not support|incompatible|not allowed)",
        rf"{_LACKS} (?:assistant )?prefill",
    ),
    _known(
        Symptom.ROLES,
        r"must alternate",
        r"expected (?:the )?last role",
        r"unexpected role",
        r"(?:first|last) (?:non-system )?message (?:must|should|has to) .{0,30}user",
        r"must start with a user",
        r"consecutive (?:user|assistant|messages)",
        r"system message (?:must|should) be (?:at )?the (?:beginning|first)",
        r"no user query",
        r"more assistant messages at the end",
    ),
    _known(
        Symptom.EMPTY_CONTENT,
        r"must (?:be|have) non-?empty",
        r"content field is required",
        r"text field.{0,120}blank",
        r"content.{0,60}(?:cannot|can't|must not|should not|may not) be (?:empty|blank|null)",
        r"content is empty",
        r"must (?:contain|include) at least one parts",
        r"must have (?:either )?(?:a )?(?:content|text parameter)",
    ),
    _known(
        Symptom.TOO_MANY_STOPS,
        r"\bstop(?:_sequences|s)?\b['`\"]?.{0,120}?"
        rf"(?:maximum length|at most|up to|no more than|maximum of|limit of) {_N}",
        r"too many stop",
    ),
    _known(Symptom.AFFORDABLE, rf"can only afford {_N}"),
    # A negative room for the answer is how vLLM tells of a prompt that is too long.
    _known(Symptom.CONTEXT_LIMIT, rf"{_MAX_TOKENS} must be at least 1, got -"),
    _known(
        Symptom.TOKENS_MINIMUM,
        rf"{_MAX_TOKENS}.{{0,120}}?"
        rf"(?:>=|at least|minimum(?: value)?(?: of| is)?|greater than or equal to) ?{_N}",
    ),
    _known(
        Symptom.PROMPT_LIMIT,
        rf"prompt tokens limit exceeded: [\d,]+ > {_N}",
        rf"prompt is too long: [\d,]+ tokens > {_N}",
        rf"maximum number of tokens allowed \(?{_N}",
        rf"maximum prompt length is {_N}",
        rf"range of input length should be \[\d+, {_N}",
        rf"too large for model.{{0,200}}?limit {_N}",
    ),
    _known(
        Symptom.CONTEXT_LIMIT,
        rf"(?:context|model) length (?:is|of) (?:only )?{_N}",
        rf"context size \({_N}",
        rf"exceed context limit: [\d +,]+> {_N}",
        rf"context window of {_N}",
        rf"n_ctx\W{{1,3}}{_N}",
    ),
    # The same two without a number.
    _known(
        Symptom.PROMPT_LIMIT,
        r"tokens limit exceeded",
        r"(?:prompt|input)(?: is)? too long",
        r"prompt exceeds max",
        r"exceeds the maximum number of tokens",
    ),
    _known(
        Symptom.CONTEXT_LIMIT,
        r"context[ _](?:length|size|window|limit)",
        r"too many tokens",
        r"longer than the maximum model",
    ),
    _known(
        Symptom.TOKENS_MAXIMUM,
        rf"{_MAX_TOKENS}.{{0,80}}?(?:(?:supports|must be) at most|less than or equal to|<=) {_N}",
        rf"{_MAX_TOKENS}.{{0,60}}?range.{{0,30}}?\[\d+, ?{_N}",
        rf"{_MAX_TOKENS}: [\d,]+ > {_N}",
        rf"{_MAX_TOKENS} is too large",
    ),
    _known(
        Symptom.PROVIDER_FILTERS,
        r"no allowed providers",
        r"all providers have been ignored",
        r"matching your (?:data|guardrail)",
        r"no endpoints found (?:matching|that)",
        r"provider\.\w+ preference permits",
    ),
)

# Where the text is masked or unknown, a code word may still tell.
_WORDS: Final[Mapping[str, Symptom]] = {
    "context_length_exceeded": Symptom.CONTEXT_LIMIT,
    "exceed_context_size_error": Symptom.CONTEXT_LIMIT,
    "token_limit_exceeded": Symptom.CONTEXT_LIMIT,
    "string_too_long": Symptom.CONTEXT_LIMIT,
    "max_tokens_exceeded": Symptom.TOKENS_MAXIMUM,
    "invalid_image": Symptom.IMAGE_UNUSABLE,
    "invalid_image_url": Symptom.IMAGE_UNUSABLE,
    "image_too_large": Symptom.IMAGE_UNUSABLE,
    "image_too_small": Symptom.IMAGE_UNUSABLE,
    "unsupported_image_format": Symptom.IMAGE_UNUSABLE,
    "image_download_failed": Symptom.IMAGE_UNUSABLE,
    "image_not_found": Symptom.IMAGE_UNUSABLE,
    "privacy_restricted": Symptom.PROVIDER_FILTERS,
    "constraint_filtered": Symptom.PROVIDER_FILTERS,
}

# What OpenRouter says left out the endpoints, as the fields of `provider` that ask for it.
_FILTERS: Final[Mapping[str, str]] = {
    "allowed_providers": "only",
    "quantization": "quantizations",
    "data_policy:zdr": "zdr",
    "data_policy:training": "data_collection",
}


def sign_of(found: Findings) -> Sign | None:
    """Return what exactly is wrong with the request, if an error tells."""
    status = found.status or 400
    if status in {401, 408, 429} or status >= 503:  # noqa: PLR2004 - then the request is not at fault
        return None
    excluded = frozenset(_FILTERS.get(word, word) for word in found.strings("excluded_by"))
    if excluded == {"context_length"}:
        return Sign(Symptom.CONTEXT_LIMIT)
    text = found.text
    sign = _by_text(text)
    if sign is None and (names := refused_names(found)) is not None:
        lasting, refused = names
        sign = Sign(Symptom.PARAMETERS if lasting else Symptom.VALUES, refused)
    if sign is None:
        word = next((word for word in _WORDS if word in found.words), None)
        sign = Sign(_WORDS[word]) if word else None
    if sign is None and excluded:
        sign = Sign(Symptom.PROVIDER_FILTERS)
    if sign is None:
        return None
    if sign.symptom is Symptom.PROVIDER_FILTERS:
        return Sign(sign.symptom, excluded)
    if sign.symptom is Symptom.CONTEXT_LIMIT and sign.limit is None:
        return Sign(sign.symptom, limit=found.number("n_ctx"))
    return sign


def _by_text(text: str) -> Sign | None:
    for symptom, pattern in _TEXTS:
        if match := pattern.search(text):
            number = next((group for group in match.groups() if group), "").replace(",", "")
            limit = int(number) if number else None
            if symptom is Symptom.TOO_MANY_IMAGES and limit == 0:
                return Sign(Symptom.NO_IMAGES)
            return Sign(symptom, limit=limit)
    return None
