"""What each tier set, in the database; `cascade` says what of it counts."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from loguru import logger
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.characters.present import hold
from tzurot.llm.parameters import ParameterError, read_value
from tzurot.rules.caps import cap_from_json, cap_to_json, checked_cap
from tzurot.rules.cascade import SETTINGS, Cap, Setting, Tier, Values, declared, resolve
from tzurot.rules.place import Place
from tzurot.storage.database import Database
from tzurot.storage.tables import SettingRow

Subject = int | UUID | tuple[int, UUID] | None
"""Whose: None for the host, a Discord id (server, channel, user), a character's, or both."""

_TOLD_MOST: Final = 4096


class SettingsStore:
    """Keeps values and caps; who may set them is for the caller to check."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: set[tuple[Place, str]] = set()

    async def values(self, place: Place) -> Values:
        """Return what counts at a place, in one query.

        A thread has its parent's values, setting by setting, unless it has its own. What cannot be
        used is logged, once for each place.
        """
        async with self._database.reading() as session:
            rows = list(await session.scalars(select(SettingRow).where(_at(place))))
        stored: dict[Tier, dict[str, object]] = {}
        caps: dict[Tier, dict[str, Cap]] = {}
        warnings: list[str] = []
        # A thread's own come last, and so take the place of its parent's.
        for row in sorted(rows, key=lambda one: one.discord_id == place.channel_id):
            tier = Tier[row.tier.upper()]
            if not row.is_cap:
                stored.setdefault(tier, {})[row.name] = row.content
            elif row.name in SETTINGS:
                try:
                    cap = cap_from_json(SETTINGS[row.name], row.content)
                except CharacterError as error:
                    warnings.append(f"the {row.tier}'s cap on {row.name} is ignored: {error}")
                else:
                    caps.setdefault(tier, {})[row.name] = cap
        found = resolve(stored, caps)
        found = replace(found, warnings=(*found.warnings, *warnings))
        self._tell(place, found.warnings)
        return found

    async def of_people(self, name: str, user_ids: Collection[int]) -> dict[int, Any]:
        """Return what these people set for themselves, by their ids, in one query.

        Who set nothing, or something that cannot be used any more, is left out. Raises
        CharacterError when there is no such setting.
        """
        setting = _setting(name)
        query = select(SettingRow.discord_id, SettingRow.content).where(
            SettingRow.tier == Tier.USER.name.lower(),
            SettingRow.discord_id.in_(user_ids),
            SettingRow.name == name,
            SettingRow.is_cap.is_(False),
        )
        if not user_ids or Tier.USER not in setting.tiers:
            return {}
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        found: dict[int, Any] = {}
        for user_id, content in rows:
            with suppress(ParameterError):
                found[user_id] = read_value(setting.value, content)
        return found

    async def set(self, tier: Tier, subject: Subject, name: str, value: object) -> None:
        """Keep a value. Raises CharacterError when it, or the tier, does not fit the setting."""
        setting = _setting(name)
        if tier not in setting.tiers:
            raise CharacterError(texts.SETTING_NOT_HERE.format(name=name, tier=_word(tier)))
        try:
            content = read_value(setting.value, value)
        except ParameterError as error:
            raise CharacterError(str(error)) from None
        await self._keep(_key(tier, subject, name, is_cap=False), content)

    async def clear(self, tier: Tier, subject: Subject, name: str) -> None:
        """Forget a value, so that the next lower tier's counts; also of a setting that is gone."""
        await self._forget(_key(tier, subject, name, is_cap=False))

    async def cap(self, tier: Tier, subject: Subject, name: str, cap: Cap | None) -> None:
        """Limit what others may set; None lifts it. Raises CharacterError, as `set` does."""
        key = _key(tier, subject, name, is_cap=True)
        if cap is None:
            await self._forget(key)
            return
        setting = _setting(name)
        if tier not in setting.caps:
            raise CharacterError(texts.CAP_NOT_HERE.format(name=name, tier=_word(tier)))
        await self._keep(key, cap_to_json(checked_cap(setting, cap)))

    async def _keep(self, key: dict[str, Any], content: object) -> None:
        statement = insert(SettingRow).values(**key, content=content)
        statement = statement.on_conflict_do_update(
            index_elements=list(key), set_={"content": statement.excluded.content}
        )
        async with self._database.transaction() as session:
            if key["character_id"] is not None:
                await hold(session, key["character_id"])
            await session.execute(statement)

    async def _forget(self, key: dict[str, Any]) -> None:
        columns = SettingRow.__table__.columns
        same = [columns[part].is_not_distinct_from(value) for part, value in key.items()]
        async with self._database.transaction() as session:
            await session.execute(delete(SettingRow).where(*same))

    def _tell(self, place: Place, warnings: tuple[str, ...]) -> None:
        if len(self._told) > _TOLD_MOST:
            self._told.clear()  # it is told again
        for warning in warnings:
            if (place, warning) not in self._told:
                self._told.add((place, warning))
                logger.warning("A setting is ignored at {}: {}", place, warning)


def _setting(name: str) -> Setting:
    setting = declared(name)
    if setting is None:
        raise CharacterError(texts.NO_SUCH_SETTING.format(name=name[:80]))
    return setting


def _word(tier: Tier) -> str:
    return {Tier.USER_CHARACTER: "user and character"}.get(tier, tier.name.lower())


def _key(tier: Tier, subject: Subject, name: str, *, is_cap: bool) -> dict[str, Any]:
    """Return the columns that a row is unique by. Raises TypeError for another tier's subject."""
    discord_id: int | None = None
    character_id: UUID | None = None
    match tier, subject:
        case Tier.HOST, None:
            pass
        case ((Tier.SERVER | Tier.CHANNEL | Tier.USER), int()):
            discord_id = subject
        case Tier.CHARACTER, UUID():
            character_id = subject
        case Tier.USER_CHARACTER, (int(), UUID()):
            discord_id, character_id = subject
        case _:
            msg = f"{subject!r} cannot be the subject of {tier.name}"
            raise TypeError(msg)
    return {
        "tier": tier.name.lower(),
        "discord_id": discord_id,
        "character_id": character_id,
        "name": name,
        "is_cap": is_cap,
    }


def _at(place: Place) -> ColumnElement[bool]:
    """Return the rows of every tier that a place has a subject for."""

    def of(tier: Tier, *same: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(SettingRow.tier == tier.name.lower(), *same)

    channels = [one for one in (place.channel_id, place.parent_channel_id) if one is not None]
    # No id is 0, so what is not known finds nothing.
    character = SettingRow.character_id == (place.character_id or UUID(int=0))
    user = SettingRow.discord_id == (place.user_id or 0)
    return or_(
        of(Tier.HOST),
        of(Tier.SERVER, SettingRow.discord_id == (place.guild_id or 0)),
        of(Tier.CHANNEL, SettingRow.discord_id.in_(channels)),
        of(Tier.CHARACTER, character),
        of(Tier.USER, user),
        of(Tier.USER_CHARACTER, user, character),
    )
