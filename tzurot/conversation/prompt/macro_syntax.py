"""Reads the macros in a text, in time that is linear in its length; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

MOST_NESTED: Final = 16
"""What stands deeper, and all that stands around it, stays as it is written."""
_TOKEN: Final = re.compile(
    r"\\[{}]|\{+|\}+|<(?:user|bot|char|group|charifnotgroup)>", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"\\([{}])")
_HEAD: Final = re.compile(
    r"\s*(?:(#)\s*)?(///(?=\s*\Z)|//|(?:/\s*)?[a-z][a-z0-9_+-]*)", re.IGNORECASE
)
_AFTER_NAME: Final = re.compile(r"\s*(?:::?)?")
_BETWEEN: Final = re.compile("::")
_COMMA: Final = re.compile(r"(?<!\\),")


@dataclass(frozen=True, slots=True)
class Call:
    """One macro where it stands in a text, or what only looks like one."""

    text: str
    """The whole text that it stands in."""
    start: int
    end: int
    name: str = ""
    """In lower case; empty when this can be no macro."""
    arguments: tuple[Parts, ...] = ()
    keeps_space: bool = False
    height: int = 0
    """How many levels of macros stand within."""

    @property
    def written(self) -> str:
        """Return it as its author wrote it."""
        return self.text[self.start : self.end]

    @property
    def is_bare(self) -> bool:
        """Whether it is only a name."""
        return not self.arguments

    def around(self, body: Sequence[Part], end: int) -> Call:
        """Return it with what stands up to its closing tag as its last argument."""
        last = tuple(body) if self.keeps_space else trimmed(_dedented(body))
        height = max(self.height, 1 + _height(body))
        return replace(
            self,
            end=end,
            name=self.name if height <= MOST_NESTED else "",
            arguments=(*self.arguments, last),
            height=height,
        )


Part: TypeAlias = str | Call
Parts: TypeAlias = tuple[Part, ...]


@dataclass(slots=True)
class _Open:
    """A macro whose end is not read yet."""

    start: int
    parts: list[Part] = field(default_factory=list)


def parse(text: str, most: Mapping[str, int]) -> Parts:
    """Return the text as literal parts and macros; `most` says how many arguments each may have.

    Literal parts are still escaped. Of braces that are left over, the outer ones are literal.
    """
    opened = [_Open(0)]
    taken = 0
    for token in _TOKEN.finditer(text):
        start, end, length = token.start(), token.end(), len(token[0])
        if text[start] == "<":
            name = token[0][1:-1].lower()
            opened[-1].parts += [text[taken:start], Call(text, start, end, name)]
            taken = end
        elif text[start] == "{":
            for at in range(start + length % 2, end, 2):
                opened[-1].parts.append(text[taken:at])
                opened.append(_Open(at))
                taken = at + 2
        elif text[start] == "}":
            for _ in range(min(length // 2, len(opened) - 1)):
                closed = opened.pop()
                closed.parts.append(text[taken:start])
                start = taken = start + 2
                opened[-1].parts.append(_call(text, closed, taken, most))
    opened[-1].parts.append(text[taken:])
    parts = opened[0].parts
    for unclosed in opened[1:]:
        parts += ["{{", *unclosed.parts]
    return _scoped(parts, most)


def literal(part: str) -> str:
    r"""Return a literal part without its escapes: `\{` is a brace."""
    return _ESCAPED.sub(r"\1", part)


def options(arguments: Sequence[Parts]) -> Sequence[Parts]:
    r"""Return what is chosen from: the arguments, or a single one cut at its commas (but not `\,`).

    Commas count only where the author wrote them, not in what a macro within stands for.
    """
    if len(arguments) != 1:
        return arguments
    return [
        tuple(part.replace("\\,", ",") if isinstance(part, str) else part for part in option)
        for option in _split(arguments[0], _COMMA)
    ]


def trimmed(parts: Sequence[Part]) -> Parts:
    """Return the parts without the space that its author wrote around them."""
    rest = list(parts)
    if rest and isinstance(rest[0], str):
        rest[0] = rest[0].lstrip()
    if rest and isinstance(rest[-1], str):
        rest[-1] = rest[-1].rstrip()
    return tuple(part for part in rest if part != "")


def _call(text: str, closed: _Open, end: int, most: Mapping[str, int]) -> Call:
    parts = [part for part in _scoped(closed.parts, most) if part != ""]
    call = Call(text, closed.start, end, height=1 + _height(parts))
    first = parts[0] if parts and isinstance(parts[0], str) else ""
    head = _HEAD.match(first)
    if head is None or call.height > MOST_NESTED:
        return call
    name = "".join(head[2].split()).lower()
    rest, keeps_space = first[head.end() :], head[1] is not None
    if not rest.strip() and len(parts) == 1:
        return replace(call, name=name, keeps_space=keeps_space)
    after = _AFTER_NAME.match(rest)
    cut = after.end() if after else 0
    if not cut and name != "//":
        return call
    found = _split([rest[cut:], *parts[1:]], _BETWEEN, most.get(name, 1))
    return replace(call, name=name, arguments=tuple(found), keeps_space=keeps_space)


def _scoped(parts: Iterable[Part], most: Mapping[str, int]) -> Parts:
    """Join each opening tag with the closing one that belongs to it, and what is between them."""
    joined: list[Part] = []
    opened: list[tuple[int, Call]] = []
    waiting: Counter[str] = Counter()
    for part in parts:
        if isinstance(part, Call):
            closes = part.name[1:] if part.name.startswith("/") and part.is_bare else ""
            if waiting[closes]:
                opener, index = None, 0
                while opener is None or opener.name != closes:
                    index, opener = opened.pop()
                    waiting[opener.name] -= 1
                joined[index:] = [opener.around(joined[index + 1 :], part.end)]
                continue
            # An opening tag lacks nothing but its last argument.
            if len(part.arguments) == most.get(part.name, 0) - 1:
                opened.append((len(joined), part))
                waiting[part.name] += 1
        joined.append(part)
    return tuple(joined)


def _split(parts: Sequence[Part], at: re.Pattern[str], most: int = 0) -> list[Parts]:
    """Cut the literal parts; with `most`, the last piece keeps what would be one too many."""
    pieces: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Call) or len(pieces) == most:
            pieces[-1].append(part)
            continue
        first, *others = at.split(part, max(most - len(pieces), 0))
        pieces[-1].append(first)
        pieces += [[other] for other in others]
    return [trimmed(piece) for piece in pieces]


def _dedented(parts: Sequence[Part]) -> Sequence[Part]:
    """Take the indentation of the first line with text off every line that the author wrote."""
    first = parts[0] if parts and isinstance(parts[0], str) else ""
    space = first[: len(first) - len(first.lstrip())]
    indentation = space.rpartition("\n")[2]
    if not indentation:
        return parts
    return [
        part.replace(f"\n{indentation}", "\n") if isinstance(part, str) else part for part in parts
    ]


def _height(parts: Iterable[Part]) -> int:
    return max((part.height for part in parts if isinstance(part, Call)), default=0)
