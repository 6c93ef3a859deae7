"""Takes a model's artefacts off a reply before it is shown; pure."""

from __future__ import annotations

import re
from collections.abc import Collection

# Special tokens that chat templates leak, such as <|im_end|> and </s>; DeepSeek's bars are wide.
_SPECIAL_TOKEN = re.compile(r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|<(?:end|start)_of_turn>|<eop>")  # noqa: RUF001
# From such a token on, a model plays the next message of the chat by itself.
_NEXT_TURN = re.compile(r"<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>")
_PLACEHOLDER = re.compile(r"\{\{\s*(user|char)\s*\}\}", re.IGNORECASE)


def clean(text: str, *, name: str, user_name: str, others: Collection[str]) -> str:
    """Return the reply without scaffolding, without its own name before it, in its own voice only.

    `name` is the character's, `user_name` the speaker's, `others` everybody else in the chat. From
    a line on in which the model speaks for one of them, the text is dropped.
    """
    text = _NEXT_TURN.split(text, maxsplit=1)[0]
    text = _SPECIAL_TOKEN.sub("", text)
    names = {"char": name, "user": user_name}
    text = _PLACEHOLDER.sub(lambda match: names[match[1].lower()], text)
    text = _without_own_name(text.strip(), name)
    return _own_voice(text, {user_name, *others} - {name}).strip()


def _without_own_name(text: str, name: str) -> str:
    # **Name:** / Name: / [Name]: at the very beginning, once or more.
    label = re.compile(
        rf"(?:[*_\[\"]{{0,3}}{re.escape(name)}[*_\]\"]{{0,3}}\s*:[*_]{{0,3}}\s*)+", re.IGNORECASE
    )
    match = label.match(text)
    return text[match.end() :] if match else text


def _own_voice(text: str, others: Collection[str]) -> str:
    if not any(others):
        return text
    known = "|".join(re.escape(other) for other in sorted(others, key=len, reverse=True) if other)
    line = re.compile(rf"^[*_\[]{{0,3}}(?:{known})[*_\]]{{0,3}}\s*:", re.MULTILINE | re.IGNORECASE)
    match = line.search(text)
    # A reply that begins with another's name is all that there is: keep the words.
    if match is None:
        return text
    return text[: match.start()] if text[: match.start()].strip() else text[match.end() :]
