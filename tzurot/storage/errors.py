"""What can go wrong with the database, in words for the host."""


class StorageError(Exception):
    """The database cannot be used as it is; the text says why in one line."""
