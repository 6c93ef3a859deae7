"""Makes words that are not ours harmless for where they are to stand: texts and names; pure."""

from tzurot.plain.looks import alike, apart
from tzurot.plain.names import name_of, named, without_unseen
from tzurot.plain.text import DATA, bracketed, cleaned, one_line, quoted, set_off, typed

__all__ = [
    "DATA",
    "alike",
    "apart",
    "bracketed",
    "cleaned",
    "name_of",
    "named",
    "one_line",
    "quoted",
    "set_off",
    "typed",
    "without_unseen",
]
