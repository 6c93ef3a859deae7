"""Who confirmed that they are of age, and whom that lets them hear."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from tzurot.characters.present import hold
from tzurot.storage.database import Database
from tzurot.storage.tables import AgePromptRow, AgeRow, MatureInServerRow

KEPT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgePrompt:
    """A question for somebody's age, and the message that waits for it."""

    user_id: int
    channel_id: int
    message_id: int
    """The question, in the person's direct messages."""
    payload: dict[str, Any]
    version: int
    character_ids: tuple[UUID, ...]
    """To whom the message was said."""
    asked_at: datetime


class AgeStore:
    """Remembers confirmations, for good, and questions until they are answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def confirm(self, user_id: int) -> AgePrompt | None:
        """Note that a person confirmed their age; return, and forget, what waited for it.

        The first time counts.
        """
        row = insert(AgeRow).values(user_id=user_id).on_conflict_do_nothing()
        async with self._database.transaction() as session:
            await session.execute(row)
            waiting = await session.get(AgePromptRow, user_id, with_for_update=True)
            if waiting is None:
                return None
            await session.delete(waiting)
            return _prompt(waiting)

    async def confirmed_at(self, user_id: int) -> datetime | None:
        """Return when a person confirmed their age, None when they did not."""
        async with self._database.reading() as session:
            row = await session.get(AgeRow, user_id)
        return None if row is None else row.confirmed_at

    async def ask(self, prompt: AgePrompt) -> None:
        """Keep a question, in place of an older one; the same question keeps its time.

        What nobody answered for `KEPT` goes, with the words that waited.
        """
        values = {
            "channel_id": prompt.channel_id,
            "message_id": prompt.message_id,
            "payload": prompt.payload,
            "payload_version": prompt.version,
            "character_ids": list(prompt.character_ids),
        }
        statement = insert(AgePromptRow).values(
            user_id=prompt.user_id, **values, asked_at=prompt.asked_at
        )
        is_new = AgePromptRow.message_id != statement.excluded.message_id
        asked_at = case((is_new, statement.excluded.asked_at), else_=AgePromptRow.asked_at)
        statement = statement.on_conflict_do_update(
            index_elements=["user_id"], set_=values | {"asked_at": asked_at}
        )
        stale = AgePromptRow.asked_at < prompt.asked_at - KEPT
        async with self._database.transaction() as session:
            await session.execute(delete(AgePromptRow).where(stale))
            await session.execute(statement)

    async def posted(self, user_id: int, channel_id: int, message_id: int) -> None:
        """Note where a question stands, if nobody has answered it yet."""
        where = {"channel_id": channel_id, "message_id": message_id}
        async with self._database.transaction() as session:
            await session.execute(
                update(AgePromptRow).where(AgePromptRow.user_id == user_id).values(**where)
            )

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        """Follow that a message which may be waiting says something else now."""
        said = {"content": content}
        changed = update(AgePromptRow).where(*_said(channel_id, [message_id]))
        async with self._database.transaction() as session:
            await session.execute(changed.values(payload=AgePromptRow.payload.concat(said)))

    async def forget(self, channel_id: int, message_ids: Iterable[int]) -> None:
        """Blank messages that are gone, if they wait; nobody answers them. The question stays."""
        blank = AgePromptRow.payload.concat({"content": "", "images": []})
        gone = update(AgePromptRow).where(*_said(channel_id, message_ids))
        async with self._database.transaction() as session:
            await session.execute(gone.values(payload=blank, character_ids=[]))

    async def waiting(self, user_id: int) -> AgePrompt | None:
        """Return the question that a person has not answered yet."""
        async with self._database.reading() as session:
            row = await session.get(AgePromptRow, user_id)
        return None if row is None else _prompt(row)


class MatureStore:
    """Keeps which characters a server has for grown-ups only; who may say so, the caller checks.

    What the owner or the host says of a character stands with it, holds everywhere, and is not
    changed here: one server's moderators decide for their own server.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def flag_mature(self, guild_id: int, character_id: UUID, *, by: int) -> bool:
        """Keep a character for grown-ups in a server; False when it was so already.

        Raises CharacterError when the character is gone.
        """
        values = {"guild_id": guild_id, "character_id": character_id, "flagged_by": by}
        row = insert(MatureInServerRow).values(values).on_conflict_do_nothing()
        async with self._database.transaction() as session:
            await hold(session, character_id)
            added = await session.scalar(row.returning(MatureInServerRow.guild_id))
            return added is not None

    async def unflag_mature(self, guild_id: int, character_id: UUID) -> bool:
        """Take that back; False when it was not so."""
        gone = delete(MatureInServerRow).where(
            MatureInServerRow.guild_id == guild_id, MatureInServerRow.character_id == character_id
        )
        async with self._database.transaction() as session:
            return await session.scalar(gone.returning(MatureInServerRow.guild_id)) is not None

    async def mature_in(self, guild_id: int | None, character_ids: Collection[UUID]) -> set[UUID]:
        """Return which of these a server keeps for grown-ups; no server, none."""
        if guild_id is None or not character_ids:
            return set()
        query = select(MatureInServerRow.character_id).where(
            MatureInServerRow.guild_id == guild_id,
            MatureInServerRow.character_id.in_(character_ids),
        )
        async with self._database.reading() as session:
            return set(await session.scalars(query))


def may_hear(
    *,
    is_mature: bool,
    is_mature_here: bool,
    is_age_restricted_place: bool,
    has_confirmed: bool,
    gate: Literal["mature", "all"],
) -> bool:
    """Whether a person may hear a character; Discord asks for the age itself before some places.

    `is_mature` is said by its owner or the host, `is_mature_here` by the server's moderators.
    `gate` is the setting `age_gate`: the characters that are for people of age.
    """
    is_gated = is_mature or is_mature_here or gate == "all"
    return not is_gated or is_age_restricted_place or has_confirmed


def _said(channel_id: int, message_ids: Iterable[int]) -> tuple[ColumnElement[bool], ...]:
    said = AgePromptRow.payload
    return (
        said["channel_id"].astext == str(channel_id),
        said["message_id"].astext.in_([str(one) for one in message_ids]),
    )


def _prompt(row: AgePromptRow) -> AgePrompt:
    return AgePrompt(
        user_id=row.user_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        payload=row.payload,
        version=row.payload_version,
        character_ids=tuple(row.character_ids),
        asked_at=row.asked_at,
    )
