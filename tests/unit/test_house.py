"""The house check finds what it promises, and stays silent about a tidy tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import house

SETTINGS = '''"""Settings."""

from typing import ClassVar


class Settings:
    """All of them."""

    model_config = {}
    port: int = 8080
    log_level: str = "INFO"
    examples: ClassVar[dict[str, str]] = {}
'''
README = "| setting | default |\n|---|---|\n| `PORT` | 8080 |\n| `LOG_LEVEL` | INFO |\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with nothing wrong in it."""
    write(tmp_path, "pyproject.toml", "[tool.house]\nclones = 0\nexports = 2\n")
    write(tmp_path, "tzurot/settings.py", SETTINGS)
    write(tmp_path, "tzurot/llm/client.py", "class Client: ...\n\n\nclass Reply: ...\n")
    write(
        tmp_path,
        "tzurot/app.py",
        "from tzurot.llm.client import Client, Reply\nfrom tzurot.settings import Settings\n"
        "\nprint(Client, Reply, Settings)\n",
    )
    write(tmp_path, ".env.example", "# The port.\nPORT=8080\n\n# How much is said.\n# LOG_LEVEL=\n")
    write(tmp_path, "README.md", README)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def body(lines: int) -> str:
    return "".join(f"    value_{n} = call({n})\n" for n in range(lines))


def test_what_a_later_step_awaits_may_wait_until_it_is_used(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tree, "tzurot/llm/voice.py", "def speak() -> None: ...\n")
    assert house.main(tree) == 1
    assert "speak is used nowhere" in capsys.readouterr().out
    limits = '[tool.house]\nclones = 0\nexports = 2\nawaited = ["speak"]\n'
    write(tree, "pyproject.toml", limits)
    assert house.main(tree) == 0
    capsys.readouterr()
    write(tree, "tzurot/cli.py", "from tzurot.llm.voice import speak\n\nspeak()\n")
    write(tree, "pyproject.toml", limits.replace("exports = 2", "exports = 3"))
    assert house.main(tree) == 1
    assert "speak is no longer awaited" in capsys.readouterr().out


def test_a_tidy_tree_is_silent(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.main(tree) == 0
    assert capsys.readouterr().out == ""


def test_a_finding_fails_the_check(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tree, "tzurot/long.py", "x = 1\n" * 501)
    assert house.main(tree) == 1
    assert capsys.readouterr().out == "tzurot/long.py: 501 lines, more than 500; split it\n"


def test_six_shared_lines_are_a_clone_and_five_are_none(tree: Path) -> None:
    write(tree, "tzurot/a.py", f"def one():\n    '''Say.'''\n{body(6)}")
    write(tree, "tzurot/b.py", f"\n\ndef two():\n    '''Tell.'''\n{body(6)}")
    assert house.clones(tree, 6) == ["tzurot/a.py:3, tzurot/b.py:5: the same 6 lines"]
    write(tree, "tzurot/b.py", f"def two():\n    '''Tell.'''\n{body(5)}")
    assert house.clones(tree, 6) == []


def test_clones_above_the_limit_are_findings_with_their_places(tree: Path) -> None:
    write(tree, "tzurot/a.py", f"def one():\n{body(7)}    return 1\n")
    write(tree, "tzurot/b.py", f"def two():\n{body(7)}    return 2\n")
    findings, hints = house.ratchets(tree, house.Limits(clones=0, exports=2))
    assert findings == [
        "tzurot/a.py:2, tzurot/b.py:2: the same 7 lines",
        "clones: 1, and the limit is 0",
    ]
    assert hints == []
    assert house.ratchets(tree, house.Limits(clones=1, exports=2)) == ([], [])


def test_a_limit_above_the_count_is_a_hint_and_no_finding(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tree, "pyproject.toml", "[tool.house]\nclones = 3\nexports = 9\n")
    assert house.main(tree) == 0
    assert capsys.readouterr().out.splitlines() == [
        "hint: clones in [tool.house] can be lowered to 0",
        "hint: exports in [tool.house] can be lowered to 2",
    ]


def test_exports_count_each_name_once_and_not_within_the_room(tree: Path) -> None:
    write(tree, "tzurot/cli.py", "from tzurot.llm.client import Client\n")
    write(tree, "tzurot/llm/retry.py", "from tzurot.llm.client import Reply, Client, Error\n")
    write(tree, "tzurot/llm/parts/stop.py", "from ..client import Limit\nfrom . import odd\n")
    assert house.exports(tree) == {
        "llm": ["tzurot.llm.client.Client", "tzurot.llm.client.Reply"],
        "settings": ["tzurot.settings.Settings"],
    }


def test_exports_count_what_is_read_from_an_imported_module(tree: Path) -> None:
    write(tree, "tzurot/storage/keys.py", "users = 1\nturns = 2\n")
    write(
        tree,
        "tzurot/history/turns.py",
        "from tzurot.storage import keys\nimport tzurot.settings as s\nfrom ..llm import client\n"
        "x = keys.users, keys.turns.c, keys.users, s.Settings, client.Client\n",
    )
    found = house.exports(tree)
    assert found["storage"] == ["tzurot.storage.keys.turns", "tzurot.storage.keys.users"]
    assert found["settings"] == ["tzurot.settings.Settings"]
    assert found["llm"] == ["tzurot.llm.client.Client", "tzurot.llm.client.Reply"]


def test_a_room_with_too_many_exports_is_named_with_them(tree: Path) -> None:
    findings, _ = house.ratchets(tree, house.Limits(exports=1))
    assert findings == [
        "tzurot/llm: other rooms import 2 names, and the limit is 1: client.Client, client.Reply"
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("see " + "/home" + "/ada/notes", "a path of one machine"),
        ("DATA=" + "/work" + "/main", "a path of one machine"),
        ('open("' + "/root" + '/.cache")', "a path of one machine"),
        ("https" + "://files.python" + "hosted.org/packages/a.whl", "a package registry"),
        ("--index" + "-url https://mirror.example/simple", "a package registry"),
        ("cards in .." + "/shared/data", "a folder beside the checkout"),
    ],
)
def test_text_that_fits_one_machine_is_found(tree: Path, line: str, complaint: str) -> None:
    write(tree, "docs/notes.md", f"# Notes\n{line}\n")
    (finding,) = house.stray_text(tree)
    assert finding.startswith("docs/notes.md:2: ")
    assert complaint in finding


@pytest.mark.parametrize(
    "line",
    [
        "https://example.org/home/page",
        "GET /users/@me",
        "run ./home/it",
        "PYTHON=/usr/bin/python3",
        "--no-emit-index-url",
    ],
)
def test_harmless_text_is_left_alone(tree: Path, line: str) -> None:
    write(tree, "docs/notes.md", line)
    assert list(house.stray_text(tree)) == []


def test_ignored_and_binary_files_are_not_read(tree: Path) -> None:
    stray = "/home" + "/ada/\n"
    write(tree, ".gitignore", "build/\n")
    write(tree, "build/log.txt", stray)
    (tree / "picture.png").write_bytes(b"\x89PNG\0" + stray.encode())
    assert list(house.stray_text(tree)) == []


def test_only_two_files_may_name_the_folder_beside_the_checkout(tree: Path) -> None:
    write(tree, "Makefile", "DATA = .." + "/shared/data\n")
    write(tree, ".ci/run", "ls .." + "/shared/data\n")
    assert list(house.stray_text(tree)) == []


def test_settings_are_listed_exactly_once_in_both_places(tree: Path) -> None:
    write(tree, ".env.example", "PORT=8080\nCOLOUR=blue\n")
    write(tree, "README.md", README + "| `PORT` | 8080 |\n")
    assert list(house.unlisted_settings(tree)) == [
        ".env.example: LOG_LEVEL is a setting, but is not listed",
        ".env.example: COLOUR is listed, but is not a setting",
        "README.md: PORT is listed twice",
    ]


def test_page_code_counts_as_source_and_data_does_not(tree: Path) -> None:
    write(tree, "tzurot/playground/page.css", "a {}\n" * 6)
    write(tree, "tests/data/long.json", "1\n" * 6)
    write(tree, "tests/just_right.py", "y = 1\n" * 5)
    assert list(house.long_files(tree, 5)) == [
        "tzurot/playground/page.css: 6 lines, more than 5; split it",
        "tzurot/settings.py: 12 lines, more than 5; split it",
    ]


def test_what_nobody_uses_is_found_unless_a_decorator_makes_it_known(tree: Path) -> None:
    write(
        tree,
        "tzurot/cli.py",
        "@commands.command()\ndef run(): ...\n\n\ndef _helper(): ...\n\n\ndef used(): ...\n",
    )
    write(tree, "tools/script.py", "from tzurot.cli import used\n\nused()\n")
    assert list(house.dead_code(tree, ())) == [
        "tzurot/cli.py:5: function _helper is used nowhere; delete it"
    ]
