"""REST: messages, their history, reactions and pins."""

from __future__ import annotations

import re
from typing import Final

from .call import NOTHING, Answer, Call, Routes, ok, snowflake
from .errors import DiscordError, Payload, Problem
from .ids import BOT_ID, LARGEST_ID
from .limits import Limit
from .permissions import Permission

routes = Routes()

_MESSAGES: Final = "/channels/{channel_id}/messages"
_MESSAGE: Final = f"{_MESSAGES}/{{message_id}}"
_REACTIONS: Final = f"{_MESSAGE}/reactions/{{emoji_name}}"
_REACTION_LIMIT: Final = Limit(1, 0.25)
_FEWEST_BULK: Final = 2
_MOST_BULK: Final = 100
_LONGEST_EMOJI: Final = 40
_PICTURES_FROM: Final = 0x203C
"""The lowest character with a picture of its own, but for the four listed below."""
_KEYCAP: Final = re.compile(r"[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae]\ufe0f?")


@routes.on("GET", _MESSAGES, Limit(5, 1.0))
async def history(call: Call) -> Answer:
    """Answer a page of a channel's messages, newest first."""
    channel = call.channel()
    if not call.world.permissions(BOT_ID, channel) & Permission.READ_MESSAGE_HISTORY:
        return ok([])
    limit = call.number("limit", 50, 1, 100)
    kind = next((each for each in ("around", "before", "after") if each in call.request.query), "")
    anchor = call.number(kind, 0, 0, LARGEST_ID) if kind else 0
    return ok(call.rooms.messages.history(channel, limit, kind or None, anchor))


@routes.on("POST", _MESSAGES, Limit(5, 5.0))
async def create_message(call: Call) -> Answer:
    """Let the bot say something."""
    sent = call.rooms.messages.send(call.channel(), call.bot, call.form(), call.files)
    return ok(call.rooms.views.message(sent))


@routes.on("POST", f"{_MESSAGES}/bulk-delete", Limit(1, 1.0))
async def bulk_delete(call: Call) -> Answer:
    """Delete several messages at once."""
    channel, form, world = call.channel(), call.form(), call.world
    if "guild_id" not in channel:
        raise DiscordError(Problem.WRONG_CHANNEL_KIND)
    world.require(BOT_ID, channel, Permission.MANAGE_MESSAGES)
    ids = {snowflake(str(each), "messages") for each in form.items("messages", _MOST_BULK)}
    if not _FEWEST_BULK <= len(ids) <= _MOST_BULK:
        raise DiscordError(Problem.BULK_DELETE_COUNT)
    form.check()
    there = [world.store.message(int(channel["id"]), each) for each in sorted(ids)]
    call.rooms.messages.delete(channel, [each for each in there if each], bulk=True)
    return NOTHING


@routes.on("GET", _MESSAGE, Limit(5, 1.0))
async def message(call: Call) -> Answer:
    """Answer a message."""
    channel = call.channel()
    call.world.require(BOT_ID, channel, Permission.READ_MESSAGE_HISTORY)
    return ok(call.rooms.views.message(call.message(channel)))


@routes.on("PATCH", _MESSAGE, Limit(5, 5.0))
async def edit_message(call: Call) -> Answer:
    """Change a message of the bot."""
    found = call.message(call.channel())
    changed = call.rooms.messages.edit(found, call.bot, call.form(), call.files)
    return ok(call.rooms.views.message(changed))


@routes.on("DELETE", _MESSAGE, Limit(5, 1.0))
async def delete_message(call: Call) -> Answer:
    """Delete a message."""
    channel = call.channel()
    found = call.message(channel)
    call.rooms.messages.may_delete(found, channel, BOT_ID)
    call.rooms.messages.delete(channel, [found])
    return NOTHING


# Reactions


def emoji_key(text: str) -> str:
    """Return an emoji of a path as it is stored; raise for what is none.

    The playground has no emojis of its own yet, so `name:id` is unknown.
    """
    pictured = len(text) <= _LONGEST_EMOJI and any(ord(each) >= _PICTURES_FROM for each in text)
    if not pictured and _KEYCAP.fullmatch(text) is None:
        raise DiscordError(Problem.UNKNOWN_EMOJI)
    return text


def _reacted(call: Call) -> tuple[Payload, str]:
    found = call.message(call.channel())
    return found, emoji_key(call.text("emoji_name"))


@routes.on("PUT", f"{_REACTIONS}/@me", _REACTION_LIMIT)
async def react(call: Call) -> Answer:
    """Let the bot react."""
    found, emoji = _reacted(call)
    call.rooms.reactions.add(found, emoji, BOT_ID)
    return NOTHING


@routes.on("DELETE", f"{_REACTIONS}/@me", _REACTION_LIMIT)
async def unreact(call: Call) -> Answer:
    """Take the bot's reaction back."""
    found, emoji = _reacted(call)
    call.rooms.reactions.remove(found, emoji, BOT_ID)
    return NOTHING


@routes.on("DELETE", f"{_REACTIONS}/{{user_id}}", _REACTION_LIMIT)
async def remove_reaction(call: Call) -> Answer:
    """Take somebody's reaction away."""
    call.world.require(BOT_ID, call.channel(), Permission.MANAGE_MESSAGES)
    found, emoji = _reacted(call)
    call.rooms.reactions.remove(found, emoji, call.id("user_id"))
    return NOTHING


@routes.on("DELETE", f"{_MESSAGE}/reactions", _REACTION_LIMIT)
@routes.on("DELETE", _REACTIONS, _REACTION_LIMIT)
async def clear_reactions(call: Call) -> Answer:
    """Take all reactions away, or all with one emoji."""
    channel = call.channel()
    call.world.require(BOT_ID, channel, Permission.MANAGE_MESSAGES)
    one = "emoji_name" in call.request.match_info
    emoji = emoji_key(call.text("emoji_name")) if one else None
    call.rooms.reactions.clear(call.message(channel), emoji)
    return NOTHING


@routes.on("GET", _REACTIONS)
async def who_reacted(call: Call) -> Answer:
    """Answer who reacted with an emoji, in the order of ids."""
    found, emoji = _reacted(call)
    limit = call.number("limit", 25, 1, 100)
    after = call.number("after", 0, 0, LARGEST_ID)
    users = sorted(call.world.store.reactions(int(found["id"])).get(emoji, []))
    return ok([call.world.user(each) for each in users if each > after][:limit])


# Pins


@routes.on("GET", f"{_MESSAGES}/pins")
async def pins(call: Call) -> Answer:
    """Answer what is pinned in a channel."""
    channel = call.channel()
    found = call.world.store.pinned(int(channel["id"]))
    items = [
        {"pinned_at": each["timestamp"], "message": call.rooms.views.message(each)}
        for each in found
    ]
    return ok({"items": items, "has_more": False})


@routes.on("GET", "/channels/{channel_id}/pins")
async def pins_of_old(call: Call) -> Answer:
    """Answer what is pinned in a channel, in the older form."""
    found = call.world.store.pinned(int(call.channel()["id"]))
    return ok([call.rooms.views.message(each) for each in found])


@routes.on("PUT", f"{_MESSAGES}/pins/{{message_id}}")
@routes.on("PUT", "/channels/{channel_id}/pins/{message_id}")
@routes.on("DELETE", f"{_MESSAGES}/pins/{{message_id}}")
@routes.on("DELETE", "/channels/{channel_id}/pins/{message_id}")
async def pin(call: Call) -> Answer:
    """Pin a message, or take the pin out."""
    channel = call.channel()
    call.world.require(BOT_ID, channel, Permission.MANAGE_MESSAGES)
    call.rooms.messages.pin(call.message(channel), pinned=call.request.method == "PUT")
    return NOTHING


# Stickers


@routes.on("GET", "/stickers/{sticker_id}")
async def sticker(call: Call) -> Answer:
    """Answer a sticker."""
    if found := call.world.stickers.get(call.id("sticker_id")):
        return ok(found)
    raise DiscordError(Problem.UNKNOWN_STICKER)
