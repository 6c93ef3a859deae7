"""Reactions: adding, taking back and clearing them, with Discord's limits and events."""

from __future__ import annotations

from typing import Final

from .errors import DiscordError, Payload, Problem
from .permissions import Permission
from .views import emoji_of
from .world import World

_MOST: Final = 20
"""So many different emojis one message takes."""


class Reactions:
    """The reactions to the messages of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, message: Payload, emoji: str, user_id: int) -> None:
        """Add a reaction and tell everyone; nothing happens when it is there."""
        channel = self._world.channel(int(message["channel_id"]))
        message_id = int(message["id"])
        there = self._world.store.reactions(message_id)
        if emoji not in there:
            self._world.require(user_id, channel, Permission.ADD_REACTIONS)
            if len(there) >= _MOST:
                raise DiscordError(Problem.TOO_MANY_REACTIONS)
        self._world.require(user_id, channel, Permission.READ_MESSAGE_HISTORY)
        with self._world.store.transaction():
            new = self._world.store.react(message_id, emoji, user_id)
        if new:
            data = self._reaction(message, channel, emoji, user_id)
            data["message_author_id"] = message["author"]["id"]
            if guild_id := channel.get("guild_id"):
                data["member"] = self._world.member(int(guild_id), user_id)
            self._world.tell("MESSAGE_REACTION_ADD", data, channel)

    def remove(self, message: Payload, emoji: str, user_id: int) -> None:
        """Take a reaction back and tell everyone; nothing happens when there is none."""
        channel = self._world.channel(int(message["channel_id"]))
        with self._world.store.transaction():
            gone = self._world.store.unreact(int(message["id"]), emoji, user_id)
        if gone:
            data = self._reaction(message, channel, emoji, user_id)
            self._world.tell("MESSAGE_REACTION_REMOVE", data, channel)

    def _reaction(self, message: Payload, channel: Payload, emoji: str, user_id: int) -> Payload:
        return {
            "user_id": str(user_id),
            "channel_id": channel["id"],
            "message_id": message["id"],
            "emoji": emoji_of(emoji),
            "burst": False,
            "type": 0,
            **self._world.in_guild_of(channel),
        }

    def clear(self, message: Payload, emoji: str | None) -> None:
        """Take away all reactions, or all with one emoji, and tell everyone."""
        channel = self._world.channel(int(message["channel_id"]))
        with self._world.store.transaction():
            self._world.store.unreact(int(message["id"]), emoji)
        data: Payload = {
            "channel_id": channel["id"],
            "message_id": message["id"],
            **self._world.in_guild_of(channel),
        }
        if emoji is None:
            self._world.tell("MESSAGE_REACTION_REMOVE_ALL", data, channel)
        else:
            data["emoji"] = emoji_of(emoji)
            self._world.tell("MESSAGE_REACTION_REMOVE_EMOJI", data, channel)
