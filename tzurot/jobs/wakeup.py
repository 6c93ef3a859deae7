"""Hears what PostgreSQL tells (LISTEN/NOTIFY), for as long as it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


async def listen(
    engine: AsyncEngine, channel: str, heard: Callable[[str], None], began: Callable[[], None]
) -> None:
    """Call `heard` with each payload until the connection is lost.

    `began` is called when listening has begun: what was told before was not heard.
    """
    lost = asyncio.Event()

    def on_notice(_connection: Connection, _pid: int, _channel: str, payload: str) -> None:
        heard(payload)

    async with engine.connect() as connection:
        # Beside SQLAlchemy, which would hold a transaction open: nothing is told inside of one.
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)  # noqa: S101  the engine is asyncpg's
        driver.add_termination_listener(lambda _connection: lost.set())
        try:
            await driver.add_listener(channel, on_notice)
            began()
            await lost.wait()
        finally:
            # Never back to the pool: it listens.
            await connection.invalidate()
