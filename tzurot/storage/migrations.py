"""Brings the database to the models (alembic), once however many processes start together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from loguru import logger
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tzurot.settings import Migrate
from tzurot.storage.database import Database
from tzurot.storage.errors import StorageError
from tzurot.storage.tables import Base

# Any number will do, as long as nothing else in the database locks by it.
LOCK = 0x747A75726F74


def script_folder() -> Path:
    """Where the migrations are: inside an installed wheel, or at the root of a checkout."""
    installed = Path(__file__).with_name("alembic")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "alembic"


async def migrate(database: Database, mode: Migrate) -> None:
    """Do what MIGRATE says. Raises StorageError when the database does not fit this program."""
    if mode is Migrate.OFF:
        return
    if mode is Migrate.CHECK:
        await check(database)
        return
    async with _alone(database) as connection:
        try:
            before = await connection.run_sync(_revision)
            await connection.run_sync(_upgrade)
            after = await connection.run_sync(_revision)
        except DBAPIError as error:
            msg = f"the database's tables could not be updated: {error.orig}"
            raise StorageError(msg) from error
    if before != after:
        logger.info("Database migrated from {} to {}", before or "nothing", after)


async def check(database: Database) -> None:
    """Raise StorageError when the database is behind or ahead, or models and tables differ."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_check)


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection]:
    """Hold a lock that two processes cannot both have, in a transaction of its own."""
    async with database.engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(script_folder()).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _known_revision(connection: Connection) -> tuple[str | None, str | None]:
    """Return the database's revision and the newest one. Raises StorageError when it is ahead."""
    scripts = ScriptDirectory.from_config(_config(connection))
    current = _revision(connection)
    try:
        scripts.get_revision(current or "base")
    except CommandError as error:
        msg = (
            f"the database is ahead of this program: it is at {current}, which this version does "
            "not know. Start the newer version"
        )
        raise StorageError(msg) from error
    return current, scripts.get_current_head()


def _upgrade(connection: Connection) -> None:
    _known_revision(connection)
    command.upgrade(_config(connection), "head")


def _check(connection: Connection) -> None:
    current, head = _known_revision(connection)
    if current != head:
        msg = (
            f"the database is behind: it is at {current or 'nothing'}, this program wants {head}. "
        )
        raise StorageError(msg + "Run: tzurot migrate")
    differences = compare_metadata(
        MigrationContext.configure(connection, opts={"compare_server_default": True}),
        Base.metadata,
    )
    if differences:
        msg = "models and migrations differ: " + "; ".join(map(str, differences))
        raise StorageError(msg)
