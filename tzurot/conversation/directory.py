"""Answers questions about Discord, and turns its messages into plain data."""

from __future__ import annotations

import aiohttp
import hikari
from loguru import logger

from tzurot.characters.scope import Venue
from tzurot.conversation.incoming import Incoming

# What people write; everything else (joins, pins, boosts, …) is Discord's own notice.
_SPOKEN = {hikari.MessageType.DEFAULT, hikari.MessageType.REPLY}


class HikariDirectory:
    """The directory over Discord's REST API."""

    def __init__(self, rest: hikari.api.RESTClient) -> None:
        self._rest = rest

    async def recent(self, venue: Venue, *, limit: int) -> list[Incoming] | None:
        """Return the newest messages at the venue, or None when they cannot be read."""
        try:
            found = await self._rest.fetch_messages(venue.channel_id).limit(limit)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("The channel's history cannot be read: {}", error)
            return None
        return [incoming(message, venue.guild_id) for message in found if is_said(message)]


def is_said(message: hikari.PartialMessage) -> bool:
    """Whether somebody said this, rather than Discord noting something."""
    return message.type in _SPOKEN


def incoming(message: hikari.Message, guild_id: int | None) -> Incoming:
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
        content=content_of(message),
        reply_to_id=int(reference.id) if is_reply and reference and reference.id else None,
    )


def content_of(message: hikari.PartialMessage) -> str:
    """Return what was said in words: the text, and a word for each file and sticker."""
    files = [f"[file: {attachment.filename}]" for attachment in message.attachments or ()]
    stickers = [f"[sticker: {sticker.name}]" for sticker in message.stickers or ()]
    return "\n".join(part for part in (message.content or "", *files, *stickers) if part)
