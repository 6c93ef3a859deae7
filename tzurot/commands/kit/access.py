"""Who may use a command, and who is denied; asked on every way into each command."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import hikari

from tzurot import texts
from tzurot.commands.kit.errors import UserError
from tzurot.commands.kit.services import Services
from tzurot.rules.denial import Denied

Interaction = (
    hikari.CommandInteraction
    | hikari.AutocompleteInteraction
    | hikari.ComponentInteraction
    | hikari.ModalInteraction
)


class Access(StrEnum):
    """The smallest right that a command asks for."""

    EVERYONE = "everyone"
    MODERATOR = "moderators"
    SERVER_MANAGER = "server managers"
    HOST = "the host"


_PERMISSIONS: Final = {
    Access.MODERATOR: hikari.Permissions.MANAGE_MESSAGES,
    Access.SERVER_MANAGER: hikari.Permissions.MANAGE_GUILD,
}

_THREADS: Final = {
    hikari.ChannelType.GUILD_NEWS_THREAD,
    hikari.ChannelType.GUILD_PUBLIC_THREAD,
    hikari.ChannelType.GUILD_PRIVATE_THREAD,
}


def access_of(command: object) -> Access:
    """Return who may use a command: its class attribute `access`, everyone by default."""
    found = getattr(command, "access", Access.EVERYONE)
    assert isinstance(found, Access)  # noqa: S101  ours to write
    return found


async def denied_to(interaction: Interaction, services: Services) -> Denied:
    """Return what is denied to the person where they are."""
    channel, guild_id = interaction.channel, interaction.guild_id
    return await services.denials.about(
        int(interaction.user.id),
        None if guild_id is None else int(guild_id),
        int(channel.id),
        thread_parent(channel),
        host_id=services.host_id,
    )


def thread_parent(channel: hikari.InteractionChannel) -> int | None:
    """Return the channel of a thread; what stands above any other channel is its category."""
    parent_id = channel.parent_id if channel.type in _THREADS else None
    return None if parent_id is None else int(parent_id)


def has(access: Access, interaction: Interaction, services: Services) -> bool:
    """Whether the person may use here what asks for `access`."""
    if access is Access.EVERYONE or interaction.user.id == services.host_id:
        return True
    needed = _PERMISSIONS.get(access)
    held = interaction.member.permissions if interaction.member else hikari.Permissions.NONE
    return needed is not None and bool(held & (needed | hikari.Permissions.ADMINISTRATOR))


async def check(access: Access, interaction: Interaction, services: Services) -> None:
    """Raise UserError when the person is denied here, or may not use what asks for `access`."""
    if (await denied_to(interaction, services)).whole is not None:
        raise UserError(texts.DENIED)
    if not has(access, interaction, services):
        raise UserError(texts.NOT_ALLOWED.format(who=access.value))
