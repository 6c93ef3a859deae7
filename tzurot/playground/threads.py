"""Threads: opening them, who is in them, waking the archived ones."""

from __future__ import annotations

from typing import Final

from . import objects
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .ids import BOT_ID, now
from .permissions import Permission
from .world import World

HAS_THREAD: Final = 1 << 5
"""The flag of a message that a thread hangs on."""


class Threads:
    """What can be done with the threads of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def is_thread(self, channel: Payload) -> bool:
        """Say whether a channel is a thread."""
        return channel["type"] in objects.THREADS

    def show(self, thread: Payload) -> Payload:
        """Return a thread as the bot sees it: with its own membership when it is in it."""
        member = self._world.thread_members.get(int(thread["id"]), {}).get(BOT_ID)
        return {**thread, "member": member} if member else thread

    def open(
        self, parent: Payload, owner_id: int, settings: Payload, message: Payload | None = None
    ) -> Payload:
        """Open a thread in a text channel, on a message when one is given; tells everyone.

        `settings`: `name`, and optionally `type`, `auto_archive_duration`, `rate_limit_per_user`,
        `invitable`. The caller has checked them and the permissions.
        """
        world = self._world
        if parent["type"] != objects.TEXT:
            raise DiscordError(Problem.WRONG_CHANNEL_KIND)
        thread_id = int(message["id"]) if message else world.ids.next()
        if message and thread_id in world.channels:
            raise DiscordError(Problem.THREAD_EXISTS)
        kind = objects.PUBLIC_THREAD if message else settings.get("type") or objects.PRIVATE_THREAD
        thread = objects.thread(thread_id, parent, owner_id, settings["name"], kind)
        self._apply(thread, settings)
        with world.store.transaction():
            world.save_channel(thread)
            if message:
                message["flags"] |= HAS_THREAD
                world.store.save_message(message)
            self._add(thread, owner_id)
        world.tell("THREAD_CREATE", {**self.show(thread), "newly_created": True}, thread)
        return thread

    def change(self, thread: Payload, settings: Payload) -> None:
        """Change a thread: name, archived, locked, and what `open` takes; tells everyone."""
        world = self._world
        thread = {**thread, "thread_metadata": {**thread["thread_metadata"]}}
        self._apply(thread, settings)
        with world.store.transaction():
            world.save_channel(thread)
        world.tell("THREAD_UPDATE", self.show(thread), thread)

    def _apply(self, thread: Payload, settings: Payload) -> None:
        given = {key: value for key, value in settings.items() if value is not None}
        metadata = thread["thread_metadata"]
        if given.get("archived", metadata["archived"]) != metadata["archived"]:
            metadata["archive_timestamp"] = now()
        for key in ("archived", "locked", "auto_archive_duration", "invitable"):
            if key in given:
                metadata[key] = given[key]
        for key in ("name", "rate_limit_per_user"):
            if key in given:
                thread[key] = given[key]

    def wake(self, thread: Payload, user_id: int | None) -> None:
        """Before something is said: take a thread out of the archive, unless it is locked."""
        metadata = thread["thread_metadata"]
        if not metadata["archived"]:
            return
        if metadata["locked"] and user_id is not None:
            held = self._world.permissions(user_id, thread)
            if not held & Permission.MANAGE_THREADS:
                raise DiscordError(Problem.THREAD_ARCHIVED)
        self.change(thread, {"archived": False})

    def _add(self, thread: Payload, user_id: int) -> Payload:
        body = {
            "id": thread["id"],
            "user_id": str(user_id),
            "join_timestamp": now(),
            "flags": 0,
        }
        self._world.save_thread_member(int(thread["id"]), user_id, body)
        self._recount(thread)
        return body

    def _recount(self, thread: Payload) -> None:
        thread["member_count"] = len(self._world.thread_members.get(int(thread["id"]), {}))
        self._world.save_channel(thread)

    def join(self, thread: Payload, user_id: int) -> None:
        """Put somebody into a thread, unless they are there; tells everyone."""
        world = self._world
        if user_id in world.thread_members.get(int(thread["id"]), {}):
            return
        with world.store.transaction():
            body = self._add(thread, user_id)
        if thread["type"] == objects.PRIVATE_THREAD:
            self._tell_newcomer(thread, user_id)
        member = world.member(int(thread["guild_id"]), user_id)
        self._tell_members(thread, added=[{**body, "member": member, "presence": None}])

    def _tell_newcomer(self, thread: Payload, user_id: int) -> None:
        """Who comes into a private thread sees it for the first time."""
        own = user_id == BOT_ID
        event = Event(
            "THREAD_CREATE",
            self.show(thread),
            int(thread["guild_id"]),
            int(thread["id"]),
            page_only=not own,
            bot_only=own,
            viewer=None if own else user_id,
        )
        self._world.feed.publish(event)

    def leave(self, thread: Payload, user_id: int) -> None:
        """Take somebody out of a thread; tells everyone when they were in it."""
        world = self._world
        if user_id not in world.thread_members.get(int(thread["id"]), {}):
            return
        with world.store.transaction():
            world.save_thread_member(int(thread["id"]), user_id, None)
            self._recount(thread)
        self._tell_members(thread, removed=[str(user_id)])

    def _tell_members(
        self, thread: Payload, added: list[Payload] | None = None, removed: list[str] | None = None
    ) -> None:
        data: Payload = {
            "id": thread["id"],
            "guild_id": thread["guild_id"],
            "member_count": thread["member_count"],
        }
        if added:
            data["added_members"] = added
        if removed:
            data["removed_member_ids"] = removed
        self._world.tell("THREAD_MEMBERS_UPDATE", data, thread)

    def remove(self, channel: Payload) -> None:
        """Delete a channel or a thread, with the threads below it; tells everyone."""
        world = self._world
        below = [each for each in world.channels.values() if each.get("parent_id") == channel["id"]]
        hooks = [each for each in world.webhooks.values() if each["channel_id"] == channel["id"]]
        with world.store.transaction():
            # Told while it is still known who may see it.
            if self.is_thread(channel):
                keys = ("id", "guild_id", "parent_id", "type")
                world.tell("THREAD_DELETE", {key: channel[key] for key in keys}, channel)
            else:
                world.tell("CHANNEL_DELETE", channel, channel)
            for each in (*below, channel):
                world.remove_channel(each)
            for hook in hooks:
                world.remove_webhook(hook)
