"""Embeddings of texts by a model service.

https://platform.openai.com/docs/api-reference/embeddings, which OpenRouter follows
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from pydantic import SecretStr

from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.transport import Transport

BATCH: Final = 128
"""Texts in one request."""


async def embed(
    transport: Transport,
    texts: Sequence[str],
    *,
    model: str,
    key: SecretStr | None,
    dimensions: int | None = None,
) -> list[list[float]]:
    """Return one vector for each text, in the order of the texts; raises `ModelError`.

    All have the same length, which is `dimensions` if that is given; not every model takes it.
    """
    vectors: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        batch = list(texts[start : start + BATCH])
        body: dict[str, object] = {"model": model, "input": batch, "encoding_format": "float"}
        if dimensions is not None:
            body["dimensions"] = dimensions
        told = await transport.json("POST", "/embeddings", key=key, body=body, patience_s=60)
        vectors += _vectors(told, len(batch))
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1 or (dimensions is not None and lengths - {dimensions}):
        raise ModelError(ErrorKind.PROVIDER_DOWN, f"embeddings of the lengths {sorted(lengths)}")
    return vectors


def _vectors(told: dict[str, Any], number: int) -> list[list[float]]:
    """Return the vectors of one answer by their `index`, which need not be their order."""
    entries = told.get("data")
    try:
        vectors = {entry["index"]: list(entry["embedding"]) for entry in entries or ()}
        numbers = chain.from_iterable(vectors.values())
        good = all(isinstance(value, int | float) and math.isfinite(value) for value in numbers)
    except (KeyError, OverflowError, TypeError):
        vectors, good = {}, False
    if not good or set(vectors) != set(range(number)) or not all(vectors.values()):
        detail = f"no proper embeddings of {number} texts"
        raise ModelError(ErrorKind.PROVIDER_DOWN, detail)
    return [[float(value) for value in vectors[index]] for index in range(number)]
