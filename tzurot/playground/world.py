"""The state of the playground: who and what is there, kept in the store and at hand in memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from . import objects
from .ephemeral import Ephemerals
from .errors import DiscordError, Payload, Problem
from .feed import Event, Feed
from .files import Files
from .ids import BOT_ID, Snowflakes
from .permissions import DIRECT, Permission, in_channel
from .store import Store

PRIVILEGED: Final = {
    "presences": objects.GATEWAY_PRESENCE,
    "members": objects.GATEWAY_MEMBERS,
    "content": objects.GATEWAY_CONTENT,
}
"""The privileged intents by name, and the application flag that grants each."""


class World:
    """Users, guilds, members, channels, webhooks and commands. Changes go through `save_*`."""

    def __init__(self, folder: Path, base_url: str, privileged: frozenset[str]) -> None:
        self.base_url = base_url
        """Scheme, host and port under which the playground is reached."""
        self.privileged = privileged
        self.feed = Feed()
        self.store = Store(folder)
        self.files = Files(folder)
        self.ephemerals = Ephemerals()
        self.users = self._load("user")
        if not self.users:
            self._found()
            self.users = self._load("user")
        self.guilds = self._load("guild")
        self.channels = self._load("channel")
        self.webhooks = self._load("webhook")
        self.commands = self._load("command")
        self.stickers = self._load("sticker")
        self.members: dict[tuple[int, int], Payload] = {}
        for key, body in self.store.documents("member").items():
            guild_id, user_id = map(int, key.split("/"))
            self.members[guild_id, user_id] = body
        self.thread_members: dict[int, dict[int, Payload]] = {}
        for key, body in self.store.documents("thread_member").items():
            thread_id, user_id = map(int, key.split("/"))
            self.thread_members.setdefault(thread_id, {})[user_id] = body
        names = self.store.documents("setting").get("names", {})
        self.names: list[str] = names.get("names", [])
        self.names_from: Payload | None = names.get("from")
        known = (
            *self.guilds,
            *self.channels,
            *self.webhooks,
            *self.commands,
            *self.stickers,
        )
        self.ids = Snowflakes(max(self.store.newest_id(), *known))

    def _load(self, kind: str) -> dict[int, Payload]:
        return {int(key): body for key, body in self.store.documents(kind).items()}

    def _found(self) -> None:
        """Fill a new data folder: four people, the bot, a server with it and one without."""
        store = self.store
        people = {
            person: objects.user(person, name, name.title())
            for person, name in objects.PEOPLE.items()
        }
        people[BOT_ID] = objects.user(BOT_ID, "tzurot", None, bot=True)
        with store.transaction():
            store.save("guild", str(objects.GUILD_ID), objects.the_guild())
            for user_id, person in people.items():
                store.save("user", str(user_id), person)
                roles = [str(objects.ROLES_OF[user_id])] if user_id in objects.ROLES_OF else []
                store.save("member", f"{objects.GUILD_ID}/{user_id}", objects.member(person, roles))
            for place, (channel_id, name) in enumerate(objects.CHANNELS.items()):
                channel = objects.text_channel(channel_id, objects.GUILD_ID, name, place)
                store.save("channel", str(channel_id), channel)
            store.save("guild", str(objects.ANNEX_ID), objects.the_annex())
            for user_id in objects.ANNEX_PEOPLE:
                body = objects.member(people[user_id], [])
                store.save("member", f"{objects.ANNEX_ID}/{user_id}", body)
            channel_id, name = objects.ANNEX_CHANNEL
            channel = objects.text_channel(channel_id, objects.ANNEX_ID, name, 0)
            store.save("channel", str(channel_id), channel)

    def close(self) -> None:
        """Close the files."""
        self.store.close()

    # Looking things up; what is not there is an error as Discord names it.

    @property
    def bot(self) -> Payload:
        """The bot's user."""
        return self.users[BOT_ID]

    @property
    def application_flags(self) -> int:
        """The application's flags: which privileged intents it was granted."""
        return sum(flag for name, flag in PRIVILEGED.items() if name in self.privileged)

    def user(self, user_id: int) -> Payload:
        """Return a user."""
        if found := self.users.get(user_id):
            return found
        raise DiscordError(Problem.UNKNOWN_USER)

    def guild(self, guild_id: int) -> Payload:
        """Return a guild that the bot is in."""
        found = self.guilds.get(guild_id)
        if found and (guild_id, BOT_ID) in self.members:
            return found
        raise DiscordError(Problem.UNKNOWN_GUILD)

    def own_guilds(self) -> list[Payload]:
        """Return the guilds that the bot is in."""
        return [
            guild for guild_id, guild in self.guilds.items() if (guild_id, BOT_ID) in self.members
        ]

    def channel(self, channel_id: int) -> Payload:
        """Return a channel, a thread or a direct channel."""
        if found := self.channels.get(channel_id):
            return found
        raise DiscordError(Problem.UNKNOWN_CHANNEL)

    def member(self, guild_id: int, user_id: int) -> Payload:
        """Return a member of a guild."""
        if found := self.members.get((guild_id, user_id)):
            return found
        raise DiscordError(Problem.UNKNOWN_MEMBER)

    def message(self, channel_id: int, message_id: int) -> Payload:
        """Return a message as it is stored."""
        if found := self.store.message(channel_id, message_id):
            return found
        raise DiscordError(Problem.UNKNOWN_MESSAGE)

    def any_message(self, channel_id: int, message_id: int) -> Payload:
        """Return a message as it is stored, or one that only one person sees."""
        if found := self.ephemerals.message(channel_id, message_id):
            return found
        return self.message(channel_id, message_id)

    def guild_channels(self, guild_id: int, *, threads: bool) -> list[Payload]:
        """Return a guild's threads, or its other channels."""
        return [
            channel
            for channel in self.channels.values()
            if channel.get("guild_id") == str(guild_id)
            and (channel["type"] in objects.THREADS) == threads
        ]

    def whole_guild(self, guild_id: int) -> Payload:
        """Return a guild with its members and channels, as an event tells it."""
        guild = self.guilds[guild_id]
        members = [body for (place, _), body in self.members.items() if place == guild_id]
        own = self.members.get((guild_id, BOT_ID))
        return {
            **guild,
            "joined_at": own["joined_at"] if own else None,
            "large": False,
            "member_count": len(members),
            "members": members,
            "channels": [
                {key: value for key, value in channel.items() if key != "guild_id"}
                for channel in self.guild_channels(guild_id, threads=False)
            ],
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def direct(self, user_id: int) -> Payload | None:
        """Return the direct channel with a person, when it was opened."""
        for channel in self.channels.values():
            if channel["type"] == objects.DM and channel["recipients"][0]["id"] == str(user_id):
                return channel
        return None

    # Permissions

    def permissions(self, user_id: int, channel: Payload) -> Permission:
        """Return what a user may do in a channel."""
        if channel["type"] == objects.DM:
            mine = user_id in {BOT_ID, int(channel["recipients"][0]["id"])}
            return DIRECT if mine else Permission(0)
        guild_id = int(channel["guild_id"])
        spot = channel
        if channel["type"] in objects.THREADS:
            spot = self.channels.get(int(channel["parent_id"]), channel)
        member = self.members.get((guild_id, user_id))
        held = in_channel(self.guilds[guild_id], spot, user_id, member)
        hidden = channel["type"] == objects.PRIVATE_THREAD and not (
            held & Permission.MANAGE_THREADS
            or user_id in self.thread_members.get(int(channel["id"]), {})
        )
        return Permission(0) if hidden else held

    def sees(self, user_id: int, event: Event) -> bool:
        """Say whether somebody may see the channel of an event; that they left it they hear too."""
        if str(user_id) in event.data.get("removed_member_ids", ()):
            return True
        channel = self.channels.get(event.channel_id or 0)
        return channel is None or bool(self.permissions(user_id, channel) & Permission.VIEW_CHANNEL)

    def require(self, user_id: int, channel: Payload, needed: Permission) -> None:
        """Raise when a user may not do something in a channel."""
        held = self.permissions(user_id, channel)
        if not held & Permission.VIEW_CHANNEL:
            raise DiscordError(Problem.MISSING_ACCESS)
        if needed & ~held:
            raise DiscordError(Problem.MISSING_PERMISSIONS)

    # Changing things; within a transaction of the store when several belong together.

    def save_user(self, user: Payload) -> None:
        """Keep a user and show the change in every place that holds a copy."""
        user_id = int(user["id"])
        self.users[user_id] = user
        self.store.save("user", str(user_id), user)
        for (guild_id, member_id), member in self.members.items():
            if member_id == user_id:
                self.save_member(guild_id, {**member, "user": user})

    def save_guild(self, guild: Payload) -> None:
        """Keep a guild."""
        self.guilds[int(guild["id"])] = guild
        self.store.save("guild", guild["id"], guild)

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Forget a member."""
        del self.members[guild_id, user_id]
        self.store.remove("member", f"{guild_id}/{user_id}")

    def save_member(self, guild_id: int, member: Payload) -> None:
        """Keep a member."""
        user_id = int(member["user"]["id"])
        self.members[guild_id, user_id] = member
        self.store.save("member", f"{guild_id}/{user_id}", member)

    def save_channel(self, channel: Payload) -> None:
        """Keep a channel."""
        self.channels[int(channel["id"])] = channel
        self.store.save("channel", channel["id"], channel)

    def remove_channel(self, channel: Payload) -> None:
        """Delete a channel with its thread members; its messages can no longer be reached."""
        channel_id = int(channel["id"])
        for user_id in list(self.thread_members.pop(channel_id, {})):
            self.store.remove("thread_member", f"{channel_id}/{user_id}")
        del self.channels[channel_id]
        self.store.remove("channel", channel["id"])

    def save_thread_member(self, thread_id: int, user_id: int, body: Payload | None) -> None:
        """Keep that somebody is in a thread; None when they left."""
        key = f"{thread_id}/{user_id}"
        if body is None:
            self.thread_members.get(thread_id, {}).pop(user_id, None)
            self.store.remove("thread_member", key)
        else:
            self.thread_members.setdefault(thread_id, {})[user_id] = body
            self.store.save("thread_member", key, body)

    def save_webhook(self, webhook: Payload) -> None:
        """Keep a webhook."""
        self.webhooks[int(webhook["id"])] = webhook
        self.store.save("webhook", webhook["id"], webhook)

    def remove_webhook(self, webhook: Payload) -> None:
        """Delete a webhook."""
        del self.webhooks[int(webhook["id"])]
        self.store.remove("webhook", webhook["id"])

    def save_command(self, command: Payload) -> None:
        """Keep an application command."""
        self.commands[int(command["id"])] = command
        self.store.save("command", command["id"], command)

    def remove_command(self, command: Payload) -> None:
        """Delete an application command."""
        del self.commands[int(command["id"])]
        self.store.remove("command", command["id"])

    def save_sticker(self, sticker: Payload) -> None:
        """Keep a sticker."""
        self.stickers[int(sticker["id"])] = sticker
        self.store.save("sticker", sticker["id"], sticker)

    def set_names(self, names: list[str], source: Payload | None) -> None:
        """Keep what the composer offers after `@`, and the option that knows more names."""
        self.names, self.names_from = names, source
        body = {"names": names, "from": source}
        with self.store.transaction():
            self.store.save("setting", "names", body)
        self.feed.publish(Event("NAMES_UPDATE", body, page_only=True))

    # Telling

    def tell(self, kind: str, data: Payload, channel: Payload) -> None:
        """Publish what happened in a channel."""
        guild_id = channel.get("guild_id")
        self.feed.publish(
            Event(kind, data, int(guild_id) if guild_id else None, int(channel["id"]))
        )

    def in_guild_of(self, channel: Payload) -> Payload:
        """Return the `guild_id` field of an event about a channel; nothing for a direct one."""
        return {"guild_id": channel["guild_id"]} if "guild_id" in channel else {}

    def type(self, channel: Payload, user_id: int) -> None:
        """Show that somebody types."""
        data: Payload = {
            "channel_id": channel["id"],
            "user_id": str(user_id),
            "timestamp": int(time.time()),
            **self.in_guild_of(channel),
        }
        if guild_id := channel.get("guild_id"):
            data["member"] = self.member(int(guild_id), user_id)
        self.tell("TYPING_START", data, channel)

    def open_direct(self, user_id: int) -> Payload:
        """Return the direct channel with a person, opening it when it is new."""
        if found := self.direct(user_id):
            return found
        channel = objects.dm(self.ids.next(), self.user(user_id))
        with self.store.transaction():
            self.save_channel(channel)
        # Discord no longer tells bots of new direct channels; the page wants to know.
        self.feed.publish(Event("CHANNEL_CREATE", channel, page_only=True))
        return channel
