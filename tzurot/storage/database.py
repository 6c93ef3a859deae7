"""The one way to the database: its engine and its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import ORMExecuteState, Session

from tzurot.settings import Settings
from tzurot.storage.embedded import EmbeddedPostgres
from tzurot.storage.errors import StorageError

OLDEST_POSTGRES = 150000  # server_version_num of PostgreSQL 15
CONNECT_TIMEOUT_S = 10
# These stay in the address: SQLAlchemy hands them to asyncpg itself.
_URL_OPTIONS = frozenset({"host", "port", "user", "password"})


class _Reader(Session):
    """Refuses what writes: nothing would undo it."""


@event.listens_for(_Reader, "do_orm_execute")
def _only_select(state: ORMExecuteState) -> None:
    if not state.is_select:
        msg = "what writes needs a transaction"
        raise InvalidRequestError(msg)


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401
    """Let the pool replace a connection that the server has closed.

    The socket tells: asking the server each time would cost as much as most questions.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """An engine and its session factory; embedded when no address is set."""

    def __init__(self, engine: AsyncEngine, embedded: EmbeddedPostgres | None) -> None:
        self.engine = engine
        self._embedded = embedded
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._readers = async_sessionmaker(
            engine.execution_options(isolation_level="AUTOCOMMIT"),
            sync_session_class=_Reader,
            expire_on_commit=False,
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)

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
            connect_args={"timeout": CONNECT_TIMEOUT_S, **connect_args},
            # Parameters are people's words: no error may repeat them.
            hide_parameters=True,
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
            where = url.set(username=None, password=None, query={}).render_as_string()
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

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Open a session that can only select, each time for itself: one round trip, not three."""
        async with self._readers() as session:
            yield session

    async def lost(self) -> str:
        """Wait until the embedded server has ended by itself, and say so; else wait for ever."""
        if self._embedded is not None:
            await self._embedded.ended()
            return "the embedded database ended by itself; postgres.log says why"
        await asyncio.get_running_loop().create_future()
        return ""

    async def close(self) -> None:
        """Close every connection, and end the embedded server if it is ours."""
        await self.engine.dispose()
        if self._embedded is not None:
            await self._embedded.stop()


def asyncpg_url(address: str) -> tuple[URL, dict[str, object]]:
    """Turn a host's address (also `postgres://`, with libpq's options) into SQLAlchemy's.

    Returns the address and the connect arguments that asyncpg wants beside it. Raises StorageError.
    """
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1)).set(
            drivername="postgresql+asyncpg"
        )
    except (SQLAlchemyError, ValueError):
        msg = (
            "DATABASE_URL cannot be read: write @ : / # ? % in a password as %40 %3A %2F and so on"
        )
        raise StorageError(msg) from None
    options = {name: value for name, value in url.query.items() if name not in _URL_OPTIONS}
    arguments: dict[str, object] = {}
    if (mode := options.pop("sslmode", None)) is not None:
        arguments["ssl"] = mode
    if (seconds := options.pop("connect_timeout", None)) is not None:
        arguments["timeout"] = float(str(seconds))
    if (name := options.pop("application_name", None)) is not None:
        arguments["server_settings"] = {"application_name": str(name)}
    # asyncpg chooses it by itself.
    options.pop("channel_binding", None)
    if options:
        msg = f"DATABASE_URL has options that are not known here: {', '.join(sorted(options))}"
        raise StorageError(msg)
    return url.difference_update_query(set(url.query) - _URL_OPTIONS), arguments
