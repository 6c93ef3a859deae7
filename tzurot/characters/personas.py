"""Who people are to characters: their personas, and which of them counts where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.characters.fields import Field, validated
from tzurot.characters.naming import folded
from tzurot.characters.present import hold
from tzurot.storage.database import Database
from tzurot.storage.tables import PersonaChoiceRow, PersonaRow

PERSONAS_MOST: Final = 50
"""Personas of one person."""

PERSONA_FIELDS: Final = (
    Field("name", "Name", "What characters call you", 80, True, is_long=False),  # noqa: FBT003
    Field("pronouns", "Pronouns", "she/her, they/them", 40, is_long=False),
    Field("about", "About you", "Looks, past, habits: what characters know of you", 2000),
)

Said = tuple[int, str | None]
"""Who said something: the person, and as whom (`Incoming.proxied_as`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Who a person is to characters."""

    id: UUID
    user_id: int
    name: str
    pronouns: str
    about: str
    is_default: bool
    member_id: str | None
    """The PluralKit member who this is, by its UUID."""


class PersonaStore:
    """Keeps personas. A person has only their own: somebody else's is not there for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: int) -> list[Persona]:
        """Return a person's personas, the oldest first."""
        # The id grows with time.
        query = select(PersonaRow).where(PersonaRow.user_id == user_id).order_by(PersonaRow.id)
        async with self._database.reading() as session:
            return [_persona(row) for row in await session.scalars(query)]

    async def create(
        self,
        user_id: int,
        *,
        name: str,
        pronouns: str = "",
        about: str = "",
        member_id: str | None = None,
    ) -> Persona:
        """Keep a new persona; the first one becomes the default.

        Raises CharacterError for texts that do not fit `PERSONA_FIELDS`, for a name or a PluralKit
        member that another persona has, and when there are too many.
        """
        kept = _kept({"name": name, "pronouns": pronouns, "about": about})
        async with self._database.transaction() as session:
            others = await _locked(session, user_id)
            if len(others) >= PERSONAS_MOST:
                raise CharacterError(texts.PERSONAS_FULL.format(most=PERSONAS_MOST))
            row = PersonaRow(
                user_id=user_id, is_default=not others, member_id=member_id or None, **kept
            )
            _check_is_free(row, others)
            session.add(row)
            await session.flush()
            return _persona(row)

    async def edit(
        self,
        user_id: int,
        persona_id: UUID,
        values: Mapping[str, str],
        *,
        member_id: str | None = None,
    ) -> Persona:
        """Change the fields that are given, by their keys; a `member_id` of "" takes it away.

        Raises CharacterError as `create` does, and when the persona is not there.
        """
        async with self._database.transaction() as session:
            others = await _locked(session, user_id)
            row = _take(others, persona_id)
            now = {field.key: getattr(row, field.key) for field in PERSONA_FIELDS}
            kept = _kept({**now, **values})
            for column, value in kept.items():
                setattr(row, column, value)
            row.member_id = row.member_id if member_id is None else member_id or None
            row.updated_at = func.now()
            _check_is_free(row, others)
            return _persona(row)

    async def delete(self, user_id: int, persona_id: UUID) -> None:
        """Delete a persona; if it was the default, the oldest other one becomes that.

        Where it was chosen, the next that counts there does. Raises CharacterError when it is not
        there.
        """
        async with self._database.transaction() as session:
            others = await _locked(session, user_id)
            row = _take(others, persona_id)
            await session.delete(row)
            await session.flush()  # there is never a second default, not for a moment
            if row.is_default and others:
                others[0].is_default = True

    async def set_default(self, user_id: int, persona_id: UUID) -> None:
        """Let a persona count where no other is chosen. Raises CharacterError if not there."""
        async with self._database.transaction() as session:
            others = await _locked(session, user_id)
            row = _take(others, persona_id)
            theirs = update(PersonaRow).where(PersonaRow.user_id == user_id)
            await session.execute(theirs.values(is_default=False))
            await session.execute(theirs.where(PersonaRow.id == row.id).values(is_default=True))

    async def choose(
        self,
        user_id: int,
        persona_id: UUID | None,
        *,
        character_id: UUID | None = None,
        guild_id: int | None = None,
    ) -> None:
        """Let a persona count for one character or in one server; None lifts that.

        Raises CharacterError when the persona or the character is not there, and TypeError unless
        exactly one of `character_id` and `guild_id` is given.
        """
        if (character_id is None) is (guild_id is None):
            msg = "a persona is chosen for either a character or a server"
            raise TypeError(msg)
        where: dict[str, Any] = {
            "user_id": user_id, "character_id": character_id, "guild_id": guild_id
        }  # fmt: skip
        async with self._database.transaction() as session:
            personas = await _locked(session, user_id)
            if persona_id is None:
                columns = PersonaChoiceRow.__table__.columns
                same = [columns[key].is_not_distinct_from(value) for key, value in where.items()]
                await session.execute(delete(PersonaChoiceRow).where(*same))
                return
            if character_id is not None:
                await hold(session, character_id)
            chosen = {"persona_id": _take(personas, persona_id).id}
            statement = insert(PersonaChoiceRow).values(**where, **chosen)
            await session.execute(
                statement.on_conflict_do_update(index_elements=list(where), set_=chosen)
            )

    async def present(
        self, who: Collection[Said], *, character_id: UUID, guild_id: int | None
    ) -> dict[Said, Persona]:
        """Return as whom this character knows those who spoke here, in one query.

        Of a proxied message the persona that is this PluralKit member, or else the one of this
        name. Of others the persona chosen for the character, or else for the server, or else the
        default. Who has none is left out: a member of a system is never the person's default.
        """
        if not who:
            return {}
        plain = {user_id for user_id, proxied_as in who if proxied_as is None}
        members = {(user_id, shown) for user_id, shown in who if shown is not None}
        names = {(user_id, folded(shown)) for user_id, shown in members}
        choice = PersonaChoiceRow
        # No id is 0, so in a direct message no server's choice is found.
        here = or_(choice.character_id == character_id, choice.guild_id == (guild_id or 0))
        rank = case(
            (choice.character_id.is_not(None), 0),
            (choice.guild_id.is_not(None), 1),
            (PersonaRow.is_default, 2),
        )
        query = (
            select(PersonaRow, rank)
            .outerjoin(choice, and_(choice.persona_id == PersonaRow.id, here))
            .where(
                or_(
                    and_(PersonaRow.user_id.in_(plain), rank.is_not(None)),
                    tuple_(PersonaRow.user_id, PersonaRow.member_id).in_(members),
                    tuple_(PersonaRow.user_id, PersonaRow.folded).in_(names),
                )
            )
            .order_by(rank)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return _as_whom(who, [(_persona(row), place) for row, place in rows])


def _as_whom(
    who: Iterable[Said], ranked: Sequence[tuple[Persona, int | None]]
) -> dict[Said, Persona]:
    """Return who each is, of personas with their rank for the person, the best first."""
    members = {(one.user_id, one.member_id): one for one, _ in ranked}
    names = {(one.user_id, folded(one.name)): one for one, _ in ranked}
    counted = {one.user_id: one for one, rank in reversed(ranked) if rank is not None}
    found: dict[Said, Persona] = {}
    for user_id, shown in who:
        if shown is None:
            persona = counted.get(user_id)
        else:
            persona = members.get((user_id, shown)) or names.get((user_id, folded(shown)))
        if persona is not None:
            found[user_id, shown] = persona
    return found


def _kept(values: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of what a person writes. Raises CharacterError."""
    kept = validated(values, PERSONA_FIELDS)
    return {**kept, "folded": folded(kept["name"])}


async def _locked(session: AsyncSession, user_id: int) -> list[PersonaRow]:
    """Return a person's personas, the oldest first; nobody else changes them meanwhile.

    Two that are made at once would both be the first, or the last that fits.
    """
    key = func.hashtextextended(f"{PersonaRow.__tablename__} {user_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    query = select(PersonaRow).where(PersonaRow.user_id == user_id).order_by(PersonaRow.id)
    return list(await session.scalars(query))


def _take(personas: list[PersonaRow], persona_id: UUID) -> PersonaRow:
    """Take a persona out of a person's own. Raises CharacterError when it is not among them."""
    for row in personas:
        if row.id == persona_id:
            personas.remove(row)
            return row
    raise CharacterError(texts.NO_SUCH_PERSONA)


def _check_is_free(row: PersonaRow, others: Collection[PersonaRow]) -> None:
    """Raise CharacterError when another persona has the name or is the PluralKit member."""
    for other in others:
        if other.folded == row.folded:
            raise CharacterError(texts.PERSONA_TAKEN.format(name=other.name))
        if row.member_id is not None and other.member_id == row.member_id:
            raise CharacterError(texts.MEMBER_TAKEN.format(name=other.name))


def _persona(row: PersonaRow) -> Persona:
    return Persona(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        pronouns=row.pronouns,
        about=row.about,
        is_default=row.is_default,
        member_id=row.member_id,
    )
