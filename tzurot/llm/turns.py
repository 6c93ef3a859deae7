"""Brings messages into the order that a model takes: whose turn it is, and what roles there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from tzurot.llm.messages import ChatMessage

OPENING: Final = "(The conversation begins.)"
"""Stands before an assistant's first message where the user must begin."""
CONTINUE: Final = "(Continue your last message from where it ends, without repeating it.)"
"""Follows a prefill that a model does not take: the reply goes on from it all the same."""
NOTED: Final = "(Noted.)"
"""Stands between a tool's answer and the user, who may not follow it."""
NO_OUTPUT: Final = "(no output)"
"""What a tool answered that had nothing to say."""

Messages = tuple[ChatMessage, ...]


def without_blanks(messages: Iterable[ChatMessage]) -> Messages:
    """Leave out messages without content; providers refuse them, and the answer must be asked for.

    A tool's answer stays, because its call waits for it.
    """
    kept = []
    for message in messages:
        if message.content.strip() or message.attachments or message.tool_calls:
            kept.append(message)
        elif message.role == "tool":
            kept.append(replace(message, content=NO_OUTPUT))
    return tuple(kept) or (ChatMessage("user", OPENING),)


def without_system(messages: Messages) -> Messages:
    """Fold leading system messages into the first user message; later ones become the user's."""
    leading = tuple(takewhile(lambda message: message.role == "system", messages))
    rest = tuple(
        replace(message, role="user") if message.role == "system" else message
        for message in messages[len(leading) :]
    )
    if not leading:
        return rest
    first = replace(_joined(leading), role="user")
    if rest and rest[0].role == "user":
        return (_joined((first, rest[0])), *rest[1:])
    return (first, *rest)


def alternating(messages: Messages) -> Messages:
    """Return one system message at most, then user and assistant in turn, the user first.

    Later system messages become the user's. Calls of tools and their answers keep their places.
    """
    leading = tuple(takewhile(lambda message: message.role == "system", messages))
    turns: list[ChatMessage] = []
    for message in messages[len(leading) :]:
        turn = replace(message, role="user") if message.role == "system" else message
        if not turns and turn.role != "user":
            turns.append(ChatMessage("user", OPENING))
        last = turns[-1] if turns else None
        if last and last.role == turn.role != "tool" and not last.tool_calls:
            turns[-1] = _joined((last, turn))
            continue
        if last and last.role == "tool" and turn.role == "user":
            turns.append(ChatMessage("assistant", NOTED))
        turns.append(turn)
    first = (_joined(leading),) if leading else ()
    return (*first, *(turns or [ChatMessage("user", OPENING)]))


def without_prefill(messages: Messages) -> Messages:
    """Let the prompt end with the user, who asks to go on where the assistant's text ends."""
    last = messages[-1]
    if last.role != "assistant" or last.tool_calls:
        return messages
    return (*messages, ChatMessage("user", CONTINUE))


def without_tools(messages: Iterable[ChatMessage]) -> Messages:
    """Tell as plain text what was called and what came of it."""
    names: dict[str | None, str] = {}
    told = []
    for message in messages:
        if message.role == "tool":
            name = names.get(message.tool_call_id, "a function")
            text = f"[{name} returned: {message.content.strip() or NO_OUTPUT}]"
            told.append(replace(message, role="user", content=text, tool_call_id=None))
            continue
        names |= {call.id: call.name for call in message.tool_calls}
        calls = [f"[called {call.name} with {call.arguments}]" for call in message.tool_calls]
        content = "\n".join([*([message.content] if message.content.strip() else []), *calls])
        told.append(
            replace(
                message,
                content=content if calls else message.content,
                tool_calls=(),
                reasoning_details=None,
                tool_call_id=None,
            )
        )
    return tuple(told)


def _joined(messages: Sequence[ChatMessage]) -> ChatMessage:
    """Return several messages as one, of the last one's role."""
    last = messages[-1]
    return replace(
        last,
        content="\n\n".join(one.content for one in messages if one.content.strip()),
        attachments=tuple(item for one in messages for item in one.attachments),
    )
