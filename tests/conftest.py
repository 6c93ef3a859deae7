"""Fixtures for all tests: one database server, and a fresh database for each test that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
import pytest_asyncio

from tests.support.database import TestServer
from tzurot.settings import Settings, load_settings
from tzurot.storage.database import Database

pytest_plugins = ["tests.support.visits"]
pytest.register_assert_rewrite("tests.support.evening")

# How long something takes says more of the machine's other work than of ours.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def _own_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the developer's own settings and .env out of every test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("TZUROT_DATA_DIR", str(tmp_path_factory.getbasetemp() / "data"))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder for a database.

    As root the server has an account of its own, and every pytest that starts takes away others'
    access to pytest's folders.
    """
    with TemporaryDirectory(prefix="tzurot-") as folder:
        yield Path(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_server() -> AsyncIterator[TestServer]:
    with TemporaryDirectory(prefix="tzurot-") as folder:
        async with TestServer.start(Path(folder)) as server:
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
