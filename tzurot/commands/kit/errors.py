"""What can go wrong in a command, and the one line that a person reads about it."""

from __future__ import annotations

from uuid import uuid4

from loguru import logger

from tzurot import texts
from tzurot.characters.errors import CharacterError


class UserError(Exception):
    """Something that the person can understand and mend; the text is theirs to read."""


def sentence_for(error: BaseException) -> str:
    """Return what to tell a person; what they cannot mend is logged under a reference."""
    if isinstance(error, (UserError, CharacterError)):
        return str(error)
    reference = uuid4().hex[:8]
    logger.opt(exception=error).error("A command failed (reference {})", reference)
    return texts.COMMAND_FAILED.format(reference=reference)
