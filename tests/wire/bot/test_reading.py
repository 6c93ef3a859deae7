"""What the directory reads for a person: what they may read on Discord themselves, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import hikari
import pytest

from tests.support.discord_bot import Listener, listening
from tests.support.playground import (
    ADA,
    ANNEX,
    BEN,
    BOT,
    CLEO,
    DANA,
    GUILD,
    HALL,
    LOUNGE,
    TAVERN,
    Payload,
    Playground,
)
from tzurot.conversation.directory import HikariDirectory, incoming
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.references import Found, Link, Reference, gather

NOBODY = 1
MODERATOR = "2011"


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Listener]:
    async with listening(playground) as found:
        yield found
    await playground.assert_clean()


@pytest.fixture
def directory(bot: Listener) -> HikariDirectory:
    return HikariDirectory(bot.bot)


def link(message: Payload, guild: str | None = GUILD) -> Link:
    return Link(int(guild) if guild else None, int(message["channel_id"]), int(message["id"]))


async def read(directory: HikariDirectory, where: Link, user: str) -> str | None:
    """Return the words that are read for somebody, None when nothing is."""
    found = await directory.read_for(where, int(user))
    return None if found is None else found.said.content


def url(message: Payload, guild: str = GUILD) -> str:
    return f"https://discord.com/channels/{guild}/{message['channel_id']}/{message['id']}"


async def gathered(directory: HikariDirectory, trigger: Incoming, user: str) -> list[Reference]:
    async def for_user(where: Link) -> Found | None:
        return await directory.read_for(where, int(user))

    return await gather(trigger, read=for_user, visible=(), depth=2, most=8)


async def asked(playground: Playground, part: str) -> int:
    """Return how often the bot asked for a path with this part."""
    return sum(part in each["path"] for each in await playground.log())


async def test_a_message_comes_with_its_author_and_place(
    playground: Playground, directory: HikariDirectory
) -> None:
    first = await playground.say(BEN, "the key is under the mat", TAVERN)
    said = await playground.reply(CLEO, first, "which mat?")
    found = await directory.read_for(link(said), int(ADA))
    assert found is not None
    assert (found.channel, found.server) == ("tavern", "The Playground")
    assert (found.said.author_id, found.said.content) == (int(CLEO), "which mat?")
    assert (found.said.guild_id, found.said.channel_id) == (int(GUILD), int(TAVERN))
    assert found.said.reply_to_id == int(first["id"])
    assert found.said.is_person
    assert not found.said.is_age_restricted
    assert found.said.parent_channel_id is None


async def test_what_the_bot_posted_is_no_person(bot: Listener, directory: HikariDirectory) -> None:
    hook = await bot.rest.create_webhook(int(LOUNGE), "Juniper")
    said = await hook.execute("Tea?", username="Juniper")
    found = await directory.read_for(Link(int(GUILD), int(LOUNGE), int(said.id)), int(BEN))
    assert found is not None
    assert (found.said.author_name, found.said.is_person) == ("Juniper", False)
    assert found.said.is_webhook


async def test_what_is_not_there_is_not_read(
    playground: Playground, directory: HikariDirectory
) -> None:
    said = await playground.say(BEN, "hello")
    here = link(said)
    assert await read(directory, here, CLEO) == "hello"
    # A message that is not in that channel, no such channel, no such person in the server.
    assert await read(directory, Link(int(GUILD), int(TAVERN), here.message_id), CLEO) is None
    assert await read(directory, Link(int(GUILD), NOBODY, here.message_id), CLEO) is None
    assert await read(directory, here, str(NOBODY)) is None
    await playground.delete(BEN, said)
    assert await read(directory, here, CLEO) is None


async def test_the_server_that_a_link_names_must_be_the_channels(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    said = await playground.say(BEN, "hello")
    for wrong in (None, str(NOBODY), ANNEX):
        assert await read(directory, link(said, wrong), CLEO) is None
    # Also when the bot is in both, and the person too.
    await playground.add_bot(ANNEX)
    await bot.next(hikari.GuildJoinEvent)
    assert await read(directory, link(said, ANNEX), CLEO) is None


async def test_another_server_is_read_for_its_members_while_the_bot_is_there(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    said = await playground.say(CLEO, "welcome", HALL)
    where = link(said, ANNEX)
    assert await read(directory, where, ADA) is None
    # Nothing at all was asked about a server in which the bot is not.
    assert await asked(playground, HALL) == await asked(playground, ANNEX) == 0
    await playground.add_bot(ANNEX)
    await bot.next(hikari.GuildJoinEvent)
    found = await directory.read_for(where, int(ADA))
    assert found is not None
    assert (found.said.content, found.channel, found.server) == ("welcome", "hall", "The Annex")
    assert await read(directory, where, BEN) is None
    await playground.remove_bot(ANNEX)
    await bot.next(hikari.GuildLeaveEvent)
    assert await read(directory, where, ADA) is None


async def test_a_direct_message_is_read_for_its_own_person_only(
    playground: Playground, directory: HikariDirectory
) -> None:
    dm = await playground.dm(BEN)
    said = await playground.say(BEN, "between us", dm["id"])
    found = await directory.read_for(link(said, None), int(BEN))
    assert found is not None
    assert (found.said.content, found.channel, found.server) == ("between us", "", "")
    assert found.said.venue.is_dm
    # Not for others, be they the owner of everything; and not as if it were in a server.
    await playground.dm(CLEO)
    for other in (CLEO, DANA, ADA, BOT):
        assert await read(directory, link(said, None), other) is None
    for user in (BEN, ADA):
        assert await read(directory, link(said, GUILD), user) is None


async def test_where_the_bot_may_not_read_nothing_is_read(
    playground: Playground, directory: HikariDirectory
) -> None:
    said = await playground.say(BEN, "hello")
    for permission in ("READ_MESSAGE_HISTORY", "VIEW_CHANNEL"):
        await playground.deny(permission)
        assert await read(directory, link(said), ADA) is None
    await playground.deny()
    assert await read(directory, link(said), ADA) == "hello"


async def test_an_open_thread_is_read_for_who_may_read_its_channel(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    thread = await playground.thread(BEN, "a quiet corner")
    said = await playground.say(BEN, "psst", thread["id"])
    await bot.hears("psst")
    for is_cached in (True, False):
        assert (bot.bot.cache.get_thread(int(thread["id"])) is not None) is is_cached
        found = await directory.read_for(link(said), int(CLEO))
        assert found is not None
        assert (found.said.content, found.channel) == ("psst", "a quiet corner")
        assert found.said.parent_channel_id == int(LOUNGE)
        # As after a restart: threads that rest are not told of.
        bot.bot.cache.clear_threads()  # type: ignore[attr-defined]
    assert await read(directory, link(said), str(NOBODY)) is None


async def test_a_private_channel_is_read_for_those_whom_it_is_for(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    role = await playground.role(GUILD, "Keeper")
    channel = await playground.channel(GUILD, "vault", private_to=[role["id"], BEN])
    await bot.next(hikari.GuildChannelCreateEvent)
    said = await playground.say(BEN, "the gold", channel["id"])
    thread = await playground.thread(BEN, "counting", channel["id"])
    counted = await playground.say(BEN, "nine bars", thread["id"])
    await bot.hears("nine bars")
    assert await read(directory, link(said), CLEO) is None
    # A thread is as open as its channel.
    assert await read(directory, link(counted), CLEO) is None
    # Ben by name, Dana as administrator, Ada as owner.
    for user in (BEN, DANA, ADA):
        assert await read(directory, link(said), user) == "the gold"
        assert await read(directory, link(counted), user) == "nine bars"
    # By a role, as soon as it is looked at again.
    await playground.set_member(GUILD, CLEO, [role["id"]])
    later = HikariDirectory(bot.bot)
    assert await read(later, link(said), CLEO) == "the gold"
    await playground.set_member(GUILD, CLEO)
    assert await read(HikariDirectory(bot.bot), link(said), CLEO) is None


async def test_a_channel_that_is_hidden_from_the_bot_is_read_for_nobody(
    playground: Playground, directory: HikariDirectory
) -> None:
    channel = await playground.channel(GUILD, "humans", private_to=[BEN], bot=False)
    said = await playground.say(BEN, "without machines", channel["id"])
    for user in (BEN, ADA):
        assert await read(directory, link(said), user) is None


async def test_a_private_thread_is_read_for_who_is_in_it_or_manages_threads(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    thread = await playground.thread(ADA, "behind the curtain", members=[CLEO, BOT])
    await bot.next(hikari.GuildThreadAccessEvent)
    said = await playground.say(CLEO, "a secret", thread["id"])
    role = await playground.role(GUILD, "Guest")
    await playground.set_member(GUILD, BEN, [role["id"]])
    assert await read(directory, link(said), BEN) is None
    assert await read(directory, link(said), CLEO) == "a secret"
    # Who goes or comes is known at once.
    await bot.rest.remove_thread_member(int(thread["id"]), int(CLEO))
    assert await read(directory, link(said), CLEO) is None
    await bot.rest.add_thread_member(int(thread["id"]), int(BEN))
    assert await read(directory, link(said), BEN) == "a secret"
    # Ada owns the server, Dana administrates it; neither has to be in the thread.
    for user in (ADA, DANA):
        assert await read(directory, link(said), user) == "a secret"
    # Threads are managed by the role that Ben had.
    await bot.rest.remove_thread_member(int(thread["id"]), int(BEN))
    await playground.set_member(GUILD, BEN, [MODERATOR])
    assert await read(HikariDirectory(bot.bot), link(said), BEN) == "a secret"


async def test_a_private_thread_without_the_bot_is_read_for_nobody(
    playground: Playground, directory: HikariDirectory
) -> None:
    await playground.deny("MANAGE_THREADS")
    thread = await playground.thread(ADA, "behind the curtain", members=[CLEO])
    said = await playground.say(CLEO, "a secret", thread["id"])
    for user in (CLEO, ADA):
        assert await read(directory, link(said), user) is None


async def test_age_restricted_places_are_known_as_such(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    channel = await playground.channel(GUILD, "after-hours", nsfw=True)
    await bot.next(hikari.GuildChannelCreateEvent)
    thread = await playground.thread(BEN, "later still", channel["id"])
    said = [await playground.say(BEN, "late", place["id"]) for place in (channel, thread)]
    await bot.next(hikari.GuildMessageCreateEvent, lambda one: one.channel_id == int(thread["id"]))
    # Threads that rest are not in the cache.
    bot.bot.cache.clear_threads()  # type: ignore[attr-defined]
    trigger = await directory.read_for(link(await playground.say(CLEO, "hm")), int(CLEO))
    assert trigger is not None
    for one in said:
        found = await directory.read_for(link(one), int(CLEO))
        assert found is not None
        assert found.said.is_age_restricted
        pointing = replace(trigger.said, content=url(one))
        assert await gathered(directory, pointing, CLEO) == []
    await playground.change_channel(channel["id"], nsfw=False)
    await bot.next(hikari.GuildChannelUpdateEvent)
    for one in said:
        pointing = replace(trigger.said, content=url(one))
        assert [each.message_id for each in await gathered(directory, pointing, CLEO)] == [
            int(one["id"])
        ]


async def test_who_left_is_a_member_no_more_and_who_came_is_one(
    playground: Playground, directory: HikariDirectory
) -> None:
    said = await playground.say(BEN, "hello")
    await playground.ask("DELETE", f"/guilds/{GUILD}/members/{CLEO}")
    assert await read(directory, link(said), CLEO) is None
    await playground.ask("PUT", f"/guilds/{GUILD}/members/{CLEO}", json={"roles": []})
    assert await read(directory, link(said), CLEO) == "hello"


async def test_a_member_is_asked_for_once_in_a_while(
    playground: Playground, directory: HikariDirectory
) -> None:
    said = [await playground.say(BEN, f"part {number}") for number in range(4)]
    found = await asyncio.gather(*(read(directory, link(one), CLEO) for one in said))
    assert found == ["part 0", "part 1", "part 2", "part 3"]
    assert await asked(playground, f"members/{CLEO}") == 1


@pytest.mark.parametrize("path", ["/members/", "/messages/"])
@pytest.mark.parametrize("fault", [{"kind": "5xx_before"}, {"kind": "drop_before"}])
async def test_a_fault_of_discord_closes(
    playground: Playground, path: str, fault: dict[str, str]
) -> None:
    said = await playground.say(BEN, "hello")
    async with listening(playground, retries=0) as bot:
        directory = HikariDirectory(bot.bot)
        # A cut connection is tried again by the client itself.
        await playground.fault(**fault, path=path, times=9)
        assert await read(directory, link(said), CLEO) is None
        await playground.clear_faults()
        assert await read(directory, link(said), CLEO) == "hello"


async def test_references_are_gathered_over_channels_and_threads(
    playground: Playground, directory: HikariDirectory
) -> None:
    """A reply leads to a link, and that to a thread; somebody else's DM is left out."""
    dm = await playground.dm(BEN)
    secret = await playground.say(BEN, "between us", dm["id"])
    thread = await playground.thread(BEN, "a quiet corner", TAVERN)
    deepest = await playground.say(BEN, "under the mat", thread["id"])
    first = await playground.say(BEN, f"I told you: {url(secret, '@me')} {url(deepest)}")
    trigger = await directory.read_for(
        link(await playground.reply(CLEO, first, "what does he mean?")), int(CLEO)
    )
    assert trigger is not None
    found = await gathered(directory, trigger.said, CLEO)
    assert [one.message_id for one in found] == [int(first["id"]), int(deepest["id"])]
    assert [one.is_here for one in found] == [True, False]


async def test_what_a_forward_links_to_is_followed(
    playground: Playground, directory: HikariDirectory
) -> None:
    deepest = await playground.say(BEN, "under the mat", TAVERN)
    said = await playground.say(BEN, f"look: {url(deepest)}", TAVERN)
    forward = await playground.forward(CLEO, said)
    trigger = await directory.read_for(link(forward), int(CLEO))
    assert trigger is not None
    assert trigger.said.reply_to_id is None
    found = await gathered(directory, trigger.said, CLEO)
    assert [one.message_id for one in found] == [int(deepest["id"])]


async def test_channels_are_named_to_those_who_see_them(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    vault = await playground.channel(GUILD, "vault", private_to=[BEN])
    await bot.next(hikari.GuildChannelCreateEvent)
    corner = await playground.thread(BEN, "a quiet corner")
    for_two = await playground.thread(ADA, "for two", members=[CLEO, BOT])
    await bot.next(hikari.GuildThreadAccessEvent)
    ids = [LOUNGE, vault["id"], HALL, corner["id"], for_two["id"], str(NOBODY)]
    texts = [f"see <#{one}>" for one in ids] + [f"<@&{MODERATOR}> <@&{GUILD}> <@&{NOBODY}>"]
    found = await directory.places_for(int(GUILD), int(CLEO), texts)
    # Whether she is in a private thread would have to be asked for.
    assert found.channels == {int(LOUNGE): "lounge", int(corner["id"]): "a quiet corner"}
    assert found.roles == {int(MODERATOR): "Moderator", int(GUILD): "everyone"}
    found = await directory.places_for(int(GUILD), int(ADA), texts)
    assert found.channels.keys() == {int(one) for one in ids} - {int(HALL), NOBODY}
    found = await directory.places_for(int(GUILD), int(BEN), texts)
    assert found.channels[int(vault["id"])] == "vault"
    # Of each, the roles were asked for, and nothing else of anybody.
    assert await asked(playground, "/members/") == 3
    for nothing in (
        await directory.places_for(int(GUILD), NOBODY, texts[:2]),
        await directory.places_for(None, int(CLEO), texts),
        await directory.places_for(NOBODY, int(CLEO), texts),
    ):
        assert nothing.channels == {}


async def test_a_thread_that_is_not_in_the_cache_is_asked_for_once(
    playground: Playground, bot: Listener, directory: HikariDirectory
) -> None:
    channel = await playground.channel(GUILD, "after-hours", nsfw=True)
    await bot.next(hikari.GuildChannelCreateEvent)
    thread = await playground.thread(BEN, "later still", channel["id"])
    message = await playground.say(BEN, "psst", thread["id"])
    event = await bot.hears("psst")
    bot.bot.cache.clear_threads()  # type: ignore[attr-defined]
    said = incoming(bot.bot, event.message, int(GUILD))
    assert (said.parent_channel_id, said.is_age_restricted) == (None, False)
    path = f"/channels/{thread['id']}"
    await playground.fault("5xx_before", method="GET", path=path, times=9)
    assert await directory.placed(said) is None
    await playground.clear_faults()
    before = await asked(playground, path)
    for _ in range(3):
        placed = await directory.placed(said)
        assert placed == replace(said, parent_channel_id=int(channel["id"]), is_age_restricted=True)
    assert await asked(playground, path) == before + 1
    # Not as if it were in another server; and what is known is asked of nobody.
    assert await directory.placed(replace(said, guild_id=int(ANNEX))) is None
    for known in (replace(said, guild_id=None), replace(said, channel_id=int(LOUNGE))):
        assert await directory.placed(known) is known
    assert await asked(playground, path) == before + 1
    assert int(message["id"]) == said.message_id
