"""The playground as tests use it: a child process of its own, driven over its JSON API."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from tests.support.forks import Fork
from tests.support.interactions import File, InteractionHelpers, attachment

TOKEN = "MTAwMA.cGxheQ.playground"
BOT = "1000"
GUILD, ANNEX = "2000", "2100"
LOUNGE, TAVERN, WORKSHOP, HALL = "2001", "2002", "2003", "2101"
ADA, BEN, CLEO, DANA = "3001", "3002", "3003", "3004"

Payload = dict[str, Any]

_START_SECONDS = 20.0


def openapi() -> Path | None:
    """Return Discord's OpenAPI document, None when it is not at hand."""
    folder = os.environ.get("TZUROT_TEST_DATA")
    path = Path(folder, "discord", "openapi.json") if folder else None
    return path if path and path.is_file() else None


class PlaygroundError(Exception):
    """The JSON API refused something; `status` is the HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status
        self.sentence = sentence


class Playground(InteractionHelpers):
    """A running playground. Its data folder is thrown away at the end, unless one was given.

    `options` are further words for the command line, as `("--rate-limits", "off")`.
    Discord's document judges everything whenever it is at hand.
    """

    def __init__(
        self, data: Path | None = None, *, options: Sequence[str] = (), judge: bool = True
    ) -> None:
        self._own_data = data is None
        self.data = data or Path(tempfile.mkdtemp(prefix="playground-"))
        self._options = list(options)
        document = openapi() if judge else None
        if document is not None:
            self._options += ["--openapi", str(document)]
        self._process: Fork | None = None
        self._reading: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None
        self.stderr: list[str] = []
        self.url = ""

    # Life

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self._tidy()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._tidy()

    async def _tidy(self) -> None:
        await self.stop()
        if self._own_data:
            shutil.rmtree(self.data, ignore_errors=True)

    async def start(self, port: int = 0) -> None:
        """Start the process and wait until it is ready."""
        self._process = await Fork.start(
            *("tzurot.playground", "--data", str(self.data), "--port", str(port)),
            *self._options,
            env=os.environ,
        )
        self._reading = asyncio.create_task(self._read_stderr(self._process))
        async with asyncio.timeout(_START_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            await self._reading
            message = f"the playground did not start: {''.join(self.stderr)}"
            raise RuntimeError(message)
        self.url = json.loads(line)["url"]
        self._http = httpx.AsyncClient(base_url=f"{self.url}/playground/api", timeout=90)

    async def _read_stderr(self, process: Fork) -> None:
        async for line in process.stderr:
            self.stderr.append(line.decode(errors="replace"))

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """End the process with a signal and return its exit code."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        if self._process is None:
            return None
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(number)
        code = await process.wait()
        if self._reading is not None:
            await self._reading
        return code

    async def kill(self) -> None:
        """End the process as a power cut would."""
        await self.stop(signal.SIGKILL)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def rest_url(self) -> str:
        """What a bot takes for Discord's REST API."""
        return f"{self.url}/api/v10"

    @property
    def judged(self) -> bool:
        """Whether Discord's own document judges what is said."""
        return "--openapi" in self._options

    # The JSON API

    async def ask(self, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 - any JSON
        """Send a request; raise `PlaygroundError` when it is refused."""
        if self._http is None:
            message = "the playground is not running"
            raise RuntimeError(message)
        answer = await self._http.request(method, path, **more)
        if answer.is_error:
            raise PlaygroundError(answer.status_code, answer.json().get("error", answer.text))
        return answer.json() if answer.content else None

    async def state(self, user: str | None = None) -> Payload:
        """Return who and what is there, or what of it a person sees."""
        query = {} if user is None else {"user": user}
        found: Payload = await self.ask("GET", "/state", params=query)
        return found

    async def say(
        self,
        user: str,
        content: str,
        channel: str = LOUNGE,
        *,
        reply_to: str | None = None,
        files: Sequence[File | Payload] = (),
    ) -> Payload:
        """Let a person say something; a file with more about it is made by `attachment`."""
        body: Payload = {"user": user, "content": content}
        if reply_to is not None:
            body["reply_to"] = reply_to
        if files:
            body["attachments"] = [
                file if isinstance(file, dict) else attachment(file) for file in files
            ]
        found: Payload = await self.ask("POST", f"/channels/{channel}/messages", json=body)
        return found

    async def reply(self, user: str, message: Payload, content: str) -> Payload:
        """Let a person answer a message."""
        return await self.say(user, content, message["channel_id"], reply_to=message["id"])

    async def send(self, user: str, channel: str = LOUNGE, **body: object) -> Payload:
        """Let a person send anything that docs/playground.md lists, as `poll` or `stickers`."""
        path = f"/channels/{channel}/messages"
        found: Payload = await self.ask("POST", path, json={"user": user, **body})
        return found

    async def forward(self, user: str, message: Payload, channel: str = LOUNGE) -> Payload:
        """Let a person pass a message on to a channel."""
        source = {"channel": message["channel_id"], "message": message["id"]}
        return await self.send(user, channel, forward=source)

    async def poll(
        self, user: str, question: str, answers: Sequence[str], channel: str = LOUNGE
    ) -> Payload:
        """Let a person ask everybody."""
        return await self.send(user, channel, poll={"question": question, "answers": list(answers)})

    async def sticker(
        self, user: str, name: str, format_type: int = 1, channel: str = LOUNGE
    ) -> Payload:
        """Let a person send a sticker: 1 PNG, 2 APNG, 3 Lottie, 4 GIF."""
        wanted = {"name": name, "format_type": format_type}
        return await self.send(user, channel, stickers=[wanted])

    async def voice(self, user: str, file: File, seconds: float, channel: str = LOUNGE) -> Payload:
        """Let a person send a voice message."""
        recording = attachment(file, duration_secs=seconds, waveform="AAECAwQ=")
        return await self.send(user, channel, attachments=[recording])

    async def unfold(self, message: Payload, *embeds: Payload) -> Payload:
        """Show these embeds under a message, as Discord does when it has looked behind links."""
        path = f"/channels/{message['channel_id']}/messages/{message['id']}/embeds"
        found: Payload = await self.ask("POST", path, json={"embeds": list(embeds)})
        return found

    async def edit(self, user: str, message: Payload, content: str) -> Payload:
        """Let a person change their message."""
        path = f"/channels/{message['channel_id']}/messages/{message['id']}"
        found: Payload = await self.ask("PATCH", path, json={"user": user, "content": content})
        return found

    async def delete(self, user: str, message: Payload) -> None:
        """Let a person delete a message."""
        path = f"/channels/{message['channel_id']}/messages/{message['id']}"
        await self.ask("DELETE", path, params={"user": user})

    async def react(self, user: str, message: Payload, emoji: str) -> None:
        """Let a person react."""
        await self._reaction("PUT", user, message, emoji)

    async def unreact(self, user: str, message: Payload, emoji: str) -> None:
        """Let a person take a reaction back."""
        await self._reaction("DELETE", user, message, emoji)

    async def _reaction(self, method: str, user: str, message: Payload, emoji: str) -> None:
        path = f"/channels/{message['channel_id']}/messages/{message['id']}/reactions"
        await self.ask(method, f"{path}/{quote(emoji, safe='')}", params={"user": user})

    async def type(self, user: str, channel: str = LOUNGE) -> None:
        """Let a person type."""
        await self.ask("POST", f"/channels/{channel}/typing", json={"user": user})

    async def thread(
        self,
        user: str,
        name: str,
        channel: str = LOUNGE,
        message: Payload | None = None,
        *,
        members: Sequence[str] | None = None,
    ) -> Payload:
        """Let a person open a thread; with `members` (ids, or none) a private one."""
        body: Payload = {"user": user, "name": name}
        if message is not None:
            body["message_id"] = message["id"]
        if members is not None:
            body |= {"private": True, "members": list(members)}
        found: Payload = await self.ask("POST", f"/channels/{channel}/threads", json=body)
        return found

    async def dm(self, user: str) -> Payload:
        """Open a person's direct channel with the bot."""
        found: Payload = await self.ask("POST", "/dms", json={"user": user})
        return found

    async def messages(self, channel: str = LOUNGE, **query: Any) -> list[Payload]:  # noqa: ANN401
        """Return a channel's messages, newest first; `limit`, `before`, `after` as in the API."""
        found: list[Payload] = await self.ask("GET", f"/channels/{channel}/messages", params=query)
        return found

    async def wait(
        self,
        after: Payload,
        author: str = "bot",
        seconds: float = 60,
        channel: str | None = None,
        user: str | None = None,
    ) -> Payload:
        """Wait for the first message newer than another one, in the same channel by default.

        `user` is who waits: they must see the channel.
        """
        query: Payload = {"after": after["id"], "author": author, "timeout": seconds}
        if user is not None:
            query["user"] = user
        path = f"/channels/{channel or after['channel_id']}/wait"
        found: Payload = await self.ask("GET", path, params=query)
        return found

    async def deny(self, *permissions: str, channel: str = LOUNGE) -> None:
        """Take permissions away from the bot in a channel; none at all gives everything back."""
        await self.ask("PUT", f"/channels/{channel}/permissions", json={"deny": list(permissions)})

    async def set_names(
        self, names: Sequence[str], *, source: tuple[str, str] | None = None
    ) -> None:
        """Say what the composer offers after `@`; `source`: a command and its option."""
        body: Payload = {"names": list(names)}
        if source is not None:
            body["from"] = dict(zip(("command", "option"), source, strict=True))
        await self.ask("PUT", "/names", json=body)

    async def log(self, after: int = 0) -> list[Payload]:
        """Return what the bot asked of REST."""
        found: Payload = await self.ask("GET", "/log", params={"after": after})
        entries: list[Payload] = found["entries"]
        return entries

    async def fault(self, kind: str, **more: Any) -> str:  # noqa: ANN401 - fields of the order
        """Let the next matching requests fail; the fields are in docs/playground.md."""
        found: Payload = await self.ask("POST", "/faults", json={"kind": kind, **more})
        return str(found["id"])

    async def clear_faults(self) -> None:
        """Take all orders of faults back."""
        await self.ask("DELETE", "/faults")

    async def gateway(self, action: str) -> int:
        """Do something to the gateway's sockets and return how many there are."""
        found: Payload = await self.ask("POST", "/gateway", json={"action": action})
        return int(found["sockets"])

    async def violations(self) -> list[Payload]:
        """Return what Discord's document finds wrong."""
        report: Payload = await self.ask("GET", "/violations")
        found: list[Payload] = report["violations"]
        return found

    async def assert_clean(self) -> None:
        """Raise when the document found anything wrong, or the playground itself failed."""
        found = [
            f"{each['where']} {each['pointer']}: {each['message']}"
            for each in await self.violations()
        ]
        found += [line for line in self.stderr if "the playground failed" in line]
        if found:
            raise AssertionError("\n".join(found))
