"""REST: channels, typing, threads and who is in them."""

from __future__ import annotations

from datetime import UTC, datetime

from . import objects
from .call import NOTHING, Answer, Call, Routes, ok
from .channels import read_settings
from .errors import DiscordError, Payload, Problem
from .forms import Form, form_error
from .ids import BOT_ID, LARGEST_ID
from .limits import Limit
from .permissions import Permission

routes = Routes()

_ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


@routes.on("GET", "/channels/{channel_id}")
async def channel(call: Call) -> Answer:
    """Answer a channel."""
    return ok(call.rooms.threads.show(call.channel()))


@routes.on("PATCH", "/channels/{channel_id}", Limit(5, 15.0))
async def change_channel(call: Call) -> Answer:
    """Change a channel or a thread."""
    found, form, world = call.channel(), call.form(), call.world
    if found["type"] == objects.DM:
        raise DiscordError(Problem.WRONG_CHANNEL_KIND)
    if call.rooms.threads.is_thread(found):
        settings = _thread_settings(form)
        own = found["owner_id"] == str(BOT_ID) and not {"locked"} & set(form.body)
        needed = Permission.SEND_MESSAGES_IN_THREADS if own else Permission.MANAGE_THREADS
        world.require(BOT_ID, found, needed)
        call.rooms.threads.change(found, settings)
        return ok(call.rooms.threads.show(world.channel(int(found["id"]))))
    world.require(BOT_ID, found, Permission.MANAGE_CHANNELS)
    return ok(call.rooms.channels.change(found, read_settings(form)))


@routes.on("DELETE", "/channels/{channel_id}")
async def delete_channel(call: Call) -> Answer:
    """Delete a channel or a thread."""
    found = call.channel()
    if found["type"] == objects.DM:
        return ok(found)  # Discord only closes it on the bot's side
    in_thread = call.rooms.threads.is_thread(found)
    needed = Permission.MANAGE_THREADS if in_thread else Permission.MANAGE_CHANNELS
    call.world.require(BOT_ID, found, needed)
    call.rooms.threads.remove(found)
    return ok(found)


@routes.on("POST", "/channels/{channel_id}/typing", Limit(5, 5.0))
async def typing(call: Call) -> Answer:
    """Show that the bot types."""
    found = call.channel()
    call.world.require(BOT_ID, found, _speaking(call, found))
    call.world.type(found, BOT_ID)
    return NOTHING


def _speaking(call: Call, channel: Payload) -> Permission:
    in_thread = call.rooms.threads.is_thread(channel)
    return Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES


# Threads


def _thread_settings(form: Form) -> Payload:
    settings = {
        "name": form.text("name", 100, 1),
        "auto_archive_duration": form.whole("auto_archive_duration", 60, 10080),
        "rate_limit_per_user": form.whole("rate_limit_per_user", 0, 21600),
        "type": form.whole("type", 10, 12),
        **{key: form.flag(key) for key in ("archived", "locked", "invitable") if key in form},
    }
    if settings["auto_archive_duration"] not in {None, *_ARCHIVE_MINUTES}:
        form.wrong(
            "auto_archive_duration",
            "BASE_TYPE_CHOICES",
            f"Value must be one of {_ARCHIVE_MINUTES}.",
        )
    form.check()
    return settings


@routes.on("POST", "/channels/{channel_id}/threads", Limit(10, 10.0))
async def create_thread(call: Call) -> Answer:
    """Open a thread without a message."""
    form = call.form()
    form.required("name")
    settings = _thread_settings(form)
    public = settings["type"] == objects.PUBLIC_THREAD
    parent = call.channel()
    needed = Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
    call.world.require(BOT_ID, parent, needed)
    thread = call.rooms.messages.open_thread(parent, BOT_ID, settings)
    return Answer(201, call.rooms.threads.show(thread))


@routes.on("POST", "/channels/{channel_id}/messages/{message_id}/threads", Limit(10, 10.0))
async def create_thread_on_message(call: Call) -> Answer:
    """Open a thread on a message."""
    form = call.form()
    form.required("name")
    settings = _thread_settings(form)
    parent = call.channel()
    call.world.require(BOT_ID, parent, Permission.CREATE_PUBLIC_THREADS)
    thread = call.rooms.messages.open_thread(parent, BOT_ID, settings, call.message(parent))
    return Answer(201, call.rooms.threads.show(thread))


@routes.on("GET", "/channels/{channel_id}/threads/archived/public")
@routes.on("GET", "/channels/{channel_id}/threads/archived/private")
async def archived_threads(call: Call) -> Answer:
    """Answer a channel's archived threads, the latest first."""
    parent, world = call.channel(), call.world
    world.require(BOT_ID, parent, Permission.READ_MESSAGE_HISTORY)
    private = call.request.path.endswith("private")
    limit = call.number("limit", 50, 2, 100)
    found = [
        each
        for each in world.guild_channels(int(parent["guild_id"]), threads=True)
        if each["parent_id"] == parent["id"]
        and each["thread_metadata"]["archived"]
        and (each["type"] == objects.PRIVATE_THREAD) == private
    ]
    before = call.request.query.get("before")
    if before is not None:
        found = [each for each in found if _archived_at(each) < _moment(before)]
    found.sort(key=_archived_at, reverse=True)
    own = [world.thread_members.get(int(each["id"]), {}).get(BOT_ID) for each in found[:limit]]
    return ok(
        {
            "threads": found[:limit],
            "members": [each for each in own if each],
            "has_more": len(found) > limit,
        }
    )


def _archived_at(thread: Payload) -> datetime:
    return datetime.fromisoformat(thread["thread_metadata"]["archive_timestamp"])


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        refusal = form_error("before", "DATE_TIME_TYPE_PARSE", "Could not parse time.")
        raise refusal from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _thread(call: Call) -> Payload:
    found = call.channel()
    if not call.rooms.threads.is_thread(found):
        raise DiscordError(Problem.WRONG_CHANNEL_KIND)
    return found


@routes.on("GET", "/channels/{channel_id}/thread-members")
async def thread_members(call: Call) -> Answer:
    """Answer who is in a thread, in the order of user ids."""
    thread, world = _thread(call), call.world
    limit = call.number("limit", 100, 1, 100)
    after = call.number("after", 0, 0, LARGEST_ID)
    members = world.thread_members.get(int(thread["id"]), {})
    found = [members[user_id] for user_id in sorted(members) if user_id > after][:limit]
    return ok([_thread_member(call, thread, each) for each in found])


def _thread_member(call: Call, thread: Payload, body: Payload) -> Payload:
    """Return who is in a thread, with the server's member when the query asks for it."""
    if not call.flag("with_member"):
        return body
    return {**body, "member": call.world.member(int(thread["guild_id"]), int(body["user_id"]))}


@routes.on("GET", "/channels/{channel_id}/thread-members/{user_id}")
async def thread_member(call: Call) -> Answer:
    """Answer whether somebody is in a thread."""
    thread, user_id = _thread(call), call.id("user_id")
    body = call.world.thread_members.get(int(thread["id"]), {}).get(user_id)
    if body is None:
        raise DiscordError(Problem.UNKNOWN_MEMBER)
    return ok(_thread_member(call, thread, body))


@routes.on("PUT", "/channels/{channel_id}/thread-members/@me")
async def join_thread(call: Call) -> Answer:
    """Let the bot join a thread."""
    call.rooms.threads.join(_thread(call), BOT_ID)
    return NOTHING


@routes.on("DELETE", "/channels/{channel_id}/thread-members/@me")
async def leave_thread(call: Call) -> Answer:
    """Let the bot leave a thread."""
    call.rooms.threads.leave(_thread(call), BOT_ID)
    return NOTHING


@routes.on("PUT", "/channels/{channel_id}/thread-members/{user_id}")
async def add_to_thread(call: Call) -> Answer:
    """Put somebody into a thread."""
    thread, user_id = _thread(call), call.id("user_id")
    call.world.require(BOT_ID, thread, Permission.SEND_MESSAGES_IN_THREADS)
    call.world.member(int(thread["guild_id"]), user_id)
    call.rooms.threads.join(thread, user_id)
    return NOTHING


@routes.on("DELETE", "/channels/{channel_id}/thread-members/{user_id}")
async def remove_from_thread(call: Call) -> Answer:
    """Take somebody out of a thread: its owner may in a private one, else who manages threads."""
    thread, user_id = _thread(call), call.id("user_id")
    own = thread["type"] == objects.PRIVATE_THREAD and thread["owner_id"] == str(BOT_ID)
    needed = Permission.VIEW_CHANNEL if own else Permission.MANAGE_THREADS
    call.world.require(BOT_ID, thread, needed)
    call.rooms.threads.leave(thread, user_id)
    return NOTHING
