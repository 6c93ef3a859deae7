"""The objects behind the ids in an interaction: users, members, roles, channels, files."""

from __future__ import annotations

from typing import Final

from . import objects
from .asking import ApiError, id_of_text
from .errors import Payload
from .files import Upload
from .permissions import Permission, in_guild
from .views import Views
from .world import World

USER: Final = "user"
ROLE: Final = "role"
_CHANNEL: Final = (
    "id",
    "name",
    "type",
    "parent_id",
    "thread_metadata",
    "topic",
    "nsfw",
    "position",
    "flags",
    "last_message_id",
    "last_pin_timestamp",
    "rate_limit_per_user",
    "guild_id",
)
_NOT_RESOLVED: Final = ("user", "deaf", "mute")


class Resolved:
    """Collects what an interaction in one channel, by one user, is about."""

    def __init__(self, world: World, views: Views, user_id: int, channel: Payload) -> None:
        self._world = world
        self._views = views
        self._user_id = user_id
        self._here = channel
        self._guild = world.guilds.get(int(channel.get("guild_id") or 0))
        self.found: dict[str, dict[str, Payload]] = {}

    def _add(self, kind: str, key: str, body: Payload) -> str:
        self.found.setdefault(kind, {})[key] = body
        return key

    def user(self, value: object, name: str) -> str:
        """Add a user, and the member when they are one; return the id."""
        user_id = id_of_text(value, name)
        user = self._world.users.get(user_id)
        if user is None:
            message = f"{name}: there is no user {user_id}"
            raise ApiError(message)
        guild = self._guild
        member = self._world.members.get((int(guild["id"]), user_id)) if guild else None
        if guild and member:
            shown = {key: value for key, value in member.items() if key not in _NOT_RESOLVED}
            held = in_guild(guild, user_id, member)
            self._add("members", user["id"], {**shown, "permissions": str(int(held))})
        return self._add("users", user["id"], user)

    def role(self, value: object, name: str) -> str:
        """Add a role; return the id."""
        role_id = str(id_of_text(value, name))
        for role in self._guild["roles"] if self._guild else ():
            if role["id"] == role_id:
                return self._add("roles", role_id, role)
        message = f"{name}: there is no role {role_id} here"
        raise ApiError(message)

    def mentionable(self, value: object, name: str) -> str:
        """Add a user or a role; return the id."""
        kind = USER if id_of_text(value, name) in self._world.users else ROLE
        return self.user(value, name) if kind == USER else self.role(value, name)

    def channel(self, value: object, name: str, kinds: list[int] | None = None) -> str:
        """Add a channel of one of some types that the user can see; return the id."""
        channel = self._world.channels.get(id_of_text(value, name))
        if channel is None or channel.get("guild_id") != self._here.get("guild_id"):
            message = f"{name}: there is no such channel here"
            raise ApiError(message)
        held = self._world.permissions(self._user_id, channel)
        if not held & Permission.VIEW_CHANNEL or channel["type"] == objects.DM:
            message = f"{name}: that channel cannot be seen"
            raise ApiError(message)
        if kinds and channel["type"] not in kinds:
            message = f"{name}: a channel of that type cannot be chosen"
            raise ApiError(message)
        shown: Payload = {key: channel[key] for key in _CHANNEL if key in channel}
        return self._add("channels", channel["id"], {**shown, "permissions": str(int(held))})

    def message(self, stored: Payload) -> str:
        """Add a message; return the id."""
        return self._add("messages", stored["id"], self._views.message(stored))

    def attachment(self, upload: Upload) -> str:
        """Keep a file and add it; return the id."""
        attachment_id = self._world.ids.next()
        described = self._world.files.describe(attachment_id, int(self._here["id"]), upload)
        self._world.files.keep(attachment_id, upload.data)
        return self._add("attachments", str(attachment_id), self._views.plain(described))

    def into(self, data: Payload) -> Payload:
        """Return an interaction's data with what was found, when there is anything."""
        return {**data, "resolved": self.found} if self.found else data
