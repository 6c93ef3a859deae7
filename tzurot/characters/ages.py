"""Who confirmed that they are of age, and whom that lets them hear."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.tables import AgeRow


class AgeStore:
    """Remembers confirmations, for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def confirm(self, user_id: int) -> bool:
        """Note that a person confirmed their age; False when they had before: the first counts."""
        row = insert(AgeRow).values(user_id=user_id).on_conflict_do_nothing()
        async with self._database.transaction() as session:
            return await session.scalar(row.returning(AgeRow.user_id)) is not None

    async def confirmed_at(self, user_id: int) -> datetime | None:
        """Return when a person confirmed their age, None when they did not."""
        async with self._database.transaction() as session:
            row = await session.get(AgeRow, user_id)
        return None if row is None else row.confirmed_at


def may_hear(
    *,
    is_mature: bool,
    is_age_restricted_place: bool,
    has_confirmed: bool,
    gate: Literal["mature", "all"],
) -> bool:
    """Whether a person may hear a character; Discord asks for the age itself before some places.

    `gate` is the setting `age_gate`: the characters that are for people of age.
    """
    is_gated = is_mature or gate == "all"
    return not is_gated or is_age_restricted_place or has_confirmed
