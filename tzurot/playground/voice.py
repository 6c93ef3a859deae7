"""Voice messages: one recording with its length and its waveform, and nothing beside it.

Source: https://discord.com/developers/docs/resources/message#voice-messages
"""

from __future__ import annotations

from typing import Final

from .composing import Written
from .errors import DiscordError, Payload, Problem

VOICE_MESSAGE: Final = 1 << 13
"""The flag of a voice message."""


def check(written: Written, extras: Payload, flags: int) -> None:
    """Raise what Discord would refuse in a voice message."""
    if not flags & VOICE_MESSAGE:
        return
    if written.content or written.embeds or written.components or extras:
        raise DiscordError(Problem.VOICE_WITH_CONTENT)
    if len(written.attachments) != 1:
        raise DiscordError(Problem.VOICE_NEEDS_AUDIO)
    (recording,) = written.attachments
    if not recording["content_type"].startswith("audio/"):
        raise DiscordError(Problem.VOICE_NEEDS_AUDIO)
    if not {"duration_secs", "waveform"} <= set(recording):
        raise DiscordError(Problem.VOICE_NEEDS_METADATA)
