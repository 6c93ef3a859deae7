"""REST: the bot's answers to interactions: the first one, the original message, follow-ups.

Source: https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from . import modals
from .call import NOTHING, Answer, Call, Routes, ok
from .composing import LOADING, Answering, Sender
from .ephemeral import EPHEMERAL
from .errors import DiscordError, Payload, Problem
from .files import Upload
from .forms import Form
from .ids import BOT_ID
from .interactions import Interaction, Kind
from .limits import Limit
from .views import REPLY

routes = Routes()

_ORIGINAL: Final = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
_EDITING: Final = Limit(5, 5.0)
_MOST_CHOICES: Final = 25
_LONGEST_CHOICE: Final = 100
_NUMBERS: Final[dict[int, tuple[type, ...]]] = {4: (int,), 10: (int, float)}


class Reply(IntEnum):
    """What the bot's first answer can be."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


def _allowed(interaction: Interaction) -> tuple[Reply, ...]:
    """Return which first answers an interaction takes."""
    spoken = (Reply.MESSAGE, Reply.DEFERRED_MESSAGE)
    updates = (Reply.DEFERRED_UPDATE, Reply.UPDATE)
    if interaction.kind == Kind.AUTOCOMPLETE:
        return (Reply.CHOICES,)
    if interaction.kind == Kind.COMMAND:
        return (*spoken, Reply.MODAL)
    if interaction.kind == Kind.COMPONENT:
        return (*spoken, *updates, Reply.MODAL)
    return (*spoken, *updates) if interaction.source_id is not None else spoken


def _sender(call: Call) -> Sender:
    return Sender(call.world.bot, webhook_id=str(BOT_ID), application_id=str(BOT_ID))


@routes.on(
    "POST",
    "/interactions/{interaction_id}/{interaction_token}/callback",
    None,
    token=False,
)
async def first_answer(call: Call) -> Answer:
    """Take the bot's first answer to an interaction."""
    interactions = call.rooms.interactions
    interaction = interactions.unanswered(call.id("interaction_id"), call.text("interaction_token"))
    form = call.form()
    form.required("type")
    kind = form.whole("type", 1, 20)
    allowed = [int(each) for each in _allowed(interaction)]
    if kind is not None and kind not in allowed:
        choices = ", ".join(map(str, allowed))
        form.wrong("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
    form.check()
    reply = Reply(kind or 0)
    if reply in {Reply.CHOICES, Reply.MODAL}:
        form.required("data")
        form.check()
    data = form.part(form.body.get("data") or {}, "data")
    _take(call, interaction, reply, data)
    interaction.callback = int(reply)
    interactions.changed(interaction)
    return _callback_answer(call, interaction, reply)


def _take(call: Call, interaction: Interaction, reply: Reply, data: Form) -> None:
    """Do what the first answer says."""
    interaction_status = "answered"
    if reply == Reply.CHOICES:
        interaction.choices = _choices(data, interaction)
    elif reply == Reply.MODAL:
        interaction.modal = modals.read(data)
    elif reply == Reply.DEFERRED_MESSAGE:
        flags = data.whole("flags") or 0
        data.check()
        _say(call, interaction, data.part({"flags": flags}, "deferred"), [], loading=True)
        interaction_status = "deferred"
    elif reply == Reply.MESSAGE:
        _say(call, interaction, data, call.files)
    else:
        interaction.response_id = interaction.source_id
        if reply == Reply.UPDATE:
            source = call.rooms.interactions.message(interaction, interaction.source_id)
            call.rooms.messages.edit(source, _author(source), data, call.files)
    interaction.status = interaction_status


def _say(
    call: Call, interaction: Interaction, data: Form, files: list[Upload], *, loading: bool = False
) -> None:
    answering = Answering(interaction.answer, interaction.user_id, loading)
    channel = call.world.channel(int(interaction.channel["id"]))
    sent = call.rooms.messages.send(channel, _sender(call), data, files, answering)
    interaction.response_id = int(sent["id"])


def _author(message: Payload) -> Sender:
    """Return who said a message, as the one who may edit it."""
    return Sender(message["author"], message.get("webhook_id"), message.get("application_id"))


def _choices(data: Form, interaction: Interaction) -> list[Payload]:
    """Read the choices for an autocompleted option."""
    kind = interaction.options[0]["type"]
    found = []
    for number, each in enumerate(data.items("choices", _MOST_CHOICES)):
        inner = data.part(each, f"choices.{number}")
        inner.required("name")
        inner.required("value")
        inner.text("name", _LONGEST_CHOICE, 1)
        value = inner.body.get("value")
        if kind not in _NUMBERS:
            inner.text("value", _LONGEST_CHOICE)
        elif not isinstance(value, _NUMBERS[kind]) or isinstance(value, bool):
            inner.wrong("value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        found.append({"name": inner.body.get("name"), "value": value})
    data.check()
    return found


def _callback_answer(call: Call, interaction: Interaction, reply: Reply) -> Answer:
    if not call.flag("with_response"):
        return NOTHING
    about: Payload = {"id": str(interaction.id), "type": int(interaction.kind)}
    about["channel_id"] = interaction.channel["id"]
    about |= call.world.in_guild_of(interaction.channel)
    found: Payload = {"interaction": about}
    if interaction.response_id is not None:
        stored = call.rooms.interactions.message(interaction, interaction.response_id)
        about |= {
            "response_message_id": stored["id"],
            "response_message_loading": bool(stored["flags"] & LOADING),
            "response_message_ephemeral": bool(stored["flags"] & EPHEMERAL),
        }
        if reply in {Reply.MESSAGE, Reply.UPDATE}:
            shown = call.rooms.views.message(stored)
            found["resource"] = {"type": int(reply), "message": shown}
    return ok(found)


# Later answers, under the application's id as if it were a webhook's


def is_for_interaction(call: Call) -> bool:
    """Say whether a request to a webhook's address is about an interaction."""
    return call.id("webhook_id") == BOT_ID


def _interaction(call: Call) -> Interaction:
    if not is_for_interaction(call):
        raise DiscordError(Problem.UNKNOWN_WEBHOOK)
    return call.rooms.interactions.answered(call.text("webhook_token"))


async def follow_up(call: Call) -> Answer:
    """Say something more; the first of it fills an answer that was deferred."""
    interaction = _interaction(call)
    if interaction.status == "deferred":
        original = call.rooms.interactions.message(interaction, interaction.response_id)
        return _edit(call, interaction, original)
    original_id = interaction.response_id
    fields = {**interaction.answer, "type": 0}
    fields.pop("interaction", None)
    fields.pop("message_reference", None)
    if original_id is not None:
        fields["interaction_metadata"] = {
            **interaction.metadata,
            "original_response_message_id": str(original_id),
        }
        fields |= reply_to(interaction.channel, original_id)
    channel = call.world.channel(int(interaction.channel["id"]))
    answering = Answering(fields, interaction.user_id)
    sent = call.rooms.messages.send(channel, _sender(call), call.form(), call.files, answering)
    interaction.followups.append(int(sent["id"]))
    call.rooms.interactions.changed(interaction)
    return ok(call.rooms.views.message(sent))


def reply_to(channel: Payload, message_id: int) -> Payload:
    """Return the fields of a message that refers to another one."""
    reference = {"type": 0, "channel_id": channel["id"], "message_id": str(message_id)}
    if "guild_id" in channel:
        reference["guild_id"] = channel["guild_id"]
    return {"type": REPLY, "message_reference": reference}


def _edit(call: Call, interaction: Interaction, message: Payload) -> Answer:
    changed = call.rooms.messages.edit(message, _author(message), call.form(), call.files)
    _settle(call, interaction, message)
    return ok(call.rooms.views.message(changed))


def _settle(call: Call, interaction: Interaction, message: Payload) -> None:
    """Note that something came of an interaction's message."""
    if interaction.status == "deferred" and int(message["id"]) == interaction.response_id:
        interaction.status = "answered"
    call.rooms.interactions.changed(interaction)


def _message(call: Call) -> tuple[Interaction, Payload]:
    """Return the interaction of the path, and the message: the original or one of the others."""
    interaction = _interaction(call)
    wanted = interaction.response_id
    if "message_id" in call.request.match_info:
        wanted = call.id("message_id")
        if wanted not in {interaction.response_id, *interaction.followups}:
            wanted = None
    return interaction, call.rooms.interactions.message(interaction, wanted)


@routes.on("GET", _ORIGINAL, token=False)
async def get_message(call: Call) -> Answer:
    """Answer a message that answers an interaction."""
    _, message = _message(call)
    return ok(call.rooms.views.message(message))


@routes.on("PATCH", _ORIGINAL, _EDITING, token=False)
async def edit_message(call: Call) -> Answer:
    """Change a message that answers an interaction."""
    return _edit(call, *_message(call))


@routes.on("DELETE", _ORIGINAL, _EDITING, token=False)
async def delete_message(call: Call) -> Answer:
    """Delete a message that answers an interaction."""
    interaction, message = _message(call)
    if message["flags"] & EPHEMERAL:
        call.rooms.messages.dismiss(message)
    else:
        channel = call.world.channel(int(message["channel_id"]))
        call.rooms.messages.delete(channel, [message])
    _settle(call, interaction, message)
    return NOTHING
