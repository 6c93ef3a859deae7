"""The one error of the model client: its kinds, and what is told about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tzurot.llm.attempts import Attempt


class ErrorKind(StrEnum):
    """Why there is no reply, as far as it matters for what to do next."""

    AUTHENTICATION = "authentication"
    NO_CREDIT = "no_credit"
    SPEND_CAP = "spend_cap"
    FREE_QUOTA = "free_quota"
    RATE_LIMITED = "rate_limited"
    CONTEXT_TOO_LONG = "context_too_long"
    CONTENT_POLICY = "content_policy"
    MODEL_GONE = "model_gone"
    NO_ENDPOINT = "no_endpoint"
    BAD_PARAMETER = "bad_parameter"
    PROVIDER_DOWN = "provider_down"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Symptom(StrEnum):
    """What exactly a service found wrong with a request, where one repair mends it."""

    REASONING_MANDATORY = "reasoning_mandatory"
    NO_PREFILL = "no_prefill"
    PARAMETERS = "parameters"
    """`ModelError.names` are those that the model does not take."""
    VALUES = "values"
    """`ModelError.names` are those whose values it does not take."""
    NO_IMAGES = "no_images"
    TOO_MANY_IMAGES = "too_many_images"
    """`ModelError.limit`: how many it takes."""
    IMAGE_UNUSABLE = "image_unusable"
    """It could not be fetched or decoded."""
    NO_AUDIO = "no_audio"
    NO_FILES = "no_files"
    NO_TOOLS = "no_tools"
    ROLES = "roles"
    """The roles must alternate, or begin or end with the user."""
    NO_SYSTEM = "no_system"
    EMPTY_CONTENT = "empty_content"
    TOO_MANY_STOPS = "too_many_stops"
    AFFORDABLE = "affordable"
    """The credit pays for `ModelError.limit` tokens of answer."""
    TOKENS_MINIMUM = "tokens_minimum"
    """`max_tokens` must be at least `ModelError.limit`."""
    TOKENS_MAXIMUM = "tokens_maximum"
    """`max_tokens` must be at most `ModelError.limit`, when it is known."""
    PROMPT_LIMIT = "prompt_limit"
    """The prompt may have `ModelError.limit` tokens, when it is known."""
    CONTEXT_LIMIT = "context_limit"
    """Prompt and answer together may have `ModelError.limit` tokens, when it is known."""
    PROVIDER_FILTERS = "provider_filters"
    """No provider is left under `ChatRequest.provider`.

    `ModelError.names` are the filters that left out the rest, as far as they are told.
    """
    REASONING_BACK = "reasoning_back"
    """The thinking that was sent back within a loop of tools is missing, or not as it came."""
    THINKING_ATE_ALL = "thinking_ate_all"
    """The answer's limit was reached while the model still thought."""
    ONLY_THINKING = "only_thinking"
    """The model ended by itself, and all that it wrote counts as thinking."""


class ModelError(Exception):
    """A model gave no whole reply.

    `retryable`: whether the same request may succeed soon. `retry_after`: seconds, if the service
    named them. `detail`: for the host's log only, bounded, without keys; it may quote the provider.
    `symptom`, `names` and `limit` tell a repair. `partial`: the text that was already handed out.
    `attempts`: every request that was made before it was given up.
    """

    def __init__(  # noqa: PLR0913  plain facts
        self,
        kind: ErrorKind,
        detail: str,
        *,
        status: int | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        symptom: Symptom | None = None,
        names: frozenset[str] = frozenset(),
        limit: int | None = None,
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.status = status
        self.retryable = OUTCOMES[kind].retry if retryable is None else retryable
        self.retry_after = retry_after
        self.symptom = symptom
        self.names = names
        self.limit = limit
        self.partial = ""
        self.attempts: tuple[Attempt, ...] = ()

    @property
    def sentence(self) -> str:
        """What to tell a person: polite, specific, with what to do, without provider text."""
        return OUTCOMES[self.kind].sentence.format(wait=_when(self.retry_after))

    @property
    def host_sentence(self) -> str:
        """What to tell the host: what it means, where to mend it, and what the provider said."""
        sentence = OUTCOMES[self.kind].host_sentence
        return f"{sentence} ({self.detail})" if self.detail else sentence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a kind of error means for what is done next, and what is said about it."""

    retry: bool
    """Whether the same request to the same model may succeed soon."""
    falls_back: bool
    """Whether another model may well answer."""
    sentence: str
    """For a person on Discord; `{wait}` is when: "in a minute", "in 20 seconds"."""
    host_sentence: str


OUTCOMES: Final[Mapping[ErrorKind, Outcome]] = {
    ErrorKind.AUTHENTICATION: Outcome(
        retry=False,
        falls_back=False,  # the key is the same for every model
        sentence=(
            "The model service did not accept the API key. "
            "Please check the key, or ask the host of this bot to do so."
        ),
        host_sentence=(
            "The service does not accept the API key: it is missing, mistyped, revoked or made for "
            "another service. Set a new one; OpenRouter makes them at openrouter.ai/settings/keys."
        ),
    ),
    ErrorKind.NO_CREDIT: Outcome(
        retry=False,
        falls_back=True,  # one that is cheaper or free
        sentence=(
            "The account at the model service has not enough credit left for this. "
            "Please add credit, or choose a cheaper or free model."
        ),
        host_sentence=(
            "The account has too little credit for this, or its balance is below zero, which "
            "bars free models too. Add credit; on OpenRouter at openrouter.ai/settings/credits."
        ),
    ),
    ErrorKind.SPEND_CAP: Outcome(
        retry=False,
        falls_back=False,  # the key itself is barred
        sentence=(
            "The spending limit that was set for this API key is used up. "
            "Please ask whoever owns the key to raise the limit, or use another key."
        ),
        host_sentence=(
            "The key is good, but its spending limit or budget is used up. Raise it where the key "
            "was made (on OpenRouter at openrouter.ai/settings/keys), or wait until it is renewed."
        ),
    ),
    ErrorKind.FREE_QUOTA: Outcome(
        retry=False,
        falls_back=True,  # one that is not free
        sentence=(
            "Today's free requests are used up; there are new ones {wait}. "
            "Until then, please choose a model that is not free."
        ),
        host_sentence=(
            "The account's free requests of the day are used up for every free model. They are "
            "renewed at midnight UTC. Choose a paid model, such as the same one without “:free”; "
            "on OpenRouter, bought credit also raises the number of free requests."
        ),
    ),
    ErrorKind.RATE_LIMITED: Outcome(
        retry=True,
        falls_back=True,
        sentence=(
            "This model has too many requests at the moment. "
            "Please try again {wait}, or choose another model."
        ),
        host_sentence=(
            "Too many requests, of this account within a minute or of everybody to the provider. "
            "It passes by itself; if it comes often, use a key of your own at the provider, "
            "allow further providers, or name a fallback model."
        ),
    ),
    ErrorKind.CONTEXT_TOO_LONG: Outcome(
        retry=False,
        falls_back=True,
        sentence=(
            "This conversation is longer than the model can read. "
            "Please choose a model with a larger context, or start afresh."
        ),
        host_sentence=(
            "Prompt and answer do not fit the model's context, or the request has too many bytes. "
            "Set a smaller context or max_tokens, send fewer pictures, or choose a model with a "
            "larger context; a local server may have to be started with one."
        ),
    ),
    ErrorKind.CONTENT_POLICY: Outcome(
        retry=False,
        falls_back=True,
        sentence=(
            "The model service declined this under its content rules. "
            "Please put it differently, or choose another model."
        ),
        host_sentence=(
            "A filter of the provider, or a guardrail set for the account, refused the text. "
            "Choose a model or provider without that filter, or look at the guardrails; on "
            "OpenRouter at openrouter.ai/settings/guardrails."
        ),
    ),
    ErrorKind.MODEL_GONE: Outcome(
        retry=False,
        falls_back=True,
        sentence="This model is no longer there. Please choose another one.",
        host_sentence=(
            "The service has no chat model of this name: it was removed, its free variant has "
            "ended, or the name or the base URL is mistyped. Look the name up in the service's "
            "list of models."
        ),
    ),
    ErrorKind.NO_ENDPOINT: Outcome(
        retry=False,
        falls_back=True,
        sentence=(
            "Nobody offers this model under the current settings. Please choose another model; "
            "the host of this bot can change which providers are allowed."
        ),
        host_sentence=(
            "The model exists, but no provider is left for this request: privacy settings, allowed "
            "providers, price limits, region or needed abilities leave out all. Look at the "
            "provider preferences here and at the account's (openrouter.ai/settings/privacy)."
        ),
    ),
    ErrorKind.BAD_PARAMETER: Outcome(
        retry=False,
        falls_back=True,
        sentence=(
            "The model does not take the request as it is set up. Please choose another model or "
            "preset; the host of this bot finds the reason in the log."
        ),
        host_sentence=(
            "The service refused the form of the request, and no repair was known or it did not "
            "help. What it names is to be changed in the preset, or a model chosen that takes it."
        ),
    ),
    ErrorKind.PROVIDER_DOWN: Outcome(
        retry=True,
        falls_back=True,
        sentence="The model service is having trouble. Please try again {wait}.",
        host_sentence=(
            "The provider failed, is overloaded or sent what is no reply. It mostly passes by "
            "itself; if it stays, look at the service's status page or choose another model or "
            "provider."
        ),
    ),
    ErrorKind.UNREACHABLE: Outcome(
        retry=True,
        falls_back=False,  # every model is behind the same address
        sentence="The model service cannot be reached. Please try again {wait}.",
        host_sentence=(
            "No connection to the service came about. Check the base URL, that a local server is "
            "running, and this machine's network, proxy and DNS."
        ),
    ),
    ErrorKind.TIMEOUT: Outcome(
        retry=True,
        falls_back=True,
        sentence=(
            "The model took too long to answer. Please try again {wait}, or choose a faster model."
        ),
        host_sentence=(
            "No answer came in time. If it comes often, choose a faster model or provider, less "
            "thinking or a smaller max_tokens, or allow more time."
        ),
    ),
    ErrorKind.EMPTY: Outcome(
        retry=True,
        falls_back=True,
        sentence="The model sent an empty reply. Please try again, or choose another model.",
        host_sentence=(
            "The model ended without any text, often because it used up max_tokens for thinking. "
            "If it comes often, raise max_tokens, or switch thinking off or lower."
        ),
    ),
    ErrorKind.TRUNCATED: Outcome(
        retry=True,
        falls_back=True,
        sentence="The model's reply broke off in the middle. Please try again.",
        host_sentence=(
            "The connection ended before the reply did: the provider or a proxy on the way cut it. "
            "If it comes often, choose another provider or model."
        ),
    ),
    ErrorKind.CANCELLED: Outcome(
        retry=False,
        falls_back=False,
        sentence="The reply was stopped. Write again if you still want one.",
        host_sentence="The request was cancelled on our side. Nothing has to be mended.",
    ),
    ErrorKind.UNKNOWN: Outcome(
        retry=False,
        falls_back=True,
        sentence=(
            "The model service refused without a reason that I know. Please choose another model; "
            "the host of this bot finds more in the log."
        ),
        host_sentence=(
            "The service answered with something that this client does not know. Check that the "
            "base URL is that of an OpenAI-compatible service; what it said is in the log."
        ),
    ),
}


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "in a minute"
    if seconds < 90:  # noqa: PLR2004 - up to here people count in seconds
        return f"in {max(2, round(seconds))} seconds"
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 - and up to here in minutes
        return f"in {minutes} minutes"
    return f"in about {max(2, round(minutes / 60))} hours"
