"""Speech to text and text to speech, as OpenRouter and as others do it."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.speech import LARGEST_RECORDING, speak, transcribe
from tzurot.llm.transport import Transport

KEY = SecretStr("sk-or-v1-0123456789abcdef")


async def test_a_recording_for_openrouter(server: ModelServer, openrouter: Transport) -> None:
    server.transcript = " Good evening.\n"
    found = await transcribe(
        openrouter, b"\x00OggS", format="ogg", model="acme/ears", key=KEY, language="en"
    )
    assert (found.text, found.cost) == ("Good evening.", 0.0002)
    assert server.calls[0].body == {
        "model": "acme/ears",
        "language": "en",
        "input_audio": {"data": base64.b64encode(b"\x00OggS").decode(), "format": "ogg"},
    }
    assert server.calls[0].key == KEY.get_secret_value()


async def test_a_recording_for_others(server: ModelServer, other: Transport) -> None:
    found = await transcribe(other, b"\x00OggS", format="ogg", model="ears", key=None)
    assert found.text == "Good evening."
    assert server.calls[0].body == {"model": "ears", "response_format": "json"}
    assert server.calls[0].files == {"file": ("recording.ogg", b"\x00OggS")}


async def test_a_recording_that_is_too_long(server: ModelServer, openrouter: Transport) -> None:
    with pytest.raises(ModelError) as caught:
        await transcribe(
            openrouter, bytes(LARGEST_RECORDING + 1), format="wav", model="acme/ears", key=KEY
        )
    assert "too long" in caught.value.sentence
    assert server.calls == []


@pytest.mark.parametrize("usage", [None, {}, {"cost": "1"}, {"cost": float("inf")}])
async def test_silence_and_no_cost(
    server: ModelServer, openrouter: Transport, usage: object
) -> None:
    server.defaults["/audio/transcriptions"] = Reply(body={"text": "", "usage": usage})
    found = await transcribe(openrouter, b"hush", format="wav", model="acme/ears", key=KEY)
    assert (found.text, found.cost) == ("", None)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(body={"error": {"code": 402, "message": "x"}}), ErrorKind.NO_CREDIT),
        (Reply(body={"words": []}), ErrorKind.PROVIDER_DOWN),
        (Reply(body="<html>"), ErrorKind.PROVIDER_DOWN),
    ],
)
async def test_no_transcript(
    server: ModelServer, openrouter: Transport, reply: Reply, kind: ErrorKind
) -> None:
    server.defaults["/audio/transcriptions"] = reply
    with pytest.raises(ModelError) as caught:
        await transcribe(openrouter, b"hush", format="wav", model="acme/ears", key=KEY)
    assert caught.value.kind is kind


async def test_a_voice(server: ModelServer, openrouter: Transport) -> None:
    server.speech = b"{ID3} not JSON"
    found = await speak(openrouter, "Good evening.", model="acme/mouth", voice="ada", key=KEY)
    assert (found.audio, found.media_type) == (b"{ID3} not JSON", "audio/mpeg")
    assert server.calls[0].body == {
        "model": "acme/mouth",
        "input": "Good evening.",
        "voice": "ada",
        "response_format": "mp3",
    }


async def test_a_voice_of_no_told_type(server: ModelServer, openrouter: Transport) -> None:
    server.defaults["/audio/speech"] = Reply(
        body=b"\x00\x01", headers={"Content-Type": "application/octet-stream"}
    )
    found = await speak(
        openrouter, "Hm.", model="acme/mouth", voice="ada", key=KEY, response_format="wav"
    )
    assert found.media_type == "audio/wav"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.failure(401), ErrorKind.AUTHENTICATION),
        (Reply(body={"error": {"code": 402, "message": "x"}}), ErrorKind.NO_CREDIT),
        (
            Reply(
                body={"error": {"code": 402, "message": "x"}}, headers={"Content-Type": "audio/mp3"}
            ),
            ErrorKind.NO_CREDIT,
        ),
        (Reply(body="<html>", headers={"Content-Type": "text/html"}), ErrorKind.PROVIDER_DOWN),
        (Reply(body=b"", headers={"Content-Type": "audio/mpeg"}), ErrorKind.EMPTY),
    ],
)
async def test_no_voice(
    server: ModelServer, openrouter: Transport, reply: Reply, kind: ErrorKind
) -> None:
    server.defaults["/audio/speech"] = reply
    with pytest.raises(ModelError) as caught:
        await speak(openrouter, "Hm.", model="acme/mouth", voice="ada", key=KEY)
    assert caught.value.kind is kind
