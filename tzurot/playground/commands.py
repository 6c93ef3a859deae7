"""Application commands as people use them: which they see, and what they fill in.

Source: https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from typing import Any, Final

from . import objects
from .asking import ApiError
from .errors import Payload
from .files import Upload
from .ids import BOT_ID
from .permissions import ALL, Permission
from .resolved import Resolved
from .world import World

SLASH: Final = 1
USER: Final = 2
MESSAGE: Final = 3

_SUB: Final = 1
_GROUP: Final = 2
_STRING: Final = 3
_INTEGER: Final = 4
_BOOLEAN: Final = 5
_USER: Final = 6
_CHANNEL: Final = 7
_ROLE: Final = 8
_MENTIONABLE: Final = 9
_NUMBER: Final = 10
_ATTACHMENT: Final = 11
_LONGEST_TEXT: Final = 6000
_LARGEST: Final = 2**53
_NUMBERS: Final = (_INTEGER, _NUMBER)


def usable(world: World, user_id: int, channel: Payload) -> list[Payload]:
    """Return the commands that a person may use in a channel, in the order of their names."""
    held = world.permissions(user_id, channel)
    guild_id = channel.get("guild_id")
    if guild_id is not None and (
        (int(guild_id), BOT_ID) not in world.members
        or Permission.USE_APPLICATION_COMMANDS & ~held
        or not held & Permission.VIEW_CHANNEL
    ):
        return []
    if guild_id is None and not held:
        return []
    context = 1 if channel["type"] == objects.DM else 0
    found = [
        command
        for command in world.commands.values()
        if command.get("guild_id") in {None, guild_id}
        and _fits(command, context)
        and (guild_id is None or _permitted(command, held))
    ]
    return sorted(found, key=lambda each: (each["type"], each["name"].lower(), each["id"]))


def _fits(command: Payload, context: int) -> bool:
    if "guild_id" in command:
        return context == 0
    contexts = command.get("contexts")
    if contexts is not None:
        return context in contexts
    return context == 0 or command.get("dm_permission") is not False


def _permitted(command: Payload, held: Permission) -> bool:
    """Say whether the default permissions let somebody use a command; "0" is for admins only."""
    needed = command["default_member_permissions"]
    if needed is None or held == ALL:
        return True
    return int(needed) != 0 and not Permission(int(needed)) & ~held


def find(world: World, user_id: int, channel: Payload, kind: int, name: str) -> Payload:
    """Return a command of a type by its whole name; one of the guild goes before a global one."""
    named = [
        each
        for each in usable(world, user_id, channel)
        if each["type"] == kind and each["name"] == name
    ]
    if not named:
        there = any(each["name"] == name for each in world.commands.values())
        message = f"this person may not use {name} here" if there else f"there is no command {name}"
        raise ApiError(message, 403 if there else 404)
    return max(named, key=lambda each: "guild_id" in each)


def leaf(command: Payload, words: list[str]) -> list[Payload]:
    """Return the sub-command group and the sub-command that words lead to, outermost first."""
    path: list[Payload] = []
    node = command
    for word in words:
        inner = [each for each in node.get("options") or () if each["type"] in {_SUB, _GROUP}]
        node = next((each for each in inner if each["name"] == word), {})
        if not node:
            message = f"{command['name']} has no sub-command {' '.join(words)}"
            raise ApiError(message, 404)
        path.append(node)
    if any(each["type"] in {_SUB, _GROUP} for each in node.get("options") or ()):
        message = f"{' '.join([command['name'], *words])} needs a sub-command"
        raise ApiError(message)
    return path


def nested(path: list[Payload], filled: list[Payload]) -> list[Payload]:
    """Put filled options inside their sub-command."""
    for each in reversed(path):
        filled = [{"name": each["name"], "type": each["type"], "options": filled}]
    return filled


def fill(
    listed: list[Payload], given: Payload, files: dict[str, Upload], resolved: Resolved
) -> list[Payload]:
    """Return the options that were given, checked as Discord's own client does."""
    _all_known(listed, {*given, *files})
    filled = []
    for option in listed:
        name, kind = option["name"], option["type"]
        value = given.get(name)
        if kind == _ATTACHMENT:
            value = resolved.attachment(files[name]) if name in files else None
        elif value is not None:
            value = _checked(option, value, resolved)
        if value is None:
            if option.get("required"):
                message = f"{name} is required"
                raise ApiError(message)
            continue
        filled.append({"name": name, "type": kind, "value": value})
    return filled


def fill_partly(listed: list[Payload], given: Payload, focused: str) -> list[Payload]:
    """Return the options while one is still being written; its value may be anything."""
    _all_known(listed, {*given, focused})
    option = next(each for each in listed if each["name"] == focused)
    if not option.get("autocomplete"):
        message = f"{focused} has no autocompletion"
        raise ApiError(message)
    filled = []
    for each in listed:
        name = each["name"]
        shown = {"name": name, "type": each["type"]}
        if name == focused:
            filled.append({**shown, "value": str(given.get(name, "")), "focused": True})
        elif given.get(name) is not None:
            filled.append({**shown, "value": given[name]})
    return filled


def _all_known(listed: list[Payload], names: set[str]) -> None:
    known = [each["name"] for each in listed]
    for name in sorted(names - set(known)):
        message = f"there is no option {name}; there is: {', '.join(known) or 'none'}"
        raise ApiError(message)


def _checked(option: Payload, value: Any, resolved: Resolved) -> object:  # noqa: ANN401 - any JSON
    kind, name = option["type"], option["name"]
    if kind == _USER:
        return resolved.user(value, name)
    if kind == _ROLE:
        return resolved.role(value, name)
    if kind == _MENTIONABLE:
        return resolved.mentionable(value, name)
    if kind == _CHANNEL:
        return resolved.channel(value, name, option.get("channel_types"))
    problem = _problem(option, value)
    if problem is None and option.get("choices"):
        choices = [each["value"] for each in option["choices"]]
        if value not in choices:
            problem = f"must be one of {', '.join(map(str, choices))}"
    if problem:
        message = f"{name} {problem}"
        raise ApiError(message)
    return value


def _problem(option: Payload, value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return what is wrong with a plain value."""
    kind = option["type"]
    if kind == _STRING:
        if not isinstance(value, str):
            return "must be a text"
        low, high = option.get("min_length") or 0, option.get("max_length") or _LONGEST_TEXT
        if not low <= len(value) <= high:
            return f"must have {low} to {high} characters"
    elif kind == _BOOLEAN:
        if not isinstance(value, bool):
            return "must be true or false"
    elif kind in _NUMBERS:
        kinds = int if kind == _INTEGER else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return "must be a whole number" if kind == _INTEGER else "must be a number"
        low, high = option.get("min_value", -_LARGEST), option.get("max_value", _LARGEST)
        if not low <= value <= high:
            return f"must be from {low} to {high}"
    return None
