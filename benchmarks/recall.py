"""How long it takes to recall one memory among many, and what the embedding model costs.

The table holds 300,000 memories of 30 owners, inserted in turns as they are in life. Memory is
measured in a process of its own that does nothing but embed.
"""

from __future__ import annotations

import asyncio
import math
import random
import struct
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import asyncpg
import psutil
from uuid_utils.compat import uuid7

from tests.support.database import TestServer
from tzurot.characters.scope import Scope, Venue
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.memory import Embedder, Memories
from tzurot.settings import load_settings
from tzurot.snowflakes import said_at
from tzurot.storage.database import Database

OWNERS: Final = 30
MEMORIES: Final = 10_000
DIMENSIONS: Final = 384
LIMIT: Final = 8
RECALLS: Final = 30
GUILD: Final = Venue(channel_id=50, guild_id=7)
NOW: Final = 1 << 60

WORDS: Final = (
    "last summer we sailed from the old harbour to the island with my sister and her dog, and on "
    "the way back a storm broke the mast so that we drifted until morning"
)
BATCH: Final = 32
BATCH_TOKENS: Final = 128
EMBED_ONLY: Final = "--embed"


class GivenVectors(Embedder):
    """Hands out vectors without a model, so that the search alone is timed."""

    def __init__(self, vectors: list[list[float]]) -> None:
        super().__init__()
        self._vectors = vectors

    async def query(self, text: str) -> list[float]:
        """Return the next vector."""
        assert text
        return self._vectors.pop()


def vector(numbers: random.Random) -> list[float]:
    """Return a random direction."""
    values = [numbers.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = math.hypot(*values)
    return [value / length for value in values]


async def fill(url: str, character_id: UUID, numbers: random.Random) -> None:
    """Load the table: owners take turns, every vector is some other owner's too."""
    vectors = [_halfvec(vector(numbers)) for _ in range(MEMORIES)]
    connection = await asyncpg.connect(url)
    try:
        await connection.set_type_codec(
            "halfvec", schema="public", encoder=bytes, decoder=bytes, format="binary"
        )
        when = said_at(NOW)
        await connection.copy_records_to_table(
            "memories",
            columns=[
                *("id", "user_id", "character_id", "guild_id", "channel_id", "trigger_id"),
                *("position", "message_ids", "text", "embedding", "said_at"),
            ],
            records=(
                (
                    *(uuid7(), owner, character_id, GUILD.guild_id, GUILD.channel_id),
                    *(number * OWNERS + owner, 0, [number * OWNERS + owner], WORDS),
                    *(vectors[(number + owner) % MEMORIES], when),
                )
                for number in range(MEMORIES)
                for owner in range(OWNERS)
            ),
        )
        await connection.execute("VACUUM ANALYZE memories")
    finally:
        await connection.close()


def _halfvec(values: list[float]) -> bytes:
    return struct.pack(f">HH{DIMENSIONS}e", DIMENSIONS, 0, *values)


async def recall_ms(folder: Path) -> dict[str, float]:
    """Return the time of a search in one owner's memories, the embedding of its text left out."""
    numbers = random.Random(1)  # noqa: S311  the same figures each time
    async with TestServer.start(folder) as server:
        url = await server.create()
        database = await Database.open(load_settings(database_url=url))
        try:
            await set_up_starters(database)
            character = (await CharacterStore(database).visible_to(1))[0]
            begin = time.perf_counter()
            await fill(url, character.id, numbers)
            loaded = time.perf_counter() - begin
            queries = [vector(numbers) for _ in range(RECALLS)]
            memories = Memories(database, GivenVectors(queries))
            times = []
            for number in range(RECALLS):
                scope = Scope(number % OWNERS, character.id, GUILD)
                visible = [scope.user_id + OWNERS * seen for seen in range(50)]
                begin = time.perf_counter()
                found = await memories.recall(
                    scope, WORDS, exclude_message_ids=visible, limit=LIMIT
                )
                times.append((time.perf_counter() - begin) * 1000)
                assert len(found) == LIMIT
        finally:
            await database.close()
    return {"recall_10k_ms": median(times), "recall_10k_max_ms": max(times), "load_300k_s": loaded}


async def embed() -> None:
    """Print what embedding costs this process: milliseconds for 30 words, and memory in MiB."""
    assert len(WORDS.split()) >= 30
    embedder = Embedder()
    begin = time.perf_counter()
    await embedder.query("hello")
    first = (time.perf_counter() - begin) * 1000
    text = " ".join(WORDS.split()[:30])
    times = []
    for _ in range(30):
        begin = time.perf_counter()
        await embedder.query(text)
        times.append((time.perf_counter() - begin) * 1000)
    long = "sea " * (BATCH_TOKENS - 2)
    await asyncio.gather(*(embedder.passage(long) for _ in range(BATCH)))
    memory = psutil.Process().memory_info().rss / 2**20
    embedder.close()
    print(median(times), first, memory)


async def run() -> dict[str, float]:
    """Return figures in milliseconds, seconds and MiB."""
    with TemporaryDirectory(prefix="tzurot-") as folder:
        figures = await recall_ms(Path(folder))
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.recall", EMBED_ONLY), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    embed_ms, first_ms, memory = map(float, out.split())
    return figures | {
        "embed_ms": embed_ms,
        "embed_first_ms": first_ms,
        "rss_embedding_mb": memory,
    }


if __name__ == "__main__" and EMBED_ONLY in sys.argv:
    asyncio.run(embed())
