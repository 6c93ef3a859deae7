"""Answers questions about Discord, and turns its messages into plain data."""

from __future__ import annotations

import aiohttp
import hikari
from loguru import logger

from tzurot.characters.scope import Venue
from tzurot.conversation.content import images_of, words_of
from tzurot.conversation.incoming import Incoming, Member

MOST_ROLES = 5
# What people write; everything else (joins, pins, boosts, …) is Discord's own notice.
_SPOKEN = {hikari.MessageType.DEFAULT, hikari.MessageType.REPLY}


class HikariDirectory:
    """The directory over Discord's REST API."""

    def __init__(self, bot: hikari.GatewayBot) -> None:
        self._bot = bot

    async def recent(self, venue: Venue, *, limit: int) -> list[Incoming] | None:
        """Return what others said last at the venue, or None when it cannot be read.

        Our own posts are left out: delivery recorded what characters said, and notices are no talk.
        """
        try:
            found = await self._bot.rest.fetch_messages(venue.channel_id).limit(limit)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("The channel's history cannot be read: {}", told(error))
            return None
        said = (message for message in found if is_said(message))
        return [
            incoming(self._bot, message, venue.guild_id)
            for message in said
            if not is_ours(self._bot, message)
        ]


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
        is_age_restricted=_is_age_restricted(bot, message.channel_id),
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


def _is_age_restricted(bot: hikari.GatewayBot, channel_id: hikari.Snowflake) -> bool:
    """Whether a channel, or the one that a thread belongs to, is for grown-ups; False if unknown."""
    thread = bot.cache.get_thread(channel_id)
    channel = bot.cache.get_guild_channel(channel_id if thread is None else thread.parent_id)
    return isinstance(channel, hikari.PermissibleGuildChannel) and bool(channel.is_nsfw)
