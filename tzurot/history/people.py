"""What Discord shows of the people who speak: names, and what a server adds to them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.tables import PersonRow

EVERYWHERE: Final = 0
"""In place of a server: what Discord shows of a person where no server does."""
_REMEMBERED: Final = 4096
_NAMES: Final = ("username", "display_name")
_OF_MEMBERS: Final = ("nickname", "roles", "joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a person in one server, or in none."""

    user_id: int
    username: str
    """Unique on Discord."""
    display_name: str
    nickname: str | None = None
    roles: tuple[str, ...] = ()
    """Their names, the highest first."""
    joined: date | None = None


class PeopleStore:
    """Keeps the last sight of each person in each server, and writes only what is new."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The last sights, and whether the server's part of them is known; oldest first.
        self._seen: OrderedDict[tuple[int, int], tuple[Known, bool]] = OrderedDict()
        # So that what is written last is what is remembered: changes are rare.
        self._writing = asyncio.Lock()

    async def saw(self, guild_id: int | None, known: Known, *, has_member: bool) -> None:
        """Take in what a message showed of its author; who looks as before costs no query.

        `has_member` tells whether the message carried what the server shows of them. Without it
        nickname, roles and date of joining say nothing, and what is kept of these stays; with it
        they count as they are, so that a nickname that is gone is forgotten.
        """
        key = (guild_id or EVERYWHERE, known.user_id)
        if self._merged(key, known, has_member=has_member) != self._seen.get(key):
            async with self._writing:
                sight = self._merged(key, known, has_member=has_member)
                await self._write(key[0], known, has_member=has_member)
                self._seen[key] = sight
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def _merged(
        self, key: tuple[int, int], known: Known, *, has_member: bool
    ) -> tuple[Known, bool]:
        """Return the last sight of somebody with this one."""
        last = self._seen.get(key)
        sight = (known, has_member)
        if last is not None and not has_member:
            names = {name: getattr(known, name) for name in _NAMES}
            sight = (replace(last[0], **names), last[1])
        return sight

    async def of(self, guild_id: int | None, user_ids: Collection[int]) -> dict[int, Known]:
        """Return what is known of these people in a server, by their ids, in one query.

        Of who was not seen there counts what is shown everywhere; who was seen in neither is left
        out.
        """
        if not user_ids:
            return {}
        places = {EVERYWHERE, guild_id or EVERYWHERE}
        query = (
            select(PersonRow)
            .where(PersonRow.guild_id.in_(places), PersonRow.user_id.in_(user_ids))
            # The server's come last, and so take the place of the others.
            .order_by(PersonRow.guild_id)
        )
        async with self._database.reading() as session:
            return {row.user_id: _known(row) for row in await session.scalars(query)}

    async def _write(self, guild_id: int, known: Known, *, has_member: bool) -> None:
        statement = insert(PersonRow).values(
            guild_id=guild_id,
            user_id=known.user_id,
            username=known.username,
            display_name=known.display_name,
            nickname=known.nickname if has_member else None,
            roles=list(known.roles) if has_member else [],
            joined=known.joined if has_member else None,
        )
        table, new = PersonRow.__table__.columns, statement.excluded
        columns = (*_NAMES, *_OF_MEMBERS) if has_member else _NAMES
        upsert = statement.on_conflict_do_update(
            index_elements=["guild_id", "user_id"],
            set_={name: new[name] for name in columns} | {"seen_at": func.now()},
            where=or_(*(table[name].is_distinct_from(new[name]) for name in columns)),
        )
        async with self._database.transaction() as session:
            await session.execute(upsert)


def _known(row: PersonRow) -> Known:
    return Known(
        user_id=row.user_id,
        username=row.username,
        display_name=row.display_name,
        nickname=row.nickname,
        roles=tuple(row.roles),
        joined=row.joined,
    )
