"""What a message refers to: the one that it answers, or the one that it forwards."""

from __future__ import annotations

from typing import Final

from .composing import Sender
from .errors import Payload
from .forms import Form
from .ids import LARGEST_ID
from .permissions import Permission
from .world import World

HAS_SNAPSHOT: Final = 1 << 14
"""The flag of a forwarded message."""
_FORWARD: Final = 1
_SNAPSHOT: Final = (
    "type",
    "content",
    "mentions",
    "mention_roles",
    "attachments",
    "embeds",
    "timestamp",
    "edited_timestamp",
    "flags",
    "components",
    "sticker_items",
)


def read(world: World, channel: Payload, sender: Sender, form: Form) -> Payload:
    """Return the fields of a reply or of a forwarded message; webhooks can do neither."""
    given = None if sender.webhook_id else form.body.get("message_reference")
    if given is None:
        return {}
    inner = form.part(given, "message_reference")
    inner.required("message_id")
    message_id = inner.whole("message_id", 0, LARGEST_ID) or 0
    channel_id = inner.whole("channel_id", 0, LARGEST_ID) or int(channel["id"])
    forward = inner.whole("type", 0, _FORWARD) == _FORWARD
    form.check()
    if not forward and channel_id != int(channel["id"]):
        form.wrong(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        )
        form.check()
    if forward:
        source = world.channel(channel_id)
        if sender.user_id is not None:
            world.require(sender.user_id, source, Permission.READ_MESSAGE_HISTORY)
    found = world.store.message(channel_id, message_id)
    if found is None:
        if inner.body.get("fail_if_not_exists") is False and not forward:
            return {}
        inner.wrong("", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        form.check()
        return {}
    reference: Payload = {
        "type": _FORWARD if forward else 0,
        "channel_id": str(channel_id),
        "message_id": str(message_id),
        **world.in_guild_of(world.channel(channel_id)),
    }
    if not forward:
        return {"message_reference": reference}
    return {"message_reference": reference, "message_snapshots": _snapshots(found)}


def _snapshots(message: Payload) -> list[Payload]:
    """Return a message as a forward shows it; a forwarded one is passed on as it is."""
    if there := message.get("message_snapshots"):
        return list(there)
    return [{"message": {key: message[key] for key in _SNAPSHOT if key in message}}]


def forward(source: Payload, message_id: int) -> Payload:
    """Return the `message_reference` of a request that forwards a message."""
    return {"type": _FORWARD, "channel_id": source["id"], "message_id": str(message_id)}
