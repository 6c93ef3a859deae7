"""What a log line holds."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger

from tzurot.settings import LogLevel
from tzurot.telemetry import bound, log_loop_errors, setup_logging


class Output:
    """What was written to standard error since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        return self._capsys.readouterr().err

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def stream(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """Set logging up as the program does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    setup_logging(LogLevel.INFO)
    yield Output(capsys)
    logger.remove()
    root.handlers[:], root.level = handlers, level


def fail() -> None:
    try:
        os.environ["THE CAUSE"]
    except KeyError as error:
        msg = "the {error}"
        raise ValueError(msg) from error


def test_one_line_of_json_with_the_context_bound_once(stream: Output) -> None:
    with bound(turn=1, user=2, channel=3, character="c"):
        logger.info("Said {} {}", "{braces}", "<tags>")
    logger.info("Outside")
    inside, outside = stream.lines()
    assert inside["message"] == "Said {braces} <tags>"
    assert inside["level"] == "INFO"
    assert [inside[key] for key in ("turn", "user", "channel", "character")] == ["1", "2", "3", "c"]
    assert "turn" not in outside
    assert inside["room"]


def test_an_exception_has_type_message_stack_and_cause(stream: Output) -> None:
    try:
        fail()
    except ValueError:
        logger.exception("It failed")
    (line,) = stream.lines()
    story = line["exception"]
    assert story["type"] == "builtins.ValueError"
    assert story["message"] == "the {error}"
    assert any("fail" in frame for frame in story["stack"])
    assert story["cause"]["type"] == "builtins.KeyError"


def test_on_a_terminal_people_read_it(stream: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    setup_logging(LogLevel.INFO)
    with bound(turn=7):
        logger.info("Said {}", "<b>{turn}</b> {nothing}")
    try:
        fail()
    except ValueError:
        logger.exception("It failed: {}", "{here}")
    text = re.sub(r"\x1b\[\d+m", "", stream.text())
    assert "Said <b>{turn}</b> {nothing}" in text
    assert "turn=7" in text
    assert "KeyError: 'THE CAUSE'" in text
    assert "ValueError: the {error}" in text


def test_the_libraries_log_the_same_way(stream: Output) -> None:
    logging.getLogger("hikari.gateway").warning("100%% of %s", "{it}")
    logging.getLogger("httpx").info("a request with its address")
    (line,) = stream.lines()
    assert (line["message"], line["room"], line["level"]) == ("100% of {it}", "hikari", "WARNING")


async def test_what_nobody_awaits_is_logged(stream: Output) -> None:
    loop = asyncio.get_running_loop()
    log_loop_errors(loop)
    loop.call_soon(fail)
    await asyncio.sleep(0.01)
    loop.set_exception_handler(None)
    (line,) = stream.lines()
    assert line["exception"]["type"] == "builtins.ValueError"


def test_values_of_variables_are_never_in_a_traceback(stream: Output) -> None:
    secret = "sk-" + "or-v1"

    def use(_: str) -> None:
        fail()

    try:
        use(secret)
    except ValueError:
        logger.exception("It failed")
    assert secret not in stream.text()


def test_tokens_in_addresses_are_left_out(stream: Output) -> None:
    logger.warning("POST https://discord.com/api/v10/webhooks/123/s3cr-et_X?wait=true")
    (line,) = stream.lines()
    assert "/webhooks/123/(token)?wait" in line["message"]


def test_no_exception_breaks_the_log(stream: Output) -> None:
    class UnreadableError(Exception):
        def __str__(self) -> str:
            raise ValueError

    first, second = KeyError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    for error in (UnreadableError(), first, ExceptionGroup("both", [first, ValueError("v")])):
        logger.opt(exception=error).error("It failed")
    unreadable, circle, group = stream.lines()
    assert "cannot be read" in unreadable["exception"]["message"]
    assert circle["exception"]["cause"]["cause"]["message"] == "'first'"
    assert len(group["exception"]["members"]) == 2
