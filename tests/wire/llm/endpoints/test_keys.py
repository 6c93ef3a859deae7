"""Keys: what OpenRouter tells of them, and linking an account."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.keys import KeyInfo, begin_link, check_key, finish_link
from tzurot.llm.service import Service
from tzurot.llm.transport import Transport

KEY = SecretStr("sk-or-v1-0123456789abcdef")


async def test_what_a_key_may_spend(server: ModelServer, openrouter: Transport) -> None:
    server.key_info["expires_at"] = "2027-01-31T12:00:00Z"
    info = await check_key(openrouter, KEY)
    assert (info.limit, info.limit_remaining, info.limit_reset) == (10, 7.5, "monthly")
    assert (info.usage, info.usage_daily, info.usage_weekly, info.usage_monthly) == (
        2.5, 0.25, 1, 2.5,
    )  # fmt: skip
    assert info.is_free_tier is False
    assert info.expires_at == datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert info.free_model_daily_requests is not None
    assert info.free_model_daily_requests.remaining == 997
    assert server.calls[0].key == KEY.get_secret_value()
    assert info.label is not None
    assert info.label not in repr(info)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"limit": "lots", "usage": [], "expires_at": "soon", "free_model_daily_requests": 5},
        {"limit": float("nan"), "is_free_tier": {}, "label": 7, "limit_reset": None},
    ],
)
async def test_what_is_missing_or_odd_is_not_told(
    server: ModelServer, openrouter: Transport, told: dict[str, object]
) -> None:
    server.key_info = told
    assert await check_key(openrouter, KEY) == KeyInfo()


async def test_a_wrong_key(server: ModelServer, openrouter: Transport) -> None:
    server.keys = {"sk-or-another"}
    with pytest.raises(ModelError) as caught:
        await check_key(openrouter, KEY)
    assert caught.value.kind is ErrorKind.AUTHENTICATION


async def test_an_answer_about_something_else(server: ModelServer, openrouter: Transport) -> None:
    server.defaults["/key"] = Reply(body={"data": []})
    with pytest.raises(ModelError, match="nothing about the key"):
        await check_key(openrouter, KEY)


async def test_an_account_is_linked(server: ModelServer, openrouter: Transport) -> None:
    server.keys = set()
    link = begin_link(openrouter.service, app_name="Tzurot & friends")
    asked = parse_qs(urlsplit(link.url).query)
    linked = await finish_link(openrouter, f" `{server.approve(link.url)}`\n", link.verifier)
    assert asked["key_label"] == ["Tzurot & friends"]
    assert "callback_url" not in asked
    assert 43 <= len(link.verifier.get_secret_value()) <= 128
    assert "Authorization" not in server.calls[-1].headers
    assert linked.user_id == "user_2abc"
    assert (await check_key(openrouter, linked.key)).limit == 10
    for secret in (link.verifier, linked.key):
        assert secret.get_secret_value() not in f"{link!r} {linked!r}"


def test_the_page_of_the_real_service() -> None:
    link = begin_link(Service.at("https://openrouter.ai/api/v1"), app_name="tzurot")
    assert link.url.startswith("https://openrouter.ai/auth?code_challenge=")
    assert begin_link(Service.at("https://openrouter.ai/api/v1"), app_name="tzurot") != link


async def test_a_code_holds_once(server: ModelServer, openrouter: Transport) -> None:
    link = begin_link(openrouter.service, app_name="tzurot")
    code = server.approve(link.url)
    await finish_link(openrouter, code, link.verifier)
    with pytest.raises(ModelError) as caught:
        await finish_link(openrouter, code, link.verifier)
    assert "open the link anew" in caught.value.sentence
    assert "open the link anew" in caught.value.host_sentence


@pytest.mark.parametrize("case", ["expired", "another's", "made up", "blank"])
async def test_codes_that_are_refused(
    server: ModelServer, openrouter: Transport, case: str
) -> None:
    link = begin_link(openrouter.service, app_name="tzurot")
    others = begin_link(openrouter.service, app_name="tzurot")
    code = {
        "expired": server.approve(link.url, lasts=-1),
        "another's": server.approve(others.url),
        "made up": "123456",
        "blank": " `` ",
    }[case]
    with pytest.raises(ModelError) as caught:
        await finish_link(openrouter, code, link.verifier)
    assert caught.value.kind is ErrorKind.AUTHENTICATION
    assert not caught.value.retryable
    assert "ten minutes" in caught.value.sentence
    assert len(server.calls) == (0 if case == "blank" else 1)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.failure(500), ErrorKind.PROVIDER_DOWN),
        (Reply.failure(429, headers={"Retry-After": "7"}), ErrorKind.RATE_LIMITED),
        (Reply(body={"key": ""}), ErrorKind.PROVIDER_DOWN),
        (Reply(body={"key": "sk-ключ"}), ErrorKind.PROVIDER_DOWN),
        (Reply(body={"key": 5}), ErrorKind.PROVIDER_DOWN),
        (Reply(body={}), ErrorKind.PROVIDER_DOWN),
        (Reply(cut_after=-1), ErrorKind.UNREACHABLE),
    ],
)
async def test_an_exchange_that_fails(
    server: ModelServer, openrouter: Transport, reply: Reply, kind: ErrorKind
) -> None:
    server.defaults["/auth/keys"] = reply
    with pytest.raises(ModelError) as caught:
        await finish_link(openrouter, "code", SecretStr("verifier"))
    assert caught.value.kind is kind
    assert caught.value.__context__ is None  # which might quote
    assert len(server.calls) == 1


async def test_other_services_have_no_accounts(server: ModelServer, other: Transport) -> None:
    with pytest.raises(ModelError, match="the service is other"):
        begin_link(other.service, app_name="tzurot")
    with pytest.raises(ModelError):
        await check_key(other, KEY)
    with pytest.raises(ModelError):
        await finish_link(other, "code", SecretStr("verifier"))
    assert server.calls == []
