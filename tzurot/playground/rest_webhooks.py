"""REST: webhooks, and what they say, change and delete."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from . import objects, rest_interactions
from .call import NOTHING, Answer, Call, Routes, ok, snowflake
from .composing import Sender
from .errors import DiscordError, Payload, Problem
from .forms import Form
from .ids import BOT_ID, LARGEST_ID
from .limits import Limit
from .permissions import Permission, in_guild

routes = Routes()

_BY_ID: Final = "/webhooks/{webhook_id}"
_BY_TOKEN: Final = f"{_BY_ID}/{{webhook_token}}"
_MESSAGE: Final = f"{_BY_TOKEN}/messages/{{message_id}}"
_MAKING: Final = Limit(5, 5.0)
_EXECUTING: Final = Limit(5, 2.0)
_EDITING: Final = Limit(5, 5.0)
_MOST_IN_CHANNEL: Final = 15
_LONGEST_NAME: Final = 80
_FORBIDDEN_NAMES: Final = ("clyde", "discord")


# Making and changing


def _name(form: Form, field: str) -> str | None:
    """Read the name of a webhook or of one of its messages."""
    name = form.text(field, _LONGEST_NAME, 1)
    for word in _FORBIDDEN_NAMES:
        if name and word in name.lower():
            form.wrong(field, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    return name


def _shown(call: Call, webhook: Payload) -> Payload:
    """Return a webhook with its maker, unless its own token was the key."""
    url = f"{call.world.base_url}/api/webhooks/{webhook['id']}/{webhook['token']}"
    found = {**webhook, "url": url}
    if "webhook_token" not in call.request.match_info:
        found["user"] = call.world.bot
    return found


def _changed(call: Call, webhook: Payload) -> None:
    channel = call.world.channel(int(webhook["channel_id"]))
    data = {"guild_id": channel["guild_id"], "channel_id": channel["id"]}
    call.world.tell("WEBHOOKS_UPDATE", data, channel)


@routes.on("POST", "/channels/{channel_id}/webhooks", _MAKING)
async def create_webhook(call: Call) -> Answer:
    """Make a webhook."""
    channel, form, world = call.channel(), call.form(), call.world
    if channel["type"] != objects.TEXT:
        raise DiscordError(Problem.WRONG_CHANNEL_KIND)
    world.require(BOT_ID, channel, Permission.MANAGE_WEBHOOKS)
    form.required("name")
    name = _name(form, "name")
    form.check()
    avatar = world.files.picture_of_data_uri(form.body.get("avatar"), "avatar")
    if len(_of_channel(call, channel)) >= _MOST_IN_CHANNEL:
        raise DiscordError(Problem.TOO_MANY_WEBHOOKS)
    webhook = {
        "id": str(world.ids.next()),
        "type": 1,
        "application_id": str(BOT_ID),
        "guild_id": channel["guild_id"],
        "channel_id": channel["id"],
        "name": (name or "").strip(),
        "avatar": avatar,
        "token": secrets.token_urlsafe(51),
    }
    with world.store.transaction():
        world.save_webhook(webhook)
    _changed(call, webhook)
    return ok(_shown(call, webhook))


def _of_channel(call: Call, channel: Payload) -> list[Payload]:
    return [each for each in call.world.webhooks.values() if each["channel_id"] == channel["id"]]


@routes.on("GET", "/channels/{channel_id}/webhooks")
async def channel_webhooks(call: Call) -> Answer:
    """Answer the webhooks of a channel."""
    channel = call.channel()
    call.world.require(BOT_ID, channel, Permission.MANAGE_WEBHOOKS)
    return ok([_shown(call, each) for each in _of_channel(call, channel)])


@routes.on("GET", "/guilds/{guild_id}/webhooks")
async def guild_webhooks(call: Call) -> Answer:
    """Answer the webhooks of a guild."""
    guild = call.world.guild(call.id("guild_id"))
    member = call.world.member(int(guild["id"]), BOT_ID)
    if not in_guild(guild, BOT_ID, member) & Permission.MANAGE_WEBHOOKS:
        raise DiscordError(Problem.MISSING_PERMISSIONS)
    found = [each for each in call.world.webhooks.values() if each["guild_id"] == guild["id"]]
    return ok([_shown(call, each) for each in found])


def _webhook(call: Call) -> Payload:
    """Return the webhook of the path; its token, or the bot's permission, opens it."""
    found = call.world.webhooks.get(call.id("webhook_id"))
    if found is None:
        raise DiscordError(Problem.UNKNOWN_WEBHOOK)
    if "webhook_token" in call.request.match_info:
        if not hmac.compare_digest(call.text("webhook_token").encode(), found["token"].encode()):
            raise DiscordError(Problem.INVALID_WEBHOOK_TOKEN)
    else:
        channel = call.world.channel(int(found["channel_id"]))
        call.world.require(BOT_ID, channel, Permission.MANAGE_WEBHOOKS)
    return found


@routes.on("GET", _BY_ID)
@routes.on("GET", _BY_TOKEN, token=False)
async def webhook(call: Call) -> Answer:
    """Answer a webhook."""
    return ok(_shown(call, _webhook(call)))


@routes.on("PATCH", _BY_ID, _MAKING)
@routes.on("PATCH", _BY_TOKEN, _MAKING, token=False)
async def change_webhook(call: Call) -> Answer:
    """Change a webhook's name, picture or channel."""
    changed, form, world = dict(_webhook(call)), call.form(), call.world
    name = _name(form, "name")
    channel_id = form.whole("channel_id", 0, LARGEST_ID)
    form.check()
    if name is not None:
        changed["name"] = name.strip()
    if "avatar" in form:
        changed["avatar"] = world.files.picture_of_data_uri(form.body["avatar"], "avatar")
    if channel_id is not None and "webhook_token" not in call.request.match_info:
        channel = world.channel(channel_id)
        world.require(BOT_ID, channel, Permission.MANAGE_WEBHOOKS)
        if channel["type"] != objects.TEXT or channel["guild_id"] != changed["guild_id"]:
            raise DiscordError(Problem.WRONG_CHANNEL_KIND)
        changed["channel_id"] = channel["id"]
    with world.store.transaction():
        world.save_webhook(changed)
    _changed(call, changed)
    return ok(_shown(call, changed))


@routes.on("DELETE", _BY_ID)
@routes.on("DELETE", _BY_TOKEN, token=False)
async def delete_webhook(call: Call) -> Answer:
    """Delete a webhook."""
    found = _webhook(call)
    with call.world.store.transaction():
        call.world.remove_webhook(found)
    _changed(call, found)
    return NOTHING


# Speaking


def _place(call: Call, hook: Payload) -> Payload:
    """Return the channel a webhook speaks in: its own, or the thread of the query below it."""
    own = call.world.channel(int(hook["channel_id"]))
    thread_id = call.request.query.get("thread_id")
    if thread_id is None:
        return own
    thread = call.world.channel(snowflake(thread_id, "thread_id"))
    if thread.get("parent_id") != own["id"]:
        raise DiscordError(Problem.UNKNOWN_CHANNEL)
    return thread


@routes.on("POST", _BY_TOKEN, _EXECUTING, token=False)
async def execute(call: Call) -> Answer:
    """Let a webhook say something, or the bot say more about an interaction."""
    if rest_interactions.is_for_interaction(call):
        return await rest_interactions.follow_up(call)
    hook, form = _webhook(call), call.form()
    name = _name(form, "username")
    url = form.text("avatar_url", 2048)
    form.check()
    place = _place(call, hook)
    avatar = await call.world.files.picture_of_url(url) if url else hook["avatar"]
    author = objects.webhook_user(hook["id"], (name or hook["name"]).strip(), avatar)
    sender = Sender(author, webhook_id=hook["id"], application_id=hook["application_id"])
    sent = call.rooms.messages.send(place, sender, form, call.files)
    if not call.flag("wait"):
        return NOTHING
    return ok(call.rooms.views.message(sent))


def _message(call: Call) -> tuple[Payload, Payload]:
    """Return a message that this webhook said, and its channel."""
    hook = _webhook(call)
    place = _place(call, hook)
    found = call.message(place)
    if found.get("webhook_id") != hook["id"]:
        raise DiscordError(Problem.UNKNOWN_MESSAGE)
    return found, place


@routes.on("GET", _MESSAGE, token=False)
async def message(call: Call) -> Answer:
    """Answer a webhook's message."""
    if rest_interactions.is_for_interaction(call):
        return await rest_interactions.get_message(call)
    found, _ = _message(call)
    return ok(call.rooms.views.message(found))


@routes.on("PATCH", _MESSAGE, _EDITING, token=False)
async def edit_message(call: Call) -> Answer:
    """Change a webhook's message."""
    if rest_interactions.is_for_interaction(call):
        return await rest_interactions.edit_message(call)
    found, _ = _message(call)
    sender = Sender(found["author"], found["webhook_id"], found.get("application_id"))
    changed = call.rooms.messages.edit(found, sender, call.form(), call.files)
    return ok(call.rooms.views.message(changed))


@routes.on("DELETE", _MESSAGE, _EDITING, token=False)
async def delete_message(call: Call) -> Answer:
    """Delete a webhook's message."""
    if rest_interactions.is_for_interaction(call):
        return await rest_interactions.delete_message(call)
    found, place = _message(call)
    call.rooms.messages.delete(place, [found])
    return NOTHING
