"""The benchmark runner finds its benchmarks, runs the one asked for, and keeps other figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as runner


async def measured() -> dict[str, float]:
    return {"ready_s": 1.5, "added_ms": 20.25}


def test_discovery_finds_start_and_nothing_that_is_no_benchmark() -> None:
    found = runner.discover()
    assert "start" in found
    assert not {"__main__", "__init__"} & set(found)


def test_merging_keeps_the_figures_of_others(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    runner.merge(path, {"ready_s": 2.0, "recall_ms": 7.0})
    runner.merge(path, {"ready_s": 1.5})
    assert json.loads(path.read_text()) == {"ready_s": 1.5, "recall_ms": 7.0}


def test_figures_are_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bench.json"
    runner.measure("start", measured, path)
    printed = capsys.readouterr().out
    assert "ready_s" in printed
    assert "20.25" in printed
    assert json.loads(path.read_text()) == {"ready_s": 1.5, "added_ms": 20.25}


def test_all_or_the_one_that_is_asked_for() -> None:
    assert runner.choose([], {"start", "recall"}) == ["recall", "start"]
    assert runner.choose(["--only", "start"], {"start", "recall"}) == ["start"]


def test_an_unknown_name_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        runner.choose(["--only", "nonsense"], {"start", "recall"})
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    for word in ("nonsense", "start", "recall"):
        assert word in said
