"""Takes off the tags in which prompts of chats are often written, and models answer; pure."""

from __future__ import annotations

import re

from tzurot.conversation.cleanup.prose import before, without
from tzurot.conversation.code_spans import blanked

_NAMES = (
    "assistant|chat|chat_log|context|conversation|current_message|current_turn|environment|from"
    "|from_id|incoming_message|instructions|last_message|memories|memory|memory_archive|message"
    "|msg|output|participants|persona|protocol|reactions|received|received_message|reply|response"
    "|system|turn|user"
)
_ABOUT_TAGS = re.compile(r"<|\b(?:xml|html|svg|markup|tags?)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]{0,40})(?:\s[^<>\n]{0,200})?/?>")
_IS_OURS = re.compile(rf"(?:{_NAMES})\Z")
_IS_STYLE = re.compile(r"(?:b|i|u|s|em|strong|br|small|sub|sup)\Z", re.IGNORECASE)
_SENDER = re.compile(r"\A\s*<from\b[^<>\n]{0,200}>[^<>\n]{0,80}</from>\s*[:\uff1a]?\s*")
_OPENING = re.compile(rf"\A\s*<(?:{_NAMES})(?:\s[^<>\n]{{0,200}})?>\s*")
_REACTIONS = re.compile(r"\s*<reactions(?:\s[^<>\n]{0,200})?>[^<>]{0,400}</reactions>\s*\Z")
_CLOSING = re.compile(rf"^[ \t]*</({_NAMES})>[ \t]*$\n?|[ \t]*</({_NAMES})>[ \t]*$", re.MULTILINE)
_NEXT = re.compile(
    r"(?:</(?:message|msg|turn)>\s*)?<(?:message|msg|turn|from)\s[^<>\n]{0,120}"
    r"\b(?:author|from|id|name|role|speaker|user)\s*=[^<>\n]{0,120}>"
)


def without_tags(text: str, asked: str) -> str:
    """Return the reply without the tags around it, up to where it opens another's message.

    A document of tags, or what is said of tags to whom asks about them, stays as it is.
    """
    if "<" not in text or _ABOUT_TAGS.search(asked) or _is_document(text):
        return text
    text = _REACTIONS.sub("", text)
    while (shorter := _OPENING.sub("", _SENDER.sub("", text))) != text:
        text = shorter
    text = before(text, _NEXT)
    opened = {found[2] for found in _TAG.finditer(blanked(text)) if not found[1]}
    closed = {one[1] or one[2] for one in _CLOSING.finditer(blanked(text))}
    if closed and not closed & opened:
        while (shorter := without(text, _CLOSING).rstrip()) != text:
            text = shorter
    return text


def _is_document(text: str) -> bool:
    """Whether other tags than those of chats are closed in it."""
    return any(
        found[1] and not _IS_OURS.match(found[2]) and not _IS_STYLE.match(found[2])
        for found in _TAG.finditer(blanked(text))
    )
