"""Who may use a command; declared once per command, checked on every way into it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import hikari

from tzurot import texts
from tzurot.commands.kit.errors import UserError

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


def access_of(command: object) -> Access:
    """Return who may use a command: its class attribute `access`, everyone by default."""
    found = getattr(command, "access", Access.EVERYONE)
    assert isinstance(found, Access)  # noqa: S101  ours to write
    return found


def check(access: Access, interaction: Interaction, host_id: int) -> None:
    """Raise UserError when the person may not use what asks for `access`."""
    if access is Access.EVERYONE or interaction.user.id == host_id:
        return
    needed = _PERMISSIONS.get(access)
    has = interaction.member.permissions if interaction.member else hikari.Permissions.NONE
    if needed is not None and has & (needed | hikari.Permissions.ADMINISTRATOR):
        return
    raise UserError(texts.NOT_ALLOWED.format(who=access.value))
