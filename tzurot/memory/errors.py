"""What can go wrong with memory."""


class EmbeddingError(Exception):
    """The embedding model cannot be used; the text says why in one line."""
