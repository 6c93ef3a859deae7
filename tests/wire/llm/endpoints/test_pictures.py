"""Pictures painted by a model."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.messages import Image
from tzurot.llm.pictures import Picture, paint
from tzurot.llm.transport import Transport

KEY = SecretStr("sk-or-v1-0123456789abcdef")


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def paint_one(transport: Transport) -> Picture:
    (picture,) = await paint(transport, "A boat", model="acme/brush", key=KEY)
    return picture


async def test_pictures(server: ModelServer, openrouter: Transport) -> None:
    found = await paint(openrouter, "A boat", model="acme/brush", key=KEY, n=2)
    assert [picture.media_type for picture in found] == ["image/png"] * 2
    assert found[0].content.startswith(b"\x89PNG")
    assert server.calls[0].body == {"model": "acme/brush", "prompt": "A boat", "n": 2}
    assert server.calls[0].key == KEY.get_secret_value()


async def test_all_that_can_be_asked(server: ModelServer, openrouter: Transport) -> None:
    await paint(
        openrouter,
        "A boat",
        model="acme/brush",
        key=KEY,
        size="1024x1024",
        aspect_ratio="1:1",
        references=[Image("data:image/png;base64,AA")],
    )
    body = server.calls[0].body
    assert (body["size"], body["aspect_ratio"]) == ("1024x1024", "1:1")
    assert body["input_references"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    ]


@pytest.mark.parametrize(
    ("entry", "media_type"),
    [
        ({"b64_json": encoded(b"\xff\xd8\xff...")}, "image/jpeg"),
        ({"b64_json": encoded(b"GIF89a")}, "image/gif"),
        ({"b64_json": encoded(b"RIFF....WEBP")}, "image/webp"),
        ({"b64_json": encoded(b"?"), "media_type": None}, "image/png"),
        ({"b64_json": f"data:image/webp;base64,{encoded(b'?')}"}, "image/webp"),
        ({"url": f"data:image/svg+xml;charset=utf-8;base64,{encoded(b'?')}"}, "image/svg+xml"),
        ({"url": f"data:;base64,{encoded(b'GIF8')}"}, "image/gif"),
    ],
)
async def test_forms_of_a_picture(
    server: ModelServer, openrouter: Transport, entry: dict[str, object], media_type: str
) -> None:
    server.defaults["/images"] = Reply(body={"data": [entry]})
    assert (await paint_one(openrouter)).media_type == media_type


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"data": []}, ErrorKind.EMPTY),
        ({}, ErrorKind.EMPTY),
        ({"data": [{}]}, ErrorKind.PROVIDER_DOWN),
        ({"data": ["iVBOR"]}, ErrorKind.PROVIDER_DOWN),
        ({"data": [{"b64_json": "???"}]}, ErrorKind.PROVIDER_DOWN),
        ({"data": [{"b64_json": 5}]}, ErrorKind.PROVIDER_DOWN),
        ({"data": [{"url": "https://example.com/boat.png"}]}, ErrorKind.BAD_PARAMETER),
        ({"error": {"code": 403, "message": "Flagged", "metadata": {"reasons": ["x"]}}},
         ErrorKind.CONTENT_POLICY),
    ],
)  # fmt: skip
async def test_no_picture(
    server: ModelServer, openrouter: Transport, body: dict[str, object], kind: ErrorKind
) -> None:
    server.defaults["/images"] = Reply(body=body)
    with pytest.raises(ModelError) as caught:
        await paint_one(openrouter)
    assert caught.value.kind is kind
