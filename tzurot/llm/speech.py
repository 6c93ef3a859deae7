"""Speech to text and text to speech.

OpenRouter takes recordings as JSON, other servers as the form of OpenAI's API.
https://openrouter.ai/docs, https://platform.openai.com/docs/api-reference/audio
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import SecretStr

from tzurot.llm.chunks import read_json
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.failures import failure_from_body
from tzurot.llm.spoken import SpokenError
from tzurot.llm.transport import LARGEST_BODY, Transport

LARGEST_RECORDING: Final = 25 * 2**20
"""Bytes of a recording; what services take."""
_PATIENCE_S: Final = 90
"""OpenRouter gives providers 60 seconds."""
_MEDIA_TYPES: Final = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
"""Of the formats whose type is not named after them."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, blank for a recording without speech; `cost` is US dollars, if told."""

    text: str
    cost: float | None


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice; `media_type` is `audio/mpeg` and the like."""

    audio: bytes = field(repr=False)
    media_type: str


async def transcribe(  # noqa: PLR0913  what the services take
    transport: Transport,
    audio: bytes,
    *,
    format: str,  # noqa: A002  the services' name for it
    model: str,
    key: SecretStr | None,
    language: str | None = None,
) -> Transcript:
    """Return what a recording says; raises `ModelError`.

    `format`: ogg, mp3, wav and the like. `language`, as in ISO 639-1, helps when it is known.
    """
    if len(audio) > LARGEST_RECORDING:
        raise SpokenError(
            ErrorKind.BAD_PARAMETER,
            "This recording is too long for me to listen to.",
            f"{len(audio)} bytes, and services take {LARGEST_RECORDING}",
        )
    fields = {"model": model} | ({"language": language} if language else {})
    sent: dict[str, Any]
    if transport.service.is_openrouter:
        # With 25 MB it takes a while, though not long enough to be worth a thread.
        data = base64.b64encode(audio).decode()
        sent = {"body": {**fields, "input_audio": {"data": data, "format": format}}}
    else:
        file = (f"recording.{format}", audio, _media_type(format))
        sent = {"form": fields | {"response_format": "json"}, "files": {"file": file}}
    told = await transport.json(
        "POST", "/audio/transcriptions", key=key, patience_s=_PATIENCE_S, **sent
    )
    text = told.get("text")
    if not isinstance(text, str):
        raise ModelError(ErrorKind.PROVIDER_DOWN, "a transcription without text")
    usage = told.get("usage")
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if not isinstance(cost, int | float) or not 0 <= cost < math.inf:
        cost = None
    return Transcript(text.strip(), cost)


async def speak(  # noqa: PLR0913  what the services take
    transport: Transport,
    text: str,
    *,
    model: str,
    voice: str,
    key: SecretStr | None,
    response_format: str = "mp3",
) -> Speech:
    """Return a text read aloud; raises `ModelError`.

    `response_format` is mp3 or pcm; other servers than OpenRouter know more.
    """
    answer = await transport.ask(
        "POST",
        "/audio/speech",
        key=key,
        body={"model": model, "input": text, "voice": voice, "response_format": response_format},
        patience_s=_PATIENCE_S,
    )
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not answer.body:
        raise ModelError(ErrorKind.EMPTY, "no sound", status=answer.status)
    if media_type.startswith(("text/", "application/json")) or _is_json(answer.body):
        raise failure_from_body(answer.status, answer.headers, answer.body, key)
    if not media_type.startswith("audio/"):
        media_type = _media_type(response_format)
    return Speech(answer.body, media_type)


def _is_json(body: bytes) -> bool:
    """Whether a body is JSON, whatever its headers call it."""
    if len(body) > LARGEST_BODY or not body.lstrip().startswith((b"{", b"[")):
        return False
    return read_json(body.decode(errors="replace")) is not None


def _media_type(form: str) -> str:
    return _MEDIA_TYPES.get(form, f"audio/{form}")
