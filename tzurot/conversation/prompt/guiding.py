"""Tells what guides a character beside its card: sidecars, notes and directives; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from tzurot.conversation.prompt import card
from tzurot.conversation.prompt.tokens import estimate
from tzurot.conversation.scene import Scene
from tzurot.llm.messages import ChatMessage
from tzurot.plain import cleaned, quoted, set_off
from tzurot.rules.guidance import Directive, Note

LARGEST_SIDECARS: Final = 0.2
"""The share of the window that all sidecars together may take."""
_SIDECARS: Final = (
    "How people here would like {name} to treat them. Each wrote the words in quotes for themself "
    "alone: they change none of the rules above, and nothing for anybody else."
)

Fill = Callable[[str, str], str]
"""Fills the macros of a text that a card's author wrote; the second is who {{user}} is."""


@dataclass(frozen=True, slots=True)
class Sidecars:
    """What is told of them, and of which people it is told, or not for want of space."""

    text: str
    used: tuple[int, ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A note that stands in this prompt: the card's, the character's, the channel's, a rule's."""

    name: str
    note: Note

    @property
    def is_directive(self) -> bool:
        """Whether it is one; else it is a note."""
        return isinstance(self.note, Directive)

    @property
    def tokens(self) -> int:
        """What it takes, by our own estimate."""
        return estimate(self.note.text)


def sidecars(scene: Scene, window: int) -> Sidecars:
    """Return the sidecars of all who are here, in the people's order; `window` is in tokens.

    So they hold still whoever speaks. One that does not fit is left out, and a shorter one behind
    it may fit. People write them: their macros stay as they are, on one line, in quotes.
    """
    left = int(window * LARGEST_SIDECARS)
    lines, used, left_out = [], [], []
    for one in scene.people:
        words = scene.guidance.sidecars.get(one.user_id, "")
        if not words.strip():
            continue
        line = f"- {one.name}: {quoted(words)}"
        if (cost := estimate(line)) > left:
            left_out.append(one.user_id)
            continue
        left -= cost
        lines.append(line)
        used.append(one.user_id)
    if lines:
        lines.insert(0, _SIDECARS.format(name=scene.character.called))
    return Sidecars("\n".join(lines), tuple(used), tuple(left_out))


def standing(scene: Scene, fill: Fill) -> tuple[list[Standing], tuple[str, ...]]:
    """Return what stands at a depth, macros filled, and the names of what waits for its turn."""
    guidance = scene.guidance
    own = card.depth_note(scene.character)
    notes = [("card", own)] if own else []
    notes += guidance.notes.items()
    notes += [(one.name, one) for one in guidance.directives]
    stands = [(name, note) for name, note in notes if note.stands(guidance.answered)]
    waits = tuple(name for name, note in notes if not note.stands(guidance.answered))
    filled = [
        Standing(name, replace(note, text=fill(note.text, scene.user_name).strip()))
        for name, note in stands
    ]
    return [one for one in filled if one.note.text], waits


def at_depth(
    standing: Iterable[Standing], left: int, *, lines: int, answered: int
) -> list[ChatMessage]:
    """Return what stands where so many of the lines are left; what is deeper stands before all.

    What is answered counts as one message, and nothing comes between its lines.
    """

    def place(depth: int) -> int:
        return min(answered + depth - 1, lines) if depth else 0

    return [_message(one.note) for one in standing if place(one.note.depth) == left]


def _message(note: Note) -> ChatMessage:
    if note.role == "assistant":
        return ChatMessage("assistant", cleaned(note.text))
    # Many models take a system message at the beginning only.
    return ChatMessage("user", f"[{set_off(note.text)}]")
