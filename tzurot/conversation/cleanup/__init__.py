"""Takes a model's artefacts off a reply before it is shown; pure.

What is honest stays: code, quotes, and whatever the message asked for. A rule that cannot tell a
leak from something that a character may well say leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from tzurot.conversation.cleanup.asked import asks_for_voices
from tzurot.conversation.cleanup.echo import without_echo, wordings
from tzurot.conversation.cleanup.notes import notes_in, without_notes
from tzurot.conversation.cleanup.prose import replaced
from tzurot.conversation.cleanup.sentences import whole_sentences
from tzurot.conversation.cleanup.stamps import without_stamps
from tzurot.conversation.cleanup.tags import without_tags
from tzurot.conversation.cleanup.tokens import without_tokens
from tzurot.conversation.cleanup.voices import in_own_voice

__all__ = ["clean", "notes_in", "whole_sentences", "wordings"]

_PLACEHOLDER = re.compile(r"\{\{\s*(user|char)\s*\}\}", re.IGNORECASE)
_PASSES: Final = 4
"""One artefact often stands within another; more layers were not seen."""


def clean(  # noqa: PLR0913  a reply is judged by all that its prompt said
    text: str,
    *,
    name: str,
    user_name: str,
    others: Collection[str],
    user_message: str = "",
    last_reply: str = "",
    nickname: str = "",
    notes: frozenset[str] = frozenset(),
) -> str:
    """Return the reply without scaffolding, without its own name before it, in its own voice only.

    `name` is the character's, `nickname` what its card has it called, `user_name` the speaker's,
    `others` everybody else's, `user_message` what is answered, `last_reply` what the character said
    last, `notes` what `notes_in` finds in the prompt. From a line on in which the model speaks for
    another, the text is dropped.
    """
    # What PostgreSQL and Discord cannot hold: NUL, and half of a surrogate pair.
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    own = {one for one in (name, nickname) if one}
    is_asked = asks_for_voices(user_message, {user_name, *others} - own, last_reply)
    if "{{" not in user_message:
        names = {"char": nickname or name, "user": user_name}
        text = replaced(text, _PLACEHOLDER, lambda match: names[match[1].lower()])
    for _ in range(_PASSES):
        earlier, text = text, without_tokens(text.strip(), user_message).strip()
        text = without_tags(text, user_message)
        text = without_notes(text, notes).strip()
        text = without_stamps(text, user_message)
        text = without_echo(text, user_message, user_name)
        text = in_own_voice(
            text, own=own, user_name=user_name, others=others, is_asked=is_asked
        ).strip()
        if text == earlier:
            break
    return text
