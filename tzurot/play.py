"""`tzurot play`: the bot, a local Discord and a small local model, in one step."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Final

import aiohttp
import typer
from loguru import logger

from tzurot import app
from tzurot.process import Child, ChildError
from tzurot.settings import OPENROUTER, Settings, load_settings

PAGE_PORT: Final = 8788
LOCALHOST: Final = "127.0.0.1"
# Of the playground's own bot; it opens nothing anywhere else.
TOKEN: Final = "MTAwMA.cGxheQ.playground"  # noqa: S105
CHILD_TIMEOUT_S: Final = 60
EXIT_PORT_TAKEN: Final = 3
STARTING: Final = "The playground is just being started elsewhere; it will say where to open it."
# What a small model can hold in mind, and says before it rambles.
LOCAL_CONTEXT: Final = 3072
LOCAL_REPLY: Final = 90


async def play(settings: Settings) -> None:
    """Run until Ctrl-C. Raises StartError."""
    # Apart from what `tzurot run` keeps: what is said here is not said on Discord.
    folder = settings.tzurot_data_dir / "play"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_file = (folder / "play.lock").open("a+")
    except OSError as error:
        msg = f"TZUROT_DATA_DIR {folder} cannot be written to: {error.strerror}"
        raise app.StartError(msg, app.EXIT_SETTINGS) from error
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            url = lock.read().strip()
            typer.echo(f"The playground is running already: open {url}" if url else STARTING)
            return
        lock.truncate(0)
        try:
            async with AsyncExitStack() as stack:
                await _play(settings, folder, lock, stack)
        except ChildError as error:
            raise app.StartError(str(error), app.EXIT_FAILED) from error


async def _play(settings: Settings, folder: Path, lock: IO[str], stack: AsyncExitStack) -> None:
    stop = app.stop_on_signals()
    page = await _started(stack, "the playground", _page_command(folder, settings.port))
    page_url: str = (await _ready(page, settings.port))["url"]
    children = [page]
    overrides: dict[str, object] = {}
    if settings.openrouter_api_key is None and settings.openrouter_base_url == OPENROUTER:
        log = stack.enter_context((folder / "model.log").open("wb"))
        model = await _started(
            stack, "the local model", [*_python("tzurot.localmodel"), "--port", "0"], log
        )
        children.append(model)
        answer = await model.ready(CHILD_TIMEOUT_S)
        overrides = {
            "openrouter_base_url": answer["url"],
            "default_model": answer["model"],
            "context_tokens": LOCAL_CONTEXT,
            "max_reply_tokens": LOCAL_REPLY,
        }
    watchers = [asyncio.create_task(_stop_without(child, stop)) for child in children]
    port = _free_port()
    overrides |= {
        "discord_token": TOKEN,
        "discord_rest_url": f"{page_url}/api/v10",
        "tzurot_data_dir": folder,
        "database_url": None,
        "bot_owner_id": None,
        "port": port,
        "public_url": f"http://{LOCALHOST}:{port}",
    }

    async def ready() -> None:
        await _offer_names(page_url)
        lock.write(page_url)
        lock.flush()
        typer.echo(
            f"\n  Ready: open {page_url}\n  Write @ and a name in a channel. Ctrl-C ends it.\n"
        )
        if sys.stdout.isatty() and _has_screen():
            await asyncio.to_thread(webbrowser.open, page_url)

    await app.run(load_settings(**overrides), stop, host=LOCALHOST, on_ready=ready)
    for watcher in watchers:
        watcher.cancel()
    ended = [child.name for child in children if child.exit_code is not None]
    if ended:
        msg = f"{' and '.join(ended)} ended by itself; its log is above or in {folder}"
        raise app.StartError(msg, app.EXIT_FAILED)


async def _started(
    stack: AsyncExitStack, name: str, command: list[str], stderr: IO[bytes] | None = None
) -> Child:
    child = await Child.start(name, command, stderr=stderr)
    stack.push_async_callback(child.stop)
    return child


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _page_command(folder: Path, wanted_port: int | None) -> list[str]:
    port = wanted_port
    if port is None:
        port = PAGE_PORT if _is_free(PAGE_PORT) else 0
        if port == 0:
            logger.warning("Port {} is taken; the page is at another one", PAGE_PORT)
    command = [*_python("tzurot.playground"), "--data", str(folder / "discord")]
    command += ["--host", LOCALHOST, "--port", str(port)]
    if (data := os.environ.get("TZUROT_TEST_DATA")) is not None:
        document = Path(data) / "discord" / "openapi.json"
        if document.is_file():
            command += ["--openapi", str(document)]
    return command


async def _ready(page: Child, wanted_port: int | None) -> dict[str, str]:
    try:
        return await page.ready(CHILD_TIMEOUT_S)
    except ChildError as error:
        if page.exit_code == EXIT_PORT_TAKEN:
            msg = f"PORT {wanted_port} is taken. Choose another, for example: PORT=8799 make play"
            raise app.StartError(msg, app.EXIT_SETTINGS) from error
        raise


async def _stop_without(child: Child, stop: asyncio.Event) -> None:
    """Stop the bot when a child that it needs has ended."""
    code = await child.wait()
    if not stop.is_set():
        logger.error("{} ended by itself (exit code {})", child.name, code)
        stop.set()


async def _offer_names(page_url: str) -> None:
    """Tell the page where to find, for each person, the names to complete after an @."""
    source = {"command": "chat", "option": "character"}
    url = f"{page_url}/playground/api/names"
    async with (
        aiohttp.ClientSession() as session,
        session.put(url, json={"from": source}) as response,
    ):
        response.raise_for_status()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server itself will: a connection that lingers from the last run does not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _has_screen() -> bool:
    # Without one, webbrowser would start a browser in this very terminal.
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
