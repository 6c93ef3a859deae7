"""Says hello, once, in a server that the bot was added to."""

from __future__ import annotations

import hikari
from loguru import logger

from tzurot import texts
from tzurot.commands.kit.services import Services

_NOBODY = 0


async def greet(event: hikari.GuildJoinEvent, services: Services) -> None:
    """Say hello in the system channel, or in the first one where it may be said."""
    guild = event.guild
    channels = sorted(
        (one for one in event.channels.values() if one.type is hikari.ChannelType.GUILD_TEXT),
        key=lambda one: (one.id != guild.system_channel_id, one.position),
    )
    # Before it is said: two processes of the same bot hear of it.
    if not await services.greetings.is_first(int(guild.id)):
        return
    everybodys = await services.characters.names_visible_to(_NOBODY)
    text = texts.GREETING_NOBODY
    if everybodys:
        text = texts.GREETING.format(name=everybodys[-1].name)
    for channel in channels:
        try:
            await services.bot.rest.create_message(channel.id, text)
        except hikari.ForbiddenError:
            continue
        logger.info("Said hello in server {}", guild.id)
        return
