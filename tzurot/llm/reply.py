"""Builds one reply from the payloads of a stream, and judges how the stream ended; no I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from tzurot.llm.attempts import Usage
from tzurot.llm.chunks import Chunk, parse_chunk
from tzurot.llm.errors import ErrorKind, ModelError, Symptom
from tzurot.llm.failures import failure_from_error
from tzurot.llm.messages import (
    FinishReason,
    Json,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextDiscarded,
    ToolCall,
)
from tzurot.llm.pieces import ReasoningDetails, ToolCalls
from tzurot.llm.reasoning import Piece, ReasoningSplitter, reads_like_thinking
from tzurot.llm.stops import StopFilter

END: Final = "[DONE]"
LONGEST_REPLY: Final = 2**20
"""Characters with the thinking; far above what any `max_tokens` of a chat allows."""

_STOP = r"[.!?\u2026\u3002\uff01\uff1f]"
_CLOSING = r"[\"'\u201d\u2019\u00bb*_)\]~]*"
_SENTENCE_END = re.compile(rf"{_STOP}{_CLOSING}\s*\Z|[*\"\u201d\u00bb]\s*\Z")
_LAST_SENTENCE = re.compile(rf"\A.*{_STOP}{_CLOSING}(?=\s|\Z)", re.DOTALL)
# "ext" is what Gemini's filter leaves of a reply.
_SAYS_NOTHING = re.compile(r"\A(?:ext|[\s.…_*~-]*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A reply as its stream gave it."""

    text: str
    reasoning: str
    finish_reason: FinishReason
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning_details: tuple[Json, ...] | None = None


class ReplyBuilder:
    """Feed payloads, `close` at the end, then ask for the `result`.

    Nothing is handed out until it is more than blank. `ended`: the model has finished; only usage
    and `[DONE]` may follow. `done`: nothing may follow. `spare`, after an error: a reply that is
    better than none, if another attempt brings no better. Without `tools` on offer, calls of them
    are none.
    """

    def __init__(
        self, *, stops: Sequence[str] = (), tools: bool = False, key: SecretStr | None = None
    ) -> None:
        self.done = False
        self.spare: Built | None = None
        self.model: str | None = None
        self.provider: str | None = None
        self.generation_id: str | None = None
        self.usage: Usage | None = None
        self._key = key
        self._splitter = ReasoningSplitter()
        self._wanted_stops = frozenset(stops)
        self._stops = StopFilter(stops)
        self._told_stop = ""
        self._visible: list[str] = []
        self._blank = ""
        self._reasoning: list[str] = []
        self._length = 0
        self._refusal = ""
        self._finish: FinishReason | None = None
        self._offers_tools = tools
        self._tools = ToolCalls()
        self._details = ReasoningDetails()

    @property
    def visible(self) -> str:
        """The text handed out so far."""
        return "".join(self._visible)

    @property
    def stopped_at(self) -> str | None:
        """Which of the stops ended the reply: found here, or told by the server."""
        told = self._told_stop if self._told_stop in self._wanted_stops else None
        return self._stops.found or told

    @property
    def ended(self) -> bool:
        """Whether the model has said why it stopped."""
        return self.done or self._finish is not None

    def feed(self, payload: str) -> list[StreamEvent]:
        """Take one payload; raises `ModelError` if it is an error or unreadable."""
        if self.done:
            return []
        if payload.strip() == END:
            self.done = True
            return []
        chunk = parse_chunk(payload)
        self._note(chunk)
        if chunk.error or chunk.failed:
            error = chunk.error or "the stream ended with finish_reason error"
            raise failure_from_error(error, key=self._key)
        events: list[StreamEvent] = []
        if chunk.reasoning:
            events += self._emit([Piece("reasoning", chunk.reasoning)])
        if chunk.text:
            events += self._emit(self._splitter.feed(chunk.text))
        # Some servers finish twice; the first reason is the true one.
        self._finish = self._finish or chunk.finish_reason
        if self._stops.stopped:
            self._finish = "stop"
            self.done = True
        return events

    def close(self) -> list[StreamEvent]:
        """Take the end of the stream; raises `ModelError` if there is no whole reply."""
        events = self._emit(self._splitter.finish())
        events += self._say(self._stops.finish())
        self._judge()
        return events

    def broke(self) -> None:
        """Take the stream's end by an error: what was said in whole sentences may be a spare."""
        self._splitter.finish()
        found = _LAST_SENTENCE.match(self.visible)
        if (
            found
            and self._splitter.unclosed is None
            and self.spare is None
            and not self._seems_thinking()
        ):
            self.spare = self._built(found[0].rstrip(), "cut")

    def result(self) -> Built:
        """Return the reply; only after `close`."""
        # Some gateways send [DONE] and no reason.
        finish = self._finish or ("stop" if self.done else "cut")
        return self._built(self.visible, finish)

    def _note(self, chunk: Chunk) -> None:
        self.model = chunk.model or self.model
        self.provider = chunk.provider or self.provider
        self.generation_id = chunk.generation_id or self.generation_id
        self.usage = chunk.usage or self.usage
        self._told_stop = chunk.stopped_at or self._told_stop
        self._refusal += chunk.refusal
        if self._offers_tools:
            self._tools.add(chunk.tool_calls)
        self._details.add(chunk.reasoning_details)
        self._length += len(chunk.text) + len(chunk.reasoning) + len(chunk.refusal)
        if self._length > LONGEST_REPLY:
            raise ModelError(ErrorKind.PROVIDER_DOWN, "a reply without end", retryable=False)

    def _judge(self) -> None:
        """Raise what is wrong with the reply, and keep what may serve in its place."""
        unclosed, said = self._splitter.unclosed, self.visible.strip()
        if unclosed == "" and said:
            unclosed = None  # a tag at the very end, with nothing behind it
        if unclosed is not None and self.ended:
            self._judge_unclosed(unclosed)
        elif not self.ended and (
            unclosed is not None or not _SENTENCE_END.search(said) or self._seems_thinking()
        ):
            self.broke()
            raise ModelError(ErrorKind.TRUNCATED, "the stream ended without a finish reason")
        elif _SAYS_NOTHING.match(said) and not self._tools.finished():
            self._judge_empty()
        elif self._finish == "length" and self._seems_thinking():
            detail = "the answer's limit was reached in what reads like thinking"
            raise _ate_all(detail)

    def _seems_thinking(self) -> bool:
        """Whether a text that was cut off is thinking whose opening tag the model left out."""
        return not self._reasoning and reads_like_thinking(self.visible)

    def _judge_unclosed(self, unclosed: str) -> None:
        if self._finish == "length":
            if self.visible.strip():
                self.spare = self._built(self.visible.rstrip(), "length")
            detail = "the thinking in the text never ended before the answer's limit"
            raise _ate_all(detail)
        if reads_like_thinking(unclosed):
            unclosed = ""
        text = "\n".join(filter(None, (self.visible.strip(), unclosed)))
        if text:
            self.spare = self._built(text, "stop")
        detail = "a tag of thinking was opened and never closed"
        raise ModelError(ErrorKind.EMPTY, detail, symptom=Symptom.ONLY_THINKING)

    def _judge_empty(self) -> None:
        if self._refusal or self._finish == "content_filter":
            # Not its words: they often repeat what somebody said.
            detail = f"a refusal of {len(self._refusal)} characters, finish reason {self._finish}"
            raise ModelError(ErrorKind.CONTENT_POLICY, detail)
        thought = "".join(self._reasoning).strip()
        detail = f"no text, {len(thought)} characters of thinking, finish reason {self._finish}"
        if self._finish == "length":
            raise _ate_all(detail)
        symptom = None
        if thought:
            # Some servers take a whole answer for thinking, when the model skips its closing tag.
            symptom = Symptom.ONLY_THINKING
            if not reads_like_thinking(thought):
                self.spare = self._built(thought, "stop", reasoning="")
        elif self.visible.strip() not in {"", "ext"}:
            self.spare = self._built(self.visible.strip(), "stop")
        raise ModelError(ErrorKind.EMPTY, detail, symptom=symptom)

    def _built(self, text: str, finish: FinishReason, reasoning: str | None = None) -> Built:
        return Built(
            text=text,
            reasoning="".join(self._reasoning) if reasoning is None else reasoning,
            finish_reason=finish,
            tool_calls=self._tools.finished(),
            reasoning_details=self._details.finished(),
        )

    def _emit(self, pieces: list[Piece]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for piece in pieces:
            if piece.kind == "reasoning":
                self._reasoning.append(piece.text)
                events.append(ReasoningDelta(piece.text))
            elif piece.kind == "discard":
                self._blank = ""
                self._stops.finish()
                if self._visible:
                    self._visible.clear()
                    events.append(TextDiscarded())
            else:
                events += self._say(self._stops.feed(piece.text))
        return events

    def _say(self, text: str) -> list[StreamEvent]:
        if not self._visible:
            text = self._blank + text
            if not text.strip():
                self._blank = text
                return []
            self._blank = ""
        if not text:
            return []
        self._visible.append(text)
        return [TextDelta(text)]


def _ate_all(detail: str) -> ModelError:
    # Not retryable: the same limit would be eaten by the same thinking again.
    return ModelError(ErrorKind.EMPTY, detail, retryable=False, symptom=Symptom.THINKING_ATE_ALL)
