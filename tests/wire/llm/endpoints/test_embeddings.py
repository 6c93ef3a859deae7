"""Embeddings by a service."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.embeddings import embed
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.transport import Transport

KEY = SecretStr("sk-or-v1-0123456789abcdef")


async def test_many_texts_go_in_batches(server: ModelServer, openrouter: Transport) -> None:
    texts = [f"text {number}" for number in range(300)]
    found = await embed(openrouter, texts, model="acme/vectors", key=KEY, dimensions=4)
    (again,) = await embed(openrouter, texts[200:201], model="acme/vectors", key=KEY, dimensions=4)
    assert [len(call.body["input"]) for call in server.calls] == [128, 128, 44, 1]
    assert {len(vector) for vector in found} == {4}
    assert found[200] == again
    assert server.calls[0].key == KEY.get_secret_value()


async def test_no_texts(server: ModelServer, openrouter: Transport) -> None:
    assert await embed(openrouter, [], model="acme/vectors", key=KEY) == []
    assert server.calls == []


async def test_the_index_tells_the_order(server: ModelServer, openrouter: Transport) -> None:
    data = [{"index": 1, "embedding": [1, 2.5]}, {"index": 0, "embedding": [0, 1]}]
    server.defaults["/embeddings"] = Reply(body={"data": data})
    found = await embed(openrouter, ["a", "b"], model="acme/vectors", key=KEY)
    assert found == [[0.0, 1.0], [1.0, 2.5]]


GOOD = {"index": 0, "embedding": [0, 1]}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [GOOD],
        [GOOD, GOOD],
        [GOOD, {"index": 2, "embedding": [0, 1]}],
        [GOOD, {"index": 1, "embedding": []}],
        [GOOD, {"index": 1, "embedding": [1]}],
        [GOOD, {"index": 1, "embedding": "AAAA"}],
        [GOOD, {"index": 1, "embedding": [0, float("nan")]}],
        [GOOD, {"index": 1, "embedding": [0, 10**400]}],
        [GOOD, {"index": [1], "embedding": [0, 1]}],
        [GOOD, {"embedding": [0, 1]}],
        [GOOD, "vector"],
        "vectors",
        5,
    ],
)
async def test_what_is_no_proper_embedding(
    server: ModelServer, openrouter: Transport, data: object
) -> None:
    server.defaults["/embeddings"] = Reply(body={"data": data})
    with pytest.raises(ModelError) as caught:
        await embed(openrouter, ["a", "b"], model="acme/vectors", key=KEY)
    assert caught.value.kind is ErrorKind.PROVIDER_DOWN


async def test_other_dimensions_than_asked(server: ModelServer, openrouter: Transport) -> None:
    server.defaults["/embeddings"] = Reply(body={"data": [GOOD]})
    with pytest.raises(ModelError):
        await embed(openrouter, ["a"], model="acme/vectors", key=KEY, dimensions=3)
