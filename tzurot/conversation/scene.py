"""What a character perceives when it is spoken to, as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tzurot.characters.character import Character
from tzurot.conversation.incoming import Incoming
from tzurot.history.messages import Message

NAME_LENGTH: Final = 32

_USER_MENTION = re.compile(r"<@!?(\d+)>")
# What could end a name and begin something else in "Name: text".
_NOT_IN_A_NAME = re.compile(r"[\s:\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said. `is_self`: by the character that is to answer."""

    speaker: str
    text: str
    is_self: bool
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """The character, who speaks to it, and what was said, oldest first; the last line is theirs."""

    character: Character
    user_name: str
    lines: tuple[Line, ...]
    message_ids: frozenset[int] = frozenset()
    """Of the lines, and of messages without words among them."""

    @property
    def others(self) -> frozenset[str]:
        """The names of everybody in the lines but the character."""
        return frozenset(line.speaker for line in self.lines if not line.is_self)


def scene(character: Character, incoming: Incoming, said: list[Message]) -> Scene:
    """Put a scene together; the message that is answered is in it even if history lacks it."""
    if all(message.id != incoming.message_id for message in said):
        said = [*said, incoming.to_message()]
    names = {message.author_id: clean_name(message.author_name) for message in said}
    return Scene(
        character=character,
        user_name=clean_name(incoming.author_name),
        lines=tuple(
            Line(
                speaker=clean_name(message.author_name),
                text=_readable(message.content, names),
                is_self=message.character_id == character.id,
                message_id=message.id,
            )
            for message in said
            if message.content.strip()
        ),
        message_ids=frozenset(message.id for message in said),
    )


def clean_name(name: str) -> str:
    """Return a display name that cannot pass for something else in front of a colon."""
    return _NOT_IN_A_NAME.sub(" ", name).strip()[:NAME_LENGTH].strip() or "Someone"


def _readable(content: str, names: dict[int, str]) -> str:
    return _USER_MENTION.sub(lambda match: f"@{names.get(int(match[1]), 'someone')}", content)
