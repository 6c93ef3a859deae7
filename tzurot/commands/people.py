"""What several commands ask for: a character, by what somebody writes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import lightbulb

from tzurot.characters.character import Character
from tzurot.commands.kit.access import Interaction, denied_to
from tzurot.commands.kit.command import suggesting
from tzurot.commands.kit.services import Services


async def _hidden(services: Services, interaction: Interaction) -> Collection[UUID]:
    """Return the characters that do not answer this person: for them they are not there."""
    return (await denied_to(interaction, services)).characters.keys()


async def visible(services: Services, interaction: Interaction) -> list[Character]:
    """Return the characters that this person may speak to, by name."""
    hidden = await _hidden(services, interaction)
    return await services.characters.visible_to(int(interaction.user.id), without=hidden)


async def find(services: Services, interaction: Interaction, written: str) -> Character:
    """Return the one of `visible` with this slug or name. Raises CharacterError."""
    hidden = await _hidden(services, interaction)
    return await services.characters.find(written, int(interaction.user.id), without=hidden)


def _matching(ctx: lightbulb.AutocompleteContext[str], found: list[Character]) -> list[Character]:
    written = str(ctx.focused.value or "").strip().removeprefix("@").casefold()
    matches = [
        one for one in found if written in one.name.casefold() or written in one.slug.casefold()
    ]
    # Names that begin with it come first.
    return sorted(matches, key=lambda one: not one.name.casefold().startswith(written))


@suggesting
async def anyone(
    ctx: lightbulb.AutocompleteContext[str], services: Services
) -> list[tuple[str, str]]:
    """Suggest the characters that this person may speak to."""
    found = await visible(services, ctx.interaction)
    return [(one.name, one.slug) for one in _matching(ctx, found)]


@suggesting
async def ones_own(
    ctx: lightbulb.AutocompleteContext[str], services: Services
) -> list[tuple[str, str]]:
    """Suggest the characters that this person may change."""
    actor = services.actor(ctx.interaction.user)
    found = await visible(services, ctx.interaction)
    return [(one.name, one.slug) for one in _matching(ctx, [c for c in found if actor.may_edit(c)])]
