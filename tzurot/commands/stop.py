"""/stop, and the buttons that stop: what is on its way to somebody is not written or said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import hikari
import lightbulb

from tzurot import customid, texts
from tzurot.commands.kit.access import Access, Interaction, has
from tzurot.commands.kit.errors import UserError
from tzurot.commands.kit.router import Pressed, router, whisper
from tzurot.commands.kit.services import Services
from tzurot.conversation.notices import STOP
from tzurot.history.stops import Going

loader = lightbulb.Loader()

STOP_ALL: Final = "stop.all"
_MOST_BUTTONS: Final = 10
_IN_A_ROW: Final = 5
_LABEL_LENGTH: Final = 80


@loader.command
class Stop(
    lightbulb.SlashCommand, name="stop", description="Stop the answers to you on their way here"
):
    """Stops one's own; moderators are asked about those of others."""

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        conversation, channel_id = services.conversation, int(ctx.channel_id)
        stopped = await conversation.stop(channel_id, by=int(ctx.user.id))
        others = await conversation.going(channel_id, by=None)
        if not has(Access.MODERATOR, ctx.interaction, services):
            nothing = texts.STOP_NOT_YOURS if others else texts.STOP_NOTHING
            await ctx.respond(_told(stopped) if stopped else nothing, ephemeral=True)
            return
        if len(others) == 1 and not stopped:
            stopped = await conversation.stop(channel_id, by=None, turn_id=others[0].turn_id)
            others = []
        lines = [_told(stopped)] if stopped else []
        lines += [texts.STOP_OTHERS] if others else []
        await ctx.respond(
            "\n".join(lines) or texts.STOP_NOTHING_HERE, components=_choice(others), ephemeral=True
        )


@router.component(STOP, Stop)
async def stop_one(interaction: Pressed, services: Services, turn_id: str) -> None:
    """Stop one turn, of whoever presses or of anybody when a moderator does."""
    conversation, channel_id = services.conversation, int(interaction.channel_id)
    stopped = await conversation.stop(
        channel_id, by=_whose(interaction, services), turn_id=UUID(turn_id)
    )
    if not stopped:
        going = await conversation.going(channel_id, by=None)
        is_going = any(str(one.turn_id) == turn_id for one in going)
        raise UserError(texts.STOP_NOT_YOURS if is_going else texts.STOP_TOO_LATE)
    await whisper(interaction, _told(stopped))


@router.component(STOP_ALL, Stop)
async def stop_all(interaction: Pressed, services: Services) -> None:
    """Stop all that whoever presses may stop there."""
    by = _whose(interaction, services)
    stopped = await services.conversation.stop(int(interaction.channel_id), by=by)
    await whisper(interaction, _told(stopped) if stopped else texts.STOP_TOO_LATE)


def _whose(interaction: Interaction, services: Services) -> int | None:
    """Return whose turns the person may stop, None for everybody's."""
    return None if has(Access.MODERATOR, interaction, services) else int(interaction.user.id)


def _told(stopped: Sequence[Going]) -> str:
    names = dict.fromkeys(one.character_name for one in stopped)
    return texts.STOPPED.format(characters=", ".join(names))


def _choice(going: Sequence[Going]) -> list[hikari.api.ComponentBuilder]:
    """Return a button for each turn, as far as there is space, and one for all of them."""
    buttons = [
        (
            texts.STOP_ONE.format(character=one.character_name, person=one.person_name),
            customid.write(STOP, one.turn_id),
        )
        for one in going[:_MOST_BUTTONS]
    ]
    if len(going) > 1:
        buttons.append((texts.STOP_ALL, customid.write(STOP_ALL)))
    rows: list[hikari.api.ComponentBuilder] = []
    for first in range(0, len(buttons), _IN_A_ROW):
        row = hikari.impl.MessageActionRowBuilder()
        for label, custom_id in buttons[first : first + _IN_A_ROW]:
            row.add_interactive_button(
                hikari.ButtonStyle.SECONDARY, custom_id, label=label[:_LABEL_LENGTH]
            )
        rows.append(row)
    return rows
