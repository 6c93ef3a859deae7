"""/character: make, look at, list, change and delete characters."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import hikari
import lightbulb

from tzurot import customid, texts
from tzurot.characters.character import Character
from tzurot.characters.errors import CharacterError
from tzurot.characters.fields import FIELDS
from tzurot.characters.pictures import LARGEST_BYTES
from tzurot.commands import character_views as views
from tzurot.commands.kit.errors import UserError
from tzurot.commands.kit.router import Pressed, Submitted, router, whisper
from tzurot.commands.kit.services import Services
from tzurot.commands.people import anyone, find, ones_own, visible

loader = lightbulb.Loader()
group = lightbulb.Group("character", "Make and look after characters")
loader.command(group)

CREATE = "create"
_ONLY = [lightbulb.Choice(name, name) for name in ("all", "mine", "public")]


@group.register
class Create(
    lightbulb.SlashCommand, name="create", description="Make a character; only you see it at first"
):
    """Opens an empty form."""

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await _open_form(ctx.interaction, CREATE, {})


@group.register
class Edit(lightbulb.SlashCommand, name="edit", description="Change a character of yours"):
    """Opens a form with what is there."""

    character = lightbulb.string("character", "Whom to change", autocomplete=ones_own)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        found = await find(services, ctx.interaction, self.character)
        await _edit(ctx.interaction, services, found.id)


@group.register
class View(lightbulb.SlashCommand, name="view", description="Look at a character"):
    """Shows a character's card."""

    character = lightbulb.string("character", "Whom to look at", autocomplete=anyone)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        found = await find(services, ctx.interaction, self.character)
        embed, rows = views.card(found, services.actor(ctx.user))
        await whisper(ctx.interaction, embed=embed, rows=rows)


@group.register
class Browse(
    lightbulb.SlashCommand, name="browse", description="List the characters that you can speak to"
):
    """Shows a list in pages."""

    query = lightbulb.string("query", "A part of the name", default="", max_length=24)
    only = lightbulb.string("filter", "Whose characters", choices=_ONLY, default="all")

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        embed, rows = await _page(services, ctx.interaction, 0, self.only, self.query)
        await whisper(ctx.interaction, embed=embed, rows=rows)


@group.register
class Avatar(
    lightbulb.SlashCommand, name="avatar", description="Give a character of yours a picture"
):
    """Takes a picture."""

    character = lightbulb.string("character", "Who gets it", autocomplete=ones_own)
    image = lightbulb.attachment("image", "PNG, JPEG, GIF or WebP")

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        actor = services.actor(ctx.user)
        found = await find(services, ctx.interaction, self.character)
        # Before the download: who may not, and what is too large, costs nothing.
        await services.characters.editable(found.id, actor)
        if self.image.size > LARGEST_BYTES:
            raise UserError(texts.PICTURE_TOO_LARGE.format(most=LARGEST_BYTES // 2**20))
        await ctx.defer(ephemeral=True)
        content = await self.image.read()
        changed = await services.characters.set_avatar(actor, found.id, content)
        await ctx.respond(texts.AVATAR_SET.format(name=changed.name), ephemeral=True)


@group.register
class Delete(lightbulb.SlashCommand, name="delete", description="Delete a character of yours"):
    """Asks first."""

    character = lightbulb.string("character", "Whom to delete", autocomplete=ones_own)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        found = await find(services, ctx.interaction, self.character)
        await _ask_before_delete(ctx.interaction, services, str(found.id))


# -- forms -------------------------------------------------------------------------------------


async def _open_form(
    interaction: hikari.CommandInteraction | Pressed,
    about: str,
    values: Mapping[str, str],
    name: str = "",
) -> None:
    title = texts.FORM_EDIT.format(name=name)[:45] if name else texts.FORM_CREATE
    await interaction.create_modal_response(
        title,
        customid.write("character.form", *about.split(" ")),
        components=views.form(values, name),
    )


async def _edit(
    interaction: hikari.CommandInteraction | Pressed, services: Services, character_id: UUID
) -> None:
    actor = services.actor(interaction.user)
    character = await services.characters.editable(character_id, actor)
    values = {field.key: character.field(field.key) for field in FIELDS}
    about = f"{character.id} {character.version}"
    await _open_form(interaction, about, values, character.name)


@router.form("character.form", Edit)
async def on_form(
    interaction: Submitted, services: Services, subject: str, version: str = "0"
) -> None:
    """Save what was typed; when it cannot be used, keep it and say why."""
    values = {
        str(component.custom_id): component.value or ""
        for row in interaction.components
        for component in row
    }
    try:
        text = await _save(services, interaction.user, subject, int(version), values)
    except CharacterError as error:
        about = subject if subject == CREATE else f"{subject} {version}"
        draft = await services.drafts.keep(int(interaction.user.id), about, values)
        text, rows = views.not_saved(str(error), draft)
        await whisper(interaction, text, rows=rows)
    else:
        await whisper(interaction, text)


async def _save(
    services: Services, user: hikari.User, subject: str, version: int, values: Mapping[str, str]
) -> str:
    actor = services.actor(user)
    if subject == CREATE:
        made = await services.characters.create(actor, values)
        return texts.CREATED.format(name=made.name)
    saved = await services.characters.edit(actor, UUID(subject), values, seen=version)
    return texts.SAVED.format(name=saved.name)


@router.component("character.draft", Edit)
async def on_draft(interaction: Pressed, services: Services, draft_id: str) -> None:
    """Open the form again with what was typed."""
    draft = await services.drafts.get(int(interaction.user.id), UUID(draft_id))
    if draft is None:
        raise UserError(texts.DRAFT_GONE)
    about, name = draft.about, ""
    if about != CREATE:
        # They have seen by now that it was changed meanwhile; saving again is their decision.
        character_id = UUID(about.split(" ", maxsplit=1)[0])
        actor = services.actor(interaction.user)
        character = await services.characters.editable(character_id, actor)
        about, name = f"{character.id} {character.version}", character.name
    values = {field.key: draft.values.get(field.key, "") for field in FIELDS}
    await _open_form(interaction, about, values, name)


# -- buttons -----------------------------------------------------------------------------------


@router.component("character.edit", Edit)
async def on_edit(interaction: Pressed, services: Services, character_id: str) -> None:
    """Open the form of a character."""
    await _edit(interaction, services, UUID(character_id))


@router.component("character.visibility", Edit)
async def on_visibility(
    interaction: Pressed, services: Services, character_id: str, wanted: str
) -> None:
    """Show a character to everybody, or to its owner alone."""
    actor = services.actor(interaction.user)
    public = wanted == "public"
    changed = await services.characters.set_visibility(actor, UUID(character_id), public=public)
    said = texts.NOW_PUBLIC if public else texts.NOW_PRIVATE
    embed, rows = views.card(changed, actor)
    await _update(interaction, said.format(name=changed.name), embed, rows)


@router.component("character.delete", Delete)
async def on_delete(interaction: Pressed, services: Services, character_id: str) -> None:
    """Ask before a deletion."""
    await _ask_before_delete(interaction, services, character_id)


async def _ask_before_delete(
    interaction: hikari.CommandInteraction | Pressed, services: Services, character_id: str
) -> None:
    actor = services.actor(interaction.user)
    character = await services.characters.editable(UUID(character_id), actor)
    text, rows = views.question(character)
    await whisper(interaction, text, rows=rows)


@router.component("character.delete.yes", Delete)
async def on_delete_yes(interaction: Pressed, services: Services, character_id: str) -> None:
    """Delete."""
    actor = services.actor(interaction.user)
    gone = await services.characters.delete(actor, UUID(character_id))
    await _update(interaction, texts.DELETED.format(name=gone.name), None, [])


@router.component("character.delete.no", Delete)
async def on_delete_no(interaction: Pressed, services: Services, character_id: str) -> None:
    """Leave everything as it is."""
    actor = services.actor(interaction.user)
    kept = await services.characters.editable(UUID(character_id), actor)
    await _update(interaction, texts.KEPT.format(name=kept.name), None, [])


@router.component("character.browse", Browse)
async def on_browse(
    interaction: Pressed, services: Services, number: str, only: str, query: str = ""
) -> None:
    """Turn the page."""
    embed, rows = await _page(services, interaction, int(number), only, query)
    await _update(interaction, None, embed, rows)


@router.component("character.view", View)
async def on_view(interaction: Pressed, services: Services) -> None:
    """Show the chosen character."""
    wanted = UUID(interaction.values[0])
    character = next(
        (one for one in await visible(services, interaction) if one.id == wanted), None
    )
    if character is None:
        raise UserError(texts.NO_SUCH_CHARACTER.format(name="?"))
    embed, rows = views.card(character, services.actor(interaction.user))
    await whisper(interaction, embed=embed, rows=rows)


async def _page(
    services: Services,
    interaction: hikari.CommandInteraction | Pressed,
    number: int,
    only: str,
    query: str,
) -> tuple[hikari.Embed, views.Rows]:
    actor = services.actor(interaction.user)
    found = await visible(services, interaction)

    def fits(one: Character) -> bool:
        if only == "mine" and one.owner_id != actor.user_id:
            return False
        if only == "public" and not one.is_public:
            return False
        return query.casefold() in f"{one.name} {one.slug}".casefold()

    return views.page(list(filter(fits, found)), actor, number=number, only=only, query=query)


async def _update(
    interaction: Pressed, text: str | None, embed: hikari.Embed | None, rows: views.Rows
) -> None:
    """Change the message that the button is under."""
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_UPDATE, text, embed=embed, components=rows
    )
