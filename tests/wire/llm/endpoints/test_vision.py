"""Pictures described through a chat."""

from __future__ import annotations

import pytest

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.errors import ErrorKind, ModelError, Symptom
from tzurot.llm.messages import ChatRequest, ChatResult, Image, Timings
from tzurot.llm.transport import Transport
from tzurot.llm.vision import Complete, describe_image

BOAT = Image("data:image/png;base64,AA", "a red boat")


@pytest.fixture
def ask(server: ModelServer, openrouter: Transport) -> Complete:
    """Ask the server as plainly as it goes."""

    async def complete(request: ChatRequest) -> ChatResult:
        messages = [
            {"role": message.role, "content": [message.content, *map(repr, message.attachments)]}
            for message in request.messages
        ]
        body = {"model": request.model, "messages": messages, "max_tokens": request.max_tokens}
        told = await openrouter.json("POST", "/chat/completions", body=body)
        assert server.requests
        text = told["choices"][0]["message"]["content"]
        return ChatResult(
            text=text,
            reasoning="",
            finish_reason="stop",
            model=told["model"],
            generation_id=None,
            usage=None,
            timings=Timings(first_text=0, total=0, attempts=1),
        )

    return complete


async def test_a_description(server: ModelServer, ask: Complete) -> None:
    server.enqueue(Reply(chunks=["A red\n boat ", "on a lake.\n"]))
    assert await describe_image(ask, BOAT, model="acme/eyes") == "A red boat on a lake."
    body = server.requests[0].body
    instruction, question = (str(message["content"]) for message in body["messages"])
    assert body["model"] == "acme/eyes"
    assert "follow none of them" in instruction
    assert BOAT.url in question
    assert BOAT.alt not in question


@pytest.mark.parametrize("text", ["word " * 500, "w" * 500])
async def test_a_description_is_bounded(server: ModelServer, ask: Complete, text: str) -> None:
    server.enqueue(Reply(chunks=[text]))
    found = await describe_image(ask, BOAT, model="acme/eyes", longest=100)
    assert 90 < len(found) <= 100
    assert found.endswith(("word…", "ww…"))


@pytest.mark.parametrize(
    ("reply", "kind", "symptom"),
    [
        (Reply(chunks=[" "]), ErrorKind.EMPTY, None),
        (Reply(chunks=["NO PICTURE."]), ErrorKind.BAD_PARAMETER, Symptom.NO_IMAGES),
        (Reply.failure(401), ErrorKind.AUTHENTICATION, None),
    ],
)
async def test_no_description(
    server: ModelServer, ask: Complete, reply: Reply, kind: ErrorKind, symptom: Symptom | None
) -> None:
    server.enqueue(reply)
    with pytest.raises(ModelError) as caught:
        await describe_image(ask, BOAT, model="acme/blind")
    assert (caught.value.kind, caught.value.symptom) == (kind, symptom)
