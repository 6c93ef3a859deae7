"""`tzurot play` as a person uses it: one step, and everything sensible around it."""

from __future__ import annotations

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.model_server import ModelServer, Reply
from tests.support.play import Play


@asynccontextmanager
async def playing(data: Path, model: ModelServer, **env: str) -> AsyncIterator[Play]:
    play = Play(data, OPENROUTER_BASE_URL=model.url, DEFAULT_MODEL="scripted", **env)
    await play.start()
    family = [play.process]
    try:
        await play.ready()
        family = play.family()
        yield play
    finally:
        if play.runs:
            await play.stop(signal.SIGKILL)
        _, left = psutil.wait_procs(family, timeout=20)
        assert left == []


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer(Reply.text("Here I am.")) as server:
        yield server


def taken() -> socket.socket:
    """Return a socket that listens on a port of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


async def test_one_step_then_kill_9_then_again(data_dir: Path, model: ModelServer) -> None:
    async with playing(data_dir, model, PORT="0") as play:
        assert await play.converse("@Juniper hello") == "Here I am."
        assert await play.stop(signal.SIGKILL) == -signal.SIGKILL
    async with playing(data_dir, model, PORT="0") as play:
        assert await play.converse("@Juniper do you remember?") == "Here I am."
        assert await play.stop() == 0
    assert "Ada: @Juniper hello" in str(model.requests[1].body["messages"])


async def test_a_second_play_points_to_the_first(data_dir: Path, model: ModelServer) -> None:
    async with playing(data_dir, model, PORT="0") as play:
        second = Play(data_dir, PORT="0")
        await second.start()
        assert await second.ended() == 0
        assert f"running already: open {play.url}" in second.output
        assert await play.converse("@Juniper still there?") == "Here I am."
        assert await play.stop(signal.SIGTERM) == 0


async def test_a_port_that_was_asked_for_and_is_taken_is_told(data_dir: Path) -> None:
    with taken() as listener:
        port = listener.getsockname()[1]
        play = Play(data_dir, PORT=str(port), OPENROUTER_BASE_URL="http://127.0.0.1:9/v1")
        await play.start()
        assert await play.ended() == 2
    assert f"PORT {port} is taken" in play.output


async def test_another_playground_on_the_usual_port_is_no_hindrance(
    data_dir: Path, model: ModelServer
) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind(("127.0.0.1", 8788))
        except OSError:
            # Something else has it already, which is all that this test needs.
            pass
        else:
            listener.listen()
        async with playing(data_dir, model) as play:
            assert not play.url.endswith(":8788")
            assert await play.stop() == 0


async def test_it_ends_clearly_when_the_playground_dies(data_dir: Path, model: ModelServer) -> None:
    async with playing(data_dir, model, PORT="0") as play:
        (page,) = [
            process
            for process in play.family()
            if process.cmdline()[1:3] == ["-m", "tzurot.playground"]
        ]
        page.kill()
        assert await play.ended() == 1
    assert "the playground ended by itself" in play.output
