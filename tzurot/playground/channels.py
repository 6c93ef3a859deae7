"""Text channels of servers: making them, changing them, who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from . import objects
from .errors import DiscordError, Payload, Problem
from .forms import Form
from .ids import BOT_ID
from .permissions import Permission
from .world import World

_LONGEST_NAME: Final = 100
_LONGEST_TOPIC: Final = 1024
_SLOWEST: Final = 21_600
_ROLE: Final = 0
_MEMBER: Final = 1


def read_settings(form: Form) -> Payload:
    """Read what a request says about a text channel; raise what Discord would refuse."""
    settings = {
        "name": form.text("name", _LONGEST_NAME, 1),
        "topic": form.text("topic", _LONGEST_TOPIC),
        "position": form.whole("position"),
        "nsfw": form.flag("nsfw"),
        "rate_limit_per_user": form.whole("rate_limit_per_user", 0, _SLOWEST),
    }
    if "name" in form:
        settings["name"] = "-".join(str(settings["name"] or "").lower().split())
        if not settings["name"]:
            form.wrong("name", "BASE_TYPE_REQUIRED", "This field is required")
    form.check()
    return {
        key: value
        for key, value in settings.items()
        if key in form and (value is not None or key == "topic")
    }


def _overwrite(key: str, kind: int, *, allowed: int = 0, denied: int = 0) -> Payload:
    return {"id": key, "type": kind, "allow": str(int(allowed)), "deny": str(int(denied))}


_NOTHING: Final = _overwrite("0", _MEMBER)


class Channels:
    """The text channels of a world's servers; everyone who may see a change is told."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, guild_id: int, settings: Payload, private_to: list[int] | None) -> Payload:
        """Make a text channel; `private_to`: the users and roles that alone may see it."""
        world = self._world
        guild = world.guilds.get(guild_id)
        if guild is None:
            raise DiscordError(Problem.UNKNOWN_GUILD)
        others = world.guild_channels(guild_id, threads=False)
        position = max((each["position"] for each in others), default=-1) + 1
        channel = objects.text_channel(world.ids.next(), guild_id, settings["name"], position)
        channel |= settings
        if private_to is not None:
            channel["permission_overwrites"] = self._private(guild, private_to)
        with world.store.transaction():
            world.save_channel(channel)
        world.tell("CHANNEL_CREATE", channel, channel)
        return channel

    def _private(self, guild: Payload, ids: Iterable[int]) -> list[Payload]:
        """Return overwrites that hide a channel from everybody but these."""
        found = [_overwrite(guild["id"], _ROLE, denied=Permission.VIEW_CHANNEL)]
        roles = {role["id"] for role in guild["roles"]}
        for each in dict.fromkeys(ids):
            if str(each) not in roles:
                self._world.member(int(guild["id"]), each)
            kind = _ROLE if str(each) in roles else _MEMBER
            found.append(_overwrite(str(each), kind, allowed=Permission.VIEW_CHANNEL))
        return found

    def change(self, channel: Payload, settings: Payload) -> Payload:
        """Change a channel and return it as it is now."""
        changed = {**channel, **settings}
        with self._world.store.transaction():
            self._world.save_channel(changed)
        self._world.tell("CHANNEL_UPDATE", changed, changed)
        return changed

    def permit(self, channel: Payload, denied: Permission) -> None:
        """Say what the bot may not do in a channel, whatever else it may."""
        entries = {each["id"]: each for each in channel["permission_overwrites"]}
        everyone = entries.get(channel["guild_id"], _NOTHING)
        own = entries.pop(str(BOT_ID), _NOTHING)
        # What is given back must be allowed where everybody is denied it.
        allowed = int(own["allow"]) | int(own["deny"]) & int(everyone["deny"])
        allowed &= ~int(denied)
        if allowed or denied:
            entries[str(BOT_ID)] = _overwrite(str(BOT_ID), _MEMBER, allowed=allowed, denied=denied)
        self.change(channel, {"permission_overwrites": list(entries.values())})
