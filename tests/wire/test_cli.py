"""The command line where no bot is needed, from the checkout and from an installed wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.support.database import TestServer

ROOT = Path(__file__).parents[2]


def tzurot(
    *words: str, path: Path = ROOT, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line with nothing but these settings, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "tzurot", *words],
        check=check,
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(path), **env},
        timeout=60,
    )


async def test_migrate_and_check(database_server: TestServer) -> None:
    url = await database_server.create(template=None)
    behind = tzurot("migrate", "--check", check=False, DATABASE_URL=url)
    assert behind.returncode == 69
    assert "the database is behind" in behind.stderr
    tzurot("migrate", DATABASE_URL=url)
    tzurot("migrate", "--check", DATABASE_URL=url)


def test_an_embedded_database_is_migrated_too(data_dir: Path) -> None:
    tzurot("migrate", TZUROT_DATA_DIR=str(data_dir))
    tzurot("migrate", "--check", TZUROT_DATA_DIR=str(data_dir))


def test_a_wrong_setting_is_one_line() -> None:
    run = tzurot("run", check=False, PORT="x")
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert line.startswith("PORT: ")


def test_a_key_for_secrets() -> None:
    Fernet(tzurot("key").stdout.strip())


def test_help_names_the_commands() -> None:
    text = tzurot("--help").stdout
    for command in ("run", "play", "migrate", "key"):
        assert command in text


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unpacked wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # From a copy, so that two test processes do not build in one place.
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("tzurot", "alembic"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


async def test_an_installed_wheel_migrates(database_server: TestServer, wheel: Path) -> None:
    url = await database_server.create(template=None)
    tzurot("migrate", path=wheel, DATABASE_URL=url)
    tzurot("migrate", "--check", path=wheel, DATABASE_URL=url)


def test_an_installed_wheel_has_all_its_files(wheel: Path) -> None:
    package = wheel / "tzurot"
    for name in (
        "characters/starters/juniper.png",
        "playground/page/index.html",
        "storage/alembic/versions/0001_first_tables.py",
        "guard.py",
    ):
        assert (package / name).is_file(), name
