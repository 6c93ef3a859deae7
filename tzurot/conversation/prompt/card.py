"""Writes what a card says: system prompt, description, examples, notes at a depth; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tzurot.characters.character import Character
from tzurot.plain import cleaned, set_off
from tzurot.rules.guidance import DEEPEST, ROLES, Note

EXAMPLES_END: Final = "[The chat begins here.]"
_STYLE: Final = (
    "Stay in character as {{char}}: answer what was just said, as {{char}} would, in {{char}}'s "
    "own voice, and let the others speak for themselves."
)
_START: Final = re.compile(r"^\s*<START>\s*$", re.IGNORECASE | re.MULTILINE)
_ORIGINAL: Final = re.compile(r"\{\{\s*original\s*\}\}", re.IGNORECASE)
_FORGED_END: Final = re.compile(r"\[(?=\s*the chat begins here)", re.IGNORECASE)
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Example:
    """One message of an example dialogue."""

    is_self: bool
    text: str


def style_of(character: Character) -> str:
    """Return how the character is to be played: its own words, with ours where it wants them."""
    own = character.field("system_prompt")
    return _ORIGINAL.sub(lambda _: _STYLE, own) if own else _STYLE


def about(character: Character) -> list[tuple[str, str]]:
    """Return who the character is: of each field that is filled a heading of ours, and its text."""
    name = character.called
    parts = (
        (f"About {name}:\n", "description"),
        (f"{name}'s personality: ", "personality"),
        ("Where this takes place: ", "scenario"),
    )
    return [(head, text) for head, key in parts if (text := character.field(key))]


def afterword(character: Character) -> str:
    """Return the post-history instructions; there are none of ours that they would replace."""
    return _ORIGINAL.sub("", character.field("post_history_instructions")).strip()


def depth_note(character: Character) -> Note | None:
    """Return the card's depth prompt. Source: SillyTavern, `extensions.depth_prompt`."""
    extensions = character.card.get("extensions")
    found = extensions.get("depth_prompt") if isinstance(extensions, dict) else None
    if not isinstance(found, dict):
        return None
    text, depth, role = found.get("prompt"), found.get("depth", _DEPTH), found.get("role")
    if not isinstance(text, str) or not text.strip():
        return None
    is_number = isinstance(depth, int) and not isinstance(depth, bool)
    return Note(
        text=text.strip(),
        depth=max(0, min(depth, DEEPEST)) if is_number else _DEPTH,
        role=role if role in ROLES else "system",
    )


def examples(text: str, *, name: str, user_name: str) -> list[list[Example]]:
    """Return example dialogues, a list for each block; the macros in them are filled already.

    A line without a speaker belongs to the one above. Of what others say no line but the first
    begins at the margin, and that with no bracket.
    """
    blocks = []
    text = _FORGED_END.sub("(", text)
    for block in _START.split(text):
        found: list[Example] = []
        for line in filter(None, map(str.strip, block.splitlines())):
            said = _spoken(line, name=name, user_name=user_name)
            if said is not None:
                found.append(said)
            elif found:
                found[-1] = Example(found[-1].is_self, f"{found[-1].text}\n{line}".strip())
            else:
                found.append(Example(is_self=False, text=line))
        if found := [said for one in found if (said := _told(one)).text]:
            blocks.append(found)
    return blocks


def _told(one: Example) -> Example:
    if one.is_self:
        return Example(one.is_self, cleaned(one.text))
    return Example(one.is_self, set_off(one.text, first=cleaned(one.text).startswith("[")))


def _spoken(line: str, *, name: str, user_name: str) -> Example | None:
    folded = line.casefold()
    if folded.startswith(f"{name}:".casefold()):
        return Example(is_self=True, text=line[len(name) + 1 :].strip())
    if folded.startswith(f"{user_name}:".casefold()):
        return Example(is_self=False, text=line)
    return None
