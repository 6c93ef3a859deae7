"""What guides a character beside its card: sidecars, author's notes, directives; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tzurot import texts
from tzurot.characters.errors import CharacterError

SIDECAR_MOST: Final = 3000
NOTE_MOST: Final = 2000
DIRECTIVE_MOST: Final = 400
DEEPEST: Final = 100
"""Messages before the end."""
EVERY_MOST: Final = 100
_NAME_MOST: Final = 32
_NAME: Final = re.compile(rf"[a-z][a-z0-9-]{{0,{_NAME_MOST - 1}}}")

NoteRole = Literal["system", "user", "assistant"]
ROLES: Final[tuple[NoteRole, ...]] = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that stands so many messages before the end; 0: after all of them."""

    text: str
    depth: int = 4
    role: NoteRole = "system"
    every: int = 0
    """It stands in each answer whose number is a multiple of this; 0: in all."""

    def stands(self, answered: int) -> bool:
        """Whether it stands in the answer that comes after so many."""
        return self.every == 0 or (answered + 1) % self.every == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive(Note):
    """A short rule on style, by its name."""

    name: str
    is_on: bool = False
    """Where nobody switches it."""


# They stand right before the last message: what changes each turn does so too, and thus no cache is
# lost by them. Who speaks for others breaks the talk of everybody, so that one is on; how much a
# character flatters or repeats itself is its author's, and may be meant.
SHIPPED: Final = (
    Directive(
        name="flattery",
        text="Say what {{char}} really thinks. Where {{char}} would disagree, disagree and say "
        "why; praise only a thing that you can name.",
        depth=1,
    ),
    Directive(
        name="repetition",
        text="Begin and end this message in another way than {{char}}'s last ones, choose fresh "
        "words, and add one thing that is new: a detail, a deed, or a thought.",
        depth=1,
    ),
    Directive(
        name="speaking",
        text="Write only what {{char}} says and does. Stop where it is somebody else's turn to "
        "speak, act or feel.",
        depth=1,
        is_on=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What guides one character in one place."""

    sidecars: Mapping[int, str] = field(default_factory=dict)
    """How people want to be treated, in their own words, by their ids."""
    notes: Mapping[str, Note] = field(default_factory=dict)
    """Of the character and of the channel, by these words."""
    directives: tuple[Directive, ...] = ()
    """Those that are on, by name."""
    answered: int = 0
    """How often the character has answered here; counted where something waits for a number."""


def is_name(name: str) -> bool:
    """Whether a directive can be called this."""
    return _NAME.fullmatch(name) is not None


def switched(
    directives: Mapping[str, Directive], switches: Mapping[str, bool]
) -> tuple[Directive, ...]:
    """Return the directives that are on, of what ships and what the host wrote, by name."""
    known = {**{one.name: one for one in SHIPPED}, **directives}
    return tuple(known[name] for name in sorted(known) if switches.get(name, known[name].is_on))


def checked_sidecar(text: str) -> str:
    """Return a sidecar as it is kept. Raises CharacterError."""
    return _text(text, texts.SIDECAR, SIDECAR_MOST)


def checked_note(note: Note) -> dict[str, object]:
    """Return the columns of a note or directive. Raises CharacterError with every fault."""
    is_directive = isinstance(note, Directive)
    faults = []
    label, most = (texts.DIRECTIVE, DIRECTIVE_MOST) if is_directive else (texts.NOTE, NOTE_MOST)
    text = ""
    try:
        text = _text(note.text, label, most)
    except CharacterError as error:
        faults.append(str(error))
    if not 0 <= note.depth <= DEEPEST:
        faults.append(texts.NOTE_DEPTH_WRONG.format(most=DEEPEST))
    if note.role not in ROLES:
        faults.append(texts.NOTE_ROLE_WRONG.format(roles=", ".join(ROLES)))
    if not 0 <= note.every <= EVERY_MOST:
        faults.append(texts.NOTE_EVERY_WRONG.format(most=EVERY_MOST))
    kept = {"text": text, "depth": note.depth, "role": note.role, "every": note.every}
    if isinstance(note, Directive):
        if not is_name(note.name):
            faults.append(texts.DIRECTIVE_NAME_WRONG.format(most=_NAME_MOST))
        kept |= {"name": note.name, "is_on": note.is_on}
    if faults:
        raise CharacterError("\n".join(faults))
    return kept


def _text(text: str, label: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise CharacterError(texts.FIELD_MISSING.format(label=label))
    if len(text) > most:
        raise CharacterError(texts.FIELD_TOO_LONG.format(label=label, most=most, now=len(text)))
    return text
