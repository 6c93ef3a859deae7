"""Keys of OpenRouter: what one may still spend, and linking an account without pasting a key.

Linking is OAuth with PKCE (RFC 7636) in the form without a callback: a person follows the link,
agrees, and OpenRouter shows a code, which is worth nothing without the verifier kept here.
https://openrouter.ai/docs/use-cases/oauth-pkce
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.service import Service, api_key
from tzurot.llm.spoken import SpokenError
from tzurot.llm.transport import Transport

_AROUND_CODE: Final = " \t\r\n`\"'"
"""What people paste around a code."""
_REFUSED: Final = frozenset({400, 401, 403, 404})


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> object:  # noqa: ANN401 - JSON
    try:
        return read(value)
    except ValidationError:
        return None


_T = TypeVar("_T")
Told = Annotated[_T | None, WrapValidator(_or_none)]
"""A value that may be missing or odd, and then is None."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class DailyRequests(_Facts):
    """The requests to free models that an account has in a day, which ends at midnight UTC."""

    limit: Told[int] = None
    used: Told[int] = None
    remaining: Told[int] = None


class KeyInfo(_Facts):
    """What OpenRouter tells about a key; amounts are US dollars, None is "not told" or "no limit".

    `limit` is the most that the key may spend, renewed by `limit_reset` (daily, weekly, monthly or
    never); `is_free_tier`: the account never bought credit.
    """

    label: Told[str] = Field(default=None, repr=False)
    """The key's name, or a shortened form of the key: for its owner only."""
    limit: Told[float] = None
    limit_remaining: Told[float] = None
    limit_reset: Told[str] = None
    usage: Told[float] = None
    usage_daily: Told[float] = None
    usage_weekly: Told[float] = None
    usage_monthly: Told[float] = None
    is_free_tier: Told[bool] = None
    expires_at: Told[AwareDatetime] = None
    free_model_daily_requests: Told[DailyRequests] = None


@dataclass(frozen=True, slots=True)
class Link:
    """The page on which a person agrees, and what proves that the code was made for us.

    Both hold for ten minutes; the verifier must be kept until then, for this person only.
    """

    url: str
    verifier: SecretStr


@dataclass(frozen=True, slots=True)
class LinkedKey:
    """The key that a person let OpenRouter make for this bot."""

    key: SecretStr
    user_id: str | None = field(default=None, repr=False)


async def check_key(transport: Transport, key: SecretStr) -> KeyInfo:
    """Return what OpenRouter tells about a key; raises `ModelError`.

    The error's kind is `AUTHENTICATION` when the key is not valid. Other services tell nothing
    about their keys, which is an error too.
    """
    _only_openrouter(transport.service)
    told = (await transport.json("GET", "/key", key=key, patience_s=15)).get("data")
    if not isinstance(told, dict):
        detail = "an answer that tells nothing about the key"
        raise ModelError(ErrorKind.PROVIDER_DOWN, detail)
    return KeyInfo.model_validate(told)


def begin_link(service: Service, *, app_name: str) -> Link:
    """Return a fresh link for one person; raises `ModelError` if the service is not OpenRouter.

    `app_name` is what the key will be called in the person's account.
    """
    _only_openrouter(service)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    page = service.base.copy_with(path="/auth", query=None)
    asked = {
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "key_label": app_name,
    }
    return Link(str(page.copy_merge_params(asked)), SecretStr(verifier))


async def finish_link(transport: Transport, code: str, verifier: SecretStr) -> LinkedKey:
    """Exchange the code that a person pasted for a key; raises `ModelError`.

    A code holds once and for ten minutes. No error quotes the service, because it may repeat the
    code.
    """
    _only_openrouter(transport.service)
    cleaned = code.strip(_AROUND_CODE)
    if not cleaned:
        raise _refused(None, "an empty code")
    failure: ModelError | None = None
    told: dict[str, Any] = {}
    body = {
        "code": cleaned,
        "code_verifier": verifier.get_secret_value(),
        "code_challenge_method": "S256",
    }
    try:
        # Once only: the service may have used the code up although its answer was lost.
        told = await transport.json("POST", "/auth/keys", body=body, attempts=1)
    except ModelError as error:
        failure = error
    # Outside of the handler, so that the error which quotes is not this one's context.
    if failure is not None:
        raise _unlinked(failure)
    try:
        key = api_key(told["key"])
    except (AttributeError, KeyError, ValueError):
        key = None
    if key is None:
        raise ModelError(ErrorKind.PROVIDER_DOWN, "an answer without a key")
    user_id = told.get("user_id")
    return LinkedKey(key, user_id if isinstance(user_id, str) else None)


def _unlinked(failure: ModelError) -> ModelError:
    if failure.status in _REFUSED:
        return _refused(failure.status, f"HTTP {failure.status} for the code")
    detail = f"HTTP {failure.status}" if failure.status else "no answer"
    return ModelError(
        failure.kind,
        f"{detail} when the code was exchanged",
        status=failure.status,
        retryable=failure.retryable,
        retry_after=failure.retry_after,
    )


def _refused(status: int | None, detail: str) -> SpokenError:
    sentence = (
        "OpenRouter did not accept this code. A code can be used once and for ten minutes; "
        "please open the link anew and paste the code that it shows then."
    )
    return SpokenError(ErrorKind.AUTHENTICATION, sentence, detail, status=status)


def _only_openrouter(service: Service) -> None:
    if not service.is_openrouter:
        raise SpokenError(
            ErrorKind.BAD_PARAMETER,
            "Only OpenRouter tells about keys and links accounts; this bot uses another service.",
            f"the service is {service.kind}",
        )
