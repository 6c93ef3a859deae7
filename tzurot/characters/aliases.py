"""Further names of characters: a person's own, and those that hold for everybody."""

from __future__ import annotations

from itertools import count
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.fields import is_usable_name
from tzurot.characters.naming import folded
from tzurot.characters.store import owned, visible
from tzurot.storage.database import Database
from tzurot.storage.tables import AliasRow, CharacterRow

ALIASES_MOST: Final = 25
"""Global ones of a character; personal ones of a person."""
LONGEST: Final = 80


class AliasStore:
    """Keeps aliases. What a character that one sees is called comes before any of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def for_user(self, user_id: int) -> list[tuple[str, UUID]]:
        """Return (name, character id) of the characters that a person sees.

        Their own come first, then those for everybody; among each the oldest. Of two of one name
        the first counts.
        """
        columns = select(AliasRow.name, AliasRow.character_id)
        joined = columns.join(CharacterRow, CharacterRow.id == AliasRow.character_id)
        theirs = or_(AliasRow.user_id == user_id, AliasRow.user_id.is_(None))
        query = joined.where(theirs, visible(user_id))
        async with self._database.reading() as session:
            # The id grows with time.
            rows = await session.execute(query.order_by(AliasRow.user_id.is_(None), AliasRow.id))
            return [(name, character_id) for name, character_id in rows]

    async def add(self, actor: Actor, character_id: UUID, name: str, *, is_global: bool) -> str:
        """Give a character another name; return it as it is kept.

        A global one is given by who may change the character, a personal one by who sees it.
        Raises CharacterError when that is not so, when the name cannot be used, is taken by an
        alias of the same kind or is what some character is called, and when there are too many.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST:
            raise CharacterError(texts.ALIAS_LENGTH.format(most=LONGEST))
        if not is_usable_name(name):
            raise CharacterError(texts.NAME_NOT_USABLE)
        async with self._database.transaction() as session:
            await _check_right(session, actor, character_id, is_global=is_global)
            await _check_is_free(session, actor, name, character_id if is_global else None)
            of_one = (
                and_(AliasRow.user_id.is_(None), AliasRow.character_id == character_id)
                if is_global
                else AliasRow.user_id == actor.user_id
            )
            query = select(func.count()).select_from(AliasRow).where(of_one)
            if (await session.scalar(query) or 0) >= ALIASES_MOST:
                raise CharacterError(texts.ALIASES_FULL.format(most=ALIASES_MOST))
            session.add(
                AliasRow(
                    character_id=character_id,
                    user_id=None if is_global else actor.user_id,
                    name=name,
                    folded=folded(name),
                )
            )
        return name

    async def remove(self, actor: Actor, character_id: UUID, name: str, *, is_global: bool) -> None:
        """Take a name away. Raises CharacterError when there is none, or it is not theirs to."""
        whose = AliasRow.user_id.is_(None) if is_global else AliasRow.user_id == actor.user_id
        same = (AliasRow.character_id == character_id, AliasRow.folded == folded(name))
        gone = delete(AliasRow).where(whose, *same).returning(AliasRow.id)
        async with self._database.transaction() as session:
            if is_global:
                await owned(session, character_id, actor)
            if await session.scalar(gone) is None:
                raise CharacterError(texts.ALIAS_UNKNOWN.format(alias=name.strip()[:LONGEST]))


async def _check_right(
    session: AsyncSession, actor: Actor, character_id: UUID, *, is_global: bool
) -> None:
    """Raise CharacterError without the right to name a character; else wait for one's turn.

    Two that are added at once would both find the name free, and the list not full.
    """
    # One lock for all: that of a character alone would let two characters have the same name.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(AliasRow.__tablename__))))
    if is_global:
        await owned(session, character_id, actor)
        return
    seen = select(CharacterRow.id).where(CharacterRow.id == character_id, visible(actor.user_id))
    if await session.scalar(seen.with_for_update(read=True, key_share=True)) is None:
        raise CharacterError(texts.NO_SUCH_CHARACTER.format(name="?"))


async def _check_is_free(
    session: AsyncSession, actor: Actor, name: str, global_for: UUID | None
) -> None:
    """Raise CharacterError when something else that this person can see is called so."""
    seen = visible(actor.user_id)
    names = select(CharacterRow.name, CharacterRow.slug).where(seen)
    called = {
        folded(word): shown
        for shown, slug in await session.execute(names)
        for word in (slug, shown)
    }
    whose: ColumnElement[bool] = AliasRow.user_id == actor.user_id
    if global_for is not None:
        # Of a character that they do not see they do not learn.
        whose = and_(AliasRow.user_id.is_(None), or_(seen, CharacterRow.id == global_for))
    columns = select(AliasRow.folded, CharacterRow.name)
    aliases = columns.join(CharacterRow, CharacterRow.id == AliasRow.character_id).where(whose)
    taken = dict((await session.execute(aliases)).all())
    wanted = folded(name)
    if wanted in called:
        free = next(
            new
            for number in count(2)
            if folded(new := f"{name[: LONGEST - 4]} {number}") not in called.keys() | taken.keys()
        )
        shadowed = texts.ALIAS_SHADOWED.format(alias=name, name=called[wanted], suggestion=free)
        raise CharacterError(shadowed)
    if wanted in taken:
        raise CharacterError(texts.ALIAS_TAKEN.format(alias=name, name=taken[wanted]))
