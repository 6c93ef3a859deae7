"""Whether a character is still there when something is attached to it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.storage.tables import CharacterRow


async def hold(session: AsyncSession, character_id: UUID) -> None:
    """Keep the character from being deleted until the transaction ends.

    Raises CharacterError when it is gone.
    """
    query = select(CharacterRow.id).where(CharacterRow.id == character_id)
    if await session.scalar(query.with_for_update(read=True, key_share=True)) is None:
        raise CharacterError(texts.NO_SUCH_CHARACTER.format(name="?"))
