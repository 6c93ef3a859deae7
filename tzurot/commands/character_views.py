"""How characters are shown: a card, a list, a form; what is shown needs no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import hikari
from hikari import impl

from tzurot import customid, texts
from tzurot.characters.access import Actor
from tzurot.characters.character import Character
from tzurot.characters.fields import FIELDS
from tzurot.commands.kit.errors import UserError

Rows = list[hikari.api.ComponentBuilder]

PAGE: Final = 10
COLOUR: Final = 0x5B7B7A
_EMBED_FIELD: Final = 1024
_QUERY_KEPT: Final = 24
Style = Literal[hikari.ButtonStyle.PRIMARY, hikari.ButtonStyle.SECONDARY, hikari.ButtonStyle.DANGER]
_PRIMARY: Final = hikari.ButtonStyle.PRIMARY
_SECONDARY: Final = hikari.ButtonStyle.SECONDARY
_DANGER: Final = hikari.ButtonStyle.DANGER


def _button(row: impl.MessageActionRowBuilder, style: Style, label: str, custom_id: str) -> None:
    row.add_interactive_button(style, custom_id, label=label)


def card(character: Character, actor: Actor) -> tuple[hikari.Embed, Rows]:
    """Return what a person sees of a character, with the buttons that they may press."""
    embed = hikari.Embed(title=character.name, colour=COLOUR)
    for field in FIELDS[1:]:
        text = character.field(field.key)
        if text:
            cut = text if len(text) <= _EMBED_FIELD else text[: _EMBED_FIELD - 1] + "…"
            embed.add_field(field.label, cut)
    visibility = texts.IS_PUBLIC if character.is_public else texts.IS_PRIVATE
    embed.set_footer(f"{visibility} · {character.slug}")
    if not actor.may_edit(character):
        return embed, []
    row = impl.MessageActionRowBuilder()
    _button(row, _PRIMARY, texts.EDIT, customid.write("character.edit", character.id))
    wanted = "private" if character.is_public else "public"
    label = texts.MAKE_PRIVATE if character.is_public else texts.MAKE_PUBLIC
    _button(row, _SECONDARY, label, customid.write("character.visibility", character.id, wanted))
    _button(row, _DANGER, texts.DELETE, customid.write("character.delete", character.id))
    return embed, [row]


def question(character: Character) -> tuple[str, Rows]:
    """Return the question before a deletion, with its two answers."""
    row = impl.MessageActionRowBuilder()
    _button(row, _DANGER, texts.DELETE, customid.write("character.delete.yes", character.id))
    _button(row, _SECONDARY, texts.KEEP, customid.write("character.delete.no", character.id))
    return texts.DELETE_SURELY.format(name=character.name), [row]


def page(
    found: Sequence[Character], actor: Actor, *, number: int, only: str, query: str
) -> tuple[hikari.Embed, Rows]:
    """Return one page of a list, with buttons to the others and a choice of one to look at."""
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(number, 0), pages - 1)
    shown = found[number * PAGE : (number + 1) * PAGE]
    lines = [
        f"{texts.PUBLIC if one.is_public else texts.PRIVATE} **{one.name}** `{one.slug}`"
        + (f" {texts.YOURS}" if actor.may_edit(one) else "")
        for one in shown
    ]
    embed = hikari.Embed(
        title=texts.BROWSE_TITLE.format(count=len(found)),
        description="\n".join(lines) or texts.NOBODY_FOUND,
        colour=COLOUR,
    ).set_footer(texts.PAGE_OF.format(page=number + 1, pages=pages))
    rows: Rows = []
    if shown:
        choose = impl.MessageActionRowBuilder()
        menu = choose.add_text_menu(customid.write("character.view"), placeholder=texts.LOOK_AT)
        for one in shown:
            menu.add_option(one.name, str(one.id))
        rows.append(choose)
    if pages > 1:
        turn = impl.MessageActionRowBuilder()
        for label, to, possible in (
            (texts.BACK, number - 1, number > 0),
            (texts.ON, number + 1, number < pages - 1),
        ):
            place = customid.write("character.browse", to, only, query[:_QUERY_KEPT])
            turn.add_interactive_button(_SECONDARY, place, label=label, is_disabled=not possible)
        rows.append(turn)
    return embed, rows


def form(values: Mapping[str, str], name: str = "") -> Rows:
    """Return the form's fields with these texts in them. Raises UserError for one too long."""
    rows: Rows = []
    for field in FIELDS:
        text = values.get(field.key, "")
        if len(text) > field.most:
            raise UserError(texts.FORM_CANNOT_HOLD.format(label=field.label, name=name))
        row = impl.ModalActionRowBuilder()
        row.add_text_input(
            field.key,
            field.label,
            style=hikari.TextInputStyle.PARAGRAPH if field.is_long else hikari.TextInputStyle.SHORT,
            placeholder=field.hint,
            value=text or hikari.UNDEFINED,
            required=field.is_required,
            max_length=field.most,
        )
        rows.append(row)
    return rows


def not_saved(faults: str, draft: object) -> tuple[str, Rows]:
    """Return the word about a form that could not be used, with the way back to what was typed."""
    row = impl.MessageActionRowBuilder()
    _button(row, _PRIMARY, texts.GO_ON_WRITING, customid.write("character.draft", draft))
    return texts.NOT_SAVED.format(faults=faults), [row]
