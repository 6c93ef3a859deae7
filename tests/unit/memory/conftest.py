"""What characters remember, over a real database and with the real embedding model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.memory import Past
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.memory import Embedder
from tzurot.memory.model import MiniLM
from tzurot.storage.database import Database


@pytest.fixture(scope="session")
def model() -> MiniLM:
    """The model, loaded once for all tests."""
    return MiniLM()


@pytest.fixture
async def embedder(model: MiniLM) -> AsyncIterator[Embedder]:
    embedder = Embedder()
    embedder._model = model  # it would load the same
    yield embedder
    embedder.close()


@pytest.fixture
def cold() -> Iterator[Embedder]:
    """An embedder that has loaded nothing yet."""
    embedder = Embedder()
    yield embedder
    embedder.close()


@pytest.fixture
async def past(database: Database, embedder: Embedder) -> Past:
    await set_up_starters(database)
    found = {one.name: one.id for one in await CharacterStore(database).visible_to(1)}
    return Past(database, embedder, found["Juniper"], found["Captain Sable"])
