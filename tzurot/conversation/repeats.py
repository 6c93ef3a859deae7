"""Whether a reply says again what was just said; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from tzurot.conversation.cleanup import wordings
from tzurot.conversation.likeness import likeness, plain, width
from tzurot.conversation.scene import Line

SHORTEST: Final = 40
"""Letters: who says less may well say it again. Of scripts with wide signs, half as many."""
_LATEST: Final = 10
_REPEATED: Final = 0.8
_ECHOED: Final = 0.95
"""Who corrects somebody's text says most of it again."""


def is_repeat(reply: str, lines: Sequence[Line], asked: str) -> bool:
    """Return whether a reply repeats one of its speaker's last, or is but an echo of the message.

    `lines` are the history of the channel; only what the same character said in it counts.
    """
    said = plain(reply)
    if width(said) < SHORTEST:
        return False
    if any(likeness(said, one) >= _ECHOED for one in wordings(asked)):
        return True
    return any(likeness(said, plain(one)) >= _REPEATED for one in _own(lines))


def _own(lines: Sequence[Line]) -> Iterator[str]:
    """Yield its last messages, and those that were posted in one go as one."""
    runs = [[line.text for line in run] for own, run in groupby(lines, _is_own) if own]
    left = _LATEST
    while runs and left > 0:
        run = runs.pop()[-left:]
        left -= len(run)
        yield from run
        if len(run) > 1:
            yield "\n".join(run)


def _is_own(line: Line) -> bool:
    return line.is_self
