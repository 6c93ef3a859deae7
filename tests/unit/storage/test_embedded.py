"""The embedded server: started, joined, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tzurot.storage.embedded import EmbeddedPostgres
from tzurot.storage.errors import StorageError

ROOT = Path(__file__).parents[3]
HOLD = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from tzurot.storage.embedded import EmbeddedPostgres

    async def main():
        await EmbeddedPostgres(Path(sys.argv[1])).start()
        print("started", flush=True)
        await asyncio.sleep(600)

    asyncio.run(main())
    """
)


def servers(folder: Path) -> list[psutil.Process]:
    found = {}
    for process in psutil.process_iter(["name", "cmdline", "ppid"]):
        command = process.info["cmdline"] or []
        if str(folder / "postgres") in command and process.info["name"] == "postgres":
            found[process.pid] = process
    # A server's own child has the server's command line until it has given itself a title.
    return [one for one in found.values() if one.info["ppid"] not in found]


async def test_start_stop_and_start_again(data_dir: Path) -> None:
    for _ in range(2):
        embedded = EmbeddedPostgres(data_dir)
        await embedded.start()
        assert servers(data_dir)
        await embedded.stop()
        assert not servers(data_dir)


async def test_a_second_one_joins_and_leaves_the_server_running(data_dir: Path) -> None:
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    await first.start()
    await second.start()
    await second.stop()
    assert len(servers(data_dir)) == 1
    await first.stop()
    assert not servers(data_dir)


@pytest.mark.parametrize("kill_the_guard_too", [False, True])
async def test_kill_9_leaves_no_server_and_the_next_start_works(
    data_dir: Path,
    kill_the_guard_too: bool,  # noqa: FBT001
) -> None:
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(data_dir)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"started\n"
    guards = psutil.Process(holder.pid).children()
    holder.send_signal(signal.SIGKILL)
    if kill_the_guard_too and sys.platform.startswith("linux"):
        for guard in guards:
            guard.kill()
    await holder.communicate()
    # At once: the old server may still be on its way out.
    embedded = EmbeddedPostgres(data_dir)
    await embedded.start()
    assert len(servers(data_dir)) == 1
    await embedded.stop()
    assert not servers(data_dir)


async def test_a_stale_pid_file_does_no_harm(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    await embedded.start()
    await embedded.stop()
    # As after a power cut, with the process id since given to another program: this one.
    pid_file = data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{data_dir / 'postgres'}\n1\n5432\n\n\n1 1\nready\n")
    again = EmbeddedPostgres(data_dir)
    await again.start()
    await again.stop()


async def test_a_long_path_is_no_hindrance(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir / ("deep" * 20))
    await embedded.start()
    await embedded.stop()


async def test_an_attempt_that_was_cut_short_is_begun_anew(data_dir: Path) -> None:
    broken = data_dir / "postgres.unfinished"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("18\n")
    embedded = EmbeddedPostgres(data_dir)
    await embedded.start()
    await embedded.stop()


async def test_another_version_is_told(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(StorageError, match="made by PostgreSQL 12"):
        await EmbeddedPostgres(data_dir).start()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"TZUROT_DATA_DIR .* cannot be written"):
        await EmbeddedPostgres(tmp_path / "file").start()
