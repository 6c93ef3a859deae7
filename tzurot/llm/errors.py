"""The one error of the model client: its kinds, and what a person is told about each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ErrorKind(StrEnum):
    """Why there is no reply, as far as it matters for what to do next."""

    AUTHENTICATION = "authentication"
    NO_CREDIT = "no_credit"
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    CONTEXT_TOO_LONG = "context_too_long"
    CONTENT_POLICY = "content_policy"
    MODEL_NOT_FOUND = "model_not_found"
    PROVIDER_DOWN = "provider_down"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"


SENTENCES: Final[Mapping[ErrorKind, str]] = {
    ErrorKind.AUTHENTICATION: (
        "The model service did not accept the API key. Please check the key or set a new one."
    ),
    ErrorKind.NO_CREDIT: (
        "The account at the model service has no credit left for this. "
        "Please add credit or choose a cheaper model."
    ),
    ErrorKind.RATE_LIMITED: (
        "This model has too many requests at the moment. "
        "Please try again {wait}, or choose another model."
    ),
    ErrorKind.BAD_REQUEST: (
        "The model service refused this request. Please choose another model or preset; "
        "the host of this bot finds the reason in the log."
    ),
    ErrorKind.CONTEXT_TOO_LONG: (
        "This conversation is longer than the model can read. "
        "Please choose a model with a larger context or start afresh."
    ),
    ErrorKind.CONTENT_POLICY: (
        "The model service declined this under its content rules. "
        "Please put it differently or choose another model."
    ),
    ErrorKind.MODEL_NOT_FOUND: "This model is not available. Please choose another one.",
    ErrorKind.PROVIDER_DOWN: "The model service is having trouble. Please try again {wait}.",
    ErrorKind.UNREACHABLE: "The model service cannot be reached. Please try again {wait}.",
    ErrorKind.TIMEOUT: (
        "The model took too long to answer. Please try again {wait}, or choose a faster model."
    ),
    ErrorKind.EMPTY: "The model sent an empty reply. Please try again or choose another model.",
    ErrorKind.TRUNCATED: "The model's reply broke off in the middle. Please try again.",
    ErrorKind.MALFORMED: (
        "The model service sent something that could not be read. Please try again {wait}."
    ),
}
"""For a person on Discord; `{wait}` is when: "in a minute", "in 20 seconds"."""

_WORTH_A_RETRY: Final = frozenset(
    {
        ErrorKind.RATE_LIMITED,
        ErrorKind.PROVIDER_DOWN,
        ErrorKind.UNREACHABLE,
        ErrorKind.TIMEOUT,
        ErrorKind.EMPTY,
        ErrorKind.TRUNCATED,
        ErrorKind.MALFORMED,
    }
)


class ModelError(Exception):
    """A model gave no whole reply.

    `retryable`: whether the same request may succeed later. `retry_after`: seconds, if the service
    named them. `detail`: for the host's log only, bounded, without keys; it may quote the provider.
    `partial`: the text that was already handed out when a stream failed.
    """

    def __init__(
        self,
        kind: ErrorKind,
        detail: str,
        *,
        status: int | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.status = status
        self.retryable = kind in _WORTH_A_RETRY if retryable is None else retryable
        self.retry_after = retry_after
        self.partial = ""

    @property
    def sentence(self) -> str:
        """What to tell a person: polite, specific, with what to do, without provider text."""
        return SENTENCES[self.kind].format(wait=_when(self.retry_after))


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "in a minute"
    if seconds < 90:  # noqa: PLR2004 - up to here people count in seconds
        return f"in {max(2, round(seconds))} seconds"
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 - and up to here in minutes
        return f"in {minutes} minutes"
    return f"in about {max(2, round(minutes / 60))} hours"
