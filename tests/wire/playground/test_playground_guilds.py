"""Servers that the bot joins and leaves, their people and roles, and proxied messages."""

from __future__ import annotations

import asyncio

import hikari
import pytest

from tests.support.discord_bot import INTENTS, Listener, listening
from tests.support.playground import (
    ANNEX,
    BEN,
    BOT,
    GUILD,
    HALL,
    LOUNGE,
    Playground,
    PlaygroundError,
)

PLURALKIT = 466378653216014359


async def test_the_bot_joins_and_leaves(playground: Playground, bot: Listener) -> None:
    assert [guild.id async for guild in bot.rest.fetch_my_guilds()] == [int(GUILD)]
    with pytest.raises(hikari.ForbiddenError, match="50001"):
        await bot.rest.create_message(int(HALL), "anybody?")
    await playground.say("cleo", "unheard", HALL)
    await playground.add_bot(ANNEX)
    joined = await bot.next(hikari.GuildJoinEvent)
    assert (joined.guild.name, joined.guild.owner_id) == ("The Annex", 3003)
    assert [channel.name for channel in joined.channels.values()] == ["hall"]
    assert bot.seen(hikari.GuildMessageCreateEvent) == []
    await bot.rest.create_message(int(HALL), "hello")
    await bot.rest.create_webhook(int(HALL), "Aria")
    builder = bot.rest.slash_command_builder("here", "only here")
    await bot.rest.set_application_commands(int(BOT), [builder], int(ANNEX))
    assert [each["name"] for each in await playground.commands("cleo", HALL)] == ["here"]
    await playground.remove_bot(ANNEX)
    left = await bot.next(hikari.GuildLeaveEvent)
    assert left.guild_id == int(ANNEX)
    assert await playground.commands("cleo", HALL) == []
    with pytest.raises(hikari.NotFoundError, match="10004"):
        await bot.rest.fetch_guild(int(ANNEX))
    await playground.add_bot(ANNEX)
    await bot.rest.leave_guild(int(ANNEX))
    state = await playground.state()
    assert [guild["bot_member"] for guild in state["guilds"]] == [True, False]


async def test_a_new_server(playground: Playground, bot: Listener) -> None:
    guild = await playground.guild("Ben's", "ben")
    assert guild["owner_id"] == BEN
    await playground.add_bot(guild["id"])
    joined = await bot.next(hikari.GuildJoinEvent)
    (channel,) = joined.channels.values()
    assert channel.name == "general"
    said = await playground.say("ben", "first", str(channel.id))
    assert (await bot.hears("first")).message_id == int(said["id"])
    with pytest.raises(PlaygroundError, match="403"):
        await playground.say("ada", "I am not in it", str(channel.id))


async def test_members_and_roles_are_told(playground: Playground) -> None:
    async with listening(playground, INTENTS | hikari.Intents.GUILD_MEMBERS) as bot:
        role = await playground.role(GUILD, "Keeper", ["MANAGE_GUILD"])
        assert (await bot.next(hikari.RoleCreateEvent)).role.name == "Keeper"
        await playground.set_member(GUILD, "cleo", [role["id"]], "Keeper Cleo")
        changed = await bot.next(hikari.MemberUpdateEvent)
        assert changed.member.nickname == "Keeper Cleo"
        assert int(role["id"]) in changed.member.role_ids
        await playground.remove_member(GUILD, "cleo")
        assert (await bot.next(hikari.MemberDeleteEvent)).user.username == "cleo"
        with pytest.raises(PlaygroundError, match="403"):
            await playground.say("cleo", "let me in")
        await playground.set_member(GUILD, "cleo")
        assert (await bot.next(hikari.MemberCreateEvent)).user.username == "cleo"
        for guild, user, sentence in (
            (GUILD, "ada", "Missing Permissions"),  # the owner
            (GUILD, "dora", "user must be one of"),
            ("77", "ben", "Unknown Guild"),
        ):
            with pytest.raises(PlaygroundError, match=sentence):
                await playground.remove_member(guild, user)
        with pytest.raises(PlaygroundError, match="must be a list of permissions"):
            await playground.role(GUILD, "Odd", ["FLY"])
        with pytest.raises(PlaygroundError, match="Unknown Role"):
            await playground.set_member(GUILD, "cleo", ["77"])


async def test_a_proxied_message(playground: Playground, bot: Listener) -> None:
    first = await playground.say("ben", "how are you?")
    done = await playground.proxy("ada", "quite well", "Lua", reply_to=first["id"])
    original, proxied = done["original"], done["proxied"]
    heard = await bot.next(hikari.GuildMessageCreateEvent, lambda event: event.is_webhook)
    assert (heard.content, heard.author.username) == ("quite well", "Lua")
    assert heard.message.application_id == PLURALKIT
    assert "how are you?" in str(heard.message.embeds[0].description)
    gone = await bot.next(hikari.GuildMessageDeleteEvent)
    assert gone.message_id == int(original["id"])
    assert original["author"]["username"] == "ada"
    there = [each["id"] for each in await playground.messages()]
    assert there == [proxied["id"], first["id"]]
    again = await playground.proxy("ada", "and you?", "Lua")
    assert again["proxied"]["webhook_id"] == proxied["webhook_id"]
    direct = await playground.dm("ada")
    with pytest.raises(PlaygroundError, match="servers only"):
        await playground.proxy("ada", "x", "Lua", direct["id"])
    assert proxied["channel_id"] == LOUNGE


async def test_proxies_of_other_kinds(playground: Playground, bot: Listener) -> None:
    done = await playground.proxy("ada", "by another", "Lua", application="431544605209788416")
    heard = await bot.hears("by another")
    assert heard.author.username == "ada"
    assert done["proxied"]["application_id"] == "431544605209788416"
    done = await playground.proxy("ada", "by hand", "Lua", application=None)
    assert "application_id" not in done["proxied"]
    hooks = await bot.rest.fetch_channel_webhooks(int(LOUNGE))
    assert {each.name for each in hooks} == {"Proxy", "Captain Hook"}
    with pytest.raises(PlaygroundError, match="400: order must be one of"):
        await playground.proxy("ada", "x", "Lua", order="both")
    with pytest.raises(PlaygroundError, match="400: delay_s must be a number"):
        await playground.proxy("ada", "x", "Lua", delay_s="soon")


async def test_a_proxy_may_delete_first_and_take_its_time(
    playground: Playground, bot: Listener
) -> None:
    for order in ("copy_first", "delete_first"):
        bot.forget()
        asking = playground.proxy("ada", order, "Lua", order=order, delay_s=0.3)
        proxying = asyncio.create_task(asking)
        gone = await bot.next(hikari.GuildMessageDeleteEvent)
        heard = bot.seen(hikari.GuildMessageCreateEvent)
        assert any(event.is_webhook for event in heard) == (order == "copy_first")
        done = await proxying
        copy = await bot.next(hikari.GuildMessageCreateEvent, lambda event: event.is_webhook)
        assert gone.message_id == int(done["original"]["id"])
        assert copy.message_id == int(done["proxied"]["id"])
