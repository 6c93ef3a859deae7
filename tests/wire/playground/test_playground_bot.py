"""What a bot does all day, done by a real one over the wire."""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib

import hikari
import httpx
import lightbulb
import pytest

from tests.support.discord_bot import Listener
from tests.support.playground import ADA, BOT, GUILD, LOUNGE, TAVERN, Playground

THUMB = "\N{THUMBS UP SIGN}"


def png(width: int = 3, height: int = 2) -> bytes:
    """Return a small real picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


async def fetch(playground: Playground, url: str) -> tuple[str, bytes]:
    """Return content type and bytes behind an address of the playground."""
    async with httpx.AsyncClient(base_url=playground.url) as client:
        found = await client.get(url)
    found.raise_for_status()
    return found.headers["content-type"], found.content


async def test_a_bot_hears_what_is_said_with_its_author_and_mentions(
    playground: Playground, bot: Listener
) -> None:
    said = await playground.say("ada", f"hello <@{BOT}> and <@3002>")
    event = await bot.next(hikari.GuildMessageCreateEvent)
    assert event.content == said["content"]
    assert event.author.username == "ada"
    assert event.member is not None
    assert event.message.user_mentions_ids == [1000, 3002]
    guild = bot.bot.cache.get_guild(int(GUILD))
    assert guild is not None
    assert guild.owner_id == int(ADA)
    assert [channel.name for channel in guild.get_channels().values()] == [
        "lounge",
        "tavern",
        "workshop",
    ]


async def test_a_webhook_speaks_edits_and_deletes_under_its_own_name(
    playground: Playground, bot: Listener
) -> None:
    hook = await bot.rest.create_webhook(int(LOUNGE), "Aria", avatar=hikari.Bytes(png(), "a.png"))
    assert hook.avatar_hash is not None
    said = await hook.execute("I am here", username="Aria the Bold")
    shown = (await playground.messages())[0]
    assert shown["author"]["username"] == "Aria the Bold"
    assert shown["author"]["avatar"] == str(hook.avatar_hash)
    assert shown["webhook_id"] == str(hook.id)
    assert (await bot.hears("I am here")).message.webhook_id == hook.id
    await hook.edit_message(said, "I was there")
    assert (await playground.messages())[0]["content"] == "I was there"
    assert (await hook.fetch_message(said)).edited_timestamp is not None
    await hook.delete_message(said)
    assert await playground.messages() == []
    await bot.next(hikari.GuildMessageDeleteEvent)


async def test_webhooks_are_listed_changed_and_deleted(
    playground: Playground, bot: Listener
) -> None:
    hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
    await bot.rest.edit_webhook(hook, name="Bo", avatar=hikari.Bytes(png(), "a.png"))
    assert [each.name for each in await bot.rest.fetch_guild_webhooks(int(GUILD))] == ["Bo"]
    assert list(await bot.rest.fetch_channel_webhooks(int(TAVERN))) == []
    assert hook.token is not None
    again = await bot.rest.fetch_webhook(hook.id, token=hook.token)
    assert isinstance(again, hikari.IncomingWebhook)
    assert again.author is None
    await bot.next(hikari.WebhookUpdateEvent)
    await bot.rest.delete_webhook(hook.id)
    with pytest.raises(hikari.NotFoundError, match="Unknown Webhook"):
        await bot.rest.fetch_webhook(hook.id)
    assert (await playground.state())["bot_online"] is True


async def test_a_picture_is_fetched_from_this_machine_only(
    playground: Playground, bot: Listener
) -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split()[1])
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(png())}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + png())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/aria.png"
        hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
        first = await hook.execute("one", avatar_url=url)
        await hook.execute("two", avatar_url=url)
        far = await hook.execute("three", avatar_url="http://203.0.113.9/aria.png")
    assert asked == ["/aria.png"]
    assert str(first.author.avatar_hash) == hashlib.sha256(png()).hexdigest()[:32]
    assert far.author.avatar_hash is None
    path = f"/cdn/avatars/{hook.id}/{first.author.avatar_hash}.png"
    assert (await fetch(playground, path)) == ("image/png", png())


async def test_nobody_is_pinged_unless_it_was_allowed(
    playground: Playground, bot: Listener
) -> None:
    text = f"<@{ADA}> <@3002> <@&2010> @everyone"
    hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
    await hook.execute(text)
    quiet = (await playground.messages())[0]
    assert (quiet["mentions"], quiet["mention_roles"], quiet["mention_everyone"]) == ([], [], False)
    await hook.execute(text, user_mentions=[int(ADA)], mentions_everyone=True)
    loud = (await playground.messages())[0]
    assert [user["username"] for user in loud["mentions"]] == ["ada"]
    assert loud["mention_everyone"] is True
    said = await playground.say("ada", "a question")
    await bot.rest.create_message(int(LOUNGE), "yes", reply=int(said["id"]), mentions_reply=False)
    answer = (await playground.messages())[0]
    assert answer["mentions"] == []
    assert answer["referenced_message"]["content"] == "a question"


async def test_threads_are_opened_joined_spoken_in_and_archived(
    playground: Playground, bot: Listener
) -> None:
    said = await bot.rest.create_message(int(LOUNGE), "a long talk")
    thread = await bot.rest.create_message_thread(int(LOUNGE), said.id, "the talk")
    assert thread.id == said.id
    hook = await bot.rest.create_webhook(int(LOUNGE), "Aria")
    assert hook.token is not None
    in_thread = await bot.rest.execute_webhook(hook, hook.token, "in here", thread=thread)
    assert in_thread.channel_id == thread.id
    await bot.rest.edit_webhook_message(hook, hook.token, in_thread, "in there", thread=thread)
    with pytest.raises(hikari.NotFoundError, match="Unknown Message"):
        await bot.rest.edit_webhook_message(hook, hook.token, in_thread, "lost")
    with pytest.raises(hikari.NotFoundError, match="Unknown Channel"):
        await bot.rest.execute_webhook(hook, hook.token, "lost", thread=int(TAVERN))
    assert (await playground.messages(str(thread.id)))[0]["content"] == "in there"
    opened = await playground.thread("ada", "another")
    await bot.next(hikari.GuildThreadCreateEvent, lambda event: event.thread.name == "another")
    await bot.rest.join_thread(int(opened["id"]))
    members = await bot.rest.fetch_thread_members(int(opened["id"]))
    assert {member.user_id for member in members} == {1000, 3001}
    await bot.rest.edit_channel(thread.id, archived=True)
    active = await bot.rest.fetch_active_threads(int(GUILD))
    assert [str(each.id) for each in active] == [opened["id"]]
    archived = await bot.rest.fetch_public_archived_threads(int(LOUNGE))
    assert [each.id for each in archived] == [thread.id]
    await playground.say("ada", "awake again", str(thread.id))
    awake = await bot.rest.fetch_channel(thread.id)
    assert isinstance(awake, hikari.GuildThreadChannel)
    assert awake.is_archived is False


async def test_a_direct_message_goes_both_ways(playground: Playground, bot: Listener) -> None:
    channel = await playground.dm("ben")
    await playground.say("ben", "just between us", channel["id"])
    event = await bot.next(hikari.DMMessageCreateEvent)
    assert event.content == "just between us"
    assert event.channel_id == (await bot.rest.create_dm_channel(3002)).id
    sent = await event.message.respond("of course")
    assert (await playground.messages(channel["id"]))[0]["id"] == str(sent.id)
    with pytest.raises(hikari.ForbiddenError, match="50007"):
        await bot.rest.create_dm_channel(int(BOT))


async def test_reactions_are_heard_listed_and_taken_back(
    playground: Playground, bot: Listener
) -> None:
    said = await playground.say("ada", "what do you think?")
    message = await bot.rest.fetch_message(int(LOUNGE), int(said["id"]))
    await message.add_reaction(THUMB)
    await playground.react("ben", said, THUMB)
    event = await bot.next(hikari.GuildReactionAddEvent, lambda event: event.user_id == 3002)
    assert event.emoji_name == THUMB
    again = await bot.rest.fetch_message(int(LOUNGE), int(said["id"]))
    assert [(each.count, each.is_me) for each in again.reactions] == [(2, True)]
    users = await bot.rest.fetch_reactions_for_emoji(int(LOUNGE), message, THUMB)
    assert [user.id for user in users] == [1000, 3002]
    await playground.unreact("ben", said, THUMB)
    await bot.next(hikari.GuildReactionDeleteEvent)
    await message.remove_all_reactions()
    await bot.next(hikari.GuildReactionDeleteAllEvent)
    assert "reactions" not in (await playground.messages())[0]
    with pytest.raises(hikari.BadRequestError, match="Unknown Emoji"):
        await message.add_reaction("wave")


async def test_files_go_both_ways(playground: Playground, bot: Listener) -> None:
    said = await playground.say(
        "ada",
        "",
        files=[("../..\\me.png", "image/png", png(5, 7)), ("note.html", "text/html", b"<b>hi")],
    )
    event = await bot.next(hikari.GuildMessageCreateEvent)
    picture, note = event.message.attachments
    assert (picture.filename, picture.width, picture.height) == ("me.png", 5, 7)
    assert await picture.read() == png(5, 7)
    assert await note.read() == b"<b>hi"
    assert (await fetch(playground, note.url))[0] == "application/octet-stream"
    sent = await bot.rest.create_message(
        int(LOUNGE),
        "two files",
        attachments=[hikari.Bytes(b"one", "a.txt"), hikari.Bytes(b"two", "b.txt")],
    )
    assert [each.filename for each in sent.attachments] == ["a.txt", "b.txt"]
    left = await bot.rest.edit_message(
        int(LOUNGE), sent, attachments=[sent.attachments[1], hikari.Bytes(b"three", "c.txt")]
    )
    assert [each.filename for each in left.attachments] == ["b.txt", "c.txt"]
    assert (await fetch(playground, left.attachments[1].url))[1] == b"three"
    await playground.delete("ada", said)
    with pytest.raises(hikari.HTTPError):
        await picture.read()


async def test_history_pages_through_a_channel(playground: Playground, bot: Listener) -> None:
    said = [await playground.say("ada", f"number {number}") for number in range(12)]
    found = [message async for message in bot.rest.fetch_messages(int(LOUNGE)).limit(12)]
    assert [each.content for each in found] == [each["content"] for each in reversed(said)]
    middle = int(said[6]["id"])
    before = await playground.messages(limit=2, before=middle)
    after = await playground.messages(limit=2, after=middle)
    # hikari asks again and again around a message, unless it is told to stop.
    found_around = bot.rest.fetch_messages(int(LOUNGE), around=middle).limit(12)
    around = [each async for each in found_around]
    assert [each["content"] for each in before] == ["number 5", "number 4"]
    assert [each["content"] for each in after] == ["number 8", "number 7"]
    assert len(around) == 12
    await bot.rest.delete_messages(int(LOUNGE), [int(each["id"]) for each in said[:3]])
    await bot.next(hikari.GuildBulkMessageDeleteEvent)
    assert len(await playground.messages()) == 9


async def test_a_forwarded_message_carries_a_snapshot(
    playground: Playground, bot: Listener
) -> None:
    said = await playground.say("ada", "worth repeating")
    await bot.rest.forward_message(int(TAVERN), int(said["id"]), int(LOUNGE))
    forwarded = (await playground.messages(TAVERN))[0]
    assert forwarded["message_reference"]["message_id"] == said["id"]
    assert forwarded["message_snapshots"][0]["message"]["content"] == "worth repeating"


async def test_the_same_nonce_is_said_once(playground: Playground, bot: Listener) -> None:
    first = await bot.rest.create_message(int(LOUNGE), "once", nonce="turn-1")
    second = await bot.rest.create_message(int(LOUNGE), "once", nonce="turn-1")
    assert first.id == second.id
    assert len(await playground.messages()) == 1


async def test_embeds_and_components_come_back_as_discord_shows_them(
    playground: Playground, bot: Listener
) -> None:
    embed = hikari.Embed(title="A card", description="of somebody", color=0x336699)
    embed.add_field("age", "old", inline=True).set_footer("tzurot")
    embed.set_image(hikari.Bytes(png(), "embedded.png"))
    row = bot.rest.build_message_action_row().add_interactive_button(1, "go:1", label="Go")
    await bot.rest.create_message(int(LOUNGE), embed=embed, component=row)
    plain = (await playground.messages())[0]
    assert plain["embeds"][0]["fields"][0]["value"] == "old"
    image = plain["embeds"][0]["image"]
    assert (image["width"], image["height"]) == (3, 2)
    assert (await fetch(playground, image["url"])) == ("image/png", png())
    assert plain["components"][0]["components"][0]["custom_id"] == "go:1"
    box = hikari.impl.ContainerComponentBuilder()
    box.add_text_display("all in one box").add_separator()
    box.add_media_gallery([hikari.impl.MediaGalleryItemBuilder(media=hikari.Bytes(png(), "p.png"))])
    await bot.rest.create_message(int(LOUNGE), component=box)
    shown = (await playground.messages())[0]
    assert shown["flags"] == 1 << 15
    media = shown["components"][0]["components"][2]["items"][0]["media"]
    assert (await fetch(playground, media["url"])) == ("image/png", png())


async def test_commands_are_synced_and_keep_their_ids(
    playground: Playground, bot: Listener
) -> None:
    class Ping(lightbulb.SlashCommand, name="ping", description="answers"):
        count = lightbulb.integer("count", "how often", default=1, max_value=3)

        @lightbulb.invoke
        async def invoke(self, ctx: lightbulb.Context) -> None:
            await ctx.respond("pong")

    bot.client.register(Ping)
    await bot.client.sync_application_commands()
    first = await bot.rest.fetch_application_commands(int(BOT))
    assert [command.name for command in first] == ["ping"]
    seq = (await playground.log())[-1]["seq"]
    await bot.client.sync_application_commands()
    asked = [entry["method"] for entry in await playground.log(after=seq)]
    assert "PUT" not in asked
    builder = bot.rest.slash_command_builder("here", "only here")
    await bot.rest.set_application_commands(int(BOT), [builder], int(GUILD))
    here = await bot.rest.fetch_application_commands(int(BOT), int(GUILD))
    assert [command.name for command in here] == ["here"]
    assert [c.id for c in await bot.rest.fetch_application_commands(int(BOT))] == [first[0].id]
    await bot.rest.delete_application_command(int(BOT), first[0])
    assert list(await bot.rest.fetch_application_commands(int(BOT))) == []


async def test_a_bot_without_the_permission_is_refused(
    playground: Playground, bot: Listener
) -> None:
    await playground.deny("MANAGE_WEBHOOKS", "ADD_REACTIONS")
    with pytest.raises(hikari.ForbiddenError, match="50013"):
        await bot.rest.create_webhook(int(LOUNGE), "Aria")
    said = await playground.say("ada", "hello")
    with pytest.raises(hikari.ForbiddenError, match="50013"):
        await bot.rest.add_reaction(int(LOUNGE), int(said["id"]), THUMB)
    await playground.deny("VIEW_CHANNEL")
    bot.forget()
    await playground.say("ada", "behind closed doors")
    await playground.say("ada", "in the open", TAVERN)
    await bot.hears("in the open")
    heard = bot.seen(hikari.GuildMessageCreateEvent)
    assert [event.content for event in heard] == ["in the open"]
    with pytest.raises(hikari.ForbiddenError, match="50001"):
        await bot.rest.create_message(int(LOUNGE), "hello?")
    await playground.deny()
    await bot.rest.create_message(int(LOUNGE), "hello again")


async def test_who_is_there_can_be_asked(playground: Playground, bot: Listener) -> None:
    guild = await bot.rest.fetch_guild(int(GUILD))
    assert guild.name == (await playground.state())["guilds"][0]["name"]
    members = {member.username async for member in bot.rest.fetch_members(guild)}
    assert members == {"ada", "ben", "cleo", "dana", "tzurot"}
    assert (await bot.rest.fetch_user(int(ADA))).global_name == "Ada"
    me = await bot.rest.edit_my_member(guild, nickname="Keeper")
    assert me.nickname == "Keeper"
    assert len(await bot.rest.fetch_roles(guild)) == 4
    renamed = await bot.rest.edit_my_user(username="keeper", avatar=hikari.Bytes(png(), "a.png"))
    assert renamed.avatar_hash is not None
    async with bot.rest.trigger_typing(int(LOUNGE)):
        await bot.next(hikari.GuildTypingEvent, lambda event: event.user_id == 1000)
    with pytest.raises(hikari.NotFoundError, match="Unknown User"):
        await bot.rest.fetch_user(5)
