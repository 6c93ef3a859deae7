"""Asks a model for what a character says: cleaned, and once more where it repeats itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from loguru import logger
from pydantic import SecretStr

from tzurot.conversation.chunking import closed
from tzurot.conversation.cleanup import clean, notes_in, whole_sentences
from tzurot.conversation.repeats import is_repeat
from tzurot.conversation.scene import Scene
from tzurot.conversation.streaming import stable
from tzurot.llm import ChatRequest, ChatResult, ErrorKind, ModelClient, ModelError
from tzurot.llm.parameters import with_other_sampling

Hear = Callable[[str], None]
"""Hears all that is written by now; blank when it was for nothing."""


class Wording:
    """How a character words its replies in a scene; `answered` are the messages that it answers."""

    def __init__(self, request: ChatRequest, seen: Scene, answered: Collection[int]) -> None:
        self.asked = "\n".join(line.text for line in seen.lines if line.message_id in answered)
        self._seen = seen
        here = {*(one.name for one in seen.people), *(one.name for one in seen.companions)}
        self._others = seen.others | here
        self._notes = notes_in(request.messages)

    def cleaned(self, text: str) -> str:
        """Return a model's text as it is posted."""
        seen = self._seen
        return clean(
            text,
            name=seen.character.name,
            nickname=seen.character.called,
            user_name=seen.user_name,
            others=self._others,
            user_message=self.asked,
            last_reply=next((line.text for line in reversed(seen.lines) if line.is_self), ""),
            notes=self._notes,
        )

    def reply(self, result: ChatResult) -> str:
        """Return the reply that was made."""
        reply = self.cleaned(result.text)
        if result.finish_reason in {"length", "content_filter"}:  # it was cut somewhere
            reply = whole_sentences(reply)
        return reply

    def shown(self, text: str) -> str:
        """Return what may be shown of a reply that has come so far; blank for nothing yet."""
        character = self._seen.character
        own = [character.name, character.called]
        names = [*own[:1], self._seen.user_name, *own[1:], *self._others]
        found = stable(text, self.cleaned, names=names, asked=self.asked, notes=self._notes)
        return closed(found)

    def is_repeat(self, reply: str) -> bool:
        """Whether a reply says again what was just said."""
        return is_repeat(reply, self._seen.lines, self.asked)


async def ask(
    model: ModelClient,
    request: ChatRequest,
    key: SecretStr | None,
    *,
    wording: Wording,
    hear: Hear | None,
) -> tuple[ChatResult, str]:
    """Return what the model gave and the reply made of it.

    `hear` hears the reply grow. A second answer is better than the same one again, even if it
    repeats something too; the first is better than none. Raises `ModelError`, also for none left.
    """
    first = await model.complete(request, key, hear)
    reply = wording.reply(first)
    if not reply:
        raise ModelError(ErrorKind.EMPTY, "nothing was left of the reply after cleaning")
    if not wording.is_repeat(reply):
        return first, reply
    logger.info("A reply of {} characters was said before; it is asked for again", len(reply))
    changed = replace(request, parameters=with_other_sampling(request.parameters))
    try:
        second = await model.complete(changed, key)
    except ModelError as error:
        logger.warning("No other reply: {}: {}", error.kind, error.host_sentence)
        return first, reply
    other = wording.reply(second)
    return (second, other) if other else (first, reply)
