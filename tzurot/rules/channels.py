"""Which characters are active in a channel, and in which channels of a server any may answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import BigInteger, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.characters.present import hold
from tzurot.rules.place import Place
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database
from tzurot.storage.tables import ActivationRow, ChannelRow, RestrictionRow

TALKATIVENESS: Final = 0.5

Activated = tuple[UUID, float]
"""A character and how talkative it is, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A server's rule: characters answer in these channels alone, or in all others."""

    kind: Literal["allow", "deny"]
    channel_ids: frozenset[int]

    def allows(self, channel_id: int, parent_id: int | None) -> bool:
        """Whether characters may answer there; a thread counts as its parent."""
        counted = channel_id if parent_id is None else parent_id
        return (counted in self.channel_ids) is (self.kind == "allow")


class ChannelStore:
    """Keeps who is active where; who may change that is for the caller to check.

    `parent_id` is the channel of a thread, None for other channels. A thread has its parent's
    active characters until something is changed in it: from then on it has a list of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings = SettingsStore(database)

    async def active(self, channel_id: int, parent_id: int | None) -> list[Activated]:
        """Return the active characters in the order in which they were activated."""
        async with self._database.reading() as session:
            return await _active(session, channel_id, parent_id)

    async def activate(
        self,
        channel_id: int,
        parent_id: int | None,
        character_id: UUID,
        *,
        by: int,
        talkativeness: float = TALKATIVENESS,
    ) -> bool:
        """Let a character take part; False when it does already, and nothing is changed then.

        Raises CharacterError when the character is gone, for a talkativeness out of range, or when
        as many take part as the host lets (`most_active`).
        """
        _check(talkativeness)
        most = (await self._settings.values(Place()))["most_active"]
        async with self._database.transaction() as session:
            await hold(session, character_id)
            await _own(session, channel_id, parent_id)
            last = func.coalesce(func.max(ActivationRow.position), 0)
            query = select(func.count(), last).where(ActivationRow.channel_id == channel_id)
            count, position = (await session.execute(query)).one()
            row = insert(ActivationRow).values(
                channel_id=channel_id,
                character_id=character_id,
                position=position + 1,
                talkativeness=talkativeness,
                activated_by=by,
            )
            added = row.on_conflict_do_nothing().returning(ActivationRow.channel_id)
            is_added = await session.scalar(added) is not None
            if is_added and count >= most:
                raise CharacterError(texts.TOO_MANY_ACTIVE.format(most=most))
            return is_added

    async def deactivate(self, channel_id: int, parent_id: int | None, character_id: UUID) -> bool:
        """Let a character take part no more; False when it did not."""
        async with self._database.transaction() as session:
            await _own(session, channel_id, parent_id)
            row = await session.get(ActivationRow, (channel_id, character_id))
            if row is not None:
                await session.delete(row)
            return row is not None

    async def inherit(self, channel_id: int) -> None:
        """Forget a thread's own list, so that its parent's counts again."""
        async with self._database.transaction() as session:
            await session.execute(delete(ChannelRow).where(ChannelRow.id == channel_id))

    async def set_talkativeness(
        self, channel_id: int, parent_id: int | None, character_id: UUID, talkativeness: float
    ) -> None:
        """Say how likely the character answers unasked. Raises CharacterError, too if inactive."""
        _check(talkativeness)
        async with self._database.transaction() as session:
            await _own(session, channel_id, parent_id)
            row = await session.get(ActivationRow, (channel_id, character_id))
            if row is None:
                raise CharacterError(texts.NOT_ACTIVE)
            row.talkativeness = talkativeness

    async def restriction(self, guild_id: int) -> Restriction | None:
        """Return the server's rule, None when characters may answer everywhere."""
        async with self._database.reading() as session:
            row = await session.get(RestrictionRow, guild_id)
        if row is None:
            return None
        kind: Literal["allow", "deny"] = "allow" if row.kind == "allow" else "deny"
        return Restriction(kind, frozenset(row.channel_ids))

    async def may_answer(
        self, guild_id: int | None, channel_id: int, parent_id: int | None
    ) -> bool:
        """Whether characters may answer in a channel; in a direct message they always may."""
        rule = None if guild_id is None else await self.restriction(guild_id)
        return rule is None or rule.allows(channel_id, parent_id)

    async def restrict_to(self, guild_id: int, channel_ids: Collection[int]) -> None:
        """Let characters answer in these channels alone; this takes the place of an older rule."""
        await self._restrict(guild_id, "allow", channel_ids)

    async def keep_out_of(self, guild_id: int, channel_ids: Collection[int]) -> None:
        """Let characters answer in all but these channels, in place of an older rule."""
        await self._restrict(guild_id, "deny", channel_ids)

    async def unrestrict(self, guild_id: int) -> None:
        """Let characters answer everywhere."""
        async with self._database.transaction() as session:
            await session.execute(delete(RestrictionRow).where(RestrictionRow.guild_id == guild_id))

    async def _restrict(self, guild_id: int, kind: str, channel_ids: Collection[int]) -> None:
        rule = {"kind": kind, "channel_ids": sorted(set(channel_ids))}
        statement = insert(RestrictionRow).values(guild_id=guild_id, **rule)
        async with self._database.transaction() as session:
            await session.execute(
                statement.on_conflict_do_update(index_elements=["guild_id"], set_=rule)
            )


def _check(talkativeness: float) -> None:
    # Written so that NaN is outside.
    if not 0 <= talkativeness <= 1:
        raise CharacterError(texts.TALKATIVENESS_WRONG)


async def _active(session: AsyncSession, channel_id: int, parent_id: int | None) -> list[Activated]:
    columns = select(ChannelRow.id, ActivationRow.character_id, ActivationRow.talkativeness)
    # The outer join tells a list that is empty from one that is not there.
    joined = columns.outerjoin(ActivationRow, ActivationRow.channel_id == ChannelRow.id)
    query = joined.where(ChannelRow.id.in_([channel_id, *([parent_id] if parent_id else [])]))
    rows = (await session.execute(query.order_by(ActivationRow.position))).all()
    has_own = any(channel == channel_id for channel, _, _ in rows)
    counted = channel_id if has_own else parent_id
    return [(who, much) for channel, who, much in rows if channel == counted and who is not None]


async def _own(session: AsyncSession, channel_id: int, parent_id: int | None) -> None:
    """Give the channel a list of its own if it has none, as it is inherited, and lock it."""
    claim = insert(ChannelRow).values(id=channel_id).on_conflict_do_nothing()
    is_new = await session.scalar(claim.returning(ChannelRow.id)) is not None
    await session.get_one(ChannelRow, channel_id, with_for_update=True)
    if is_new and parent_id is not None:
        names = [column.name for column in ActivationRow.__table__.columns][1:]
        inherited = [getattr(ActivationRow, name) for name in names]
        theirs = select(literal(channel_id, BigInteger()), *inherited)
        await session.execute(
            insert(ActivationRow).from_select(
                ["channel_id", *names], theirs.where(ActivationRow.channel_id == parent_id)
            )
        )
