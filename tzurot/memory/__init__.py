"""Long-term memory: what was said is remembered after the reply, and recalled before the next."""

from tzurot.memory.embedder import Embedder
from tzurot.memory.errors import EmbeddingError
from tzurot.memory.store import REMEMBER, Memories, Recalled

__all__ = ["REMEMBER", "Embedder", "EmbeddingError", "Memories", "Recalled"]
