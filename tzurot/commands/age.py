"""/age: people confirm, once and in private, that they are grown up."""

from __future__ import annotations

import hikari
import lightbulb

from tzurot import texts
from tzurot.commands.kit.router import Pressed, router, whisper
from tzurot.commands.kit.services import Services
from tzurot.conversation.age_gate import CONFIRM, button

loader = lightbulb.Loader()


@loader.command
class Age(lightbulb.SlashCommand, name="age", description="Confirm that you are 18 or older"):
    """Asks, or tells when it was confirmed."""

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        confirmed = await services.ages.confirmed_at(int(ctx.user.id))
        if confirmed is not None:
            await ctx.respond(
                texts.AGE_KNOWN.format(date=f"<t:{int(confirmed.timestamp())}:D>"), ephemeral=True
            )
            return
        await ctx.respond(texts.AGE_ASKED, components=question(), ephemeral=True)


@router.component(CONFIRM, Age)
async def confirm(interaction: Pressed, services: Services) -> None:
    """Note a person's age, and let what waited for it be answered."""
    waited = await services.ages.confirm(int(interaction.user.id))
    await whisper(interaction, texts.AGE_CONFIRMED)
    if waited is not None:
        await services.conversation.age_confirmed(waited)


def question() -> list[hikari.api.ComponentBuilder]:
    """Return the button that confirms."""
    row = hikari.impl.MessageActionRowBuilder()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, button(), label=texts.AGE_CONFIRM)
    return [row]
