"""What a person can do wrong with a character."""


class CharacterError(Exception):
    """It cannot be done; the text says why and what to do, for the person who asked."""
