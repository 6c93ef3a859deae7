"""What somebody may do in a channel of a server, by Discord's rules; pure.

Source: https://discord.com/developers/docs/topics/permissions - the order of overwrites, what is
denied implicitly, who is timed out, and threads, which have the permissions of their channel.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

ADMINISTRATOR: Final = 1 << 3
VIEW_CHANNEL: Final = 1 << 10
READ_MESSAGE_HISTORY: Final = 1 << 16
CONNECT: Final = 1 << 20
MANAGE_THREADS: Final = 1 << 34
EVERYTHING: Final = (1 << 64) - 1

READING: Final = VIEW_CHANNEL | READ_MESSAGE_HISTORY
"""What it takes to read what was said before, and all that is left to who is timed out."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel denies and allows to a role or a person."""

    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A server's owner, and what its roles permit; the role @everyone has the server's id."""

    id: int
    owner_id: int
    roles: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a server; `role_ids` may or may not name @everyone."""

    id: int
    role_ids: Collection[int]
    is_timed_out: bool = False


def permissions_in(server: Server, person: Person, overwrites: Mapping[int, Overwrite]) -> int:
    """Return the bits of what a member may do in a channel with these overwrites.

    Overwrites stand under the id of their role or person; a role that is not known permits nothing.
    For a thread, give the overwrites of its channel; a private one asks for more (see the source).
    """
    if person.id == server.owner_id:
        return EVERYTHING
    own_roles = set(person.role_ids) - {server.id}
    granted = server.roles.get(server.id, 0)
    for role in own_roles:
        granted |= server.roles.get(role, 0)
    if granted & ADMINISTRATOR:
        return EVERYTHING
    # Each step has the last word over the one before; within one, what is allowed wins.
    for step in ({server.id}, own_roles, {person.id}):
        found = [overwrites[one] for one in step if one in overwrites]
        for overwrite in found:
            granted &= ~overwrite.deny
        for overwrite in found:
            granted |= overwrite.allow
    return granted & READING if person.is_timed_out else granted


def may_read(permissions: int, *, is_voice: bool = False) -> bool:
    """Whether these permissions are enough to read what was said in a channel.

    Whoever may not connect to a voice channel may do nothing there: that is denied implicitly.
    """
    needed = READING | CONNECT if is_voice else READING
    return permissions & needed == needed
