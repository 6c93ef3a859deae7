"""What people typed into forms, kept until it could be used: typed text is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete

from tzurot.storage.database import Database
from tzurot.storage.tables import DraftRow

KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Draft:
    """The texts of one form; `about` says what it is for (a character's id, or nothing)."""

    id: UUID
    about: str
    values: dict[str, str]


class DraftStore:
    """Keeps drafts, each for its writer's eyes only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, user_id: int, about: str, values: Mapping[str, str]) -> UUID:
        """Keep what was typed; return the draft's id. What is older than a week goes."""
        row = DraftRow(user_id=user_id, about=about, values=dict(values))
        async with self._database.transaction() as session:
            old = DraftRow.created_at < datetime.now(UTC) - KEPT
            await session.execute(delete(DraftRow).where(old))
            session.add(row)
            await session.flush()
            return row.id

    async def get(self, user_id: int, draft_id: UUID) -> Draft | None:
        """Return the draft if this person wrote it."""
        async with self._database.reading() as session:
            row = await session.get(DraftRow, draft_id)
        if row is None or row.user_id != user_id:
            return None
        return Draft(row.id, row.about, row.values)
