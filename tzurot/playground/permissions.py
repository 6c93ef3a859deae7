"""Permissions: Discord's bits, and what a member may do in a channel.

Source: https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

from enum import IntFlag

from .errors import Payload


class Permission(IntFlag):
    """The permissions that the playground looks at."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


ALL = Permission((1 << 53) - 1)

TALK = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CHANGE_NICKNAME
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
)
"""What everybody may do in a new server."""

BOT = TALK | Permission.MANAGE_MESSAGES | Permission.MANAGE_WEBHOOKS | Permission.MANAGE_THREADS
"""What the bot was invited with."""

DIRECT = TALK & ~(Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS)
"""What one may do in a direct message."""


def in_guild(guild: Payload, user_id: int, member: Payload | None) -> Permission:
    """Return what a member may do in a guild before any channel says otherwise."""
    if member is None:
        return Permission(0)
    if guild["owner_id"] == str(user_id):
        return ALL
    held = {guild["id"], *member["roles"]}
    granted = Permission(0)
    for role in guild["roles"]:
        if role["id"] in held:
            granted |= Permission(int(role["permissions"]))
    return ALL if granted & Permission.ADMINISTRATOR else granted


def in_channel(
    guild: Payload, channel: Payload, user_id: int, member: Payload | None
) -> Permission:
    """Return what a member may do in a guild's channel (for a thread: give its parent)."""
    granted = in_guild(guild, user_id, member)
    if granted == ALL or member is None:
        return granted
    overwrites = {entry["id"]: entry for entry in channel.get("permission_overwrites", ())}

    def apply(ids: list[str]) -> None:
        nonlocal granted
        found = [overwrites[key] for key in ids if key in overwrites]
        for entry in found:
            granted &= ~Permission(int(entry["deny"]))
        for entry in found:
            granted |= Permission(int(entry["allow"]))

    apply([guild["id"]])
    apply(member["roles"])
    apply([str(user_id)])
    return granted
