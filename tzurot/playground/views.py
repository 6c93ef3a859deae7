"""Messages as they are shown: with reactions, what they answer, addresses that can be opened."""

from __future__ import annotations

import json
from typing import Final

from .ephemeral import EPHEMERAL
from .errors import Payload
from .ids import BOT_ID
from .threads import HAS_THREAD, Threads
from .world import World

REPLY: Final = 19
SLASH: Final = 20
THREAD_STARTER: Final = 21
MENU: Final = 23
_ADDRESSES: Final = frozenset({"url", "proxy_url", "icon_url", "proxy_icon_url"})


def emoji_of(key: str) -> Payload:
    """Return the emoji object of a stored reaction: a character, or `name:id`."""
    name, colon, emoji_id = key.rpartition(":")
    if colon and emoji_id.isdecimal():
        return {"id": emoji_id, "name": name, "animated": False}
    return {"id": None, "name": key}


class Views:
    """Turns what is stored into what is answered and told."""

    def __init__(self, world: World, threads: Threads) -> None:
        self._world = world
        self._threads = threads

    def plain(self, stored: Payload) -> Payload:
        """Return a message without the messages and reactions around it."""
        found: Payload = json.loads(json.dumps(stored))
        self._open_addresses(found)
        return found

    def _open_addresses(self, node: object) -> None:
        """Put the playground's host before the addresses of its own files."""
        if isinstance(node, list):
            for each in node:
                self._open_addresses(each)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in _ADDRESSES and isinstance(value, str) and value.startswith("/cdn/"):
                    node[key] = self._world.base_url + value
                elif isinstance(value, (dict, list)):
                    self._open_addresses(value)

    def message(self, stored: Payload) -> Payload:
        """Return a message as REST answers it."""
        found = self.plain(stored)
        if reactions := self._reactions(int(stored["id"])):
            found["reactions"] = reactions
        if stored["type"] in {REPLY, THREAD_STARTER}:
            answered = self._answered(stored)
            found["referenced_message"] = self.plain(answered) if answered else None
        if stored["flags"] & HAS_THREAD and int(stored["id"]) in self._world.channels:
            found["thread"] = self._threads.show(self._world.channels[int(stored["id"])])
        return found

    def _answered(self, stored: Payload) -> Payload | None:
        reference = stored["message_reference"]
        place = int(reference["channel_id"]), int(reference["message_id"])
        found = self._world.store.message(*place)
        if found is None and stored["flags"] & EPHEMERAL:
            # It is shown to the same person only, so what it answers may be shown with it.
            found = self._world.ephemerals.message(*place)
        return found

    def _reactions(self, message_id: int) -> list[Payload]:
        return [
            {
                "emoji": emoji_of(emoji),
                "count": len(users),
                "count_details": {"normal": len(users), "burst": 0},
                "burst_colors": [],
                "me_burst": False,
                "me": BOT_ID in users,
            }
            for emoji, users in self._world.store.reactions(message_id).items()
        ]

    def for_people(self, stored: Payload) -> Payload:
        """Return a message as the page shows it."""
        return self.with_reactors(self.message(stored))

    def with_reactors(self, message: Payload) -> Payload:
        """Return a message whose reactions say whose they are: the page has more than one user."""
        if "reactions" not in message:
            return message
        who = self._world.store.reactions(int(message["id"])).values()
        reactions = [
            {**reaction, "users": [str(user_id) for user_id in users]}
            for reaction, users in zip(message["reactions"], who, strict=True)
        ]
        return {**message, "reactions": reactions}

    def event(self, stored: Payload, channel: Payload) -> Payload:
        """Return a message as the gateway tells it: with guild and members."""
        found = self.message(stored)
        guild_id = channel.get("guild_id")
        if guild_id is None:
            return found
        found["guild_id"] = guild_id
        members = self._world.members
        for user in found["mentions"]:
            if member := members.get((int(guild_id), int(user["id"]))):
                user["member"] = _without_user(member)
        member = members.get((int(guild_id), int(stored["author"]["id"])))
        if member and "webhook_id" not in stored:
            found["member"] = _without_user(member)
        return found


def _without_user(member: Payload) -> Payload:
    return {key: value for key, value in member.items() if key != "user"}
