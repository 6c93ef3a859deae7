"""The list of models, read from a real server."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from loguru import logger
from pydantic import SecretStr

from tzurot.llm.catalogue import Catalogue
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.model_info import Prices, read_models
from tzurot.llm.service import Service
from tzurot.llm.transport import Transport

PRICED = {"prompt": "0.001", "completion": "0.002"}
MODELS: list[Any] = [
    {"id": "~acme/bard-latest", "alias_target": {"name": "Bard 2", "slug": "acme/bard-2"}},
    {
        "id": "acme/bard-2",
        "canonical_slug": "acme/bard-2-20260301",
        "name": "Acme: Bard 2",
        "context_length": 9000,
        "pricing": PRICED,
    },
    {"id": "acme/bard-2:free", "canonical_slug": "acme/bard-2-20260301", "context_length": 4000},
    None,
    {"id": "bards/minstrel", "name": "Bards: Minstrel 7B", "pricing": PRICED},
    {"id": "zoo/old-bard", "name": "Zoo: Old Bard", "pricing": PRICED},
    {"id": "llama3:8b"},
    {"id": "llama3"},
]


class Stub:
    """Answers `/models` with `body`, JSON or text, and remembers the keys."""

    def __init__(self) -> None:
        self.body: object = {"data": MODELS}
        self.status = 200
        self.keys: list[str | None] = []
        self._asked = asyncio.Event()

    async def models(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers.get("Authorization"))
        self._asked.set()
        content = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return web.Response(status=self.status, text=content, content_type="application/json")

    async def asked_again(self, times: int) -> None:
        """Wait for more requests; what the last but one brought is taken in then."""
        async with asyncio.timeout(10):
            for _ in range(times):
                self._asked.clear()
                await self._asked.wait()


@pytest.fixture
async def stub() -> Stub:
    return Stub()


@pytest.fixture
async def transport(stub: Stub) -> AsyncIterator[Transport]:
    app = web.Application()
    app.router.add_get("/v1/models", stub.models)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    transport = Transport(Service.at(f"http://127.0.0.1:{runner.addresses[0][1]}/v1"))
    yield transport
    await transport.aclose()
    await runner.cleanup()


@pytest.fixture
async def catalogue(transport: Transport) -> Catalogue:
    made = Catalogue(transport)
    await made.refresh()
    return made


@asynccontextmanager
async def running(catalogue: Catalogue) -> AsyncIterator[None]:
    task = asyncio.create_task(catalogue.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _listen(logged: list[str]) -> Iterator[None]:
    handle = logger.add(lambda line: logged.append(line.record["message"]), level="INFO")
    yield
    logger.remove(handle)


async def test_nothing_is_known_when_cold(transport: Transport) -> None:
    cold = Catalogue(transport)
    assert cold.find("acme/bard-2") is None
    assert cold.find("") is None
    assert cold.search("bard") == []


async def test_a_key_is_sent_when_there_is_one(transport: Transport, stub: Stub) -> None:
    catalogue = Catalogue(transport)
    await catalogue.refresh()
    await catalogue.refresh(SecretStr("sk-1"))
    assert stub.keys == [None, "Bearer sk-1"]


@pytest.mark.parametrize(
    ("asked", "found", "context", "priced"),
    [
        ("acme/bard-2", "acme/bard-2", 9000, True),
        ("acme/bard-2:free", "acme/bard-2:free", 4000, False),
        ("acme/bard-2:nitro", "acme/bard-2:nitro", 9000, True),
        ("~acme/bard-latest", "acme/bard-2", 9000, True),
        ("~acme/bard-latest:floor", "~acme/bard-latest:floor", 9000, True),
        ("acme/bard-2-20260301", "acme/bard-2", 9000, True),
        ("bards/minstrel:free", "bards/minstrel:free", None, False),
        ("llama3:8b", "llama3:8b", None, False),
    ],
)
async def test_a_model_is_found_by_every_name(
    catalogue: Catalogue,
    asked: str,
    found: str,
    context: int | None,
    priced: bool,  # noqa: FBT001
) -> None:
    info = catalogue.find(asked)
    assert info is not None
    assert (info.id, info.context_length) == (found, context)
    assert (info.prices != Prices()) is priced


@pytest.mark.parametrize("asked", ["", ":", ":free", "acme", "llama3:70b", "acme/bard-2:odd"])
async def test_what_is_not_listed_is_not_found(catalogue: Catalogue, asked: str) -> None:
    assert catalogue.find(asked) is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bard", ["~acme/bard-latest", "acme/bard-2", "acme/bard-2:free", "bards/minstrel"]),
        ("BARD free", ["acme/bard-2:free"]),
        ("7b", ["bards/minstrel"]),
        ("zoo bard", ["zoo/old-bard"]),
        ("nothing", []),
        ("", ["~acme/bard-latest", "acme/bard-2", "acme/bard-2:free", "bards/minstrel"]),
    ],
)
async def test_search(catalogue: Catalogue, words: str, found: list[str]) -> None:
    assert [info.id for info in catalogue.search(words, limit=4)] == found


async def test_a_prefix_comes_before_what_merely_has_the_word(catalogue: Catalogue) -> None:
    assert [info.id for info in catalogue.search("old")] == ["zoo/old-bard"]
    assert catalogue.search("bard")[-1].id == "zoo/old-bard"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "<html>", ErrorKind.PROVIDER_DOWN),
        (200, {"data": [7]}, ErrorKind.PROVIDER_DOWN),
        (200, {"data": []}, ErrorKind.PROVIDER_DOWN),
        (401, {"error": {"code": 401, "message": "No"}}, ErrorKind.AUTHENTICATION),
    ],
)
async def test_a_failure_keeps_the_last_good_list(
    catalogue: Catalogue, stub: Stub, status: int, body: object, kind: ErrorKind
) -> None:
    stub.status, stub.body = status, body
    with pytest.raises(ModelError) as caught:
        await catalogue.refresh()
    assert caught.value.kind is kind
    assert catalogue.find("acme/bard-2") is not None


async def test_a_service_without_models_is_no_failure(transport: Transport, stub: Stub) -> None:
    stub.body = {"object": "list", "data": None}
    await Catalogue(transport).refresh()


async def test_a_list_is_read_beside_the_event_loop(
    transport: Transport, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.body = {"data": [{"id": f"m{n}", "description": "x" * 4000} for n in range(600)]}
    threads = []

    def read(body: bytes) -> Any:  # noqa: ANN401  as it is
        threads.append(threading.current_thread())
        return read_models(body)

    monkeypatch.setattr("tzurot.llm.catalogue.read_models", read)
    catalogue = Catalogue(transport)
    await catalogue.refresh()
    assert threads[0] is not threading.main_thread()
    assert catalogue.find("m599")


async def test_the_loop_outlives_everything_and_says_it_once(
    transport: Transport, stub: Stub, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(transport, every_s=0.02, retry_s=0.01)
    async with running(catalogue):
        await stub.asked_again(3)
        stub.status, stub.body = 404, "<html>"
        await stub.asked_again(4)
        assert catalogue.find("acme/bard-2")
        stub.status, stub.body = 200, {"data": [{"id": "new"}]}
        await stub.asked_again(3)
        assert catalogue.find("new")
        with monkeypatch.context() as patch:
            patch.setattr("tzurot.llm.catalogue.read_models", lambda _body: 1 / 0)
            await stub.asked_again(4)
        await stub.asked_again(3)
        assert catalogue.find("new")
    assert [line.partition(":")[0] for line in logged] == [
        "The service lists 7 models",
        "The list of models cannot be read",
        "The service lists 1 models",
        "The list of models cannot be read",
        "The service lists 1 models",
    ]


async def test_the_loop_asks_less_and_less_of_a_service_that_fails(
    transport: Transport, stub: Stub
) -> None:
    stub.status = 404
    arrivals = [time.monotonic()]
    async with running(Catalogue(transport, every_s=60, retry_s=0.05)):
        for _ in range(5):
            await stub.asked_again(1)
            arrivals.append(time.monotonic())
    # At least so long; a busy machine makes it longer. What is between the two first is the start.
    gaps = [later - earlier for earlier, later in pairwise(arrivals)][1:]
    for number, gap in enumerate(gaps):
        assert gap > 0.05 * 2**number * 0.7


async def test_a_client_that_was_closed_ends_nothing(transport: Transport) -> None:
    await transport.aclose()
    catalogue = Catalogue(transport, retry_s=0.01)
    task = asyncio.create_task(catalogue.run())
    await asyncio.sleep(0.1)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
