"""What models can do, kept in the database: learned from refusals, or set by the host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from loguru import logger
from sqlalchemy import null
from sqlalchemy.dialects.postgresql import insert

from tzurot.llm.capabilities import Abilities
from tzurot.storage.database import Database
from tzurot.storage.outages import FAULTS
from tzurot.storage.tables import ModelAbilitiesRow

READ_EVERY_S: Final = 60
TRUSTED: Final = timedelta(days=30)
"""How old what was learned may be: models and their providers change, and mishaps teach wrongly."""
_MOST: Final = 4096


@dataclass(frozen=True, slots=True)
class _Known:
    """One model as it was read; `until` is a time of the clock."""

    learned: Abilities
    override: Abilities
    until: float


class ModelCapabilities:
    """The abilities of one service's models (`CapabilityStore`), for all processes.

    `service` is its address. A model is read at most once in a minute, so that is how long another
    process or a change by SQL goes unseen. Without the database, what is in memory has to do.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._service = service
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}
        self._reading = asyncio.Lock()

    async def abilities(self, model: str) -> Abilities:
        """Return what was learned; where the host has set something, that."""
        known = self._fresh(model)
        if known is None:
            async with self._reading:
                known = self._fresh(model) or await self._read(model)
        return known.learned.merged(known.override)

    async def learn(self, model: str, abilities: Abilities) -> None:
        """Keep what a refusal told, beside what was known."""
        try:
            async with self._database.transaction() as session:
                row = {"service": self._service, "model": model}
                await session.execute(
                    insert(ModelAbilitiesRow).values(row).on_conflict_do_nothing()
                )
                found = await session.get_one(ModelAbilitiesRow, row, with_for_update=True)
                learned = _trusted(found).merged(abilities)
                found.learned, found.learned_at = learned.to_json(), datetime.now(UTC)
                self._keep(model, learned, Abilities.from_json(found.override))
        except FAULTS as error:
            logger.warning("What was learned of {} is not kept: {}", model, type(error).__name__)
            known = self._known.get(model) or _Known(Abilities(), Abilities(), 0)
            self._keep(model, known.learned.merged(abilities), known.override)

    async def set_override(self, model: str, abilities: Abilities | None) -> None:
        """Set what the host knows better, whatever is learned; None takes it back.

        The database's errors are raised.
        """
        override: Any = null() if abilities is None else abilities.to_json()
        row = {"service": self._service, "model": model, "override": override}
        statement = insert(ModelAbilitiesRow).values(row)
        keys = [ModelAbilitiesRow.service, ModelAbilitiesRow.model]
        async with self._database.transaction() as session:
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=keys, set_={"override": statement.excluded.override}
                )
            )
        self._known.pop(model, None)

    def _fresh(self, model: str) -> _Known | None:
        known = self._known.get(model)
        return known if known and known.until > self._monotonic() else None

    async def _read(self, model: str) -> _Known:
        old = self._known.get(model) or _Known(Abilities(), Abilities(), 0)
        try:
            async with self._database.reading() as session:
                row = await session.get(ModelAbilitiesRow, (self._service, model))
        except FAULTS as error:
            logger.warning("What is known of {} cannot be read: {}", model, type(error).__name__)
            return self._keep(model, old.learned, old.override)
        if row is None:
            return self._keep(model, Abilities(), Abilities())
        return self._keep(model, _trusted(row), Abilities.from_json(row.override))

    def _keep(self, model: str, learned: Abilities, override: Abilities) -> _Known:
        if len(self._known) >= _MOST:
            self._known.clear()  # it is read again
        known = _Known(learned, override, self._monotonic() + READ_EVERY_S)
        self._known[model] = known
        return known


def _trusted(row: ModelAbilitiesRow) -> Abilities:
    is_old = datetime.now(UTC) - row.learned_at > TRUSTED
    return Abilities() if is_old else Abilities.from_json(row.learned)
