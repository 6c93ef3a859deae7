"""Parts a model's thinking from its reply while both stream in as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

# `<think>`, `</think>`, `<think />`, in any case and with attributes. A longer name such as
# `<thinking-mode>` is no tag. The length of attributes is bounded, so that little is held back.
_TAG: Final = re.compile(
    r"<(?P<close>/)?think(?:ing)?(?:\s[^<>]{0,64})?(?<!/)(?P<empty>/)?>", re.IGNORECASE
)
_PART_OF_TAG: Final = re.compile(
    r"<(?:/?(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?|/?think(?:ing)?(?:\s[^<>]{0,64})?/?)\Z",
    re.IGNORECASE,
)
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `discard` says that all before it was thinking after all."""

    kind: Literal["text", "reasoning", "discard"]
    text: str = ""


class ReasoningSplitter:
    """Feed a reply as it arrives, cut anywhere; get its pieces in order.

    - A closing tag without an opening one makes all before it thinking, once: `discard`.
    - Inside a code fence of the reply a tag is text.
    - Blank space between the thinking and the reply belongs to neither.
    """

    def __init__(self) -> None:
        self._held = ""
        self._text: list[str] = []
        self._open: list[str] | None = None
        """The thinking since the last opening tag; None outside."""
        self._tag_seen = False
        self._trim = False

    def feed(self, text: str) -> list[Piece]:
        """Return what is certain with this text; the start of a possible tag is held back."""
        text = self._held + text
        self._held = ""
        pieces: list[Piece] = []
        position = 0
        while match := _TAG.search(text, position):
            pieces += self._plain(text[position : match.start()])
            pieces += self._tag(match)
            position = match.end()
        rest = text[position:]
        if part := _PART_OF_TAG.search(rest):
            self._held = rest[part.start() :]
            rest = rest[: part.start()]
        return pieces + self._plain(rest)

    def finish(self, *, complete: bool) -> list[Piece]:
        """Return what was held back. `complete`: the model ended by itself, at no length limit.

        A complete reply that never left its thinking and said nothing else was the answer itself:
        some models forget the closing tag.
        """
        pieces = self._plain(self._held)
        self._held = ""
        if complete and self._open is not None and not "".join(self._text).strip():
            answer = "".join(self._open).strip()
            self._open = None
            if answer:
                self._text.append(answer)
                pieces.append(Piece("text", answer))
        return pieces

    def _plain(self, text: str) -> list[Piece]:
        if self._open is not None:
            if text:
                self._open.append(text)
            return [Piece("reasoning", text)] if text else []
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        if not text:
            return []
        self._text.append(text)
        return [Piece("text", text)]

    def _tag(self, match: re.Match[str]) -> list[Piece]:
        if self._open is None and "".join(self._text).count(_FENCE) % 2:
            return self._plain(match[0])
        first = not self._tag_seen
        self._tag_seen = True
        if match["empty"]:
            return []
        if not match["close"]:
            self._open = [] if self._open is None else self._open
            return []
        said = "".join(self._text)
        if self._open is not None:
            self._open = None
            self._trim = not said or said[-1].isspace()
        elif first:
            self._text.clear()
            self._trim = True
            return [Piece("discard"), Piece("reasoning", said)] if said else []
        return []
