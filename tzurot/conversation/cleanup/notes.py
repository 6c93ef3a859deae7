"""Takes off the notes that the prompt told in square brackets; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tzurot.conversation.cleanup.prose import without
from tzurot.llm.messages import ChatMessage

_SHORTEST: Final = 12
_LONGEST: Final = 8000
_DAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_CLOCK: Final = rf"It is {_DAYS}, \d{{1,2}} [A-Z]\w+ \d{{4}}, \d\d:\d\d"
# Models tell these in their own words, or at another hour, so they are known by how they begin.
_ALIKE: Final = re.compile(
    rf"^\[(?:{_CLOCK}|The chat begins here\.)[^\[\]\n]{{0,400}}\][ \t]*\n?"
    rf"|^\[(?:{_CLOCK}|What the next message refers to:|For [^\n]{{1,80}}'s next message:"
    rf"|[^\n]{{1,80}} remembers these earlier talks with)(?:[^\n]*\][ \t]*$\n?"
    rf"|.{{0,{_LONGEST}}}?^\][ \t]*$\n?)",
    re.MULTILINE | re.DOTALL,
)
# What stands in history for what was attached, alone on its line.
_ATTACHED: Final = re.compile(
    r"^\[(?:(?:image|file): [^\n\[\]]{0,80}\.\w{2,5}(?:: [^\n\[\]]{0,400})?"
    r"|voice message: \d+ s|(?:sticker|embed|poll|forwarded message): [^\n\[\]]{1,400})"
    r"\][ \t]*$\n?",
    re.MULTILINE,
)


def notes_in(messages: Iterable[ChatMessage]) -> frozenset[str]:
    """Return the lines of a prompt's notes: nobody else's words begin with a bracket in it."""
    found: set[str] = set()
    for message in messages:
        is_note, open_brackets = False, 0
        for line in message.content.splitlines() if message.role == "user" else ():
            if is_note or line.startswith("["):
                found.add(line.strip())
                open_brackets += line.count("[") - line.count("]")
                is_note = line != "]" and not (open_brackets <= 0 and line.endswith("]"))
            if not is_note:
                open_brackets = 0
    return frozenset(found)


def without_notes(text: str, notes: frozenset[str]) -> str:
    """Return the reply without notes of ours: those of its prompt, and those much like them."""
    if "[" not in text:
        return text
    return without(_without_told(without(text, _ALIKE), notes), _ATTACHED)


def _without_told(text: str, notes: frozenset[str]) -> str:
    """Drop what stands word for word in the prompt, a note of several lines as far as it goes."""
    kept: list[str] = []
    is_note = False
    for line in text.splitlines(keepends=True):
        plain = line.strip()
        begins = plain.startswith("[") and len(plain) >= _SHORTEST
        is_note = (begins or is_note) and plain in notes
        if not is_note:
            kept.append(line)
    return "".join(kept)
