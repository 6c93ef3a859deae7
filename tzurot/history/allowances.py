"""How many turns a person may have in a minute: a token bucket that outlives the process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.storage.database import Database
from tzurot.storage.tables import AllowanceRow

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Turns that are left at a time: at most `per_minute`, and as many come back in a minute.

    Whoever wants more than is left has run dry, and rests until half of it is back: so they wait
    once and are told once, and not again for each single turn that has come back.
    """

    per_minute: int
    tokens: float
    at: datetime
    is_dry: bool = False
    is_told: bool = False

    def spend(self, wanted: int, at: datetime) -> tuple[Self, int]:
        """Return the bucket afterwards, and how many of the turns that are wanted it gives."""
        now = self._refilled(at)
        given = 0 if now.is_dry else min(wanted, int(now.tokens))
        return replace(now, tokens=now.tokens - given, is_dry=given < wanted), given

    @property
    def rests_until(self) -> datetime:
        """When a dry bucket gives again."""
        return self.at + _MINUTE * max(0.0, (self._enough - self.tokens) / self.per_minute)

    @property
    def _enough(self) -> float:
        return max(1.0, self.per_minute / 2)

    def _refilled(self, at: datetime) -> Self:
        # What is heard late was said when it was said; nothing comes back twice for that.
        at = max(at, self.at)
        back = (at - self.at) / _MINUTE * self.per_minute
        tokens = min(float(self.per_minute), self.tokens + back)
        is_dry = self.is_dry and tokens < self._enough
        return replace(self, tokens=tokens, at=at, is_dry=is_dry, is_told=self.is_told and is_dry)


class Allowances:
    """Keeps everybody's bucket; with `per_minute` 0 nobody has one."""

    def __init__(self, database: Database, per_minute: int) -> None:
        self._database = database
        self._per_minute = per_minute

    async def spend(self, session: AsyncSession, user_id: int, wanted: int, at: datetime) -> int:
        """Return how many of the turns that are wanted a person may have, asked for at this time.

        They are spent with the session's transaction, until whose end the person's others wait.
        """
        if not self._per_minute or not wanted:
            return wanted
        # What changes nothing locks the row, and returns it.
        statement = (
            insert(AllowanceRow)
            .values(user_id=user_id, tokens=self._per_minute, counted_at=at)
            .on_conflict_do_update(index_elements=["user_id"], set_={"user_id": user_id})
            .returning(AllowanceRow)
        )
        row = (await session.scalars(statement)).one()
        after, given = self._bucket(row).spend(wanted, at)
        row.tokens, row.counted_at = after.tokens, after.at
        row.is_dry, row.is_told = after.is_dry, after.is_told
        return given

    async def tell(self, user_id: int) -> datetime | None:
        """Return when a person who has run dry may go on, once; None when there is no such word.

        It is noted as told.
        """
        claim = (
            update(AllowanceRow)
            .where(
                AllowanceRow.user_id == user_id,
                AllowanceRow.is_dry.is_(True),
                AllowanceRow.is_told.is_(False),
            )
            .values(is_told=True)
            .returning(AllowanceRow)
        )
        async with self._database.transaction() as session:
            row = await session.scalar(claim)
            return None if row is None or not self._per_minute else self._bucket(row).rests_until

    def _bucket(self, row: AllowanceRow) -> Bucket:
        return Bucket(
            per_minute=self._per_minute,
            tokens=row.tokens,
            at=row.counted_at,
            is_dry=row.is_dry,
            is_told=row.is_told,
        )
