"""After a whole run: everything that the bot declares on Discord was used by some wire test.

A plugin of pytest. The processes that run the tests tell what they visited; the first one compares.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.interactions import VISITS

_MISSING = pytest.StashKey[list[str]]()


def everything() -> set[str]:
    """Return each command, suggestion, component and form that is declared."""
    # Here, so that pytest starts without all of the product.
    import hikari  # noqa: PLC0415

    from tests.support.playground import TOKEN  # noqa: PLC0415
    from tzurot.commands import build_client  # noqa: PLC0415
    from tzurot.commands.kit.declared import declared  # noqa: PLC0415
    from tzurot.commands.kit.router import router  # noqa: PLC0415

    client = asyncio.run(build_client(hikari.GatewayBot(TOKEN, banner=None, logs=None)))
    found = set()
    for command in declared(client):
        found.add(f"command {command.path}")
        for option in command.options:
            if option.has_suggestions:
                found.add(f"suggestions {command.path} {option.name}")
    components, forms = router.names()
    return found | {f"component {name}" for name in components} | {f"form {name}" for name in forms}


def _plain(visit: str) -> str:
    """Return a visit with the name of a custom id instead of all of it."""
    from tzurot import customid  # noqa: PLC0415  as above

    kind, _, what = visit.partition(" ")
    said = customid.read(what) if kind in {"component", "form"} else None
    return visit if said is None else f"{kind} {said.name}"


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were asked for."""
    chosen = config.option.keyword or config.option.markexpr or config.option.deselect
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - a class that xdist keeps to itself
    """Take what a process of xdist visited."""
    VISITS.update(node.workeroutput.get("visits", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the first process, or, being it, fail the run when something was not visited."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["visits"] = sorted(VISITS)
    elif _is_whole(config) and session.exitstatus == pytest.ExitCode.OK:
        missing = sorted(everything() - set(map(_plain, VISITS)))
        config.stash[_MISSING] = missing
        if missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was not visited."""
    for name in config.stash.get(_MISSING, []):
        terminalreporter.write_line(f"declared, and visited by no test: {name}", red=True)
