"""What several commands ask for: a character, by what somebody writes."""

from __future__ import annotations

import lightbulb

from tzurot.characters.character import Character
from tzurot.commands.kit.command import suggesting
from tzurot.commands.kit.services import Services


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
    found = await services.characters.visible_to(int(ctx.interaction.user.id))
    return [(one.name, one.slug) for one in _matching(ctx, found)]


@suggesting
async def ones_own(
    ctx: lightbulb.AutocompleteContext[str], services: Services
) -> list[tuple[str, str]]:
    """Suggest the characters that this person may change."""
    actor = services.actor(ctx.interaction.user)
    found = await services.characters.visible_to(actor.user_id)
    return [(one.name, one.slug) for one in _matching(ctx, [c for c in found if actor.may_edit(c)])]
