"""Who acts, and what they may do with a character."""

from __future__ import annotations

from dataclasses import dataclass

from tzurot.characters.character import Character


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for something. The host is who runs this bot."""

    user_id: int
    is_host: bool = False

    def may_edit(self, character: Character) -> bool:
        """Whether this person may change or delete the character."""
        return self.is_host or (
            character.owner_id is not None and character.owner_id == self.user_id
        )
