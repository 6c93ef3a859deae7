"""Characters and pictures in the database; who may see or change one is decided here."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Collection, Mapping
from itertools import count
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.access import Actor
from tzurot.characters.character import Character, Named, Picture
from tzurot.characters.errors import CharacterError
from tzurot.characters.fields import validated
from tzurot.characters.pictures import avatar
from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow, PictureRow


class CharacterStore:
    """Reads and changes characters, always for somebody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def visible_to(self, user_id: int, *, without: Collection[UUID] = ()) -> list[Character]:
        """Return the characters that this person may speak to, by name, but not those `without`."""
        may = and_(visible(user_id), CharacterRow.id.not_in(without))
        query = select(CharacterRow).where(may).order_by(CharacterRow.name)
        async with self._database.reading() as session:
            return [_character(row) for row in await session.scalars(query)]

    async def names_visible_to(self, user_id: int) -> list[Named]:
        """Return what those are called that this person may speak to, by name."""
        columns = select(CharacterRow.id, CharacterRow.name, CharacterRow.slug, CharacterRow.mature)
        query = columns.where(visible(user_id)).order_by(CharacterRow.name)
        async with self._database.reading() as session:
            return [
                Named(character_id, name, slug, is_mature=mature)
                for character_id, name, slug, mature in await session.execute(query)
            ]

    async def get(self, character_id: UUID, user_id: int) -> Character | None:
        """Return the character if it exists and this person may speak to it."""
        query = select(CharacterRow).where(CharacterRow.id == character_id, visible(user_id))
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else _character(row)

    async def among(self, character_ids: Collection[UUID], user_id: int) -> list[Character]:
        """Return those of these characters that this person may speak to."""
        query = select(CharacterRow).where(CharacterRow.id.in_(character_ids), visible(user_id))
        async with self._database.reading() as session:
            return [_character(row) for row in await session.scalars(query)]

    async def find(
        self, written: str, user_id: int, *, without: Collection[UUID] = ()
    ) -> Character:
        """Return the character with this slug or name, of those `visible_to`.

        Raises CharacterError.
        """
        wanted = written.strip().removeprefix("@").casefold()
        seen = await self.visible_to(user_id, without=without)
        by_slug = (one for one in seen if one.slug == wanted)
        by_name = (one for one in seen if one.name.casefold() == wanted)
        found = next(by_slug, None) or next(by_name, None)
        if found is None:
            raise CharacterError(texts.NO_SUCH_CHARACTER.format(name=written.strip()[:80]))
        return found

    async def editable(self, character_id: UUID, actor: Actor) -> Character:
        """Return the character if this person may change it. Raises CharacterError."""
        async with self._database.transaction() as session:
            return _character(await owned(session, character_id, actor))

    async def create(self, actor: Actor, values: Mapping[str, str]) -> Character:
        """Make a private character of these fields. Raises CharacterError."""
        kept = validated(values)
        async with self._database.transaction() as session:
            await _check_name_is_free(session, actor.user_id, kept["name"], None)
            row = CharacterRow(
                owner_id=actor.user_id,
                slug=await _free_slug(session, kept["name"]),
                name=kept["name"],
                visibility="private",
                card=kept,
            )
            session.add(row)
            await session.flush()
            await session.refresh(row)
            return _character(row)

    async def edit(
        self, actor: Actor, character_id: UUID, values: Mapping[str, str], *, seen: int
    ) -> Character:
        """Change these fields; `seen` is the version that the person had before their eyes.

        Raises CharacterError.
        """
        kept = validated(values)
        async with self._database.transaction() as session:
            row = await owned(session, character_id, actor)
            if row.version != seen:
                raise CharacterError(texts.CHANGED_MEANWHILE.format(name=row.name))
            if row.owner_id is not None:
                await _check_name_is_free(session, row.owner_id, kept["name"], row.id)
            row.name = kept["name"]
            # What the form does not show stays as it is.
            row.card = {**row.card, **kept}
            return await _changed(session, row)

    async def set_visibility(self, actor: Actor, character_id: UUID, *, public: bool) -> Character:
        """Show the character to everybody, or to its owner alone. Raises CharacterError."""
        async with self._database.transaction() as session:
            row = await owned(session, character_id, actor)
            row.visibility = "public" if public else "private"
            return await _changed(session, row)

    async def set_mature(self, actor: Actor, character_id: UUID, *, is_mature: bool) -> Character:
        """Say whether the character is for grown-ups. Raises CharacterError."""
        async with self._database.transaction() as session:
            row = await owned(session, character_id, actor)
            row.mature = is_mature
            return await _changed(session, row)

    async def set_avatar(self, actor: Actor, character_id: UUID, content: bytes) -> Character:
        """Give the character a picture. Raises CharacterError."""
        sha256, picture = await asyncio.to_thread(avatar, content)
        async with self._database.transaction() as session:
            row = await owned(session, character_id, actor)
            await session.execute(
                insert(PictureRow)
                .values(sha256=sha256, media_type=picture.media_type, content=picture.content)
                .on_conflict_do_nothing()
            )
            before, row.avatar = row.avatar, sha256
            changed = await _changed(session, row)
            await _drop_unused_picture(session, before)
            return changed

    async def delete(self, actor: Actor, character_id: UUID) -> Character:
        """Delete the character and what belongs to it alone. Raises CharacterError."""
        async with self._database.transaction() as session:
            row = await owned(session, character_id, actor)
            gone = _character(row)
            await session.delete(row)
            await session.flush()
            await _drop_unused_picture(session, gone.avatar)
            return gone

    async def picture(self, sha256: str) -> Picture | None:
        """Return a picture by the hash of its content."""
        async with self._database.reading() as session:
            row = await session.get(PictureRow, sha256)
        return None if row is None else Picture(row.media_type, row.content)


def visible(user_id: int) -> ColumnElement[bool]:
    """Return which characters a person may speak to."""
    return or_(CharacterRow.visibility == "public", CharacterRow.owner_id == user_id)


async def owned(session: AsyncSession, character_id: UUID, actor: Actor) -> CharacterRow:
    """Return the row, locked, if this person may change it. Raises CharacterError."""
    query = select(CharacterRow).where(CharacterRow.id == character_id).with_for_update()
    row = await session.scalar(query)
    # Who may not see it does not learn that it exists.
    if row is None or not (actor.is_host or row.visibility == "public" or _is_owner(row, actor)):
        raise CharacterError(texts.NO_SUCH_CHARACTER.format(name="?"))
    if not actor.may_edit(_character(row)):
        raise CharacterError(texts.NOT_YOURS.format(name=row.name))
    return row


def _is_owner(row: CharacterRow, actor: Actor) -> bool:
    return row.owner_id == actor.user_id


async def _changed(session: AsyncSession, row: CharacterRow) -> Character:
    row.version += 1
    row.updated_at = func.now()
    await session.flush()
    return _character(row)


async def _check_name_is_free(
    session: AsyncSession, owner_id: int, name: str, but: UUID | None
) -> None:
    same = func.lower(CharacterRow.name) == name.lower()
    query = select(CharacterRow.id).where(CharacterRow.owner_id == owner_id, same)
    if any(found != but for found in await session.scalars(query)):
        raise CharacterError(texts.NAME_TAKEN.format(name=name))


async def _free_slug(session: AsyncSession, name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:40] or "character"
    taken = set(
        await session.scalars(
            select(CharacterRow.slug).where(CharacterRow.slug.startswith(base, autoescape=True))
        )
    )
    if base not in taken:
        return base
    return next(slug for number in count(2) if (slug := f"{base}-{number}") not in taken)


async def _drop_unused_picture(session: AsyncSession, sha256: str | None) -> None:
    used = exists().where(CharacterRow.avatar == PictureRow.sha256)
    await session.execute(delete(PictureRow).where(PictureRow.sha256 == sha256, ~used))


def _character(row: CharacterRow) -> Character:
    return Character(
        id=row.id,
        name=row.name,
        slug=row.slug,
        card=row.card,
        avatar=row.avatar,
        owner_id=row.owner_id,
        is_public=row.visibility == "public",
        version=row.version,
        is_mature=row.mature,
    )
