"""The JSON API: what the page and scripts do, and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.discord_bot import Listener
from tests.support.playground import LOUNGE, Playground, PlaygroundError

MESSAGES = f"/channels/{LOUNGE}/messages"


@pytest.fixture
async def page(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{playground.url}/playground/api") as found:
        yield found


async def test_people_say_answer_edit_and_delete(playground: Playground) -> None:
    said = await playground.say("ada", "first")
    answer = await playground.reply("3002", said, "second")
    assert answer["type"] == 19
    assert answer["referenced_message"]["id"] == said["id"]
    assert [user["id"] for user in answer["mentions"]] == ["3001"]
    changed = await playground.edit("ada", said, "first, better")
    assert changed["edited_timestamp"] is not None
    with pytest.raises(PlaygroundError, match="403: ben did not write that"):
        await playground.edit("ben", said, "mine")
    with pytest.raises(PlaygroundError, match="403"):
        await playground.delete("cleo", said)
    await playground.delete("ada", answer)
    assert [each["content"] for each in await playground.messages()] == ["first, better"]


async def test_waiting_finds_what_is_there_and_what_comes(
    playground: Playground, bot: Listener
) -> None:
    said = await playground.say("ada", "anybody?")
    waiting = asyncio.create_task(playground.wait(said))
    await playground.say("ben", "not the bot")
    await bot.rest.create_message(int(LOUNGE), "me")
    assert (await waiting)["content"] == "me"
    assert (await playground.wait(said))["content"] == "me"
    assert (await playground.wait(said, "user"))["content"] == "not the bot"
    with pytest.raises(PlaygroundError, match=r"408: nothing was said within 0\.1 seconds"):
        await playground.wait(await playground.say("ada", "now?"), seconds=0.1)


async def test_everything_that_happens_is_streamed(
    playground: Playground, page: httpx.AsyncClient
) -> None:
    seen: list[dict[str, Any]] = []
    async with page.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        said = await playground.say("ada", "look")
        await playground.edit("ada", said, "look here")
        await playground.react("ben", said, "\N{EYES}")
        (shown,) = await playground.messages()
        assert shown["reactions"][0]["users"] == ["3002"]
        await playground.unreact("ben", said, "\N{EYES}")
        await playground.type("cleo")
        await playground.thread("ada", "aside")
        await playground.dm("ada")
        await playground.set_names(["Aria"])
        await playground.delete("ada", said)
        async with asyncio.timeout(5):
            async for line in lines:
                if line.startswith("data: "):
                    seen.append(json.loads(line.removeprefix("data: ")))
                if seen and seen[-1]["type"] == "MESSAGE_DELETE":
                    break
    assert [each["type"] for each in seen] == [
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "TYPING_START",
        "THREAD_CREATE",
        "MESSAGE_CREATE",
        "CHANNEL_CREATE",
        "NAMES_UPDATE",
        "MESSAGE_DELETE",
    ]
    assert seen[8]["data"] == {"names": ["Aria"], "from": None}
    assert (await playground.state())["names"] == ["Aria"]


async def test_the_state_names_everything(playground: Playground) -> None:
    channel = await playground.dm("ada")
    thread = await playground.thread("ada", "aside")
    state = await playground.state()
    assert state["bot"]["id"] == "1000"
    assert [user["username"] for user in state["users"]] == ["ada", "ben", "cleo", "dana"]
    guild, annex = state["guilds"]
    assert thread["id"] in [each["id"] for each in guild["channels"]]
    assert (guild["owner_id"], annex["owner_id"]) == ("3001", "3003")
    assert (guild["bot_member"], annex["bot_member"]) == (True, False)
    roles = {role["id"]: role["name"] for role in guild["roles"]}
    held = {each["user"]["username"]: each["roles"] for each in guild["members"]}
    assert {name: [roles[each] for each in ids] for name, ids in held.items()} == {
        "tzurot": ["tzurot"],
        "ada": [],
        "ben": ["Moderator"],
        "cleo": [],
        "dana": ["Admin"],
    }
    assert [each["user"]["username"] for each in annex["members"]] == ["ada", "cleo"]
    assert state["dms"] == [{"id": channel["id"], "user_id": "3001"}]
    assert state["bot_online"] is False


@pytest.mark.parametrize(
    "case",
    [
        ("POST", MESSAGES, {"user": "dora", "content": "x"}, 404, "ada, ben, cleo"),
        ("POST", MESSAGES, {"content": "x"}, 400, "user must be"),
        ("POST", MESSAGES, {"user": "1000", "content": "x"}, 404, "user must be"),
        ("POST", MESSAGES, {"user": "ada"}, 400, "Cannot send an empty message"),
        ("POST", MESSAGES, {"user": "ada", "content": 5}, 400, "content: Could not interpret"),
        ("POST", MESSAGES, {"user": "ada", "content": "x" * 2001}, 400, "2000 or fewer"),
        ("POST", MESSAGES, {"user": "ada", "content": "x", "reply_to": "7"}, 400, "Unknown"),
        ("POST", MESSAGES, {"user": "ada", "content": "x", "reply_to": []}, 400, "not int"),
        ("POST", MESSAGES, {"user": "ada", "attachments": "x"}, 400, "must be a list"),
        ("POST", MESSAGES, {"user": "ada", "attachments": [{}]}, 400, "needs filename"),
        (
            "POST",
            MESSAGES,
            {
                "user": "ada",
                "attachments": [{"filename": "a", "content_type": "x", "base64": "?"}],
            },
            400,
            "cannot be read",
        ),
        ("POST", MESSAGES, [], 400, "must be a JSON object"),
        ("POST", "/channels/77/messages", {"user": "ada", "content": "x"}, 404, "Unknown Channel"),
        ("POST", "/channels/x/messages", {"user": "ada", "content": "x"}, 400, "must be an id"),
        ("PATCH", f"{MESSAGES}/77", {"user": "ada", "content": "x"}, 404, "Unknown Message"),
        ("DELETE", f"{MESSAGES}/77", None, 400, "user must be"),
        ("PUT", f"{MESSAGES}/77/reactions/x?user=ada", None, 404, "Unknown Message"),
        ("GET", f"{MESSAGES}?limit=0", None, 400, "between 1 and 100"),
        ("GET", f"/channels/{LOUNGE}/wait?author=me", None, 400, "author must be"),
        ("GET", f"/channels/{LOUNGE}/wait?timeout=long", None, 400, "number of seconds"),
        ("GET", f"/channels/{LOUNGE}/wait?timeout=nan", None, 400, "number of seconds"),
        ("POST", f"/channels/{LOUNGE}/threads", {"user": "ada"}, 400, "name: This field"),
        ("PUT", f"/channels/{LOUNGE}/permissions", {"deny": ["FLY"]}, 400, "deny must be"),
        ("PUT", "/names", {"names": "x"}, 400, "names must be"),
        ("PUT", "/names", {}, 400, "names must be"),
        ("PUT", "/names", {"from": "chat"}, 400, "from must be an object"),
        ("PUT", "/names", {"from": {"command": "chat"}}, 400, "option must be a text"),
        ("POST", "/dms", {"user": None}, 400, "user must be"),
        ("POST", "/dms", {"user": [1]}, 400, "user must be"),
        ("PUT", f"/channels/{LOUNGE}/permissions", {"deny": [[]]}, 400, "deny must be"),
        ("POST", "/faults", {"kind": "flood"}, 400, "kind must be one of 429"),
        ("POST", "/faults", {"kind": "429", "path": "("}, 400, "regular expression"),
        ("POST", "/faults", {"kind": "429", "times": 0}, 400, "times must be"),
        ("POST", "/faults", {"kind": "slow", "delay_s": "1"}, 400, "delay_s must be"),
        ("POST", "/gateway", {"action": "explode"}, 400, "action must be"),
        ("GET", "/weather", None, 404, "no such address"),
    ],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_bad_input_is_one_clear_sentence(
    shared: Playground, case: tuple[str, str, object, int, str]
) -> None:
    method, path, body, status, sentence = case
    content = None if body is None else json.dumps(body)
    async with httpx.AsyncClient(base_url=f"{shared.url}/playground/api") as client:
        answer = await client.request(method, path, content=content)
    assert answer.status_code == status, answer.text
    assert sentence in answer.json()["error"]


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_not_json_is_refused(shared: Playground) -> None:
    async with httpx.AsyncClient(base_url=f"{shared.url}/playground/api") as client:
        for text in ("", "{", "[" * 100_000):
            assert (await client.post("/dms", content=text)).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
async def test_other_sites_cannot_drive_it(playground: Playground, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=playground.url) as client:
        for path in ("/playground/api/state", "/api/v10/gateway", "/gateway"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 403


@pytest.mark.asyncio(loop_scope="session")
async def test_its_own_page_may(shared: Playground) -> None:
    own = {"Origin": shared.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=shared.url, headers=own) as client:
        assert (await client.get("/playground/api/state")).status_code == 200
        outside = await client.get("/page/..%2f__main__.py")
        assert outside.status_code == 404
        for strange in ("/cdn/attachments/1/x/y", "/cdn/avatars/1/..%2f..%2fx.png", "/cdn/x"):
            assert (await client.get(strange)).status_code == 404
