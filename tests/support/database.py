"""A real PostgreSQL for tests: one embedded server, fresh migrated tables for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

import asyncpg

from tzurot.settings import Migrate, load_settings
from tzurot.storage.database import Database
from tzurot.storage.embedded import EmbeddedPostgres
from tzurot.storage.migrations import migrate

_TEMPLATE: Final = "migrated"
_numbers = count(1)


class TestServer:
    """An embedded server and its databases."""

    __test__ = False

    def __init__(self, socket_folder: Path) -> None:
        self._folder = socket_folder

    @classmethod
    @asynccontextmanager
    async def start(cls, folder: Path) -> AsyncIterator[TestServer]:
        """Run a server under `folder` with a migrated template."""
        embedded = EmbeddedPostgres(folder)
        await embedded.start()
        try:
            server = cls(folder / "postgres")
            url = await server.create(template=None, name=_TEMPLATE)
            database = await Database.open(load_settings(database_url=url))
            await migrate(database, Migrate.AUTO)
            await database.close()
            yield server
        finally:
            await embedded.stop()

    def url(self, name: str) -> str:
        """Return a database's address, as a host would write it."""
        return f"postgresql://postgres@/{name}?host={self._folder}"

    async def create(self, *, template: str | None = _TEMPLATE, name: str | None = None) -> str:
        """Make a database, by default with all tables, and return its address."""
        name = name or f"test_{next(_numbers)}"
        connection = await asyncpg.connect(host=str(self._folder), user="postgres")
        try:
            await connection.execute(
                f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")
            )
        finally:
            await connection.close()
        return self.url(name)

    @asynccontextmanager
    async def away(self, url: str) -> AsyncIterator[None]:
        """Cut every connection to a database, and let nobody in, while the context is open."""
        name = url.split("@/")[1].partition("?")[0]
        admin = await asyncpg.connect(host=str(self._folder), user="postgres")
        try:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            yield
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        finally:
            await admin.close()
