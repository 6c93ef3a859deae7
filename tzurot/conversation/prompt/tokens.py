"""Guesses how many tokens a text takes, without a model's own tokenizer; pure."""

from typing import Final

# English takes about four bytes a token, other scripts about three bytes a character and a token
# or more each. 3.5 is on the safe side for both.
_BYTES_PER_TOKEN: Final = 3.5
_PER_MESSAGE: Final = 4


def estimate(text: str) -> int:
    """Return about how many tokens one message with this text takes."""
    return int(len(text.encode()) / _BYTES_PER_TOKEN) + _PER_MESSAGE
