"""Sidecars, author's notes and directives in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.scope import Scope
from tzurot.characters.store import owned, visible
from tzurot.rules.cascade import switch_of
from tzurot.rules.guidance import (
    Directive,
    Guidance,
    Note,
    checked_note,
    checked_sidecar,
    switched,
)
from tzurot.storage.database import Database
from tzurot.storage.tables import (
    AuthorNoteRow,
    CharacterRow,
    DirectiveRow,
    SettingRow,
    SidecarRow,
    TurnRow,
)

DIRECTIVES_MOST: Final = 20
"""Those that a host writes."""


class GuidanceStore:
    """Keeps what guides characters.

    Whose sidecar and whose character it is, is checked here; who may write for a channel or for the
    host, by the caller.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self,
        scope: Scope,
        parent_channel_id: int | None,
        people: Collection[int],
        switches: Mapping[str, bool],
    ) -> Guidance:
        """Return what guides the scope's character at its venue, among these people, in one query.

        A person's sidecar for the character takes the place of the one for all, and a thread's note
        that of its parent channel. `switches` are those of directives, as they count there.
        """
        channel_id = scope.venue.channel_id
        async with self._database.reading() as session:
            rows = (await session.execute(_all(scope, parent_channel_id, people))).all()
        sidecars: dict[int, str] = {}
        notes: dict[str, Note] = {}
        directives: dict[str, Directive] = {}
        answered = 0
        # What is there for all comes first, and is replaced by what is there for one.
        for row in sorted(rows, key=lambda row: (row.for_one, row.place == channel_id)):
            placed = {"text": row.text, "depth": row.depth, "role": row.role, "every": row.every}
            match row.kind:
                case "sidecar":
                    sidecars[row.place] = row.text
                case "note":
                    notes["channel" if row.place else "character"] = Note(**placed)
                case "directive":
                    directives[row.name] = Directive(name=row.name, is_on=row.is_on, **placed)
                case _:
                    answered = row.every
        return Guidance(
            sidecars=sidecars,
            notes=dict(sorted(notes.items(), reverse=True)),
            directives=switched(directives, switches),
            answered=answered,
        )

    async def write_sidecar(
        self, user_id: int, text: str, *, character_id: UUID | None = None
    ) -> None:
        """Keep how a person wants to be treated, by one character or by all.

        Raises CharacterError when the text does not fit, or they may not speak to the character.
        """
        text = checked_sidecar(text)
        async with self._database.transaction() as session:
            if character_id is not None:
                may = select(CharacterRow.id).where(CharacterRow.id == character_id)
                held = may.where(visible(user_id)).with_for_update(read=True, key_share=True)
                if await session.scalar(held) is None:
                    raise CharacterError(texts.NO_SUCH_CHARACTER.format(name="?"))
            key = {"user_id": user_id, "character_id": character_id}
            await _upsert(session, SidecarRow, key, {"text": text})

    async def delete_sidecar(self, user_id: int, *, character_id: UUID | None = None) -> None:
        """Forget a person's sidecar for one character, or the one for all."""
        theirs = _sidecar(user_id, character_id)
        async with self._database.transaction() as session:
            await session.execute(delete(SidecarRow).where(theirs))

    async def sidecar(self, user_id: int, *, character_id: UUID | None = None) -> str | None:
        """Return a person's own sidecar for exactly this character, or the one for all."""
        async with self._database.reading() as session:
            query = select(SidecarRow.text).where(_sidecar(user_id, character_id))
            found: str | None = await session.scalar(query)
        return found

    async def write_channel_note(self, channel_id: int, note: Note | None) -> None:
        """Keep a channel's author's note; None takes it away. Raises CharacterError."""
        async with self._database.transaction() as session:
            await _write_note(session, {"channel_id": channel_id}, note)

    async def write_character_note(
        self, actor: Actor, character_id: UUID, note: Note | None
    ) -> None:
        """Keep a character's author's note; None takes it away.

        Raises CharacterError, too when this person may not change the character.
        """
        async with self._database.transaction() as session:
            await owned(session, character_id, actor)
            await _write_note(session, {"character_id": character_id}, note)

    async def write_directive(self, directive: Directive) -> None:
        """Keep a directive of the host, also in place of one that ships. Raises CharacterError."""
        kept = checked_note(directive)
        key = {"name": kept.pop("name")}
        others = select(func.count()).where(DirectiveRow.name != directive.name)
        async with self._database.transaction() as session:
            if (await session.scalar(others) or 0) >= DIRECTIVES_MOST:
                raise CharacterError(texts.DIRECTIVES_FULL.format(most=DIRECTIVES_MOST))
            await _upsert(session, DirectiveRow, key, kept)

    async def delete_directive(self, name: str) -> None:
        """Delete a directive of the host with its switches; one that ships is as it was again."""
        setting = switch_of(name).name
        async with self._database.transaction() as session:
            await session.execute(delete(DirectiveRow).where(DirectiveRow.name == name))
            await session.execute(delete(SettingRow).where(SettingRow.name == setting))


async def _write_note(session: AsyncSession, key: dict[str, Any], note: Note | None) -> None:
    if note is None:
        ((column, subject),) = key.items()
        gone = AuthorNoteRow.__table__.columns[column] == subject
        await session.execute(delete(AuthorNoteRow).where(gone))
    else:
        await _upsert(session, AuthorNoteRow, key, checked_note(note))


async def _upsert(
    session: AsyncSession,
    table: type[AuthorNoteRow | DirectiveRow | SidecarRow],
    key: Mapping[str, object],
    values: Mapping[str, object],
) -> None:
    statement = insert(table).values({**key, **values})
    changed = {**values, "updated_at": func.now()}
    await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed))


def _sidecar(user_id: int, character_id: UUID | None) -> ColumnElement[bool]:
    return and_(
        SidecarRow.user_id == user_id, SidecarRow.character_id.is_not_distinct_from(character_id)
    )


def _all(
    scope: Scope, parent_channel_id: int | None, people: Collection[int]
) -> CompoundSelect[tuple[Any, ...]]:
    """Return the query for all that guides; `place` is a person or a channel."""
    channels = [one for one in (scope.venue.channel_id, parent_channel_id) if one is not None]
    ours = scope.character_id
    theirs = or_(SidecarRow.character_id.is_(None), SidecarRow.character_id == ours)
    here = or_(AuthorNoteRow.channel_id.in_(channels), AuthorNoteRow.character_id == ours)
    # Counting reads a channel's whole journal: it is done where something asks for the number.
    counts = or_(
        exists().where(here, AuthorNoteRow.every > 1), exists().where(DirectiveRow.every > 1)
    )
    number = (
        select(func.count())
        .where(
            TurnRow.channel_id == scope.venue.channel_id,
            TurnRow.character_id == ours,
            TurnRow.state == "delivered",
        )
        .scalar_subquery()
    )
    return union_all(
        _one(
            "sidecar",
            place=SidecarRow.user_id,
            for_one=SidecarRow.character_id.is_not(None),
            text=SidecarRow.text,
        ).where(SidecarRow.user_id.in_(people), theirs),
        _one("note", place=AuthorNoteRow.channel_id, **_columns(AuthorNoteRow)).where(here),
        _one(
            "directive",
            name=DirectiveRow.name,
            is_on=DirectiveRow.is_on,
            **_columns(DirectiveRow),
        ),
        _one("answered", every=case((counts, number), else_=0)),
    )


def _columns(table: type[AuthorNoteRow | DirectiveRow]) -> dict[str, Any]:
    return {"text": table.text, "depth": table.depth, "role": table.role, "every": table.every}


def _one(kind: str, **columns: Any) -> Select[Any]:  # noqa: ANN401  expressions of any type
    """Return one kind's part of the query; what it has not is null."""
    every: dict[str, ColumnElement[Any]] = {
        "place": literal(None, BigInteger()),
        "for_one": literal(value=False, type_=Boolean()),
        "name": literal(None, String()),
        "text": literal(None, String()),
        "depth": literal(None, BigInteger()),
        "role": literal(None, String()),
        "every": literal(None, BigInteger()),
        "is_on": literal(value=False, type_=Boolean()),
    }
    every |= columns
    named = [column.label(name) for name, column in every.items()]
    return select(literal(kind, String()).label("kind"), *named)
