"""Takes a model's artefacts off a reply before it is shown; pure."""

from __future__ import annotations

import re
from collections.abc import Collection

# Special tokens that chat templates leak, such as <|im_end|> and </s>; DeepSeek's bars are wide.
_SPECIAL_TOKEN = re.compile(r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</?s>|<(?:end|start)_of_turn>|<eop>")  # noqa: RUF001
# From such a token on, a model plays the next message of the chat by itself.
_NEXT_TURN = re.compile(r"<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>")
# With the quote marks, brackets and asterisks that close after it.
_SENTENCE_END = re.compile(r"(?<!\d)[.!?…]+[\"'”’)\]*_]*(?=\s|$)")  # noqa: RUF001
_PLACEHOLDER = re.compile(r"\{\{\s*(user|char)\s*\}\}", re.IGNORECASE)


def clean(text: str, *, name: str, user_name: str, others: Collection[str]) -> str:
    """Return the reply without scaffolding, without its own name before it, in its own voice only.

    `name` is the character's, `user_name` the speaker's, `others` everybody else in the chat. From
    a line on in which the model speaks for one of them, the text is dropped.
    """
    # What PostgreSQL and Discord cannot hold: NUL, and half of a surrogate pair.
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    text = _NEXT_TURN.split(text, maxsplit=1)[0]
    text = _SPECIAL_TOKEN.sub("", text)
    names = {"char": name, "user": user_name}
    text = _PLACEHOLDER.sub(lambda match: names[match[1].lower()], text)
    text = _without_own_name(text.strip(), name)
    return _own_voice(text, {user_name, *others} - {name}).strip()


def whole_sentences(text: str) -> str:
    """Return a reply that was cut at its longest without the sentence that has no end.

    What would lose more than half, or ends inside a code block, is left as it is.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if text.count("```") % 2 or not ends or ends[-1] < len(text) / 2:
        return text
    shorter = text[: ends[-1]].rstrip()
    # An action that is still open is closed again.
    return f"{shorter}*" if _loose_asterisks(shorter) % 2 else shorter


def _loose_asterisks(text: str) -> int:
    return text.count("*") - 2 * text.count("**")


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
    line = re.compile(
        rf"^[*_\[]{{0,3}}(?:{known})[*_\]]{{0,3}}\s*:[*_]{{0,3}}", re.MULTILINE | re.IGNORECASE
    )
    first = line.match(text)
    if first is not None:
        # It begins with another's name, and is all that there is: keep those words.
        text = text[first.end() :]
    following = line.search(text)
    return text if following is None else text[: following.start()]
