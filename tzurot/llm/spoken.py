"""Errors that a general sentence would not explain: what went wrong is said in words of its own."""

from __future__ import annotations

from tzurot.llm.errors import ErrorKind, ModelError


class SpokenError(ModelError):
    """A `ModelError` that brings its own sentence for people."""

    def __init__(
        self, kind: ErrorKind, sentence: str, detail: str, *, status: int | None = None
    ) -> None:
        super().__init__(kind, detail, status=status, retryable=False)
        self._sentence = sentence

    @property
    def sentence(self) -> str:
        """What to tell a person."""
        return self._sentence

    @property
    def host_sentence(self) -> str:
        """What to tell the host."""
        return f"{self._sentence} ({self.detail})"
