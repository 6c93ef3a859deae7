"""Starts the playground from the command line; see docs/playground.md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from .judge import UnusableDocumentError
from .server import Options, PortTakenError, run
from .store import DataInUseError
from .world import PRIVILEGED

CANNOT_START = 3


def options_of(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tzurot.playground", description="A Discord on your own machine."
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8788, help="0 takes a free one")
    parser.add_argument("--openapi", type=Path, metavar="FILE", help="Discord's OpenAPI document")
    parser.add_argument(
        "--strict", action="store_true", help="refuse what the document finds wrong"
    )
    parser.add_argument("--rate-limits", choices=("real", "generous", "off"), default="real")
    parser.add_argument(
        "--without-intents",
        default="",
        metavar="NAMES",
        help=f"privileged intents that are not granted: {','.join(PRIVILEGED)}",
    )
    parser.add_argument("--heartbeat-ms", type=int, default=41_250)
    given = parser.parse_args(arguments)
    withheld = set(filter(None, given.without_intents.split(",")))
    if unknown := withheld - set(PRIVILEGED):
        parser.error(f"--without-intents does not know {', '.join(sorted(unknown))}")
    return Options(
        data=given.data,
        host=given.host,
        port=given.port,
        openapi=given.openapi,
        strict=given.strict,
        rate_limits=given.rate_limits,
        privileged=frozenset(PRIVILEGED) - withheld,
        heartbeat_ms=given.heartbeat_ms,
    )


def main() -> int:
    """Run until a signal ends it; return the exit code."""
    options = options_of()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="playground: %(levelname)s: %(message)s"
    )
    try:
        asyncio.run(run(options))
    except (PortTakenError, DataInUseError, UnusableDocumentError) as error:
        sys.stderr.write(f"playground: {error}\n")
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
