"""Which processes are alive: each holds a lock in the database, which goes with its connection."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Final

from asyncpg import Connection
from loguru import logger
from sqlalchemy import BigInteger, ColumnElement, Text, cast, column, exists, func, literal, select
from sqlalchemy import table as named
from sqlalchemy.orm import InstrumentedAttribute

from tzurot.storage.connection import hold
from tzurot.storage.database import Database
from tzurot.storage.outages import FAULTS

AGAIN_S: Final = 0.5
# A machine that is gone without a word is noticed within half a minute.
_KEEPALIVE: Final = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)

_locks = named(
    "pg_locks",
    column("locktype", Text),
    column("database", BigInteger),
    column("classid", BigInteger),
    column("objid", BigInteger),
    column("objsubid", BigInteger),
    column("granted"),
)
_databases = named("pg_database", column("oid", BigInteger), column("datname", Text))


class Presence:
    """This process, as others see it; its `id` is new with each start."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.id = secrets.randbits(62) + 1
        self._seen = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be seen from now on, and again whenever the database was away."""
        self._keeping = asyncio.create_task(self._keep())
        await self._seen.wait()

    async def stop(self) -> None:
        """Be gone: what was ours, others may take."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        self._seen.clear()

    async def seen(self) -> None:
        """Wait until others can see that this process is alive."""
        await self._seen.wait()

    async def _keep(self) -> None:
        while True:
            try:
                await hold(self._database.engine, self._lock)
            except FAULTS as error:
                logger.debug("This process is not seen yet: {}", type(error).__name__)
            self._seen.clear()
            await asyncio.sleep(AGAIN_S)

    async def _lock(self, driver: Connection) -> None:
        await driver.execute(_KEEPALIVE)
        # It waits while an old connection of ours is not gone yet.
        await driver.execute("SELECT pg_advisory_lock($1)", self.id)
        self._seen.set()


def is_present(process_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Whether the process with this id is alive, as a condition on rows.

    Source: PostgreSQL's documentation of `pg_locks`, on advisory locks of one 64-bit key.
    """
    here = select(_databases.c.oid).where(_databases.c.datname == func.current_database())
    high = cast(_locks.c.classid, BigInteger).op("<<")(literal(32))
    key = high.op("|")(cast(_locks.c.objid, BigInteger))
    return exists().where(
        _locks.c.locktype == "advisory",
        _locks.c.objsubid == 1,
        _locks.c.granted,
        cast(_locks.c.database, BigInteger) == cast(here.scalar_subquery(), BigInteger),
        key == process_id,
    )
