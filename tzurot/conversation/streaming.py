"""What of a reply may be shown while the model still writes it; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from os.path import commonprefix
from typing import Final

from tzurot.conversation.cleanup import wordings
from tzurot.conversation.code_spans import BLANK, blanked
from tzurot.conversation.likeness import plain

# How a reply may go on, so that the cleanup sees in it what it did not see yet: code that ends, a
# part that is not the last, a document, a second line of a kind, a note that is closed. Each with
# the sign without which it changes nothing.
_ENDINGS: Final = (
    ("", " x"), ("", "\nx"), ("", "x"), ("`", "`"), ("`", "``"), ("`", "```"),
    ("`", "\n```\nx"), ("<", "</x-y>x"), ("[", "\n]\nx"), ("[", "]\nx"), ("[", "\n[12:30] x"),
    ("(", "\n(12:30) x"), (":", "\nQqq: x\nQqq: x"),
)  # fmt: skip
_RUN: Final = re.compile("`+")
_LISTED_RUN: Final = 3
_MOST_RUNS: Final = 4
_CLOSED: Final = re.compile(r"</([A-Za-z][\w:-]{0,40})>")
_WORD: Final = re.compile(r"[!-\u2e7f]{1,2000}\Z")
"""What is not over without a space; scripts with wide signs have none."""
_HALF: Final = re.compile(
    r"\{\{?[^{}\n]{0,40}\Z"  # a placeholder
    r"|<[^<>\n]{0,200}\Z"  # a tag, a mention, an emoji
    r"|!?\[[^\[\]\n]{0,400}(?:\](?:\([^()\n]{0,400})?)?\Z"  # a link
    rf"|(?<!{BLANK}){BLANK}{{1,2}}(?!{BLANK})[^{BLANK}\n]{{0,400}}\Z"  # code
    r"|[*_~]{1,3}\Z"
)
_SPOILER: Final = re.compile(r"\|\|")
_OPENS: Final = re.compile(r"\s*(?:[\[<#|`(]|-{1,3}\s*\Z|[*_]{3,}\s*\Z|\*{2}\s*\Z)")
"""A line like this may be a label, a stamp, a note or a tag; how it goes on tells."""
_RULE: Final = re.compile(r"(?:\n[ \t]*[-*_]{3,}\s*)+\Z")
_LONGEST_OPENING: Final = 60
_MARKS: Final = "*_[]()\"'<> \t"
_BEHIND: Final = re.compile(r"[\s*_\[\]()\d:\uff1aapm]*")
_TIME: Final = re.compile(r"\A[\[(]?\d{1,2}(?::\d{0,2}(?::\d{0,2})?)?(?:\s?[AaPp][Mm]?)?[\])]?\s*")


def stable(
    text: str,
    cleaned: Callable[[str], str],
    *,
    names: Sequence[str],
    asked: str = "",
    notes: Collection[str] = (),
) -> str:
    """Return how the reply begins of which `text` is known, whatever may follow.

    `cleaned` is what will be done with the whole. `names` are those that may stand before a colon,
    the character's own first; `asked` is the message that is answered, `notes` are the lines of the
    prompt's notes. It ends with a whole word, never in a tag, a link, a spoiler or a label. Blank:
    nothing yet.
    """
    shown = cleaned(text)
    begun = plain(shown)
    if not begun or any(said.startswith(begun) for said in wordings(asked)):
        return ""
    again = "".join(f"<{name} x>" for name in set(_CLOSED.findall(text)))
    endings = [ending for sign, ending in _ENDINGS if sign in text]
    endings += [f"\n{name}: x" for name in names[:2]]
    # As many backticks as began a code end it.
    runs = {run for run in _RUN.findall(text) if len(run) > _LISTED_RUN}
    endings += sorted(runs)[:_MOST_RUNS]
    for ending in (*endings, again):
        shown = commonprefix([shown, cleaned(text + ending)])  # noqa: RUF071  no path
    return _whole(shown, names, notes)


def _whole(text: str, names: Collection[str], notes: Collection[str]) -> str:
    """Return the text without its last line if that may become a label or a note, and so on."""
    before, _, line = text.rpartition("\n")
    if _may_be_taken_off(line, names, notes):
        text = before
    kept = _WORD.sub("", text)
    if (half := _HALF.search(blanked(kept))) is not None:
        kept = kept[: half.start()]
    marks = list(_SPOILER.finditer(blanked(kept)))
    if len(marks) % 2:
        kept = kept[: marks[-1].start()]
    return _RULE.sub("", kept).rstrip()


def _may_be_taken_off(line: str, names: Collection[str], notes: Collection[str]) -> bool:
    if _OPENS.match(line) and len(line) < _LONGEST_OPENING:
        return True
    said = line.strip()
    if said and any(note.startswith(said) for note in notes):
        return True
    label = _TIME.sub("", said).lstrip(_MARKS).casefold()
    return bool(said) and any(_may_become(name.casefold(), label) for name in names)


def _may_become(name: str, label: str) -> bool:
    """Whether it is the beginning of a name, or a name with what may stand before its colon."""
    is_begun = name.startswith(label.rstrip(_MARKS))
    return is_begun or (label.startswith(name) and bool(_BEHIND.fullmatch(label, len(name))))
