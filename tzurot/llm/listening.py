"""Follows a reply while it comes, for those who show it before it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from tzurot.llm.messages import (
    ChatResult,
    Done,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextDiscarded,
)
from tzurot.llm.reasoning import reads_like_thinking

Hear = Callable[[str], None]
"""Hears all that is written by now; blank when it was for nothing."""


_STEP: Final = 32
"""A text is judged anew when it has grown by this part of it: at each word would take long."""


class Listening:
    """Hears replies grow; remembers which models think aloud, and which were heard not to."""

    def __init__(self) -> None:
        # Their thinking looks like a reply until it ends.
        self._think_aloud: set[str] = set()
        self._speak_plainly: set[str] = set()

    async def follow(
        self, events: AsyncIterator[StreamEvent], hear: Hear, *, model: str, can_think: bool
    ) -> ChatResult:
        """Return the whole reply; `hear` hears of it what seems to be none of the thinking.

        `can_think`: what a model says first may then be thought, until one reply of it was heard.
        """
        is_doubtful = model in self._think_aloud or (can_think and model not in self._speak_plainly)
        text, voided = _Growing(is_doubtful), ""
        async for event in events:
            match event:
                case Done(result):
                    if text.whole and not text.has_thought:
                        self._speak_plainly.add(model)
                    return result
                case TextDelta(more):
                    if text.is_spoken_with(more):
                        hear(text.whole)
                case TextDiscarded():
                    text, voided = _Growing(is_doubtful), text.whole
                    hear("")
                case ReasoningDelta(thought):
                    text.has_thought = True
                    if voided and thought.strip() == voided.strip():
                        self._think_aloud.add(model)
        msg = "a stream of a model ended without its result"
        raise RuntimeError(msg)


@dataclass(slots=True)
class _Growing:
    is_doubtful: bool
    whole: str = ""
    has_thought: bool = False
    judged: int = 0

    def is_spoken_with(self, more: str) -> bool:
        """Take in more text; return whether it all is known to be spoken."""
        self.whole += more
        if self.has_thought:
            return True
        if self.is_doubtful or len(self.whole) < self.judged + self.judged // _STEP:
            return False
        self.judged = len(self.whole)
        return not reads_like_thinking(self.whole)
