"""The one way to the database: its engine and its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from tzurot.settings import Settings
from tzurot.storage.embedded import EmbeddedPostgres
from tzurot.storage.errors import StorageError

OLDEST_POSTGRES = 150000  # server_version_num of PostgreSQL 15
CONNECT_TIMEOUT_S = 10


class Database:
    """An engine and its session factory; embedded when no address is set."""

    def __init__(self, engine: AsyncEngine, embedded: EmbeddedPostgres | None) -> None:
        self.engine = engine
        self._embedded = embedded
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Connect to DATABASE_URL, or start the embedded server. Raises StorageError."""
        embedded = None
        if settings.database_url is not None:
            url, connect_args = asyncpg_url(settings.database_url.get_secret_value())
        else:
            embedded = EmbeddedPostgres(settings.tzurot_data_dir)
            await embedded.start()
            url, connect_args = make_url(embedded.url), {}
        engine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            connect_args={"timeout": CONNECT_TIMEOUT_S, **connect_args},
        )
        database = cls(engine, embedded)
        try:
            await database._check_server(url)
        except BaseException:
            await database.close()
            raise
        return database

    async def _check_server(self, url: URL) -> None:
        try:
            async with self.engine.connect() as connection:
                version = await connection.scalar(text("SHOW server_version_num"))
        except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
            where = url.set(username=None, password=None).render_as_string()
            reason = str(getattr(error, "orig", None) or error).splitlines()[:1]
            msg = f"the database at {where} cannot be reached: {''.join(reason) or type(error)}"
            raise StorageError(msg) from error
        if int(version or 0) < OLDEST_POSTGRES:
            msg = f"the database server is version {version}; PostgreSQL 15 or newer is needed"
            raise StorageError(msg)

    async def answers(self) -> bool:
        """Whether the server answers within a few seconds."""
        try:
            async with asyncio.timeout(5), self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError, asyncpg.PostgresError):
            return False
        return True

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction, committed at the end, rolled back on an exception."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close every connection, and end the embedded server if it is ours."""
        await self.engine.dispose()
        if self._embedded is not None:
            await self._embedded.stop()


def asyncpg_url(address: str) -> tuple[URL, dict[str, object]]:
    """Turn a host's address (also `postgres://`, with libpq's `sslmode`) into SQLAlchemy's.

    Returns the address and the connect arguments that asyncpg wants beside it.
    """
    url = make_url(address.replace("postgres://", "postgresql://", 1)).set(
        drivername="postgresql+asyncpg"
    )
    arguments: dict[str, object] = {}
    if mode := url.query.get("sslmode"):
        url = url.difference_update_query(["sslmode"])
        arguments["ssl"] = mode
    return url, arguments
