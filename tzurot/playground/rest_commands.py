"""REST: the application's commands, global ones and those of single guilds."""

from __future__ import annotations

import re
from typing import Final

from .call import NOTHING, Answer, Call, Routes, ok
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .forms import Form, form_error
from .ids import BOT_ID

routes = Routes()

_MOST_COMMANDS: Final = 100
_MOST_OPTIONS: Final = 25
_MOST_CHARACTERS: Final = 8000
_NAME: Final = re.compile(r"[-_'\w]{1,32}")
_CHAT_INPUT: Final = 1
_FIELDS: Final = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
    "handler",
)
"""What a command keeps of a body, beside its type."""


def _tell(call: Call) -> None:
    """Tell the page that other commands are there now."""
    call.world.feed.publish(Event("COMMANDS_UPDATE", {}, page_only=True))


def _scope(call: Call) -> str | None:
    """Check the application and return the guild of the path, None for global commands."""
    if call.id("application_id") != BOT_ID:
        raise DiscordError(Problem.UNKNOWN_APPLICATION)
    if "guild_id" not in call.request.match_info:
        return None
    return str(call.world.guild(call.id("guild_id"))["id"])


def _commands(call: Call, guild_id: str | None) -> list[Payload]:
    return [
        command for command in call.world.commands.values() if command.get("guild_id") == guild_id
    ]


def _command(call: Call) -> Payload:
    guild_id = _scope(call)
    found = call.world.commands.get(call.id("command_id"))
    if found is None or found.get("guild_id") != guild_id:
        raise DiscordError(Problem.UNKNOWN_COMMAND)
    return found


def _shown(call: Call, command: Payload) -> Payload:
    """Leave the translations out of a list, unless they were asked for."""
    if call.request.method != "GET" or call.flag("with_localizations"):
        return command
    hidden = {"name_localizations", "description_localizations"}
    return {key: value for key, value in command.items() if key not in hidden}


def _read_command(form: Form, guild_id: str | None) -> Payload:
    """Return a command with Discord's defaults, without its ids."""
    kind = form.whole("type", 1, 4) or _CHAT_INPUT
    form.required("name")
    name = form.text("name", 32, 1) or ""
    if kind == _CHAT_INPUT:
        if _NAME.fullmatch(name) is None or name != name.lower():
            form.wrong(
                "name",
                "APPLICATION_COMMAND_INVALID_NAME",
                "Command name is invalid",
            )
        form.required("description")
        form.text("description", 100, 1)
    form.items("options", _MOST_OPTIONS)
    if _characters(form.body) > _MOST_CHARACTERS:
        form.wrong("", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    found: Payload = {
        "type": kind,
        "description": "",
        "default_member_permissions": None,
        "name_localizations": None,
        "description_localizations": None,
        "nsfw": False,
        "integration_types": [0],
        "contexts": None,
        **{key: form.body[key] for key in _FIELDS if form.body.get(key) is not None},
    }
    if guild_id is not None:
        found |= {"guild_id": guild_id}
        found.pop("integration_types")
        found.pop("contexts")
    else:
        found.setdefault("dm_permission", True)
    permissions = found["default_member_permissions"]
    found["default_member_permissions"] = None if permissions is None else str(permissions)
    return found


def _characters(node: object) -> int:
    """Return how many characters of names, descriptions and values stand in a command."""
    if isinstance(node, list):
        return sum(_characters(each) for each in node)
    if not isinstance(node, dict):
        return 0
    own = sum(
        len(node[key]) for key in ("name", "description", "value") if isinstance(node.get(key), str)
    )
    return own + sum(_characters(node.get(key)) for key in ("options", "choices"))


def _save(call: Call, read: Payload, old: Payload | None) -> Payload:
    """Keep a command under its old id, or a new one; its version changes with it."""
    world = call.world
    if old and {**old, **read} == old and set(old) - set(read) <= {"id", "version"}:
        return old
    command = {
        **read,
        "id": old["id"] if old else str(world.ids.next()),
        "application_id": str(BOT_ID),
        "version": str(world.ids.next()),
    }
    world.save_command(command)
    return command


@routes.on("GET", "/applications/{application_id}/commands")
@routes.on("GET", "/applications/{application_id}/guilds/{guild_id}/commands")
async def list_commands(call: Call) -> Answer:
    """Answer all commands."""
    return ok([_shown(call, each) for each in _commands(call, _scope(call))])


@routes.on("PUT", "/applications/{application_id}/commands")
@routes.on("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
async def set_commands(call: Call) -> Answer:
    """Replace all commands; those that keep type and name keep their ids."""
    guild_id = _scope(call)
    given = call.body
    if not isinstance(given, list):
        refusal = form_error("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        raise refusal
    if len(given) > _MOST_COMMANDS:
        raise DiscordError(Problem.TOO_MANY_COMMANDS)
    whole = Form({})
    read = [
        _read_command(whole.part(each, str(number)), guild_id) for number, each in enumerate(given)
    ]
    seen: set[tuple[int, str]] = set()
    for number, each in enumerate(read):
        key = (each["type"], str(each.get("name")))
        if key in seen:
            whole.wrong(
                f"{number}.name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
        seen.add(key)
    whole.check()
    old = {(each["type"], each["name"]): each for each in _commands(call, guild_id)}
    with call.world.store.transaction():
        kept = [_save(call, each, old.pop((each["type"], each["name"]), None)) for each in read]
        for each in old.values():
            call.world.remove_command(each)
    _tell(call)
    return ok(kept)


@routes.on("POST", "/applications/{application_id}/commands")
@routes.on("POST", "/applications/{application_id}/guilds/{guild_id}/commands")
async def create_command(call: Call) -> Answer:
    """Add a command, or replace the one of the same type and name."""
    guild_id = _scope(call)
    form = call.form()
    read = _read_command(form, guild_id)
    form.check()
    there = _commands(call, guild_id)
    old = {(each["type"], each["name"]): each for each in there}.get((read["type"], read["name"]))
    if old is None and len(there) >= _MOST_COMMANDS:
        raise DiscordError(Problem.TOO_MANY_COMMANDS)
    with call.world.store.transaction():
        kept = _save(call, read, old)
    _tell(call)
    return Answer(200 if old else 201, kept)


@routes.on("GET", "/applications/{application_id}/commands/{command_id}")
@routes.on("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
async def get_command(call: Call) -> Answer:
    """Answer a command."""
    return ok(_command(call))


@routes.on("PATCH", "/applications/{application_id}/commands/{command_id}")
@routes.on("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
async def change_command(call: Call) -> Answer:
    """Change a command."""
    old = _command(call)
    form = Form({**old, **call.form().body})
    read = _read_command(form, old.get("guild_id"))
    form.check()
    with call.world.store.transaction():
        kept = _save(call, read, old)
    _tell(call)
    return ok(kept)


@routes.on("DELETE", "/applications/{application_id}/commands/{command_id}")
@routes.on("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
async def delete_command(call: Call) -> Answer:
    """Delete a command."""
    with call.world.store.transaction():
        call.world.remove_command(_command(call))
    _tell(call)
    return NOTHING
