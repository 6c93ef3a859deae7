"""Parts a model's thinking from its reply while both stream in as one text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from tzurot.llm.reasoning_tags import (
    BODY,
    FENCED,
    HEAD,
    Family,
    Role,
    Where,
    doubtful,
    inside,
)

_VISIBLE: Final = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `discard` says that all text before it was thinking after all."""

    kind: Literal["text", "reasoning", "discard"]
    text: str = ""


class ReasoningSplitter:
    """Feed a reply as it arrives, cut anywhere; get its pieces in order.

    What counts as a delimiter, and where, is declared in `reasoning_tags`. Beyond that:

    - A closer without any opener makes all before it thinking, once: `discard`, and that text
      comes again as reasoning. Later closers that end nothing vanish. (DeepSeek R1, Qwen and
      others open the thinking in their prompt template, where we do not see it.)
    - In code of the reply, be it a block or a span, everything is text.
    - Where the turn of somebody else begins behind the reply, the reply is over.
    - Blank space before the reply, and between it and the thinking, belongs to neither.

    At most about a hundred characters are held back: those that may yet become a delimiter.
    """

    def __init__(self) -> None:
        self._held = ""
        self._family: Family | None = None
        """What opened the thinking that goes on; None in the reply."""
        self._doubt: Family | None = None
        """What the reply began with, if that may have been the start of thinking."""
        self._kept: list[str] = []
        """The thinking since its opener; or, until one came, the reply."""
        self._proven = False
        """Whether a delimiter of thinking was seen."""
        self._visible = False
        self._trim = True
        self._fenced = False
        self._line_blank = True
        self._last = ""
        """The last text of the reply, which tells whether it ends in blank space."""
        self._over = False
        self._literal: set[str] = set()
        """The families whose opener stood where it is text; their closers are text too."""
        self._wrapped: set[str] = set()
        self._rules = HEAD
        self._hot = HEAD.hot.search

    def feed(self, text: str) -> list[Piece]:
        """Return what is certain with this text; what may become a delimiter is held back."""
        if self._over:
            return []
        if self._held or self._trim or self._hot(text):
            return self._scan(self._held + text, final=False)
        return [self._piece(text)] if text else []

    def finish(self) -> list[Piece]:
        """Return what was held back."""
        return self._scan(self._held, final=True)

    @property
    def unclosed(self) -> str | None:
        """All behind an opener that never closed, stripped; None when each was closed.

        Some models answer within their thinking and stop; whether this is such an answer is for
        the caller to say.
        """
        return None if self._family is None else "".join(self._kept).strip()

    def _scan(self, text: str, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        start = position = 0
        while True:
            if self._trim:
                start = position = self._skip_blank(text, position)
            rules = self._rules
            found = self._hot(text, position)
            if found is None:
                position = len(text)
                break
            position = found.start()
            left = len(text) - position
            if not final and left <= rules.longest and rules.part.match(text, position):
                break
            match = rules.full.match(text, position)
            if match is None:
                position += 1
            elif self._is_text(match, start):
                position = match.end()
            else:
                self._plain(text[start:position], pieces)
                role, family = rules.roles[match.lastgroup]
                self._act(role, family, match[0], pieces)
                if self._over:
                    self._held = ""
                    return pieces
                self._choose_rules()
                start = position = match.end()
                continue
            if self._trim:
                # What is to be seen begins here, and is no delimiter.
                self._trim, self._visible = False, True
                self._choose_rules()
        self._plain(text[start:position], pieces)
        self._held = text[position:]
        return pieces

    def _skip_blank(self, text: str, position: int) -> int:
        found = _VISIBLE.search(text, position)
        end = found.start() if found else len(text)
        if "\n" in text[position:end]:
            self._line_blank = True
        if found and self._visible:
            self._trim = False
        return end

    def _plain(self, text: str, pieces: list[Piece]) -> None:
        if text:
            pieces.append(self._piece(text))

    def _piece(self, text: str) -> Piece:
        if self._family is not None:
            self._kept.append(text)
            return Piece("reasoning", text)
        if not self._proven:
            self._kept.append(text)
        self._last = text
        if line := text.rstrip(" \t"):
            self._line_blank = line[-1] == "\n"
        return Piece("text", text)

    def _is_text(self, found: re.Match[str], start: int) -> bool:
        """Whether a delimiter stands where it is none; `start`: what was handed out before."""
        role, family = self._rules.roles[found.lastgroup]
        if role == "fence":
            self._fenced = not self._fenced
            self._choose_rules()
        if family is None or self._family is not None:
            return role in {"fence", "code"}
        if role == "open":
            if self._opens(family, found, start):
                return False
            self._literal.add(family.name)
            return True
        if role == "maybe":
            return self._proven  # the thinking is over
        if role == "proof":
            return family.heading and not self._starts_line(found, start)
        return (role == "close" and family.name in self._literal) or (
            role == "unwrap" and family.name not in self._wrapped
        )

    def _opens(self, family: Family, found: re.Match[str], start: int) -> bool:
        if family.where is Where.ANYWHERE or not self._visible:
            return True
        after = found.string[found.end() : found.end() + 1]
        alone = family.where is not Where.OWN_LINE or after in {"", "\n"}
        return alone and self._starts_line(found, start)

    def _starts_line(self, found: re.Match[str], start: int) -> bool:
        text, position = found.string, found.start()
        while position > start and text[position - 1] in " \t":
            position -= 1
        return self._line_blank if position == start else text[position - 1] == "\n"

    def _choose_rules(self) -> None:
        if self._family is not None:
            self._rules = inside(self._family)
        elif self._fenced:
            self._rules = FENCED
        elif not self._visible:
            self._rules = HEAD
        elif self._doubt is not None:
            self._rules = doubtful(self._doubt)
        else:
            self._rules = BODY
        self._hot = self._rules.hot.search

    def _act(self, role: Role, family: Family | None, text: str, pieces: list[Piece]) -> None:
        if role == "note":
            pieces.append(Piece("reasoning", text.strip()))
        elif role == "over":
            self._over = self._visible
        elif family is None:
            return  # a stray token
        elif role == "open":
            self._open(family, text)
        elif role in {"close", "proof"}:
            if role == "proof":
                del self._kept[0]  # the word that raised the doubt was the opener
            self._close(pieces)
        elif role == "wrap":
            self._wrapped.add(family.name)
        elif role == "maybe":
            self._doubt = family
            self._trim, self._visible = False, True
            pieces.append(self._piece(text))

    def _open(self, family: Family, text: str) -> None:
        if self._family is not None:
            return  # once more within the thinking: the first closer ends both
        self._kept.clear()
        self._proven = True
        self._doubt = None
        if text.rstrip().endswith("/>"):
            self._leave()
        else:
            self._family = family
            self._trim = False

    def _close(self, pieces: list[Piece]) -> None:
        if self._family is not None:
            self._kept.clear()
            self._leave()
        elif self._visible and not self._proven:
            thinking = "".join(self._kept)
            self._kept.clear()
            self._visible = False
            self._leave()
            pieces.append(Piece("discard"))
            if thinking:
                pieces.append(Piece("reasoning", thinking))
        self._proven = True
        self._doubt = None

    def _leave(self) -> None:
        self._family = None
        self._trim = not self._visible or self._last[-1:].isspace()
        self._line_blank = self._line_blank or not self._visible


# What speaks about the chat instead of taking part in it, in English and in Chinese.
_ABOUT_THE_CHAT: Final = (
    r"\bthe user\b|\buser (?:wants|asks|asked|said|says|is asking)\b|\u7528\u6237",
    r"\b(?:system prompt|character card|(?:stay|remain|keep) in[- ]character)\b",
    r"\b(?:my|the) (?:response|reply|answer) (?:should|must|needs)\b",
    r"\b(?:i|we) (?:should|must|need to|have to) (?:respond|reply|write an?|output)\b",
    r"\b(?:i'll|let me|let's) (?:respond|reply|write an?|craft|draft)\b",
    r"\bkeep (?:it|the response|the reply) (?:short|brief|concise)\b",
    r"^[\W\d]{0,12}(?:analy[sz]e the (?:request|input|prompt)|thinking process|draft \d)",
)
# What plans or wavers; people in a story do that as well.
_PLANNING: Final = (
    r"\A\W*(?:okay|ok|alright|hmm+|so|first|let me|we need|i need)\b",
    r"\A\s*(?:\u597d\u7684|\u55ef|\u9996\u5148)|\u6211(?:\u9700\u8981|\u5e94\u8be5)",
    r"\b(?:(?:i|we) (?:should|need to|must|have to|could)|let's|let me)\b",
    r"(?:^|[.!?]\s)(?:wait|hmm+|actually|but wait|on second thought)\b",
    r"^\s{0,8}\d[.)] +\*\*",
)


def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each, re.IGNORECASE | re.MULTILINE) for each in patterns)


_MARKS_ABOUT_THE_CHAT: Final = _compiled(_ABOUT_THE_CHAT)
_MARKS_OF_PLANNING: Final = _compiled(_PLANNING)
_ENOUGH_TO_JUDGE: Final = 4000


def reads_like_thinking(text: str) -> bool:
    """Whether this reads like planning a reply, not like a reply in a chat.

    A guess, for replies that arrive where the thinking belongs (GLM and Nemotron skip the
    thinking, and their servers take the whole answer for it). It takes two marks of different
    kinds, and one of them must speak about the chat: a character may well waver and plan.
    """
    start = text[:_ENOUGH_TO_JUDGE].replace("\u2019", "'")
    about = sum(1 for mark in _MARKS_ABOUT_THE_CHAT if mark.search(start))
    return about > 0 and about + sum(1 for mark in _MARKS_OF_PLANNING if mark.search(start)) > 1
