"""Denials in the database; `denial` says which of them count."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.characters.present import hold
from tzurot.rules.denial import Denial, Denied, Mode, Party, Reach, Target, denied
from tzurot.rules.place import Place
from tzurot.storage.database import Database
from tzurot.storage.tables import DenialRow


class DenialStore:
    """Keeps who is not answered; who may decide that is for the caller to check.

    Every method takes the host's id, because the host can never be denied: neither is it written,
    nor does it count when it was written for somebody who is the host by now.
    """

    def __init__(self, database: Database, *, wall: Callable[[], float] = time.time) -> None:
        self._database = database
        self._wall = wall

    async def about(
        self,
        user_id: int,
        guild_id: int | None,
        channel_id: int | None,
        parent_id: int | None,
        *,
        host_id: int,
    ) -> Denied:
        """Return what is denied to a person at a place; `parent_id` is the channel of a thread."""
        place = Place(
            guild_id=guild_id, channel_id=channel_id, parent_channel_id=parent_id, user_id=user_id
        )
        found = await self._of({user_id}, guild_id)
        return denied(found, place, now=self._now(), host_id=host_id)

    async def blocked_among(
        self, user_ids: Collection[int], place: Place, *, host_id: int
    ) -> set[int]:
        """Return whose words `place.character_id` does not read there (None: no character does)."""
        found = await self._of(user_ids, place.guild_id)
        now = self._now()
        blocked = set()
        for user_id in user_ids:
            theirs = denied(found, replace(place, user_id=user_id), now=now, host_id=host_id)
            character_id = place.character_id
            mode = theirs.whole if character_id is None else theirs.by(character_id)
            if mode is Mode.BLOCK:
                blocked.add(user_id)
        return blocked

    async def deny(self, denial: Denial, *, host_id: int) -> None:
        """Keep a denial, in place of an older one of the same target; past ones go.

        Raises CharacterError when it is the host's, is over already, or the character is gone.
        """
        target, now = denial.target, self._now()
        if target.party is Party.USER and target.party_id == host_id:
            raise CharacterError(texts.NOT_THE_HOST)
        if denial.expires_at is not None and denial.expires_at <= now:
            raise CharacterError(texts.EXPIRED_ALREADY)
        values = {
            "mode": denial.mode.value,
            "expires_at": denial.expires_at,
            "reason": denial.reason,
            "denied_by": denial.by,
            "denied_at": now,
        }
        key = _key(target)
        statement = insert(DenialRow).values(**key, **values)
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=values)
        async with self._database.transaction() as session:
            if target.character_id is not None:
                await hold(session, target.character_id)
            await session.execute(delete(DenialRow).where(DenialRow.expires_at <= now))
            await session.execute(statement)

    async def lift(self, target: Target) -> bool:
        """Take a denial back; False when there was none."""
        columns = DenialRow.__table__.columns
        same = [columns[name].is_not_distinct_from(value) for name, value in _key(target).items()]
        gone = delete(DenialRow).where(*same).returning(DenialRow.id)
        async with self._database.transaction() as session:
            return await session.scalar(gone) is not None

    async def _of(self, user_ids: Collection[int], guild_id: int | None) -> list[Denial]:
        """Return the denials of these people and this server, whatever they reach."""
        people = and_(DenialRow.subject == Party.USER.value, DenialRow.subject_id.in_(user_ids))
        server = and_(DenialRow.subject == Party.SERVER.value, DenialRow.subject_id == guild_id)
        about = people if guild_id is None else or_(people, server)
        async with self._database.reading() as session:
            return [_denial(row) for row in await session.scalars(select(DenialRow).where(about))]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)


def _key(target: Target) -> dict[str, Any]:
    """Return the columns that a row is unique by."""
    found: dict[str, str | int | UUID | None] = {
        "subject": target.party.value,
        "subject_id": target.party_id,
        "scope": target.reach.value,
        "place_id": target.place_id,
        "character_id": target.character_id,
    }
    return found


def _denial(row: DenialRow) -> Denial:
    target = Target(
        party=Party(row.subject),
        party_id=row.subject_id,
        reach=Reach(row.scope),
        place_id=row.place_id,
        character_id=row.character_id,
    )
    return Denial(
        target=target,
        mode=Mode(row.mode),
        by=row.denied_by,
        reason=row.reason,
        expires_at=row.expires_at,
    )
