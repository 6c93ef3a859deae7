"""Takes a reply's own name off its beginning, and off its end what it says for others; pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from tzurot.conversation.cleanup.prose import one_of
from tzurot.conversation.code_spans import blanked

_TIME: Final = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
_COLON: Final = r"\s?[:\uff1a](?!\d|//)[*_]{0,3}[ \t]*"
_LABEL: Final = re.compile(
    rf"^[*_]{{0,3}}(?P<who>[^\W\d][\w .'\u2019()@-]{{0,40}}?)[*_]{{0,3}}{_COLON}",
    re.MULTILINE,
)
_RULE: Final = re.compile(r"\s*\n[ \t]*(?:-{3,}|\*{3,}|_{3,})\s*\Z")
_SHORTEST_PART: Final = 3
_NEAR: Final = 400
"""Characters, of two lines and the blank ones between; to look at all would take ever longer."""
_ROWS: Final = 2
"""A single line of the kind is just something that was said."""
# Words that stand before a colon whoever is called so.
_WORDS: Final = frozenset(
    {
        "and", "answer", "cast", "caution", "day", "definition", "edit", "example", "fact",
        "hint", "important", "info", "monday", "name", "names", "night", "note", "ps",
        "question", "reason", "result", "rule", "sunday", "the", "tip", "title", "to",
        "today", "tomorrow", "update", "warning",
    }
)  # fmt: skip


def in_own_voice(
    text: str, *, own: Collection[str], user_name: str, others: Collection[str], is_asked: bool
) -> str:
    """Return the reply without labels of its own, up to where it goes on as somebody else.

    `is_asked`: lines with names before them are wanted. Then only a lone label of its own goes.
    """
    strangers = _strangers({user_name, *others}, own)
    labels = list(_LABEL.finditer(blanked(text)))
    if is_asked and len(labels) > 1:
        return text
    text = _without_first_label(text, _own_labels(own, strangers))
    if is_asked or not strangers:
        return text
    theirs = _label_of(strangers)
    if first := re.match(theirs, text):
        # It begins with another's name, and is all that there is: keep those words.
        text = text[first.end() :]
    return _without_own_labels(_up_to(text, theirs, {*own, *strangers}), own)


def _strangers(others: Collection[str], own: Collection[str]) -> set[str]:
    mine = {one.casefold() for one in own}
    return {
        one for one in others if one and one.casefold() not in mine and one.casefold() not in _WORDS
    }


def _own_labels(own: Collection[str], strangers: Collection[str]) -> set[str]:
    """Return what the character may be called before a colon: its names, and their ends."""
    parts = {part for name in own for part in (name.split()[:1] + name.split()[-1:])}
    taken = {one.casefold() for one in strangers}
    return {*own} | {
        part
        for part in parts
        if len(part) >= _SHORTEST_PART
        and part.casefold() not in _WORDS
        and part.casefold() not in taken
    }


def _label_of(names: Collection[str], around: str = "*_[]") -> str:
    """Return a pattern of these names as they stand before what somebody says, in a log or not."""
    marks = f"[{re.escape(around)}]{{0,3}}"
    known = one_of(names)
    return (
        rf"(?:[\[(]?{_TIME}[\])]?[ \t]+)?"
        rf"(?:{marks}{known}{marks}(?:\s?[\[(]{_TIME}[\])])?{marks}{_COLON}|<{known}>[ \t]+)"
    )


def _without_first_label(text: str, own: Collection[str], around: str = '*_[]"') -> str:
    # **Name:** / Name: / [Name]: at the very beginning, once or more.
    label = re.compile(f"(?:{_label_of(own, around)}\\s*)+", re.IGNORECASE)
    found = label.match(text)
    return text[found.end() :] if found else text


def _up_to(text: str, theirs: str, known: Collection[str]) -> str:
    shown = blanked(text)
    for found in re.finditer(rf"^{theirs}", shown, re.MULTILINE):
        if found.start() == 0:
            continue
        above = _right_above(shown, found.start())
        if _introduces(above) or _is_labelled(above, known):
            return text  # a list, or a scene: it was announced, or others stand in it as well
        return _RULE.sub("", text[: found.start()].rstrip()).rstrip()
    return text


def _right_above(text: str, place: int) -> str:
    return text[max(0, place - _NEAR) : place]


def _introduces(above: str) -> bool:
    """Whether what stands above says that something comes: "These are the scores:"."""
    return above.rstrip().rstrip("*_").endswith((":", "\uff1a"))


def _is_labelled(above: str, known: Collection[str]) -> bool:
    """Whether the lines right above begin with names, or words, of whom is not here."""
    lines = above.removesuffix("\n").rsplit("\n", _ROWS)[-_ROWS:]
    found = [_LABEL.match(line) for line in lines]
    return len(lines) == _ROWS and all(one and one["who"] not in known for one in found)


def _without_own_labels(text: str, own: Collection[str]) -> str:
    """Return the text without its own name before later lines, if no other stands before any."""
    shown = blanked(text)
    if any(found["who"] not in own for found in _LABEL.finditer(shown)):
        return text
    parts: list[str] = []
    kept_to = 0
    for found in re.finditer(rf"^{_label_of(own)}", shown, re.MULTILINE):
        if not _introduces(_right_above(shown, found.start())):
            parts.append(text[kept_to : found.start()])
            kept_to = found.end()
    return "".join([*parts, text[kept_to:]])
