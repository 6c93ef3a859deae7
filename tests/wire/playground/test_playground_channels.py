"""Channels that people make, who may see them, and threads for a few."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable

import hikari
import httpx
import pytest

from tests.support.discord_bot import Listener
from tests.support.playground import (
    ADA,
    ANNEX,
    BEN,
    BOT,
    CLEO,
    GUILD,
    HALL,
    LOUNGE,
    WORKSHOP,
    Payload,
    Playground,
    PlaygroundError,
)


async def refused(attempt: Awaitable[object], sentence: str) -> None:
    with pytest.raises(PlaygroundError, match=sentence):
        await attempt


async def test_a_channel_is_made_and_changed(playground: Playground, bot: Listener) -> None:
    made = await playground.channel(GUILD, "After Hours", topic="late", nsfw=True)
    assert (made["name"], made["topic"], made["nsfw"]) == ("after-hours", "late", True)
    heard = await bot.next(hikari.GuildChannelCreateEvent)
    assert isinstance(heard.channel, hikari.GuildTextChannel)
    assert (heard.channel.id, heard.channel.is_nsfw) == (int(made["id"]), True)
    await playground.change_channel(made["id"], nsfw=False, topic=None)
    changed = await bot.next(hikari.GuildChannelUpdateEvent)
    assert isinstance(changed.channel, hikari.GuildTextChannel)
    assert (changed.channel.is_nsfw, changed.channel.topic) == (False, None)
    said = await playground.say("cleo", "anyone?", made["id"])
    assert (await bot.hears("anyone?")).channel_id == int(said["channel_id"])


async def test_what_is_wrong_with_a_channel_is_one_sentence(playground: Playground) -> None:
    await refused(playground.channel("77", "x"), "404: Unknown Guild")
    await refused(playground.channel(GUILD, " "), "400: name: This field is required")
    await refused(playground.channel(GUILD, "x", private_to=["77"]), "404: Unknown Member")
    await refused(playground.channel(GUILD, "x", nsfw="yes"), "400: nsfw: Must be either")
    direct = await playground.dm("ada")
    await refused(playground.change_channel(direct["id"], name="x"), "400: only a text channel")
    thread = await playground.thread("ada", "aside")
    await refused(playground.change_channel(thread["id"], name="x"), "400: only a text channel")


async def test_a_private_channel_is_for_those_it_is_for(
    playground: Playground, bot: Listener
) -> None:
    role = await playground.role(GUILD, "Keeper")
    await playground.set_member(GUILD, "cleo", [role["id"]])
    made = await playground.channel(GUILD, "vault", private_to=[BEN, role["id"]])
    await bot.next(hikari.GuildChannelCreateEvent)
    for user in ("ben", "cleo", "ada", "dana"):  # ada owns the server, dana administrates it
        await playground.say(user, f"I am {user}", made["id"])
        await bot.hears(f"I am {user}")
    await playground.set_member(GUILD, "cleo")
    said = await playground.say("ben", "without cleo", made["id"])
    sentence = "403: cleo cannot see that channel"
    await refused(playground.say("cleo", "let me in", made["id"]), sentence)
    await refused(playground.messages(made["id"], user="cleo"), sentence)
    await refused(playground.wait(said, "any", 0.1, user="cleo"), sentence)
    await refused(playground.react("cleo", said, "\N{EYES}"), sentence)
    await refused(playground.unreact("cleo", said, "\N{EYES}"), sentence)
    await refused(playground.edit("cleo", said, "mine"), sentence)
    await refused(playground.delete("cleo", said), sentence)
    await refused(playground.type("cleo", made["id"]), sentence)
    await refused(playground.thread("cleo", "in", made["id"]), sentence)
    await refused(playground.commands("cleo", made["id"]), sentence)
    await refused(playground.proxy("cleo", "x", "Lua", made["id"]), sentence)
    shown = {user: await channels_of(playground, user) for user in ("ben", "cleo")}
    assert made["id"] in shown["ben"]
    assert made["id"] not in shown["cleo"]
    assert LOUNGE in shown["cleo"]


async def channels_of(playground: Playground, user: str) -> list[str]:
    state = await playground.state(user)
    return [each["id"] for guild in state["guilds"] for each in guild["channels"]]


async def test_what_happens_in_private_is_not_streamed_to_others(playground: Playground) -> None:
    async with httpx.AsyncClient(base_url=f"{playground.url}/playground/api") as client:

        async def told(user: str, ready: asyncio.Event) -> list[str]:
            seen = []
            async with client.stream("GET", "/events", params={"user": user}) as stream:
                async for line in stream.aiter_lines():
                    ready.set()
                    if line.startswith("data: "):
                        event = json.loads(line.removeprefix("data: "))
                        seen.append(event["data"].get("content") or event["type"])
                    if seen and seen[-1] == "the end":
                        break
            return seen

        ready = {user: asyncio.Event() for user in ("ben", "cleo")}
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            streams = {user: tasks.create_task(told(user, each)) for user, each in ready.items()}
            for each in ready.values():
                await each.wait()
            made = await playground.channel(GUILD, "vault", private_to=[BEN])
            said = await playground.say("ben", "secret", made["id"])
            await playground.react("ben", said, "\N{EYES}")
            thread = await playground.thread("ada", "few", members=[BEN])
            await playground.say("ada", "in the thread", thread["id"])
            await playground.say("ada", "the end")
    assert streams["cleo"].result() == ["the end"]
    assert streams["ben"].result() == [
        "CHANNEL_CREATE",
        "secret",
        "MESSAGE_REACTION_ADD",
        "THREAD_CREATE",
        "THREAD_CREATE",  # ben comes into it: who manages threads saw it before
        "THREAD_MEMBERS_UPDATE",
        "in the thread",
        "the end",
    ]


async def test_a_channel_can_be_hidden_from_the_bot(playground: Playground, bot: Listener) -> None:
    hidden = await playground.channel(GUILD, "humans", private_to=[BEN], bot=False)
    await playground.say("ben", "unheard", hidden["id"])
    shown = await playground.channel(GUILD, "all", private_to=[BEN])
    created = await bot.next(hikari.GuildChannelCreateEvent)
    assert created.channel_id == int(shown["id"])
    with pytest.raises(hikari.ForbiddenError, match="50001"):
        await bot.rest.fetch_channel(int(hidden["id"]))
    await playground.deny("VIEW_CHANNEL", channel=shown["id"])
    await playground.say("ben", "unheard too", shown["id"])
    await playground.deny(channel=shown["id"])
    await playground.say("ben", "heard", shown["id"])
    await bot.hears("heard")
    assert [each.content for each in bot.seen(hikari.GuildMessageCreateEvent)] == ["heard"]


async def test_where_one_is_not_one_reads_nothing(playground: Playground) -> None:
    await playground.say("cleo", "before", HALL)
    await refused(playground.messages(HALL, user="ben"), "403: ben cannot see")
    assert [each["content"] for each in await playground.messages(HALL, user="ada")] == ["before"]
    direct = await playground.dm("ada")
    await playground.say("ada", "mine", direct["id"])
    await refused(playground.messages(direct["id"], user="ben"), "403: ben cannot see")


async def test_a_private_thread_is_for_its_members(playground: Playground, bot: Listener) -> None:
    await playground.deny("MANAGE_THREADS", channel=WORKSHOP)
    thread = await playground.thread("ada", "few", WORKSHOP, members=[CLEO])
    assert (thread["type"], thread["member_count"]) == (12, 2)
    said = await playground.say("cleo", "between us", thread["id"])
    with pytest.raises(hikari.ForbiddenError, match="50001"):
        await bot.rest.fetch_message(int(thread["id"]), int(said["id"]))
    await playground.say("ben", "as a moderator", thread["id"])
    await playground.set_member(GUILD, "ben")
    other = await playground.thread("ada", "fewer", WORKSHOP, members=[])
    await refused(playground.say("ben", "me?", other["id"]), "403: ben cannot see that channel")
    assert other["id"] not in await channels_of(playground, "ben")
    assert bot.seen(hikari.GuildThreadCreateEvent) == []

    with_bot = await playground.thread("ada", "and the bot", WORKSHOP, members=[BOT])
    joined = await bot.next(hikari.GuildThreadAccessEvent)
    assert joined.thread_id == int(with_bot["id"])
    await playground.say("ada", "you hear this", with_bot["id"])
    await bot.hears("you hear this")
    assert [each.content for each in bot.seen(hikari.GuildMessageCreateEvent)] == ["you hear this"]


async def test_who_is_in_a_thread(playground: Playground, bot: Listener) -> None:
    thread = await playground.thread("ada", "few", members=[CLEO, BOT])
    headers = {"Authorization": f"Bot {bot.bot._token}"}
    async with httpx.AsyncClient(base_url=playground.rest_url, headers=headers) as http:
        path = f"/channels/{thread['id']}/thread-members"

        async def members() -> list[str]:
            return [each["user_id"] for each in (await http.get(path)).json()]

        assert await members() == [BOT, ADA, CLEO]
        one: Payload = (await http.get(f"{path}/{CLEO}", params={"with_member": "true"})).json()
        assert (one["user_id"], one["member"]["user"]["username"]) == (CLEO, "cleo")
        assert "member" not in (await http.get(f"{path}/{ADA}")).json()
        missing = await http.get(f"{path}/{BEN}")
        assert (missing.status_code, missing.json()["code"]) == (404, 10007)
        assert (await http.put(f"{path}/{BEN}")).status_code == 204
        assert (await http.delete(f"{path}/{CLEO}")).status_code == 204
        assert await members() == [BOT, ADA, BEN]
        await playground.deny("MANAGE_THREADS")
        assert (await http.delete(f"{path}/@me")).status_code == 204
        left = await bot.next(
            hikari.ThreadMembersUpdateEvent, lambda event: bool(event.removed_member_ids)
        )
        assert [int(each) for each in left.removed_member_ids] == [int(BOT)]
        assert (await http.get(path)).status_code == 403
    await refused(playground.say("cleo", "still?", thread["id"]), "403: cleo cannot see")


async def test_what_is_wrong_with_a_private_thread(playground: Playground) -> None:
    said = await playground.say("ada", "x")
    await refused(playground.thread("ada", "x", members=["77"]), "404: Unknown Member")
    await refused(playground.thread("ada", "x", LOUNGE, said, members=[]), "400: a private thread")
    body: Payload = {"user": "ada", "name": "x", "members": [BEN]}
    path = f"/channels/{LOUNGE}/threads"
    await refused(playground.ask("POST", path, json=body), "400: members are given")
    body = {"user": "ada", "name": "x", "private": True, "members": BEN}
    await refused(playground.ask("POST", path, json=body), "400: members must be a list")


async def test_every_member_is_found_and_nobody_else(playground: Playground, bot: Listener) -> None:
    for user in (BOT, ADA, BEN, CLEO, "3004"):
        assert (await bot.rest.fetch_member(int(GUILD), int(user))).id == int(user)
    await playground.add_bot(ANNEX)
    assert (await bot.rest.fetch_member(int(ANNEX), int(CLEO))).id == int(CLEO)
    for user in (BEN, "77"):
        with pytest.raises(hikari.NotFoundError, match="10007"):
            await bot.rest.fetch_member(int(ANNEX), int(user))
