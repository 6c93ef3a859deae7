"""Processes of tests that start at once: forks of one that has imported everything already.

Importing takes seconds of processor time, and most tests of the wire start two processes.
What a person starts is started as they do it in tests/wire/play and tests/wire/test_cli.py.
"""

from __future__ import annotations

import asyncio
import gc
import os
import runpy
import signal
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Final

_PRELOADED: Final = "tests.support.preloaded"
_context = get_context("forkserver")
_context.set_forkserver_preload([_PRELOADED])


class Fork:
    """A process that runs a module as `python -m` does; its output can be read."""

    def __init__(self, process: ForkServerProcess, streams: Sequence[asyncio.StreamReader]) -> None:
        self._process = process
        self.stdout, self.stderr = streams
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @classmethod
    async def start(cls, *words: str, env: Mapping[str, str]) -> Fork:
        """Start a module with words for its command line and this environment, and no other."""
        loop = asyncio.get_running_loop()
        readers: list[asyncio.StreamReader] = []
        ends: list[Connection] = []
        for _ in range(2):
            read, write = os.pipe()
            reader = asyncio.StreamReader(limit=2**20)
            readers.append(reader)
            await loop.connect_read_pipe(
                lambda reader=reader: asyncio.StreamReaderProtocol(reader),  # type: ignore[misc]
                os.fdopen(read, "rb", buffering=0),
            )
            ends.append(Connection(write, readable=False))
        process = _context.Process(target=_run, args=(words, dict(env), *ends))
        await asyncio.to_thread(process.start)
        for end in ends:
            end.close()
        return cls(process, readers)

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        await self._ended.wait()
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)


def _run(
    words: Sequence[str], env: Mapping[str, str], stdout: Connection, stderr: Connection
) -> None:
    assert _PRELOADED in sys.modules, "the server of forks has imported nothing"
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    stdout.close()
    stderr.close()
    os.environ.clear()
    os.environ.update(env)
    # Not the checkout: a .env there is the developer's own.
    os.chdir("/")
    warnings.simplefilter("error", ResourceWarning)
    sys.argv = list(words)
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    finally:
        # What was left open is told of before the end.
        gc.collect()
        sys.stdout.flush()
        sys.stderr.flush()
