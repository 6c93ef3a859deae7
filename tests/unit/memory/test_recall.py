"""Recall: whose memories, from where, which of them, and how they are looked for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from tests.support.memory import ADA, BEN, DM, ELSEWHERE, HARBOUR, TAVERN, Past
from tzurot.characters.scope import Venue
from tzurot.history.clears import ClearStore
from tzurot.memory import Embedder, EmbeddingError, Memories

SECRET = "My sister's parrot is called Admiral Beak."
QUESTION = "What is the parrot called?"


# -- whose, and where ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "asked", "recalled"),
    [
        (TAVERN, TAVERN, True),
        (TAVERN, HARBOUR, True),
        (TAVERN, ELSEWHERE, True),
        (TAVERN, DM, True),
        (DM, DM, True),
        (DM, Venue(channel_id=61, guild_id=None), True),
        (DM, TAVERN, False),
        (DM, ELSEWHERE, False),
    ],
)
async def test_what_is_said_in_a_dm_stays_there(
    past: Past, told: Venue, asked: Venue, *, recalled: bool
) -> None:
    await past.lived(SECRET, venue=told)
    found = await past.memories.recall(past.scope(venue=asked), QUESTION)
    assert [SECRET in memory.text for memory in found] == [True] * recalled


@pytest.mark.parametrize("venue", [TAVERN, DM])
async def test_a_memory_is_of_one_person_and_one_character(past: Past, venue: Venue) -> None:
    await past.lived(SECRET, venue=venue)
    mine = past.scope(venue=venue)
    theirs = past.scope(user=BEN, venue=venue)
    anothers = past.scope(venue=venue, character=past.sable)
    assert len(await past.memories.recall(mine, QUESTION)) == 1
    assert await past.memories.recall(theirs, QUESTION) == []
    assert await past.memories.recall(anothers, QUESTION) == []


async def test_a_servers_memories_are_not_crowded_out_by_those_of_dms(past: Past) -> None:
    for number in range(5):
        await past.lived(f"{SECRET} I told you {number} times.", venue=DM)
    await past.lived("I own a green bicycle.")
    found = await past.memories.recall(past.scope(), QUESTION, limit=1)
    assert ["green bicycle" in memory.text for memory in found] == [True]


@pytest.mark.parametrize("asked", [TAVERN, ELSEWHERE, DM])
async def test_what_was_cleared_is_recalled_nowhere_until_that_is_undone(
    past: Past, asked: Venue
) -> None:
    clears, here = ClearStore(past.database), TAVERN.channel_id
    said = await past.lived(SECRET)
    await past.lived(SECRET, user=BEN)
    await past.lived("The parrot is a bird.", venue=HARBOUR)

    async def found(user: int = ADA) -> list[bool]:
        recalled = await past.memories.recall(past.scope(user=user, venue=asked), QUESTION)
        return [SECRET in one.text for one in recalled]

    # Somebody else's clear, another character's, and one that does not reach so far.
    await clears.clear(here, up_to=said + 9, by=BEN, user_id=BEN)
    await clears.clear(here, up_to=said + 9, by=ADA, character_id=past.sable)
    await clears.clear(here, up_to=said - 1, by=ADA)
    assert await found() == [True, False]
    assert await found(BEN) == []
    hers = await clears.clear(here, up_to=said, by=ADA, user_id=ADA)
    all_of_it = await clears.clear(here, up_to=said, by=ADA, character_id=past.juniper)
    assert await found() == [False]
    assert await clears.undo(here, hers.id)
    assert await found() == [False]
    assert await clears.undo(here, all_of_it.id)
    assert await found() == [True, False]


async def test_a_memory_of_which_a_part_was_cleared_is_not_recalled(past: Past) -> None:
    first = await past.said(SECRET)
    second = await past.said("Did you know?", "A fine name!")
    ids = [*first.message_ids, *second.message_ids]
    await past.write(replace(second, message_ids=ids))
    assert len(await past.memories.recall(past.scope(), QUESTION)) == 1
    await ClearStore(past.database).clear(TAVERN.channel_id, up_to=ids[0], by=ADA)
    assert await past.memories.recall(past.scope(), QUESTION) == []


# -- which of them ---------------------------------------------------------------------------


async def test_the_best_come_first_and_no_more_than_asked_for(past: Past) -> None:
    parrot = await past.lived(SECRET)
    bird = await past.lived("A bird sat on my window today.")
    await past.lived("Share prices fell sharply on Monday.")
    found = await past.memories.recall(past.scope(), QUESTION, limit=2)
    assert [memory.message_ids[0] for memory in found] == [parrot, bird]
    assert 1 >= found[0].score > found[1].score > 0
    everything = await past.memories.recall(past.scope(), QUESTION)
    scores = [memory.score for memory in everything]
    assert (len(scores), scores) == (3, sorted(scores, reverse=True))


async def test_a_memory_says_who_said_what_and_when(past: Past) -> None:
    exchange = await past.said(SECRET, "A fine name!", "Does it talk?")
    await past.write(exchange)
    (found,) = await past.memories.recall(past.scope(), QUESTION)
    assert found.text == f"Ada: {SECRET}\nJuniper: A fine name!\nJuniper: Does it talk?"
    assert found.message_ids == tuple(exchange.message_ids)
    assert found.said_at.year == 2023  # which is what such an id tells


async def test_what_is_in_view_is_not_recalled(past: Past) -> None:
    exchange = await past.said(SECRET, "A fine name!")
    await past.write(exchange)
    other = await past.said("The parrot is green.", user=BEN)
    await past.write(other)

    async def found(*visible: int) -> int:
        recalled = await past.memories.recall(
            past.scope(), QUESTION, exclude_message_ids=frozenset(visible)
        )
        return len(recalled)

    trigger, reply = exchange.message_ids
    assert await found(trigger, reply) == 0
    assert await found(trigger, reply, *other.message_ids, 99) == 0
    # What it was told is out of view, though the reply is not yet.
    assert await found(reply) == 1
    assert await found(*other.message_ids) == 1
    assert await found(99) == 1


async def test_all_that_is_in_view_leaves_room_for_the_rest(past: Past) -> None:
    visible = [await past.said(f"{SECRET} Really, {number}.") for number in range(6)]
    for exchange in visible:
        await past.write(exchange)
    await past.lived("I own a green bicycle.")
    ids = [message_id for exchange in visible for message_id in exchange.message_ids]
    found = await past.memories.recall(past.scope(), QUESTION, exclude_message_ids=ids, limit=2)
    assert ["green bicycle" in memory.text for memory in found] == [True]


async def test_the_end_of_a_long_talk_is_found_too(past: Past) -> None:
    await past.lived("We sailed along the coast for a day. " * 60 + SECRET)
    (found,) = await past.memories.recall(past.scope(), QUESTION, limit=1)
    assert SECRET in found.text
    assert found.text.startswith("Ada: ")


async def test_nothing_is_looked_for_where_nothing_is(past: Past, cold: Embedder) -> None:
    memories = Memories(past.database, cold)
    assert await memories.recall(past.scope(), QUESTION) == []
    await past.lived(SECRET, venue=DM)
    assert await memories.recall(past.scope(), QUESTION) == []
    assert await memories.recall(past.scope(venue=DM), " \n") == []
    assert cold._model is None


async def test_a_model_that_cannot_be_loaded_is_an_embedding_error(
    past: Past, cold: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past.lived(SECRET)
    monkeypatch.setattr("tzurot.memory.model.PACKAGE", "no_such_package")
    with pytest.raises(EmbeddingError, match="not installed"):
        await Memories(past.database, cold).recall(past.scope(), QUESTION)


# -- how -------------------------------------------------------------------------------------


async def fill(url: str, past: Past) -> None:
    """Add memories of twenty other people, and bring the table into the state it has in life."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO memories (id, user_id, character_id, guild_id, channel_id, trigger_id, "
            "position, message_ids, text, embedding, said_at) "
            "SELECT gen_random_uuid(), 100 + n % 20, $1, 7, 50, n, 0, ARRAY[n, n + 1000000], "
            "'Ada: words', (SELECT array_agg(sin(n * i)) FROM generate_series(1, 384) AS i)"
            "::real[]::halfvec, now() FROM generate_series(1, 4000) AS n",
            past.juniper,
        )
        await connection.execute("VACUUM ANALYZE memories")
    finally:
        await connection.close()


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for part in plan.get("Plans", []) for inner in nodes(part))]


@pytest.mark.parametrize("venue", [TAVERN, DM])
async def test_a_search_reads_one_owners_part_of_the_covering_index_alone(
    past: Past, database_url: str, venue: Venue
) -> None:
    await fill(database_url, past)
    engine = past.database.engine
    asked: list[tuple[str, tuple[Any, ...]]] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _listen(*call: Any) -> None:  # noqa: ANN401  SQLAlchemy's own
        if "<=>" in call[2]:
            asked.append((call[2], call[3]))

    visible = [id_ for n in range(1, 50) for id_ in (n, n + 1000000)]
    found = await past.memories.recall(
        past.scope(user=105, venue=venue), QUESTION, exclude_message_ids=visible
    )
    assert len(found) == 8
    ((statement, parameters),) = asked
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explained = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
        )
        raw = explained.scalar_one()
    plan = nodes((json.loads(raw) if isinstance(raw, str) else raw)[0]["Plan"])
    (search,) = (node for node in plan if node.get("Index Name") == "ix_memories_owner")
    assert search["Node Type"] == "Index Only Scan"
    assert search["Heap Fetches"] == 0
    # 200 are this person's; those of the visible messages are found by the messages' own index.
    assert search["Actual Rows"] == 200 - 3
    assert "ix_memories_message_ids" in {node.get("Index Name") for node in plan}
    assert "Seq Scan" not in {node["Node Type"] for node in plan}


async def test_scores_are_exact(past: Past) -> None:
    """All of an owner's memories are compared, and none is passed over by an approximate index."""
    for number in range(12):
        await past.lived(f"On day {number} I counted {number * 7} gulls.", user=ADA)
    found = await past.memories.recall(past.scope(), "On day 8 I counted 56 gulls.", limit=12)
    query = await past.embedder.query("On day 8 I counted 56 gulls.")
    for memory in found:
        other = await past.embedder.query(memory.text)
        exact = sum(a * b for a, b in zip(query, other, strict=True))
        assert memory.score == pytest.approx(exact, abs=2e-3)
    assert len(found) == 12
