"""How a command is declared: lightbulb's class, and who may use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import hikari
import lightbulb
from loguru import logger

from tzurot.commands.kit.access import access_of, check
from tzurot.commands.kit.errors import sentence_for
from tzurot.commands.kit.router import whisper
from tzurot.commands.kit.services import Services

CHOICES_MOST = 25
CHOICE_LENGTH = 100

Suggest = Callable[[lightbulb.AutocompleteContext[str], Services], Awaitable[list[tuple[str, str]]]]


@lightbulb.hook(lightbulb.ExecutionSteps.CHECKS)
async def check_access(
    _: lightbulb.ExecutionPipeline, ctx: lightbulb.Context, services: Services
) -> None:
    """Let only those through whom the command's declaration names, and nobody who is denied."""
    await check(access_of(ctx.command), ctx.interaction, services)


async def on_error(failure: lightbulb.exceptions.ExecutionPipelineFailedException) -> bool:
    """Tell the person what went wrong."""
    error = next(iter(failure.causes), failure)
    await whisper(failure.context.interaction, sentence_for(error))
    return True


def suggesting(suggest: Suggest) -> Callable[..., Awaitable[None]]:
    """Return an autocomplete provider; whoever may not use the command gets no suggestions."""

    async def provide(ctx: lightbulb.AutocompleteContext[str], services: Services) -> None:
        choices: list[tuple[str, str]] = []
        try:
            await check(access_of(ctx.command), ctx.interaction, services)
            choices = await suggest(ctx, services)
        except Exception as error:  # noqa: BLE001  an empty list is the answer to every fault
            logger.info("No suggestions: {}", sentence_for(error))
        await ctx.respond(
            [
                hikari.impl.AutocompleteChoiceBuilder(name=name[:CHOICE_LENGTH], value=value)
                for name, value in choices[:CHOICES_MOST]
            ]
        )

    return provide
