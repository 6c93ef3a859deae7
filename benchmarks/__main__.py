"""Runs the benchmarks, prints their figures and merges them into build/bench.json.

A benchmark is a module of this folder with `async def run() -> dict[str, float]`. The names of its
figures end in their unit (`_s`, `_ms`, `_mb`) and are its own among all benchmarks.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "build" / "bench.json"

Figures = dict[str, float]
Benchmark = Callable[[], Coroutine[Any, Any, Figures]]


def discover() -> dict[str, Benchmark]:
    """Return the benchmarks of this folder by name."""
    found: dict[str, Benchmark] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name != "__main__":
            run = getattr(importlib.import_module(f"benchmarks.{module.name}"), "run", None)
            if inspect.iscoroutinefunction(run):
                found[module.name] = run
    return found


def merge(path: Path, figures: Figures) -> None:
    """Write figures into a JSON file of names and numbers; what else it holds stays."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known | figures, indent=2, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def table(name: str, figures: Figures) -> Table:
    """Return figures as a table, in their own order."""
    shown = Table(title=name, title_justify="left")
    shown.add_column("figure")
    shown.add_column("value", justify="right")
    for figure, value in figures.items():
        shown.add_row(figure, f"{value:,.2f}")
    return shown


def choose(arguments: Sequence[str] | None, names: Iterable[str]) -> list[str]:
    """Return the names of the benchmarks to run: all, or the one that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure tzurot.")
    parser.add_argument("--only", choices=sorted(names), metavar="NAME")
    only = parser.parse_args(arguments).only
    return [only] if only else sorted(names)


def measure(name: str, benchmark: Benchmark, results: Path) -> None:
    """Run a benchmark, print its figures and keep them in a file."""
    figures = asyncio.run(benchmark())
    merge(results, figures)
    Console().print(table(name, figures))


def main() -> None:
    """Run from the command line."""
    benchmarks = discover()
    for name in choose(None, benchmarks):
        measure(name, benchmarks[name], RESULTS)


if __name__ == "__main__":
    main()
