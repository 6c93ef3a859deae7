"""Takes off the time and the number of the part that a chat's log would show; pure."""

from __future__ import annotations

import re
from typing import Final

_TIME: Final = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
_DATE: Final = r"(?:\d{4}-\d\d-\d\d[ T,]{1,2}|(?:[A-Z][a-z]+day, )?\d{1,2} [A-Z][a-z]+ \d{4},? )"
_STAMP: Final = rf"[\[(](?:{_DATE})?{_TIME}(?: ?\(?[A-Z][A-Za-z_/]+\)?)?[\])]"
# "(12:30) is when it leaves" begins a sentence.
_FIRST: Final = re.compile(rf"\A{_STAMP}[ \t]*[-\u2013:]?\s*(?=[^\s\da-z])")
_LINES: Final = re.compile(rf"^{_STAMP}", re.MULTILINE)
_PART: Final = r"\((?P<part>[1-9]\d?)/(?P<parts>[1-9]\d?)\)"
_FIRST_PART: Final = re.compile(rf"\A{_PART}[ \t]*\n\s*")
_LAST_PART: Final = re.compile(rf"(?:(?<=[.!?…*\"”])[ \t]*|\s*\n[ \t]*){_PART}\Z")
_ABOUT_TIMES: Final = re.compile(
    r"\d:\d\d|\b(?:clock|diary|hours?|journal|log|logbook|schedule|time|timeline|timetable|when)\b",
    re.IGNORECASE,
)
_ABOUT_PARTS: Final = re.compile(
    r"\d/\d|\b(?:chapter|episode|fraction|how m(?:any|uch)|out of|parts?|rat(?:e|ing)|scores?)\b",
    re.IGNORECASE,
)


def without_stamps(text: str, asked: str) -> str:
    """Return the reply without a stamp of time before it, and without "(2/3)" around it.

    Where several lines begin with a time, it is a log; where the person speaks of times or of
    parts, they are meant.
    """
    if len(_LINES.findall(text)) == 1 and not _ABOUT_TIMES.search(asked):
        text = _FIRST.sub("", text, count=1)
    if _ABOUT_PARTS.search(asked):
        return text
    for pattern in (_FIRST_PART, _LAST_PART):
        found = pattern.search(text)
        if found and int(found["part"]) <= int(found["parts"]) and int(found["parts"]) > 1:
            text = text[: found.start()] + text[found.end() :]
    return text
