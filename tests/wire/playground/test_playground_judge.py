"""Discord's own document as the judge, strictly applied."""

from __future__ import annotations

import httpx
import pytest

from tests.support.discord_bot import listening
from tests.support.playground import GUILD, LOUNGE, TOKEN, Playground, openapi

pytestmark = pytest.mark.skipif(
    openapi() is None,
    reason="needs Discord's OpenAPI document: set TZUROT_TEST_DATA to the folder above discord/",
)

SAY = f"/channels/{LOUNGE}/messages"


WRONG: list[tuple[str, str, dict[str, object], str, int]] = [
    ("POST", SAY, {"content": "x", "colour": "red"}, "", 200),
    ("POST", SAY, {"content": "x", "embeds": [{"titel": "x", "title": "t"}]}, "/embeds/0", 200),
    ("POST", f"{SAY}?fast=true", {"content": "x"}, "", 200),
    ("POST", f"/channels/{LOUNGE}/typing", {"for": 3}, "", 204),
    ("PATCH", f"/guilds/{GUILD}/members/@me", {"nick": "x" * 33}, "/nick", 400),
]
"""Method, path, body; where the fault lies, and what a lenient playground answers."""


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
async def test_bad_requests_are_found_and_refused_when_strict(*, strict: bool) -> None:
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with (
        Playground(options=["--strict"] if strict else []) as playground,
        httpx.AsyncClient(base_url=playground.rest_url, headers=headers) as client,
    ):
        for number, (method, path, body, pointer, status) in enumerate(WRONG):
            answer = await client.request(method, path, json=body)
            assert answer.status_code == (400 if strict else status)
            if strict:
                assert answer.json()["code"] == 50035
            found = await playground.violations()
            assert len(found) == number + 1
            assert found[-1]["pointer"] == pointer
            assert found[-1]["where"].startswith(f"{method} /")
            assert found[-1]["body"] == body
        assert any("violation" in line for line in playground.stderr)
        with pytest.raises(AssertionError):
            await playground.assert_clean()


async def test_what_discord_does_not_have_is_a_violation() -> None:
    async with Playground() as own:
        headers = {"Authorization": f"Bot {TOKEN}"}
        async with httpx.AsyncClient(base_url=own.rest_url, headers=headers) as client:
            assert (await client.get("/weather")).status_code == 404
        assert [each["where"] for each in await own.violations()] == ["GET /weather"]


async def test_everything_is_counted(playground: Playground) -> None:
    async with listening(playground) as bot:
        await bot.rest.create_message(int(LOUNGE), "hello")
    report = await playground.ask("GET", "/violations")
    assert report["judged"] is True
    assert report["requests"] == report["answers"] == len(await playground.log())
    assert report["events"] == 1


async def test_without_a_document_nothing_is_judged() -> None:
    async with Playground(judge=False) as playground:
        report = await playground.ask("GET", "/violations")
    assert report == {"judged": False, "requests": 0, "answers": 0, "events": 0, "violations": []}
