"""A connection of its own, for as long as it lasts: what it holds, it holds until it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


async def hold(engine: AsyncEngine, begun: Callable[[Connection], Awaitable[None]]) -> None:
    """Open a connection, let `begun` listen or lock with it, and wait until it is lost.

    Raises the database's faults while it is opened.
    """
    lost = asyncio.Event()
    async with engine.connect() as connection:
        # Beside SQLAlchemy, which would hold a transaction open: nothing is told inside of one.
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)  # noqa: S101  the engine is asyncpg's
        driver.add_termination_listener(lambda _connection: lost.set())
        try:
            await begun(driver)
            await lost.wait()
        finally:
            # Never back to the pool: it listens, or holds locks.
            await connection.invalidate()
