"""Builds one reply from the payloads of a stream, and judges how the stream ended; no I/O."""

from __future__ import annotations

from typing import Final

from tzurot.llm.chunks import parse_chunk
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.failures import failure_from_error
from tzurot.llm.messages import (
    ChatResult,
    FinishReason,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextDiscarded,
    Timings,
    Usage,
)
from tzurot.llm.reasoning import Piece, ReasoningSplitter

END: Final = "[DONE]"
LONGEST_REPLY: Final = 2**20
"""Characters with the thinking; far above what any `max_tokens` of a chat allows."""


class ReplyBuilder:
    """Feed payloads, `close` at the end, then ask for the `result`.

    `visible` is the text handed out so far: nothing is handed out until it is more than blank.
    `ended`: the model has finished; only usage and `[DONE]` may follow. `done`: nothing may follow.
    """

    def __init__(self, model: str, secret: str | None = None) -> None:
        self.visible = ""
        self.done = False
        self._secret = secret
        self._model = model
        self._splitter = ReasoningSplitter()
        self._blank = ""
        self._reasoning: list[str] = []
        self._length = 0
        self._refusal = ""
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None
        self._generation_id: str | None = None

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
        if chunk.error or chunk.failed:
            error = chunk.error or "the stream ended with finish_reason error"
            raise failure_from_error(error, secret=self._secret)
        self._model = chunk.model or self._model
        self._generation_id = chunk.generation_id or self._generation_id
        self._usage = chunk.usage or self._usage
        self._refusal += chunk.refusal
        self._length += len(chunk.text) + len(chunk.reasoning) + len(chunk.refusal)
        if self._length > LONGEST_REPLY:
            raise ModelError(ErrorKind.MALFORMED, "a reply without end", retryable=False)
        events: list[StreamEvent] = []
        if chunk.reasoning:
            events += self._emit([Piece("reasoning", chunk.reasoning)])
        events += self._emit(self._splitter.feed(chunk.text))
        # Some servers finish twice; the first reason is the true one.
        self._finish = self._finish or chunk.finish_reason
        return events

    def close(self) -> list[StreamEvent]:
        """Take the end of the stream; raises `ModelError` if there is no whole reply."""
        if not self.ended:
            raise ModelError(ErrorKind.TRUNCATED, "the stream ended without a finish reason")
        events = self._emit(self._splitter.finish(complete=self._finish != "length"))
        if self.visible:
            return events
        if self._refusal or self._finish == "content_filter":
            raise ModelError(
                ErrorKind.CONTENT_POLICY, f"refused: {self._refusal[:200] or 'filter'}"
            )
        thought = sum(map(len, self._reasoning))
        raise ModelError(
            ErrorKind.EMPTY,
            f"no text, {thought} characters of thinking, finish reason {self._finish}",
            # The same limit would be eaten by the same thinking again.
            retryable=self._finish != "length",
        )

    def result(self, timings: Timings) -> ChatResult:
        """Return the reply; only after `close`."""
        return ChatResult(
            text=self.visible,
            reasoning="".join(self._reasoning),
            finish_reason=self._finish or "stop",  # some gateways send [DONE] and no reason
            model=self._model,
            generation_id=self._generation_id,
            usage=self._usage,
            timings=timings,
        )

    def _emit(self, pieces: list[Piece]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for piece in pieces:
            if piece.kind == "reasoning":
                self._reasoning.append(piece.text)
                events.append(ReasoningDelta(piece.text))
            elif piece.kind == "discard":
                self._blank = ""
                if self.visible:
                    self.visible = ""
                    events.append(TextDiscarded())
            elif self.visible or piece.text.strip():
                text = self._blank + piece.text
                self._blank = ""
                self.visible += text
                events.append(TextDelta(text))
            else:
                self._blank += piece.text
        return events
