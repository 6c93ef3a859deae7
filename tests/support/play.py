"""`tzurot play` as tests use it: a process of its own, driven through the page's JSON API."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.playground import ADA, LOUNGE

ROOT = Path(__file__).parents[2]


class Play:
    """A running `tzurot play`."""

    def __init__(self, data: Path, **env: str) -> None:
        keep = ("PATH", "HOME", "LANG", "TZUROT_TEST_DATA")
        self.env = {name: os.environ[name] for name in keep if name in os.environ}
        self.env |= {"PYTHONPATH": str(ROOT), "TZUROT_DATA_DIR": str(data), **env}
        self.output = ""
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tzurot", "play"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.env,
            cwd="/",
        )

    async def ready(self) -> None:
        """Wait until it says where to open the page."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while not (found := re.search(r"Ready: open (http://\S+)", self.output)):
                line = await self._process.stdout.readline()
                assert line, self.output
                self.output += line.decode()
        self.url = found[1]

    async def ended(self) -> int:
        """Wait for its own end; return the exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            self.output += (await self._process.stdout.read()).decode()
            return await self._process.wait()

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return await self.ended()

    @property
    def runs(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def process(self) -> psutil.Process:
        """The process."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def family(self) -> list[psutil.Process]:
        """Return the process and all its descendants."""
        return [self.process, *self.process.children(recursive=True)]

    async def converse(self, text: str, user: str = ADA) -> str:
        """Say something and return the answer."""
        async with httpx.AsyncClient(base_url=f"{self.url}/playground/api") as api:
            path = f"/channels/{LOUNGE}/messages"
            said = (await api.post(path, json={"user": user, "content": text})).json()
            query: dict[str, Any] = {"after": said["id"], "author": "bot", "timeout": 100}
            answer = await api.get(f"/channels/{LOUNGE}/wait", params=query, timeout=110)
            return str(answer.raise_for_status().json()["content"])
