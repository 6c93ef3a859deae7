"""Keep the house in order: no clones or dead code, narrow doors, short files, listed settings.

`make check` runs this. Each finding is one line, and any finding makes the exit code 1. The limits
stand in pyproject.toml under `[tool.house]`; they may only fall.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vulture import Vulture

PACKAGE = "tzurot"
# Functions that a decorator makes known to somebody else.
ENTRANCES = [
    "@commands.command", "@group.register", "@loader.command", "@router.*", "@routes.on",
]  # fmt: skip
# The catalogues of sentences and of tables are there for every room: each new one is a name more.
CATALOGUES = ("tzurot.texts", "tzurot.storage.tables")
DEAD_KINDS = {"function", "method", "class", "property", "unreachable_code"}
CODE = {".py", ".js", ".css", ".html"}

MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|home|root|Users)/")
REGISTRY = re.compile(
    r"://[^\s/\"']*(?:pypi|pythonhosted|npmjs|artifactory|devpi)"
    r"|(?<![\w-])--(?:extra-)?index-url[ =]|(?<![\w-])--(?:find-links|trusted-host)[ =]"
)
NEIGHBOUR = re.compile(r"\.\./shared")
NEIGHBOUR_ALLOWED = {".ci/run", "Makefile"}

ENV_LINE = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
TABLE_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \|", re.MULTILINE)
CLONE = re.compile(r"^(\d+) similar lines in \d+ files\n((?:==.+\n)+)", re.MULTILINE)
PLACE = re.compile(r"^==(.+):\[(\d+):\d+\]$", re.MULTILINE)


@dataclass(frozen=True)
class Limits:
    """What `[tool.house]` may set."""

    clones: int = 0
    """How many places may share `clone_lines` lines of code."""
    clone_lines: int = 6
    exports: int = 40
    """How many distinct names the other rooms may import from one room."""
    file_lines: int = 500
    awaited: tuple[str, ...] = ()
    """Names that a later step will use; the project file says for what. One that is used by now
    must go."""


def limits(root: Path) -> Limits:
    """Read `[tool.house]`; what it leaves out has the defaults above."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    settings = project.get("tool", {}).get("house", {})
    return Limits(**settings | {"awaited": tuple(settings.get("awaited", ()))})


def clones(root: Path, lines: int) -> list[str]:
    """Return one line for each group of places in the package that share `lines` lines or more.

    Comments, docstrings, imports and signatures do not count. A third copy of a known clone joins
    its group unseen, which is one more reason for a limit of none.
    """
    files = sorted(path.relative_to(root) for path in (root / PACKAGE).rglob("*.py"))
    ignored = ["comments", "docstrings", "imports", "signatures"]
    options = [f"--ignore-{what}" for what in ignored]
    # symilar reports what is longer than its bound, so the bound is one less.
    options += ["--duplicates", str(lines - 1)]
    symilar = [sys.executable, "-c", "import pylint; pylint.run_symilar()"]
    run = subprocess.run(
        [*symilar, *options, *map(str, files)],
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = []
    for count, places in CLONE.findall(run.stdout):
        where = ", ".join(f"{path}:{int(start) + 1}" for path, start in PLACE.findall(places))
        found.append(f"{where}: the same {count} lines")
    return found


def exports(root: Path) -> dict[str, list[str]]:
    """Return, for each room, the dotted names that other rooms import from it, sorted.

    A room is a folder or a module right under the package. Where a whole module is imported, the
    names read from it count.
    """
    package = root / PACKAGE
    wanted: dict[str, set[str]] = defaultdict(set)
    for path in package.rglob("*.py"):
        here = path.relative_to(package).parts[0].removesuffix(".py")
        for name in _imported(path, package):
            room = name.split(".")[1]
            if room != here and not name.startswith(CATALOGUES):
                wanted[room].add(name)
    return {room: sorted(names) for room, names in sorted(wanted.items())}


def _imported(path: Path, package: Path) -> Iterator[str]:
    """Yield the dotted names of the package that one file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [(alias.name, alias.asname) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, path, package)
            imported = [(f"{source}.{alias.name}", alias.asname) for alias in node.names]
        else:
            continue
        for name, alias in imported:
            if not name.startswith(f"{package.name}."):
                continue
            if _is_module(name, package) and (alias or isinstance(node, ast.ImportFrom)):
                modules[alias or name.rpartition(".")[2]] = name
            else:
                yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module:
                yield f"{module}.{node.attr}"


def _source(node: ast.ImportFrom, path: Path, package: Path) -> str:
    """Return the absolute name of the module that a `from` import reads."""
    if not node.level:
        return node.module or ""
    folder = path.parents[node.level - 1].relative_to(package.parent)
    return ".".join([*folder.parts, *([node.module] if node.module else [])])


def _is_module(name: str, package: Path) -> bool:
    path = package.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def long_files(root: Path, most: int) -> Iterator[str]:
    """Yield the source files of the package and the tests that are longer than `most` lines."""
    for folder in (PACKAGE, "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in CODE:
                continue
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > most:
                yield f"{path.relative_to(root)}: {lines} lines, more than {most}; split it"


def dead_code(root: Path, awaited: tuple[str, ...]) -> Iterator[str]:
    """Yield what is defined and never used, tests apart, and what is `awaited` and used by now.

    Variables and attributes are left out: what reads a field or an enum's member is seldom seen.
    """
    search = Vulture(ignore_decorators=ENTRANCES)
    folders = [root / folder for folder in (PACKAGE, "tools", "benchmarks")]
    search.scavenge([str(folder) for folder in folders if folder.is_dir()])
    unused = [item for item in search.get_unused_code() if item.typ in DEAD_KINDS]
    for name in sorted(set(awaited) - {item.name for item in unused}):
        yield f"pyproject.toml: {name} is no longer awaited: it is used, or gone"
    for item in unused:
        if item.name not in awaited:
            where = f"{item.filename.relative_to(root)}:{item.first_lineno}"
            yield f"{where}: {item.typ} {item.name} is used nowhere; delete it"


def stray_text(root: Path) -> Iterator[str]:
    """Yield the lines of files kept (or about to be kept) by git that only fit one machine."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in sorted(filter(None, listed.stdout.split("\0"))):
        path = root / name
        if not path.is_file() or b"\0" in (raw := path.read_bytes()):
            continue
        for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                yield f"{name}:{number}: a path of one machine; make it relative or a setting"
            if REGISTRY.search(line):
                yield f"{name}:{number}: the address of a package registry; leave it to pip"
            if NEIGHBOUR.search(line) and name not in NEIGHBOUR_ALLOWED:
                yield f"{name}:{number}: a folder beside the checkout; use TZUROT_TEST_DATA"


def unlisted_settings(root: Path) -> Iterator[str]:
    """Yield where `.env.example` or README's table differs from the fields of `Settings`."""
    fields = _settings(root)
    for name, pattern in ((".env.example", ENV_LINE), ("README.md", TABLE_ROW)):
        listed = pattern.findall((root / name).read_text(encoding="utf-8"))
        for setting in sorted(fields - set(listed)):
            yield f"{name}: {setting} is a setting, but is not listed"
        for setting in sorted(set(listed) - fields):
            yield f"{name}: {setting} is listed, but is not a setting"
        for setting in sorted({setting for setting in listed if listed.count(setting) > 1}):
            yield f"{name}: {setting} is listed twice"


def _settings(root: Path) -> set[str]:
    """Return the environment names of the fields of `Settings`, read without importing it."""
    tree = ast.parse((root / PACKAGE / "settings.py").read_text(encoding="utf-8"))
    (settings,) = (
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    return {
        statement.target.id.upper()
        for statement in settings.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and not ast.unparse(statement.annotation).startswith("ClassVar")
    }


def ratchets(root: Path, allowed: Limits) -> tuple[list[str], list[str]]:
    """Compare clones and exports with their limits; return the findings and the hints."""
    findings, hints = [], []
    shared = clones(root, allowed.clone_lines)
    if len(shared) > allowed.clones:
        findings += shared
        findings.append(f"clones: {len(shared)}, and the limit is {allowed.clones}")
    rooms = exports(root)
    for room, names in rooms.items():
        if len(names) > allowed.exports:
            findings.append(
                f"{PACKAGE}/{room}: other rooms import {len(names)} names, and the limit is "
                f"{allowed.exports}: {', '.join(name.split('.', 2)[-1] for name in names)}"
            )
    widest = max(map(len, rooms.values()), default=0)
    for limit, now in (("clones", len(shared)), ("exports", widest)):
        if now < getattr(allowed, limit):
            hints.append(f"hint: {limit} in [tool.house] can be lowered to {now}")
    return findings, hints


def main(root: Path) -> int:
    """Print every finding and hint about the checkout at `root`; return the exit code."""
    allowed = limits(root)
    findings, hints = ratchets(root, allowed)
    findings += long_files(root, allowed.file_lines)
    findings += dead_code(root, allowed.awaited)
    findings += stray_text(root)
    findings += unlisted_settings(root)
    print(*findings, *hints, sep="\n", end="\n" if findings or hints else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
