"""What happens to guilds and who is in them: new ones, members, roles, the bot coming and going."""

from __future__ import annotations

from typing import Final

from . import objects
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .ids import BOT_ID
from .permissions import BOT, Permission
from .world import World

_FIRST_CHANNEL: Final = "general"


class Guilds:
    """Changes to the guilds of a world; everyone is told."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _tell(self, kind: str, guild_id: int, data: Payload) -> None:
        self._world.feed.publish(Event(kind, data, guild_id))

    def _guild(self, guild_id: int) -> Payload:
        found = self._world.guilds.get(guild_id)
        if found is None:
            raise DiscordError(Problem.UNKNOWN_GUILD)
        return found

    def create(self, name: str, owner_id: int) -> Payload:
        """Make a guild with one channel; the bot is not in it."""
        world = self._world
        guild_id, channel_id = world.ids.next(), world.ids.next()
        guild = objects.guild(guild_id, name, owner_id, [])
        owner = objects.member(world.user(owner_id), [])
        channel = objects.text_channel(channel_id, guild_id, _FIRST_CHANNEL, 0)
        with world.store.transaction():
            world.save_guild(guild)
            world.save_member(guild_id, owner)
            world.save_channel(channel)
        self._tell_page(guild)
        return guild

    def _tell_page(self, guild: Payload) -> None:
        self._world.feed.publish(
            Event("GUILD_CREATE", self._world.whole_guild(int(guild["id"])), page_only=True)
        )

    # The bot

    def join(self, guild_id: int) -> None:
        """Let the bot into a guild, with a role of its own; nothing when it is there."""
        world, guild = self._world, self._guild(guild_id)
        if (guild_id, BOT_ID) in world.members:
            return
        role = objects.bot_role(world.ids.next(), world.bot["username"], BOT)
        guild["roles"].append(role)
        with world.store.transaction():
            world.save_guild(guild)
            world.save_member(guild_id, objects.member(world.bot, [role["id"]]))
        self._tell("GUILD_CREATE", guild_id, world.whole_guild(guild_id))

    def leave(self, guild_id: int) -> None:
        """Take the bot out of a guild, with its role, webhooks and commands there."""
        world, guild = self._world, self._guild(guild_id)
        if (guild_id, BOT_ID) not in world.members:
            return
        own = str(BOT_ID)
        guild["roles"] = [
            role for role in guild["roles"] if role.get("tags", {}).get("bot_id") != own
        ]
        hooks = [each for each in world.webhooks.values() if each["guild_id"] == guild["id"]]
        commands = [each for each in world.commands.values() if each.get("guild_id") == guild["id"]]
        with world.store.transaction():
            world.save_guild(guild)
            world.remove_member(guild_id, BOT_ID)
            for hook in hooks:
                world.remove_webhook(hook)
            for command in commands:
                world.remove_command(command)
        self._tell("GUILD_DELETE", guild_id, {"id": guild["id"]})

    # People

    def set_member(self, guild_id: int, user_id: int, roles: list[str], nick: str | None) -> None:
        """Let a person in, or change their roles and nickname."""
        world, guild = self._world, self._guild(guild_id)
        known = {role["id"] for role in guild["roles"]} - {guild["id"]}
        if set(roles) - known:
            raise DiscordError(Problem.UNKNOWN_ROLE)
        old = world.members.get((guild_id, user_id))
        new = {**(old or objects.member(world.user(user_id), [])), "roles": roles, "nick": nick}
        with world.store.transaction():
            world.save_member(guild_id, new)
        kind = "GUILD_MEMBER_UPDATE" if old else "GUILD_MEMBER_ADD"
        self._tell(kind, guild_id, {**new, "guild_id": guild["id"]})

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Take a person out of a guild; the owner stays."""
        world, guild = self._world, self._guild(guild_id)
        if guild["owner_id"] == str(user_id):
            raise DiscordError(Problem.MISSING_PERMISSIONS)
        user = world.member(guild_id, user_id)["user"]
        with world.store.transaction():
            world.remove_member(guild_id, user_id)
        self._tell("GUILD_MEMBER_REMOVE", guild_id, {"guild_id": guild["id"], "user": user})

    def add_role(self, guild_id: int, name: str, permissions: Permission) -> Payload:
        """Make a role."""
        world, guild = self._world, self._guild(guild_id)
        role = objects.role(world.ids.next(), name, permissions, len(guild["roles"]))
        guild["roles"].append(role)
        with world.store.transaction():
            world.save_guild(guild)
        self._tell("GUILD_ROLE_CREATE", guild_id, {"guild_id": guild["id"], "role": role})
        return role
