"""What was learned of models, in the database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from tests.support.clock import Clock
from tzurot.characters.capabilities import READ_EVERY_S, ModelCapabilities
from tzurot.llm.capabilities import Abilities, CapabilityStore
from tzurot.storage.database import Database

HERE = "https://models.example/v1"
BLIND = Abilities(images=False, refused=frozenset({"seed"}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> ModelCapabilities:
    return ModelCapabilities(database, HERE, monotonic=clock.monotonic)


def another(database: Database) -> CapabilityStore:
    return ModelCapabilities(database, HERE)


async def run(database: Database, statement: str, **values: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement), values)


async def test_what_is_learned_is_known_to_every_process(
    store: ModelCapabilities, database: Database
) -> None:
    assert await store.abilities("m") == Abilities()
    await store.learn("m", BLIND)
    await store.learn("m", Abilities(tools=False))
    expected = BLIND.merged(Abilities(tools=False))
    assert await store.abilities("m") == expected
    assert await another(database).abilities("m") == expected
    assert await store.abilities("other") == Abilities()
    assert await ModelCapabilities(database, "http://other/v1").abilities("m") == Abilities()


async def test_what_is_learned_at_the_same_time_adds_up(database: Database) -> None:
    lessons = [Abilities(refused=frozenset({name})) for name in ("a", "b", "c", "d", "e")]
    await asyncio.gather(*(another(database).learn("m", lesson) for lesson in lessons))
    assert (await another(database).abilities("m")).refused == frozenset("abcde")


async def test_a_model_is_read_once_in_a_while(
    store: ModelCapabilities, database: Database, clock: Clock
) -> None:
    assert await store.abilities("m") == Abilities()
    await another(database).learn("m", BLIND)
    clock.pass_(READ_EVERY_S - 1)
    assert await store.abilities("m") == Abilities()
    clock.pass_(1)
    assert await asyncio.gather(*(store.abilities("m") for _ in range(3))) == [BLIND] * 3


async def test_the_host_knows_better(store: ModelCapabilities, database: Database) -> None:
    better = Abilities(images=True, accepted=frozenset({"seed"}))
    await store.set_override("m", better)
    assert await store.abilities("m") == better
    await store.learn("m", BLIND)
    assert await store.abilities("m") == better
    await store.set_override("m", None)
    assert await store.abilities("m") == BLIND
    assert await another(database).abilities("m") == BLIND


async def test_the_host_writes_sql(store: ModelCapabilities, database: Database) -> None:
    await run(
        database,
        "INSERT INTO model_abilities (service, model, override) VALUES (:service, 'm', :override)",
        service=HERE,
        override='{"images": true, "tools": "perhaps", "most_images": 3}',
    )
    assert await store.abilities("m") == Abilities(images=True, most_images=3)


async def test_what_was_learned_long_ago_is_tried_anew(
    store: ModelCapabilities, database: Database, clock: Clock
) -> None:
    await store.learn("m", BLIND)
    await store.set_override("m", Abilities(system=False))
    await run(database, "UPDATE model_abilities SET learned_at = now() - interval '31 days'")
    clock.pass_(READ_EVERY_S)
    assert await store.abilities("m") == Abilities(system=False)
    await store.learn("m", Abilities(tools=False))
    assert await store.abilities("m") == Abilities(system=False, tools=False)


async def test_without_the_database_memory_has_to_do(
    store: ModelCapabilities, database: Database, clock: Clock
) -> None:
    await store.learn("m", BLIND)
    await run(database, "ALTER TABLE model_abilities RENAME TO away")
    clock.pass_(READ_EVERY_S)
    assert await store.abilities("m") == BLIND
    assert await store.abilities("new") == Abilities()
    await store.learn("m", Abilities(tools=False))
    assert await store.abilities("m") == BLIND.merged(Abilities(tools=False))
