"""Characters and pictures in the database; who may see a character is decided here."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from tzurot.characters.character import Character, Picture
from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow, PictureRow


class CharacterStore:
    """Reads characters, always for somebody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def visible_to(self, user_id: int) -> list[Character]:
        """Return the characters that this person may speak to, by name."""
        query = select(CharacterRow).where(_visible(user_id)).order_by(CharacterRow.name)
        async with self._database.transaction() as session:
            return [_character(row) for row in await session.scalars(query)]

    async def get(self, character_id: UUID, user_id: int) -> Character | None:
        """Return the character if it exists and this person may speak to it."""
        query = select(CharacterRow).where(CharacterRow.id == character_id, _visible(user_id))
        async with self._database.transaction() as session:
            row = await session.scalar(query)
        return None if row is None else _character(row)

    async def picture(self, sha256: str) -> Picture | None:
        """Return a picture by the hash of its content."""
        async with self._database.transaction() as session:
            row = await session.get(PictureRow, sha256)
        return None if row is None else Picture(row.media_type, row.content)


def _visible(user_id: int) -> ColumnElement[bool]:
    return or_(CharacterRow.visibility == "public", CharacterRow.owner_id == user_id)


def _character(row: CharacterRow) -> Character:
    return Character(id=row.id, name=row.name, slug=row.slug, card=row.card, avatar=row.avatar)
