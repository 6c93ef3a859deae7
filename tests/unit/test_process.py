"""Children never outlive their parent, however it ends."""

import asyncio
import os
import signal
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tzurot.process import Child, ChildError

READY = "import json, time; print(json.dumps({'event': 'ready'}), flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY


async def gone(pid: int) -> bool:
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.02)
    return False


def grandchild(child: Child) -> int:
    (process,) = psutil.Process(child._process.pid).children()
    return process.pid


async def test_ready_and_stop() -> None:
    child = await Child.start("a sleeper", [sys.executable, "-c", READY])
    assert await child.ready(10) == {"event": "ready"}
    pid = grandchild(child)
    await child.stop()
    assert await gone(pid)
    assert child.exit_code == 128 + signal.SIGTERM


async def test_a_child_that_does_not_listen_is_killed() -> None:
    child = await Child.start("a stubborn one", [sys.executable, "-c", STUBBORN], grace_s=0.1)
    await child.ready(10)
    pid = grandchild(child)
    await child.stop()
    assert await gone(pid)


async def test_a_child_that_ends_early_is_told_with_its_code() -> None:
    child = await Child.start("a quitter", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(ChildError, match="a quitter ended with exit code 3"):
        await child.ready(10)
    await child.stop()


async def test_a_silent_child_is_not_waited_for_for_ever() -> None:
    child = await Child.start("a silent one", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(ChildError, match="was not ready"):
        await child.ready(0.05)
    await child.stop()


@pytest.mark.parametrize("victim", ["parent", "guard"])
async def test_no_child_is_left_after_sigkill(victim: str, tmp_path: Path) -> None:
    if victim == "guard" and not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that the guard itself was killed")
    program = tmp_path / "parent.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import asyncio, sys
            from tzurot.process import Child

            async def main():
                child = await Child.start("a sleeper", [sys.executable, "-c", {READY!r}])
                await child.ready(10)
                print(child._process.pid, flush=True)
                await asyncio.sleep(600)

            asyncio.run(main())
            """
        )
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    guard = int(await parent.stdout.readline())
    (child,) = psutil.Process(guard).children()
    os.kill(parent.pid if victim == "parent" else guard, signal.SIGKILL)
    assert await gone(child.pid)
    assert await gone(guard)
    if victim == "guard":
        parent.kill()
    await parent.communicate()
