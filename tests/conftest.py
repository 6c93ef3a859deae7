"""Fixtures for all tests: one database server, and a fresh database for each test that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.database import TestServer
from tzurot.settings import Settings, load_settings
from tzurot.storage.database import Database


@pytest.fixture(autouse=True)
def _own_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the developer's own settings and .env out of every test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("TZUROT_DATA_DIR", str(tmp_path_factory.getbasetemp() / "data"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestServer]:
    async with TestServer.start(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture
async def database_url(database_server: TestServer) -> str:
    return await database_server.create()


@pytest.fixture
async def settings(database_url: str, tmp_path: Path) -> Settings:
    return load_settings(database_url=database_url, tzurot_data_dir=tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(settings)
    yield database
    await database.close()
