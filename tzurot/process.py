"""Child processes that never outlive this one: the database, the model server, the playground."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any, Self

GUARD = Path(__file__).with_name("guard.py")


class ChildError(Exception):
    """A child process ended or stayed silent before it was ready."""


class Child:
    """A command that runs under guard.py, so that it ends when this process does.

    It runs in a session of its own: a Ctrl-C in the terminal reaches this process alone, which then
    stops its children in its own order.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._process = process

    @classmethod
    async def start(  # noqa: PLR0913  each is a property of a process
        cls,
        name: str,
        command: list[str],
        *,
        stop: signal.Signals = signal.SIGTERM,
        grace_s: float = 5,
        user: str | None = None,
        env: dict[str, str] | None = None,
        stderr: IO[bytes] | int | None = None,
    ) -> Self:
        """Start `command`; `stop` asks it to end, and SIGKILL follows after `grace_s` seconds."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(GUARD)),
            *(str(int(stop)), str(grace_s), user or "-"),
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=None if env is None else {**os.environ, **env},
            start_new_session=True,
        )
        return cls(name, process)

    async def ready(self, timeout_s: float) -> dict[str, Any]:
        """Return the JSON object of the first line that the command prints on standard output.

        Raises ChildError, with the exit code if it ended.
        """
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  asked for in start
        try:
            line = await asyncio.wait_for(stdout.readline(), timeout_s)
        except TimeoutError:
            msg = f"{self.name} was not ready after {timeout_s:.0f} s"
            raise ChildError(msg) from None
        if not line:
            msg = (
                f"{self.name} ended with exit code {await self._process.wait()} before it was ready"
            )
            raise ChildError(msg)
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Return the exit code once the command has ended."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask the command to end, and wait until it has."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  asked for in start
        stdin.close()
        # communicate() reads what is left, so that the pipe's transport is closed as well.
        await self._process.communicate()
