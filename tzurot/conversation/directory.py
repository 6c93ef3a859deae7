"""Answers questions about Discord, and turns its messages into plain data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import aiohttp
import hikari
from loguru import logger

from tzurot.characters.scope import Venue
from tzurot.conversation.content import images_of, words_of
from tzurot.conversation.incoming import Incoming, Member
from tzurot.conversation.lately import Lately
from tzurot.conversation.marks import Places, channels_in, roles_in
from tzurot.conversation.permissions import (
    MANAGE_THREADS,
    VIEW_CHANNEL,
    Overwrite,
    Person,
    Server,
    may_read,
    permissions_in,
)
from tzurot.conversation.ports import Recent
from tzurot.conversation.references import Found, Link
from tzurot.conversation.scene import Where

MOST_ROLES = 5
MEMBER_S: Final = 60
"""Seconds for which a member's roles count without being asked for again."""
_MOST_MEMBERS: Final = 1000
PARENT_S: Final = 86_400
"""Seconds for which a thread's channel is not asked for again: it never changes."""
_MOST_THREADS: Final = 1000
# What people write; everything else (joins, pins, boosts, …) is Discord's own notice.
_SPOKEN = {hikari.MessageType.DEFAULT, hikari.MessageType.REPLY}
# What can be referred to: also what applications answer to commands.
_READABLE = _SPOKEN | {hikari.MessageType.CHAT_INPUT, hikari.MessageType.CONTEXT_MENU_COMMAND}
_OPEN_THREADS = {hikari.ChannelType.GUILD_PUBLIC_THREAD, hikari.ChannelType.GUILD_NEWS_THREAD}
_VOICE = {hikari.ChannelType.GUILD_VOICE, hikari.ChannelType.GUILD_STAGE}
_AGE_RESTRICTED = {hikari.GuildNSFWLevel.EXPLICIT, hikari.GuildNSFWLevel.AGE_RESTRICTED}

_Channel = hikari.PermissibleGuildChannel
_Thread = hikari.GuildThreadChannel


@dataclass(frozen=True, slots=True)
class _Room:
    """A channel of a server, and the thread in it that is meant, if one is."""

    guild: hikari.GatewayGuild
    channel: _Channel
    thread: _Thread | None

    @property
    def place(self) -> _Channel | _Thread:
        """Which of the two is meant."""
        return self.thread or self.channel


class HikariDirectory:
    """The directory over Discord's REST API, and the gateway's cache of servers and channels."""

    def __init__(self, bot: hikari.GatewayBot) -> None:
        self._bot = bot
        self._members = Lately(self._member, seconds=MEMBER_S, most=_MOST_MEMBERS)
        self._parents = Lately(self._parent_of, seconds=PARENT_S, most=_MOST_THREADS)

    async def recent(self, venue: Venue, *, limit: int) -> Recent | None:
        """Return what was said last at the venue, or None when it cannot be read.

        Our own posts are named only: what characters say, and what people say by command, is
        recorded when it is posted. Notices are no talk.
        """
        try:
            found = await self._bot.rest.fetch_messages(venue.channel_id).limit(limit)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("The channel's history cannot be read: {}", told(error))
            return None
        said = [
            incoming(self._bot, message, venue.guild_id)
            for message in found
            if is_said(message) and not is_ours(self._bot, message)
        ]
        return Recent(said, frozenset(int(message.id) for message in found))

    async def where(self, venue: Venue) -> Where:
        """Return what the place is called, as far as the cache knows."""
        if venue.guild_id is None:
            return Where()
        cache = self._bot.cache
        guild = cache.get_available_guild(venue.guild_id)
        thread = cache.get_thread(venue.channel_id)
        channel = cache.get_guild_channel(venue.channel_id if thread is None else thread.parent_id)
        return Where(
            server=guild.name if guild else "",
            channel=(channel.name or "") if channel else "",
            thread=(thread.name or "") if thread else "",
        )

    async def placed(self, said: Incoming) -> Incoming | None:
        """Return what was said with its place known, None when it cannot be made certain of.

        A thread that the cache lacks, as those do that rested when we came, is asked for once.
        """
        cache, here = self._bot.cache, said.channel_id
        if said.guild_id is None or cache.get_guild_channel(here) or cache.get_thread(here):
            return said
        try:
            parent_id = await self._parents.get(here)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("Where something was said cannot be found out: {}", told(error))
            return None
        channel = cache.get_guild_channel(parent_id)
        if channel is None or channel.guild_id != said.guild_id:
            return None
        is_age_restricted = _asks_age(cache.get_guild(channel.guild_id), channel)
        return replace(said, parent_channel_id=parent_id, is_age_restricted=is_age_restricted)

    async def places_for(
        self, guild_id: int | None, user_id: int, texts: Collection[str]
    ) -> Places:
        """Return the names of what texts said in a server mention, as far as this person sees it.

        All comes from the cache, but for the person's roles; a thread that may be private is told
        to those only who see all threads of its channel.
        """
        guild = None if guild_id is None else self._bot.cache.get_available_guild(guild_id)
        if guild is None:
            return Places()
        found = [self._bot.cache.get_role(one) for one in roles_in(texts)]
        roles = {
            int(role.id): role.name.removeprefix("@")
            for role in found
            if role is not None and role.guild_id == guild.id
        }
        rooms = [room for one in channels_in(texts) if (room := self._kept_room(guild, one))]
        channels = {}
        if rooms:
            try:
                member = await self._members.get((int(guild.id), user_id))
            except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
                logger.info("Who mentions channels is not known here: {}", told(error))
                return Places(roles=roles)
            channels = {
                int(room.place.id): room.place.name or "unknown"
                for room in rooms
                if self._sees(room, member)
            }
        return Places(channels=channels, roles=roles)

    async def read_for(self, link: Link, user_id: int) -> Found | None:
        """Return the message that a link leads to, None unless this person may read it there.

        Of direct messages, only those between this person and the bot. Closed on every doubt.
        """
        try:
            if link.guild_id is None:
                return await self._read_direct(link, user_id)
            room = await self._room(link.guild_id, link.channel_id)
            if room is None or not await self._may_read(room, user_id):
                return None
            message = await self._message(link)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.info("A message that is referred to cannot be read: {}", told(error))
            return None
        if message is None:
            return None
        # What the link names may not be in the cache, from which `incoming` knows such things.
        said = replace(
            incoming(self._bot, message, room.guild.id),
            parent_channel_id=None if room.thread is None else int(room.channel.id),
            is_age_restricted=_asks_age(room.guild, room.channel),
        )
        return Found(said=said, channel=room.place.name or "", server=room.guild.name)

    async def _read_direct(self, link: Link, user_id: int) -> Found | None:
        channel = await self._bot.rest.fetch_channel(link.channel_id)
        if not isinstance(channel, hikari.DMChannel) or channel.recipient.id != user_id:
            return None
        message = await self._message(link)
        return None if message is None else Found(said=incoming(self._bot, message, None))

    async def _message(self, link: Link) -> hikari.Message | None:
        message = await self._bot.rest.fetch_message(link.channel_id, link.message_id)
        return message if message.type in _READABLE else None

    async def _room(self, guild_id: int, channel_id: int) -> _Room | None:
        """Return a channel or thread if it is in this server, and the bot too."""
        cache = self._bot.cache
        # Looked at first: nothing is asked of Discord for links to anywhere else.
        guild = cache.get_available_guild(guild_id)
        if guild is None:
            return None
        place: hikari.PartialChannel = (
            cache.get_guild_channel(channel_id)
            or cache.get_thread(channel_id)
            or await self._bot.rest.fetch_channel(channel_id)
        )
        return self._room_of(guild, place)

    def _kept_room(self, guild: hikari.GatewayGuild, channel_id: int) -> _Room | None:
        """Return a channel or thread of this server, as far as the cache knows it."""
        cache = self._bot.cache
        place = cache.get_guild_channel(channel_id) or cache.get_thread(channel_id)
        return None if place is None else self._room_of(guild, place)

    def _room_of(self, guild: hikari.GatewayGuild, place: hikari.PartialChannel) -> _Room | None:
        cache = self._bot.cache
        thread = place if isinstance(place, _Thread) else None
        channel = place if thread is None else cache.get_guild_channel(thread.parent_id)
        if not isinstance(channel, _Channel) or channel.guild_id != guild.id:
            return None
        return _Room(guild, channel, thread)

    async def _may_read(self, room: _Room, user_id: int) -> bool:
        """Whether somebody may read a place now. Raises HikariError when they are not in it."""
        member = await self._members.get((room.guild.id, user_id))
        granted = self._granted(room, member)
        if not may_read(granted, is_voice=room.channel.type in _VOICE):
            return False
        thread = room.thread
        if thread is not None and thread.type not in _OPEN_THREADS and not granted & MANAGE_THREADS:
            await self._bot.rest.fetch_thread_member(thread, user_id)
        return True

    def _sees(self, room: _Room, member: hikari.Member) -> bool:
        """Whether it is certain that somebody sees that a place is there."""
        granted = self._granted(room, member)
        is_open = room.thread is None or room.thread.type in _OPEN_THREADS
        return bool(granted & VIEW_CHANNEL) and (is_open or bool(granted & MANAGE_THREADS))

    def _granted(self, room: _Room, member: hikari.Member) -> int:
        guild = room.guild
        roles = self._bot.cache.get_roles_view_for_guild(guild.id)
        return permissions_in(
            Server(
                id=guild.id,
                owner_id=guild.owner_id,
                roles={role.id: int(role.permissions) for role in roles.values()},
            ),
            Person(
                id=member.id,
                role_ids=member.role_ids,
                is_timed_out=member.communication_disabled_until() is not None,
            ),
            {
                one.id: Overwrite(allow=int(one.allow), deny=int(one.deny))
                for one in room.channel.permission_overwrites.values()
            },
        )

    async def _parent_of(self, channel_id: int) -> int:
        """Return the channel of a thread, or a channel's own id."""
        place = await self._bot.rest.fetch_channel(channel_id)
        return int(place.parent_id if isinstance(place, _Thread) else place.id)

    async def _member(self, key: tuple[int, int]) -> hikari.Member:
        guild_id, user_id = key
        return await self._bot.rest.fetch_member(guild_id, user_id)


def is_ours(bot: hikari.GatewayBot, message: hikari.PartialMessage) -> bool:
    """Whether our own account or one of our webhooks posted this."""
    me = bot.get_me()
    author = message.author or None
    return me is not None and me.id in (message.application_id, author and author.id)


def told(error: Exception) -> str:
    """Return what Discord said in an error, without the address: it may hold a webhook's token."""
    if isinstance(error, hikari.HTTPResponseError):
        code = getattr(error, "code", 0)
        return f"{int(error.status)} {error.message} (code {code})"
    return f"{type(error).__name__}: {error}"


def is_said(message: hikari.PartialMessage) -> bool:
    """Whether somebody said this, rather than Discord noting something."""
    return message.type in _SPOKEN


def incoming(bot: hikari.GatewayBot, message: hikari.Message, guild_id: int | None) -> Incoming:
    """Return a Discord message as plain data."""
    author = message.author
    nickname = message.member.display_name if message.member else None
    reference = message.message_reference
    is_reply = message.type is hikari.MessageType.REPLY and reference is not None
    return Incoming(
        message_id=int(message.id),
        channel_id=int(message.channel_id),
        guild_id=None if guild_id is None else int(guild_id),
        author_id=int(author.id),
        author_name=nickname or author.global_name or author.username,
        is_person=not (author.is_bot or author.is_system or message.webhook_id),
        content=words_of(message),
        replies_to_us=message.referenced_message is not None
        and is_ours(bot, message.referenced_message),
        reply_to_id=int(reference.id) if is_reply and reference and reference.id else None,
        application_id=None if message.application_id is None else int(message.application_id),
        mentions=_mentions(message),
        images=images_of(message),
        member=_member(bot, message.member),
        parent_channel_id=_parent(bot, message.channel_id),
        username=author.username,
        is_webhook=message.webhook_id is not None,
        is_age_restricted=is_age_restricted(bot, message.channel_id),
    )


def _mentions(message: hikari.Message) -> tuple[tuple[int, str], ...]:
    users = message.user_mentions or {}
    return tuple((int(user.id), user.global_name or user.username) for user in users.values())


def _member(bot: hikari.GatewayBot, member: hikari.Member | None) -> Member | None:
    if member is None:
        return None
    # @everyone, whose id is the server's, is no role that anybody has.
    known = (bot.cache.get_role(role) for role in member.role_ids if role != member.guild_id)
    roles = sorted((role for role in known if role), key=lambda role: role.position, reverse=True)
    return Member(
        nickname=member.nickname or None,
        roles=tuple(role.name for role in roles[:MOST_ROLES]),
        joined=member.joined_at.date().isoformat() if member.joined_at else None,
    )


def _parent(bot: hikari.GatewayBot, channel_id: hikari.Snowflake) -> int | None:
    thread = bot.cache.get_thread(channel_id)
    return int(thread.parent_id) if thread is not None else None


def is_age_restricted(bot: hikari.GatewayBot, channel_id: hikari.Snowflake) -> bool:
    """Whether a channel, or the one that a thread belongs to, is for grown-ups; unknown: False."""
    thread = bot.cache.get_thread(channel_id)
    channel = bot.cache.get_guild_channel(channel_id if thread is None else thread.parent_id)
    if channel is None:
        return False
    return _asks_age(bot.cache.get_guild(channel.guild_id), channel)


def _asks_age(guild: hikari.Guild | None, channel: _Channel) -> bool:
    """Whether Discord asks people for their age before it shows them this channel."""
    is_whole_server = guild is not None and guild.nsfw_level in _AGE_RESTRICTED
    return is_whole_server or bool(channel.is_nsfw)
