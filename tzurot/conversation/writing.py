"""Asks a model for what a character says: cleaned, and once more where it repeats itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from loguru import logger
from pydantic import SecretStr

from tzurot.conversation.cleanup import clean, notes_in, whole_sentences
from tzurot.conversation.repeats import is_repeat
from tzurot.conversation.scene import Scene
from tzurot.llm import ChatRequest, ChatResult, ErrorKind, ModelClient, ModelError
from tzurot.llm.parameters import with_other_sampling


async def ask(
    model: ModelClient,
    request: ChatRequest,
    key: SecretStr | None,
    *,
    seen: Scene,
    answered: Collection[int],
) -> tuple[ChatResult, str]:
    """Return what the model gave and the reply made of it; raises `ModelError`, also for none left.

    `answered` are the ids of the messages that it answers. A second answer is better than the same
    one again, even if it repeats something too; the first is better than none.
    """
    asked = "\n".join(line.text for line in seen.lines if line.message_id in answered)
    first = await model.complete(request, key)
    reply = _cleaned(first, request, seen, asked)
    if not reply:
        raise ModelError(ErrorKind.EMPTY, "nothing was left of the reply after cleaning")
    if not is_repeat(reply, seen.lines, asked):
        return first, reply
    logger.info("A reply of {} characters was said before; it is asked for again", len(reply))
    changed = replace(request, parameters=with_other_sampling(request.parameters))
    try:
        second = await model.complete(changed, key)
    except ModelError as error:
        logger.warning("No other reply: {}: {}", error.kind, error.host_sentence)
        return first, reply
    other = _cleaned(second, request, seen, asked)
    return (second, other) if other else (first, reply)


def _cleaned(result: ChatResult, request: ChatRequest, seen: Scene, asked: str) -> str:
    here = {*(one.name for one in seen.people), *(one.name for one in seen.companions)}
    reply = clean(
        result.text,
        name=seen.character.name,
        nickname=seen.character.called,
        user_name=seen.user_name,
        others=seen.others | here,
        user_message=asked,
        last_reply=next((line.text for line in reversed(seen.lines) if line.is_self), ""),
        notes=notes_in(request.messages),
    )
    if result.finish_reason in {"length", "content_filter"}:  # it was cut somewhere
        reply = whole_sentences(reply)
    return reply
