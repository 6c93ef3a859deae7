"""Which events a gateway session gets, and what of them: intents, shards, permissions.

Source: https://discord.com/developers/docs/events/gateway#gateway-intents
"""

from __future__ import annotations

from enum import IntFlag
from typing import Final

from .errors import Payload
from .feed import Event
from .ids import BOT_ID, TIME_SHIFT
from .world import World


class Intent(IntFlag):
    """The intents that matter here."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_WEBHOOKS = 1 << 5
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    GUILD_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13
    DIRECT_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


HIGHEST: Final = 1 << 26
"""Intents from here on do not exist."""

PRIVILEGED: Final = {
    "members": Intent.GUILD_MEMBERS,
    "presences": Intent.GUILD_PRESENCES,
    "content": Intent.MESSAGE_CONTENT,
}

_MESSAGES: Final = (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
_REACTIONS: Final = (Intent.GUILD_REACTIONS, Intent.DIRECT_REACTIONS)
_GUILDS: Final = (Intent.GUILDS, Intent(0))
_MEMBERS: Final = (Intent.GUILD_MEMBERS, Intent(0))
_NEEDED: Final[dict[str, tuple[Intent, Intent]]] = {
    "MESSAGE_CREATE": _MESSAGES,
    "MESSAGE_UPDATE": _MESSAGES,
    "MESSAGE_DELETE": _MESSAGES,
    "MESSAGE_DELETE_BULK": _MESSAGES,
    "MESSAGE_REACTION_ADD": _REACTIONS,
    "MESSAGE_REACTION_REMOVE": _REACTIONS,
    "MESSAGE_REACTION_REMOVE_ALL": _REACTIONS,
    "MESSAGE_REACTION_REMOVE_EMOJI": _REACTIONS,
    "TYPING_START": (Intent.GUILD_TYPING, Intent.DIRECT_TYPING),
    "WEBHOOKS_UPDATE": (Intent.GUILD_WEBHOOKS, Intent(0)),
    "CHANNEL_PINS_UPDATE": (Intent.GUILDS, Intent.DIRECT_MESSAGES),
    "CHANNEL_CREATE": _GUILDS,
    "CHANNEL_UPDATE": _GUILDS,
    "CHANNEL_DELETE": _GUILDS,
    "THREAD_CREATE": _GUILDS,
    "THREAD_UPDATE": _GUILDS,
    "THREAD_DELETE": _GUILDS,
    "THREAD_MEMBERS_UPDATE": _GUILDS,
    "GUILD_CREATE": _GUILDS,
    "GUILD_DELETE": _GUILDS,
    "GUILD_ROLE_CREATE": _GUILDS,
    "GUILD_MEMBER_ADD": _MEMBERS,
    "GUILD_MEMBER_UPDATE": _MEMBERS,
    "GUILD_MEMBER_REMOVE": _MEMBERS,
}
"""For each event: the intent it needs in a guild, and in a direct channel (0: none sends it)."""

_CONTENT: Final = ("embeds", "attachments", "components")


def shard_of(guild_id: int | None, count: int) -> int:
    """Return which shard hears of a guild; direct messages are heard by the first."""
    return 0 if guild_id is None else (guild_id >> TIME_SHIFT) % count


def heard(world: World, event: Event, intents: Intent, shard: tuple[int, int]) -> Payload | None:
    """Return what a session gets of an event, None for nothing."""
    if event.page_only or shard_of(event.guild_id, shard[1]) != shard[0]:
        return None
    if event.type == "INTERACTION_CREATE":
        return event.data
    if not _wanted(event, intents) or not _seen(world, event):
        return None
    if event.type == "THREAD_MEMBERS_UPDATE" and not intents & Intent.GUILD_MEMBERS:
        return _own_membership(event.data)
    if event.type in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and not intents & Intent.MESSAGE_CONTENT:
        return without_content(event.data)
    return event.data


def _wanted(event: Event, intents: Intent) -> bool:
    """Say whether a session asked for an event; that of the bot's own member always comes."""
    in_guild, direct = _NEEDED[event.type]
    own = event.type == "GUILD_MEMBER_UPDATE" and event.data["user"]["id"] == str(BOT_ID)
    return own or bool(intents & (in_guild if event.guild_id is not None else direct))


def _seen(world: World, event: Event) -> bool:
    """Say whether the bot is where an event happens; that it was thrown out it hears too."""
    if event.type == "GUILD_DELETE":
        return True
    if event.guild_id is not None and (event.guild_id, BOT_ID) not in world.members:
        return False
    return world.sees(BOT_ID, event)


def _own_membership(data: Payload) -> Payload | None:
    """Return an update about the bot itself, None when it is about others."""
    added = [each for each in data.get("added_members", ()) if each["user_id"] == str(BOT_ID)]
    removed = [each for each in data.get("removed_member_ids", ()) if each == str(BOT_ID)]
    if not added and not removed:
        return None
    return {**data, "added_members": added, "removed_member_ids": removed}


def without_content(message: Payload) -> Payload:
    """Return a message as one sees it without the message content intent.

    What the application said itself, direct messages and mentions stay as they are.
    """
    own = message["author"]["id"] == str(BOT_ID) or message.get("application_id") == str(BOT_ID)
    mentioned = any(user["id"] == str(BOT_ID) for user in message["mentions"])
    found = dict(message)
    if isinstance(found.get("referenced_message"), dict):
        inner = {**found["referenced_message"]}
        if "guild_id" in message:
            inner["guild_id"] = message["guild_id"]
        found["referenced_message"] = without_content(inner)
        found["referenced_message"].pop("guild_id", None)
    if own or mentioned or "guild_id" not in message:
        return found
    found["content"] = ""
    for key in _CONTENT:
        found[key] = []
    for key in ("message_snapshots", "poll"):
        found.pop(key, None)
    return found
