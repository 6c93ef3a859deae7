"""Embeds texts beside the event loop, in two lanes: what somebody waits for goes first."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tzurot.memory.errors import EmbeddingError

if TYPE_CHECKING:
    from tzurot.memory.model import MiniLM


class Embedder:
    """The embedding model on a thread of its own; it is loaded when it is first needed."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._model: MiniLM | None = None
        self._queries = 0
        self._no_queries = asyncio.Event()
        self._no_queries.set()
        self._background = asyncio.Lock()

    async def query(self, text: str) -> list[float]:
        """Return the embedding of what to look for. Raises EmbeddingError.

        It waits for the one text that is being embedded, and for other queries. Of a text longer
        than a window the beginning is read.
        """
        self._queries += 1
        self._no_queries.clear()
        try:
            return await self._embed(text)
        finally:
            self._queries -= 1
            if not self._queries:
                self._no_queries.set()

    async def passage(self, text: str) -> list[float]:
        """Return the embedding of a window to remember, when no query waits.

        Raises EmbeddingError.
        """
        async with self._background:
            while self._queries:
                await self._no_queries.wait()
            # The thread is idle now, so what is handed over does not stand before a later query.
            return await self._embed(text)

    def close(self) -> None:
        """End the thread, once it has finished the text that it is at."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _embed(self, text: str) -> list[float]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, text)

    def _run(self, text: str) -> list[float]:
        try:
            if self._model is None:
                from tzurot.memory.model import MiniLM  # noqa: PLC0415  see there

                self._model = MiniLM()
            return self._model.embed(text)
        except EmbeddingError:
            raise
        except Exception as error:
            # Whatever it is (a library that cannot be loaded, no memory): callers know one kind.
            msg = f"the embedding model failed: {type(error).__name__}"
            raise EmbeddingError(msg) from error
