"""Every sentence that people read from tzurot itself, in one voice."""

from __future__ import annotations

DM_HELP = (
    "Hello! I lend my voice to characters. Write `@` and a character's name to talk with one, "
    "for example `@{name} hello`. After that, just write: the same character keeps listening here."
)
DM_HELP_NOBODY = "Hello! I lend my voice to characters, but there is none yet that you may talk to."
NO_REPLY = "-# ⚠️ {name} cannot answer just now. {reason}"
NO_REPLY_INTERNAL = "Something went wrong on our side. Please try again (reference {reference})."
