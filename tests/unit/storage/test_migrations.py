"""Migrations: once, in step with the models, and clear about what does not fit."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from tests.support.database import TestServer
from tzurot.settings import Migrate, Settings, load_settings
from tzurot.storage.database import Database
from tzurot.storage.errors import StorageError
from tzurot.storage.migrations import check, migrate


@pytest.fixture
async def empty(database_server: TestServer) -> AsyncIterator[Database]:
    url = await database_server.create(template=None)
    database = await Database.open(load_settings(database_url=url))
    yield database
    await database.close()


async def run(database: Database, statement: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text(statement))


async def test_models_and_migrations_agree(empty: Database) -> None:
    await migrate(empty, Migrate.AUTO)
    await check(empty)


async def test_two_processes_that_start_together_migrate_once(empty: Database) -> None:
    url = empty.engine.url.render_as_string(hide_password=False)
    other = await Database.open(load_settings(database_url=url))
    try:
        await asyncio.gather(*(migrate(one, Migrate.AUTO) for one in (empty, other) * 3))
        await check(empty)
    finally:
        await other.close()


async def test_a_database_that_is_behind_is_told_and_left_alone(empty: Database) -> None:
    with pytest.raises(StorageError, match="the database is behind"):
        await migrate(empty, Migrate.CHECK)
    async with empty.engine.connect() as connection:
        tables = await connection.scalar(
            text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        )
    assert tables == 0


async def test_off_does_nothing(empty: Database) -> None:
    await migrate(empty, Migrate.OFF)
    with pytest.raises(StorageError):
        await check(empty)


@pytest.mark.parametrize("mode", [Migrate.AUTO, Migrate.CHECK])
async def test_a_database_that_is_ahead_is_told_and_left_alone(
    database: Database, mode: Migrate
) -> None:
    await run(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="ahead of this program: it is at 9999"):
        await migrate(database, mode)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE turns ADD COLUMN extra text",
        "ALTER TABLE turns DROP COLUMN failure",
        "DROP INDEX ix_turns_user_id",
        "ALTER TABLE turns ALTER COLUMN state DROP DEFAULT",
        "ALTER TABLE messages ALTER COLUMN content DROP NOT NULL",
    ],
)
async def test_tables_that_differ_from_the_models_are_found(
    database: Database, change: str
) -> None:
    await check(database)
    await run(database, change)
    with pytest.raises(StorageError, match="models and migrations differ"):
        await check(database)


async def test_a_database_that_cannot_be_reached_is_one_line(settings: Settings) -> None:
    assert settings.database_url is not None
    url = "postgres://me:secret@127.0.0.1:9/nowhere?sslmode=disable"
    with pytest.raises(StorageError) as caught:
        await Database.open(load_settings(database_url=url))
    (line,) = str(caught.value).splitlines()
    assert "127.0.0.1:9/nowhere cannot be reached" in line
    assert "secret" not in line


async def test_a_database_that_does_not_exist_is_one_line(database_server: TestServer) -> None:
    with pytest.raises(StorageError, match='database "nothing_here" does not exist'):
        await Database.open(load_settings(database_url=database_server.url("nothing_here")))
