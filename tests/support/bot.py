"""The real bot as tests use it: `tzurot run` in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from types import TracebackType
from typing import Any, Final, Self

from tests.support.forks import Fork
from tests.support.playground import TOKEN, Playground

_START_S: Final = 90
"""Nothing takes that long but on a machine with much other work; whoever waits longer hangs."""


class Bot:
    """A running bot; `env` holds further settings by name."""

    def __init__(
        self, playground: Playground, database_url: str | None, model_url: str, **env: str
    ) -> None:
        # Nothing of the developer's own settings reaches it: only what Python needs is passed on.
        keep = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
        self.env = {name: os.environ[name] for name in keep if name in os.environ}
        self.env |= {
            "TZUROT_DATA_DIR": str(playground.data / "bot"),
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_REST_URL": playground.rest_url,
            "OPENROUTER_BASE_URL": model_url,
            "DEFAULT_MODEL": "scripted",
            # The people of tests are quicker than people.
            "TURNS_PER_MINUTE": "0",
        }
        if database_url is not None:
            self.env["DATABASE_URL"] = database_url
        self.env |= env
        self.log: list[dict[str, Any]] = []
        """The log's lines, as JSON; what is no JSON stands under `text`."""
        self._process: Fork | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start()
        await self.logged("Connected as")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self, command: str = "run") -> None:
        """Start the process, with an empty log."""
        self.log.clear()
        self._process = await Fork.start("tzurot", command, env=self.env)
        self._reading = asyncio.create_task(self._read(self._process))

    async def _read(self, process: Fork) -> None:
        async for raw in process.stderr:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {"text": raw.decode(errors="replace").rstrip()}
            self.log.append(line)
            async with self._news:
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def logged(self, words: str, *, times: int = 1) -> None:
        """Wait for lines of the log with these words. AssertionError when it ends without."""
        reading = self._reading
        assert reading is not None
        async with asyncio.timeout(_START_S), self._news:
            while True:
                if sum(words in str(line.get("message")) for line in self.log) >= times:
                    return
                if reading.done():
                    raise AssertionError("\n".join(map(str, self.log)))
                await self._news.wait()

    async def ended(self) -> int:
        """Wait for the process's own end; return its exit code."""
        assert self._process is not None
        assert self._reading is not None
        code = await asyncio.wait_for(self._process.wait(), _START_S)
        await self._reading
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended()

    async def kill(self) -> None:
        """End the process as a power cut would."""
        await self.stop(signal.SIGKILL)

    def errors(self) -> list[dict[str, Any]]:
        """What the log holds at ERROR or above, or of no known form."""
        return [line for line in self.log if line.get("level") in {"ERROR", "CRITICAL", None}]
