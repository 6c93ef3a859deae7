"""All commands as they are declared: the source of /help and of docs/commands.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import hikari
import lightbulb

from tzurot.commands.kit.access import Access, access_of


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command."""

    name: str
    description: str
    is_required: bool
    has_suggestions: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """A command or sub-command; `path` is what one types after the slash."""

    path: str
    description: str
    access: Access
    options: tuple[Option, ...]


def declared(client: lightbulb.Client) -> list[Declared]:
    """Return every command, by its path."""
    found = [one for top in client.registered_commands for one in _walk(top, "")]
    return sorted(found, key=lambda one: one.path)


def _walk(
    top: type[lightbulb.CommandBase] | lightbulb.Group | lightbulb.SubGroup, above: str
) -> Iterator[Declared]:
    if isinstance(top, lightbulb.Group | lightbulb.SubGroup):
        for below in top.subcommands.values():
            yield from _walk(below, f"{above}{top.name} ")
        return
    data = top._command_data  # noqa: SLF001  lightbulb offers no other way
    options = tuple(
        Option(
            option.name,
            str(option.description),
            is_required=option.default is hikari.UNDEFINED,
            has_suggestions=option.autocomplete,
        )
        for option in data.options.values()
    )
    yield Declared(f"{above}{data.name}", data.description, access_of(top), options)
