"""Who a message pings: what its text mentions, cut down to what its sender allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from .errors import Payload
from .forms import Form

USER: Final = re.compile(r"<@!?(\d{1,20})>")
ROLE: Final = re.compile(r"<@&(\d{1,20})>")
EVERYONE: Final = re.compile(r"@(everyone|here)\b")
CODE: Final = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class Allowed:
    """The `allowed_mentions` of a request."""

    everyone: bool = True
    all_users: bool = True
    all_roles: bool = True
    users: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[int] = field(default_factory=frozenset)
    replied_user: bool = True


@dataclass(frozen=True, slots=True)
class Mentions:
    """Ids that a text mentions, as far as that was allowed, in the order of the text."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


def read_allowed(form: Form) -> Allowed:
    """Read `allowed_mentions` from a body; everything is allowed when it is absent."""
    if form.body.get("allowed_mentions") is None:
        return Allowed()
    inner = form.part(form.body["allowed_mentions"], "allowed_mentions")
    parse = inner.items("parse", len(("users", "roles", "everyone")))
    named: dict[str, frozenset[int]] = {}
    for kind in ("users", "roles"):
        given = inner.items(kind, _MOST_NAMED)
        named[kind] = frozenset(int(str(each)) for each in given if str(each).isdecimal())
        if kind in parse and given:
            inner.wrong(
                kind,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    for number, each in enumerate(parse):
        if each not in {"users", "roles", "everyone"}:
            inner.wrong(
                f"parse.{number}",
                "BASE_TYPE_CHOICES",
                "Value must be one of ('users', 'everyone', 'roles').",
            )
    return Allowed(
        everyone="everyone" in parse,
        all_users="users" in parse,
        all_roles="roles" in parse,
        users=named["users"],
        roles=named["roles"],
        replied_user=inner.flag("replied_user"),
    )


def find(content: str, allowed: Allowed, guild: Payload | None, *, may_everyone: bool) -> Mentions:
    """Return whom a text pings.

    `may_everyone`: the sender has the permission to mention everyone and any role.
    """
    text = CODE.sub("", content)
    users = dict.fromkeys(int(each) for each in USER.findall(text))
    roles = dict.fromkeys(int(each) for each in ROLE.findall(text))
    open_roles = {
        int(role["id"])
        for role in (guild["roles"] if guild else ())
        if role["mentionable"] or may_everyone
    }
    return Mentions(
        users=tuple(each for each in users if allowed.all_users or each in allowed.users),
        roles=tuple(
            each
            for each in roles
            if each in open_roles and (allowed.all_roles or each in allowed.roles)
        ),
        everyone=allowed.everyone and may_everyone and EVERYONE.search(text) is not None,
    )
