"""What REST refuses, and with which of Discord's own errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.playground import ADA, BOT, GUILD, LOUNGE, TAVERN, WORKSHOP, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAY = f"/channels/{LOUNGE}/messages"
NOWHERE = "/channels/77/messages"


async def hook_of(http: httpx.AsyncClient, channel: str = LOUNGE) -> dict[str, Any]:
    answer = await http.post(f"/channels/{channel}/webhooks", json={"name": "Aria"})
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    "case",
    [
        ("POST", NOWHERE, {"content": "x"}, 404, 10003),
        ("GET", f"{SAY}/77", None, 404, 10008),
        ("GET", "/guilds/77", None, 404, 10004),
        ("GET", f"/guilds/{GUILD}/members/77", None, 404, 10007),
        ("GET", f"/guilds/{GUILD}/roles/77", None, 404, 10011),
        ("GET", "/users/77", None, 404, 10013),
        ("GET", "/webhooks/77", None, 404, 10015),
        ("GET", "/webhooks/77/token", None, 404, 10015),
        ("GET", f"/applications/{BOT}/commands/77", None, 404, 10063),
        ("GET", "/applications/77/commands", None, 404, 10002),
        ("POST", SAY, {}, 400, 50006),
        ("POST", SAY, {"content": " \n "}, 400, 50006),
        ("POST", SAY, {"content": "x" * 2001}, 400, 50035),
        ("POST", SAY, {"content": 5}, 400, 50035),
        ("POST", SAY, {"content": "x", "embeds": [{"title": "x" * 257}]}, 400, 50035),
        ("POST", SAY, {"content": "x", "embeds": [{}]}, 400, 50035),
        ("POST", SAY, {"embeds": [{"description": "x" * 3001}] * 2}, 400, 50035),
        ("POST", SAY, {"content": "x", "nonce": "n" * 26}, 400, 50035),
        ("POST", SAY, {"content": "x", "flags": 1 << 15}, 400, 50035),
        ("POST", SAY, {"content": "x", "message_reference": {"message_id": "7"}}, 400, 50035),
        ("POST", SAY, {"content": "x", "components": ["no"]}, 400, 50035),
        (
            "POST",
            SAY,
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": [ADA]}},
            400,
            50035,
        ),
        ("POST", SAY, [], 400, 50035),
        ("GET", f"{SAY}?limit=101", None, 400, 50035),
        ("GET", f"{SAY}?before=abc", None, 400, 50035),
        ("GET", "/channels/abc", None, 400, 50035),
        ("GET", f"/channels/{2**63}", None, 400, 50035),
        ("POST", f"{SAY}/bulk-delete", {"messages": ["1"]}, 400, 50016),
        ("POST", f"/channels/{LOUNGE}/webhooks", {"name": "Clyde"}, 400, 50035),
        ("POST", f"/channels/{LOUNGE}/webhooks", {"name": "x" * 81}, 400, 50035),
        ("POST", f"/channels/{LOUNGE}/webhooks", {"name": "A", "avatar": "data:,x"}, 400, 50035),
        ("POST", f"/channels/{LOUNGE}/threads", {"name": ""}, 400, 50035),
        ("PATCH", f"/channels/{LOUNGE}", {"name": "mine"}, 403, 50013),
        ("POST", f"/applications/{BOT}/commands", {"name": "Loud", "description": "x"}, 400, 50035),
        ("PUT", f"/applications/{BOT}/commands", {}, 400, 50035),
        ("PUT", f"/applications/{BOT}/commands", [{"name": {}}, "no"], 400, 50035),
        ("POST", "/users/@me/channels", {"recipient_id": BOT}, 403, 50007),
        ("GET", "/weather", None, 404, 0),
    ],
)
async def test_refusals(http: httpx.AsyncClient, case: tuple[str, str, object, int, int]) -> None:
    method, path, body, status, code = case
    content = None if body is None else json.dumps(body)
    answer = await http.request(method, path, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if code == 50035:
        assert "_errors" in json.dumps(answer.json()["errors"])


async def test_a_wrong_or_missing_token_is_unauthorized(
    shared: Playground, http: httpx.AsyncClient
) -> None:
    hook = await hook_of(http)
    async with httpx.AsyncClient(base_url=shared.rest_url) as stranger:
        for headers in ({}, {"Authorization": "Bot wrong"}):
            answer = await stranger.get("/users/@me", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, 0)
        said = await stranger.post(f"/webhooks/{hook['id']}/{hook['token']}", json={"content": "x"})
        assert said.status_code == 204
        wrong = await stranger.post(f"/webhooks/{hook['id']}/wrong", json={"content": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, 50027)
        seen = await stranger.get(f"/webhooks/{hook['id']}/{hook['token']}")
        assert "user" not in seen.json()


async def test_bodies_that_cannot_be_read(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for text in ("{", "[" * 100_000, '"\ud800"'.encode("utf-8", "surrogatepass")):
        answer = await http.post(SAY, content=text, headers=headers)
        assert answer.status_code == 400
    answer = await http.post(SAY, files={"weather": b"sun"})
    assert answer.json()["code"] == 50035


async def test_files_have_limits(http: httpx.AsyncClient) -> None:
    large = await http.post(SAY, files={"files[0]": ("a.bin", b"x" * (10 * 2**20 + 1))})
    assert (large.status_code, large.json()["code"]) == (413, 40005)
    many = {f"files[{number}]": (f"{number}.txt", b"x") for number in range(11)}
    assert (await http.post(SAY, files=many)).json()["code"] == 50035
    body = {"attachments": [{"id": 0, "filename": "b.txt", "description": "a letter"}]}
    sent = await http.post(
        SAY,
        data={"payload_json": json.dumps(body)},
        files={"files[0]": ("a.txt", b"x", "text/plain")},
    )
    (attachment,) = sent.json()["attachments"]
    assert (attachment["filename"], attachment["description"]) == ("b.txt", "a letter")


async def test_a_channel_takes_fifteen_webhooks(http: httpx.AsyncClient) -> None:
    made = [await hook_of(http, WORKSHOP) for _ in range(16)]
    assert made[-1]["code"] == 30007
    moved = await http.patch(f"/webhooks/{made[0]['id']}", json={"channel_id": TAVERN})
    assert moved.json()["channel_id"] == TAVERN
    assert "id" in await hook_of(http, WORKSHOP)


async def test_only_the_author_edits(shared: Playground, http: httpx.AsyncClient) -> None:
    said = await shared.say("ada", "mine")
    path = f"{SAY}/{said['id']}"
    refused = await http.patch(path, json={"content": "yours"})
    assert (refused.status_code, refused.json()["code"]) == (403, 50005)
    assert (await http.patch(path, json={"flags": 4})).json()["flags"] == 4
    own = (await http.post(SAY, json={"content": "words"})).json()
    emptied = await http.patch(f"{SAY}/{own['id']}", json={"content": ""})
    assert emptied.json()["code"] == 50006
    assert (await http.delete(path)).status_code == 204


async def test_a_message_takes_twenty_different_reactions(
    shared: Playground, http: httpx.AsyncClient
) -> None:
    said = await shared.say("ada", "go on")
    answers = [
        await http.put(f"{SAY}/{said['id']}/reactions/{chr(0x1F600 + number)}/@me")
        for number in range(21)
    ]
    assert {answer.status_code for answer in answers[:20]} == {204}
    assert answers[20].json()["code"] == 30010


async def test_a_locked_thread_stays_shut(shared: Playground, http: httpx.AsyncClient) -> None:
    thread = await shared.thread("ada", "quiet")
    path = f"/channels/{thread['id']}"
    shut = await http.patch(path, json={"archived": True, "locked": True})
    assert shut.json()["thread_metadata"]["locked"] is True
    await shared.deny("MANAGE_THREADS")
    answer = await http.post(f"{path}/messages", json={"content": "psst"})
    await shared.deny()
    assert (answer.status_code, answer.json()["code"]) == (400, 50083)
    again = await http.post(f"{SAY}/{thread['id']}/threads", json={"name": "x"})
    assert again.json()["code"] == 10008


async def test_pins(shared: Playground, http: httpx.AsyncClient) -> None:
    said = await shared.say("ada", "keep this")
    assert (await http.put(f"{SAY}/pins/{said['id']}")).status_code == 204
    assert (await http.get(f"{SAY}/pins")).json()["items"][0]["message"]["id"] == said["id"]
    assert (await http.delete(f"{SAY}/pins/{said['id']}")).status_code == 204
    assert (await http.get(f"/channels/{LOUNGE}/pins")).json() == []


def button(custom_id: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": 2, "style": 1, "label": "x"}
    return {**found, "custom_id": custom_id} if custom_id else found


def row(*inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(inner)}


@pytest.mark.parametrize(
    ("nodes", "flags", "code"),
    [
        ([row(button("a"), button("a"))], 0, "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ([row(button("a"), {"type": 5, "custom_id": "b"})], 0, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        ([row(*(button(str(each)) for each in range(6)))], 0, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        ([row()], 0, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        ([row(button(None))], 0, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"),
        ([{"type": 10, "content": "x"}], 0, "UNION_TYPE_CHOICES"),
        ([button("a")], 1 << 15, "UNION_TYPE_CHOICES"),
        ([{"type": 10, "content": "x" * 4001}], 1 << 15, "TOTAL_TEXT_LENGTH_EXCEEDED"),
        ([{"type": 10, "content": "x"}] * 41, 1 << 15, "BASE_TYPE_MAX_LENGTH"),
        ([], 1 << 15, "BASE_TYPE_REQUIRED"),
    ],
)
async def test_components_have_limits(
    http: httpx.AsyncClient, nodes: list[Any], flags: int, code: str
) -> None:
    answer = await http.post(SAY, json={"components": nodes, "flags": flags})
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert code in answer.text
