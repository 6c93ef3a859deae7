"""Saying, changing and deleting messages, whoever does it: the bot, a webhook or a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from . import components, embeds, mentions, objects, polls, references, stickers, voice
from .composing import (
    LOADING,
    MOST_ATTACHMENTS,
    NO_ANSWER,
    SETTABLE,
    SUPPRESS_EMBEDS,
    Answering,
    Reader,
    Sender,
    Written,
    check_components_only,
    new_message,
    read_flags,
    read_nonce,
)
from .ephemeral import EPHEMERAL
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .files import Upload
from .forms import Form
from .ids import LARGEST_ID, id_of, now
from .permissions import Permission
from .threads import Threads
from .views import MENU, REPLY, SLASH, THREAD_STARTER, Views
from .world import World

NONCE_SECONDS: Final = 300
_THREAD_CREATED: Final = 18
_SPOKEN: Final = (0, REPLY, SLASH, MENU)
_SHOWN_ALONE: Final = {"message_snapshots", "poll", "sticker_items"}
"""What makes a message that needs no text."""


class Messages:
    """The messages of a world."""

    def __init__(self, world: World, threads: Threads, views: Views) -> None:
        self._world = world
        self._threads = threads
        self._views = views

    # Saying

    def send(
        self,
        channel: Payload,
        sender: Sender,
        form: Form,
        files: list[Upload],
        answering: Answering = NO_ANSWER,
    ) -> Payload:
        """Keep a new message, tell everyone who sees it, and return it as stored.

        `form` is the body of Discord's own request. Raises what Discord would refuse.
        """
        if channel["type"] not in {objects.TEXT, objects.DM, *objects.THREADS}:
            raise DiscordError(Problem.WRONG_CHANNEL_KIND)
        self._allow(channel, sender, form, files)
        if said := self._said_already(channel, sender, form):
            return said
        message = new_message(self._world.ids.next(), channel, sender.user)
        allowed = mentions.read_allowed(form)
        reference = references.read(self._world, channel, sender, form)
        written = self._reader(channel).read(form, files, [])
        extras = {**polls.read(form), **stickers.read(self._world, form)}
        flags = read_flags(form)
        message["tts"] = form.flag("tts")
        check_components_only(form, flags, {})
        if not answering.loading:
            components.check(form, written.components, flags)
        form.check()
        voice.check(written, extras, flags)
        forward = "message_snapshots" in reference
        if written.empty() and not (extras or forward or answering.loading):
            raise DiscordError(Problem.EMPTY_MESSAGE)
        message |= {
            "content": written.content,
            "flags": flags & SETTABLE,
            "attachments": written.attachments,
            "embeds": written.embeds,
            "components": written.components,
            **reference,
            **extras,
            **_signature(sender, form),
        }
        if answering.fields:
            message["flags"] |= flags & EPHEMERAL | (LOADING if answering.loading else 0)
        if forward:
            message["flags"] |= references.HAS_SNAPSHOT
        elif reference:
            message["type"] = REPLY
        message |= answering.fields
        self._mention(message, channel, sender, allowed)
        if message["flags"] & EPHEMERAL:
            self._whisper(message, written, answering.viewer)
        else:
            self._keep(message, channel, written, sender.user_id)
        return message

    def _allow(self, channel: Payload, sender: Sender, form: Form, files: list[Upload]) -> None:
        """Raise when the sender may not speak here, or not like this; wake the thread."""
        in_thread = self._threads.is_thread(channel)
        if sender.user_id is not None:
            needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
            if files:
                needed |= Permission.ATTACH_FILES
            if form.body.get("message_reference") is not None:
                needed |= Permission.READ_MESSAGE_HISTORY
            self._world.require(sender.user_id, channel, needed)
        if in_thread:
            self._threads.wake(channel, sender.user_id)

    def _said_already(self, channel: Payload, sender: Sender, form: Form) -> Payload | None:
        nonce = None if sender.webhook_id else read_nonce(form)
        if nonce is None or not form.flag("enforce_nonce"):
            return None
        said = self._world.store.message_by_nonce(
            int(sender.user["id"]), nonce, id_of(NONCE_SECONDS)
        )
        return said if said and said["channel_id"] == channel["id"] else None

    def _reader(self, channel: Payload) -> Reader:
        return Reader(self._world.files, self._world.ids.next, int(channel["id"]))

    def _mention(
        self, message: Payload, channel: Payload, sender: Sender, allowed: mentions.Allowed
    ) -> None:
        """Write into a message whom it pings."""
        world = self._world
        guild = world.guilds[int(channel["guild_id"])] if "guild_id" in channel else None
        may_everyone = sender.user_id is None or bool(
            world.permissions(sender.user_id, channel) & Permission.MENTION_EVERYONE
        )
        found = mentions.find(message["content"], allowed, guild, may_everyone=may_everyone)
        users = dict.fromkeys(found.users)
        reference = message.get("message_reference")
        if message["type"] == REPLY and reference and allowed.replied_user:
            answered = world.store.message(
                int(reference["channel_id"]), int(reference["message_id"])
            )
            if answered and "webhook_id" not in answered:
                users[int(answered["author"]["id"])] = None
        message["mentions"] = [world.users[each] for each in users if each in world.users]
        message["mention_roles"] = [str(each) for each in found.roles]
        message["mention_everyone"] = found.everyone and guild is not None

    def _keep(
        self, message: Payload, channel: Payload, written: Written | None, user_id: int | None
    ) -> None:
        """Write a new message and everything that changes with it; then tell everyone."""
        world = self._world
        if written:
            for attachment_id, data in written.new_files:
                world.files.keep(attachment_id, data)
        channel = world.channel(int(channel["id"]))
        with world.store.transaction():
            world.store.save_message(message)
            channel["last_message_id"] = message["id"]
            if self._threads.is_thread(channel):
                channel["message_count"] += 1
                channel["total_message_sent"] += 1
            world.save_channel(channel)
        world.tell("MESSAGE_CREATE", self._views.event(message, channel), channel)
        if self._threads.is_thread(channel) and user_id is not None:
            self._threads.join(channel, user_id)

    def _whisper(self, message: Payload, written: Written, viewer: int) -> None:
        """Show a new message to one person. The bot hears of it as of a direct message."""
        for attachment_id, data in written.new_files:
            self._world.files.keep(attachment_id, data)
        self._world.ephemerals.keep(message, viewer)
        channel_id = int(message["channel_id"])
        shown = self._views.message(message)
        self._world.feed.publish(Event("MESSAGE_CREATE", shown, None, channel_id, viewer=viewer))

    def _note(self, channel: Payload, kind: int, author: Payload, fields: Payload) -> None:
        """Keep and tell one of Discord's own messages, as about a new thread."""
        message = new_message(self._world.ids.next(), channel, author)
        message |= {"type": kind, **fields}
        self._keep(message, channel, None, None)

    def open_thread(
        self, parent: Payload, owner_id: int, settings: Payload, message: Payload | None = None
    ) -> Payload:
        """Open a thread as `Threads.open` does, with the messages that Discord writes then."""
        thread = self._threads.open(parent, owner_id, settings, message)
        reference: Payload = {"type": 0, "guild_id": thread["guild_id"]}
        author = self._world.user(owner_id)
        if message:
            self._tell_changed(message, parent)
            reference |= {"channel_id": parent["id"], "message_id": message["id"]}
            self._note(thread, THREAD_STARTER, author, {"message_reference": reference})
        elif thread["type"] == objects.PUBLIC_THREAD:
            reference["channel_id"] = thread["id"]
            fields = {"message_reference": reference, "content": thread["name"]}
            self._note(parent, _THREAD_CREATED, author, fields)
        return self._world.channel(int(thread["id"]))

    # Changing

    def edit(self, message: Payload, sender: Sender, form: Form, files: list[Upload]) -> Payload:
        """Change a message as Discord's PATCH does, tell everyone, and return it as stored."""
        channel = self._world.channel(int(message["channel_id"]))
        if message["author"]["id"] != sender.user["id"]:
            self._edit_of_others(message, form, channel, sender)
        if message["type"] not in _SPOKEN:
            raise DiscordError(Problem.SYSTEM_MESSAGE)
        if message["flags"] & voice.VOICE_MESSAGE:
            raise DiscordError(Problem.VOICE_IS_FINAL)
        if self._threads.is_thread(channel):
            self._threads.wake(channel, sender.user_id)
        allowed = mentions.read_allowed(form)
        kept = _kept_attachments(message, form)
        written = self._reader(channel).read(form, files, kept)
        changed = _rewritten(message, form, written)
        if "content" in form:
            self._mention(changed, channel, sender, allowed)
        for attachment_id, data in written.new_files:
            self._world.files.keep(attachment_id, data)
        self._save(changed)
        kept_ids = {each["id"] for each in kept}
        self._world.files.forget(
            [each for each in message["attachments"] if each["id"] not in kept_ids]
        )
        self._tell_changed(changed, channel)
        return changed

    def _edit_of_others(
        self, message: Payload, form: Form, channel: Payload, sender: Sender
    ) -> None:
        """Others' messages cannot be edited, but for their flags."""
        if set(form.body) - {"flags"} or sender.user_id is None or not message:
            raise DiscordError(Problem.NOT_THE_AUTHOR)
        self._world.require(sender.user_id, channel, Permission.MANAGE_MESSAGES)

    def unfold(self, message: Payload, form: Form) -> Payload:
        """Show what is behind a message's links, as Discord's crawler does: it is no edit."""
        found = embeds.unfolded(form)
        form.check()
        changed = {**message, "embeds": found}
        self._save(changed)
        self._tell_changed(changed, self._world.channel(int(message["channel_id"])))
        return changed

    def pin(self, message: Payload, *, pinned: bool) -> None:
        """Pin a message or take the pin out; tells everyone."""
        channel = self._world.channel(int(message["channel_id"]))
        changed = {**message, "pinned": pinned}
        with self._world.store.transaction():
            self._world.store.save_message(changed)
            if pinned:
                self._world.save_channel({**channel, "last_pin_timestamp": now()})
        self._tell_changed(changed, channel)
        data = {"channel_id": channel["id"], "last_pin_timestamp": now()}
        self._world.tell(
            "CHANNEL_PINS_UPDATE", {**data, **self._world.in_guild_of(channel)}, channel
        )

    def _save(self, message: Payload) -> None:
        if not self._world.ephemerals.replace(message):
            with self._world.store.transaction():
                self._world.store.save_message(message)

    def _tell_changed(self, message: Payload, channel: Payload) -> None:
        viewer = self._world.ephemerals.viewer(message)
        if viewer is not None:
            self._tell_viewer("MESSAGE_UPDATE", self._views.message(message), viewer)
            return
        self._world.tell("MESSAGE_UPDATE", self._views.event(message, channel), channel)

    def _tell_viewer(self, kind: str, data: Payload, viewer: int) -> None:
        channel_id = int(data["channel_id"])
        self._world.feed.publish(Event(kind, data, None, channel_id, page_only=True, viewer=viewer))

    # Deleting

    def dismiss(self, message: Payload) -> None:
        """Take away a message that only one person sees."""
        viewer = self._world.ephemerals.viewer(message)
        if viewer is None:
            raise DiscordError(Problem.UNKNOWN_MESSAGE)
        self._world.ephemerals.remove(message)
        self._world.files.forget(message["attachments"])
        data = {"id": message["id"], "channel_id": message["channel_id"]}
        self._tell_viewer("MESSAGE_DELETE", data, viewer)

    def may_delete(self, message: Payload, channel: Payload, user_id: int) -> None:
        """Raise unless it is the user's own message or they manage messages here."""
        if message["author"]["id"] == str(user_id):
            self._world.require(user_id, channel, Permission.VIEW_CHANNEL)
        elif "guild_id" in channel:
            self._world.require(user_id, channel, Permission.MANAGE_MESSAGES)
        else:
            raise DiscordError(Problem.MISSING_PERMISSIONS)

    def delete(self, channel: Payload, messages: Iterable[Payload], *, bulk: bool = False) -> None:
        """Delete messages of a channel and tell everyone."""
        world = self._world
        gone = list(messages)
        with world.store.transaction():
            for message in gone:
                world.store.remove_message(int(message["id"]))
            if self._threads.is_thread(channel):
                channel["message_count"] = max(0, channel["message_count"] - len(gone))
                world.save_channel(channel)
        for message in gone:
            world.files.forget(message["attachments"])
        where = {"channel_id": channel["id"], **world.in_guild_of(channel)}
        if bulk:
            ids = [message["id"] for message in gone]
            world.tell("MESSAGE_DELETE_BULK", {"ids": ids, **where}, channel)
            return
        for message in gone:
            world.tell("MESSAGE_DELETE", {"id": message["id"], **where}, channel)

    # Reading

    def history(
        self, channel: Payload, limit: int, kind: str | None = None, anchor: int = 0
    ) -> list[Payload]:
        """Return up to `limit` messages, newest first; `kind`: before, after, around an id."""
        store, channel_id = self._world.store, int(channel["id"])
        if kind == "after":
            found = store.after(channel_id, anchor, limit)[::-1]
        elif kind == "around":
            half = limit // 2
            older = store.before(channel_id, min(anchor + 1, LARGEST_ID), half + 1)
            newer = store.after(channel_id, anchor, limit - min(limit, len(older)))
            found = (newer[::-1] + older)[:limit]
        else:
            found = store.before(channel_id, anchor if kind else LARGEST_ID, limit)
        return [self._views.message(each) for each in found]


def _signature(sender: Sender, form: Form) -> Payload:
    """Return what a message says about whoever sent it, beside its author."""
    said = {
        "webhook_id": sender.webhook_id,
        "application_id": sender.application_id,
        "nonce": form.body.get("nonce"),
    }
    return {key: value for key, value in said.items() if value is not None}


def _kept_attachments(message: Payload, form: Form) -> list[Payload]:
    """Return the attachments of a message that an edit leaves in it."""
    present: list[Payload] = message["attachments"]
    if "attachments" not in form:
        return present
    listed = form.items("attachments", MOST_ATTACHMENTS)
    ids = {str(each.get("id")) for each in listed if isinstance(each, dict)}
    return [each for each in present if each["id"] in ids]


def _rewritten(message: Payload, form: Form, written: Written) -> Payload:
    """Return a message with what an edit says about it; raise what Discord would refuse."""
    changed = dict(message)
    if "flags" in form:
        # Links' previews can be hidden and shown again; components-only is for good.
        flags = read_flags(form)
        changed["flags"] = message["flags"] & ~SUPPRESS_EMBEDS
        changed["flags"] |= flags & (SUPPRESS_EMBEDS | components.V2_FLAG)
    for key in ("content", "embeds", "components"):
        if key in form:
            changed[key] = getattr(written, key)
    changed["attachments"] = written.attachments
    check_components_only(form, changed["flags"], changed)
    if "components" in form or "flags" in form:
        components.check(form, changed["components"], changed["flags"])
    form.check()
    pictured = changed["embeds"] or changed["components"] or changed["attachments"]
    if not (changed["content"] or pictured or _SHOWN_ALONE & set(changed)):
        raise DiscordError(Problem.EMPTY_MESSAGE)
    if not message["flags"] & LOADING:
        changed["edited_timestamp"] = now()
    changed["flags"] &= ~LOADING
    return changed
