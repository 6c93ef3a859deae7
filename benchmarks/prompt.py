"""How much of each prompt a provider can serve from its cache, and how long writing one takes.

A conversation of two people, who say how they want to be treated, with one character: 200 turns,
memories and directives as they ship, in a window of 8,192 tokens. The replies are made up,
everything else is the product's own way: kept, remembered, recalled, written. The last turns are
asked of the small local model's real server, which tells how many tokens it had in its cache.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

from tests.support.database import TestServer
from tests.support.memory import ADA, BEN, Past
from tzurot.characters.character import Character
from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.conversation.company import Clock
from tzurot.conversation.marks import Meanings
from tzurot.conversation.prompt import Draft, Limits, Prompt
from tzurot.conversation.prompt.filling import Filling
from tzurot.conversation.prompt.tokens import Rates, estimate
from tzurot.conversation.scene import Line, Participant, Scene, Where, lines_of
from tzurot.history.messages import Message
from tzurot.llm import ChatMessage, ChatRequest, ModelClient, Patience, Service, Transport
from tzurot.memory import Embedder
from tzurot.rules.guidance import Guidance, switched
from tzurot.settings import ServerKind, load_settings
from tzurot.snowflakes import said_at
from tzurot.storage.database import Database

TURNS: Final = 200
WARM: Final = 10
WINDOW: Final = 8192
REPLY: Final = 800
RECALLED: Final = 8
CHARACTER_TOKENS: Final = 1500
LINES: Final = 100
WRITTEN: Final = 200
ASKED: Final = 20
MODEL: Final = "SmolLM2-135M-Instruct"
NAMES: Final = {ADA: "Ada", BEN: "Ben"}
GUIDANCE: Final = Guidance(
    sidecars={ADA: "Call me captain, and tease me about my boat.", BEN: "Be short with me."},
    directives=switched({}, {}),
)
SUBJECTS: Final = (
    "harbour storm lantern rope captain whale anchor gull letter sister garden kettle tea violin "
    "bread snow wolf forest bridge market coin map island mast song candle mirror clock stairs "
    "orchard horse river mill ghost attic key train window winter summer grandmother recipe "
    "painter blue boat festival drum fox cellar wine poem library dust secret promise debt"
)
FILLERS: Final = (
    "and then we found the old in my near with a that nobody had ever seen before because she "
    "told me about it while I was still asleep under the which is why I think of them so often"
)


def words(chance: random.Random, least: int, most: int) -> str:
    """Return a sentence of words, each with a subject that may come again."""
    subject = chance.sample(SUBJECTS.split(), 3)
    others, count = FILLERS.split(), chance.randint(least, most)
    said = [chance.choice(subject if chance.random() < 0.25 else others) for _ in range(count)]
    return " ".join(said).capitalize() + "."


def character(found: Character) -> Character:
    """Return one of 1,500 tokens."""
    chance = random.Random(5)  # noqa: S311 - no secret
    text = ""
    while estimate(text) < CHARACTER_TOKENS:
        text += words(chance, 10, 20) + " "
    card = {"description": text, "mes_example": "{{user}}: Who are you?\n{{char}}: I keep tea."}
    return Character(id=found.id, name="Juniper", slug="juniper", card=card, avatar=None)


def scene(juniper: Character, said: Sequence[Message], user: int) -> Scene:
    """Return what Juniper perceives after these messages, said by two people."""
    names: dict[tuple[int, str | None], str] = {(one, None): name for one, name in NAMES.items()}
    return Scene(
        character=juniper,
        user_name=NAMES[user],
        lines=lines_of(juniper.id, said, names, Meanings(), {}),
        message_ids=frozenset(message.id for message in said),
        people=tuple(
            Participant(name=name, user_id=user_id, pronouns="they/them")
            for user_id, name in NAMES.items()
        ),
        where=Where(server="Harbour", channel="tavern"),
        now=Clock(said_at(said[-1].id), "UTC").told(),
        guidance=GUIDANCE,
    )


async def talk(past: Past, juniper: Character, rate: float) -> AsyncIterator[Prompt]:
    """Yield the prompt of each turn of a conversation that grows.

    `rate`: the model's tokens for one of our estimate, as the product learns it from each reply.
    """
    chance = random.Random(11)  # noqa: S311 - no secret
    begins_at = 0
    for _ in range(TURNS):
        user = chance.choice((ADA, BEN))
        reply = words(chance, 40, 120)
        exchange = await past.said(words(chance, 10, 60), reply, user=user)
        scope = past.scope(user)
        said = await past.messages.recent(scope, up_to=exchange.trigger_id, limit=LINES + 8)
        said = [one for one in said if one.id <= exchange.trigger_id]
        seen = scene(juniper, said, user)
        space = int((WINDOW - REPLY) / rate)
        limits = Limits(tokens=space, messages=LINES, begins_at=begins_at)
        draft = Draft(seen, Filling(seen), limits)
        begins_at = draft.begins_at
        memories = await past.memories.recall(
            scope, said[-1].content, exclude_message_ids=draft.visible, limit=RECALLED
        )
        yield draft.prompt(memories)
        await past.write(exchange)


def as_text(prompt: Prompt) -> str:
    """Return a prompt as one text, as a provider's template would."""
    return "".join(f"<|{one.role}|>{one.content}" for one in prompt.messages)


def share(before: str, after: str) -> float:
    """Return how much of a prompt is the beginning of the one before it."""
    common = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        common += 1
    return estimate(after[:common]) / estimate(after)


async def conversation(rate: float) -> list[Prompt]:
    """Return the prompts of the whole conversation."""
    with TemporaryDirectory() as folder:
        async with TestServer.start(Path(folder)) as server:
            settings = load_settings(database_url=await server.create())
            database = await Database.open(settings)
            embedder = Embedder()
            try:
                await set_up_starters(database)
                sable, found = await CharacterStore(database).visible_to(ADA)
                past = Past(database, embedder, found.id, sable.id)
                return [prompt async for prompt in talk(past, character(found), rate)]
            finally:
                embedder.close()
                await database.close()


def writing() -> list[float]:
    """Return the milliseconds that writing a prompt of 100 messages takes, each time."""
    chance = random.Random(3)  # noqa: S311 - no secret
    juniper = character(Character(id=UUID(int=1), name="", slug="", card={}, avatar=None))
    lines = tuple(
        Line("Juniper" if number % 2 else "Ada", words(chance, 10, 60), bool(number % 2), number)
        for number in range(LINES + 1)
    )
    seen = Scene(
        character=juniper,
        user_name="Ada",
        lines=lines,
        now=Clock(datetime.now(UTC), "UTC").told(),
    )
    times = []
    for _ in range(WRITTEN):
        begun = time.perf_counter()
        Draft(seen, Filling(seen), Limits(tokens=32_000)).prompt()
        times.append((time.perf_counter() - begun) * 1000)
    return times


@asynccontextmanager
async def asking() -> AsyncIterator[ModelClient]:
    """Run the small local model; yield a client for it."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tzurot.localmodel", "--slots", "1"), stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert child.stdout is not None
        found: dict[str, Any] = json.loads(await child.stdout.readline())
        transport = Transport(Service.at(str(found["url"]), ServerKind.LLAMACPP))
        yield ModelClient(transport, patience=Patience(silence=300, whole=600))
        await transport.aclose()
    finally:
        child.kill()
        await child.wait()


async def rate_of_the_model() -> float:
    """Return how many tokens the local model counts for one of our estimate."""
    text = " ".join(words(random.Random(7), 10, 60) for _ in range(20))  # noqa: S311 - no secret
    async with asking() as client:
        request = ChatRequest(model=MODEL, messages=(ChatMessage("user", text),), max_tokens=8)
        usage = (await client.complete(request)).usage
    assert usage is not None
    rates = Rates()
    rates.learn(MODEL, estimated=estimate(text), reported=usage.prompt_tokens)
    return rates.of(MODEL)


async def cached(prompts: Sequence[Prompt]) -> float:
    """Return the share of the tokens of these prompts that the server had in its cache."""
    async with asking() as client:
        in_cache, in_all = 0, 0
        for place, prompt in enumerate(prompts):
            request = ChatRequest(model=MODEL, messages=prompt.messages, max_tokens=8)
            usage = (await client.complete(request)).usage
            assert usage is not None
            if place:  # before the first one the cache is empty
                in_cache += usage.cached_tokens
                in_all += usage.prompt_tokens
    return in_cache / in_all


async def run() -> dict[str, float]:
    """Return the figures."""
    rate = await rate_of_the_model()
    prompts = await conversation(rate)
    shares = [share(*pair) for pair in pairwise(map(as_text, prompts))][WARM:]
    return {
        "cache_share": mean(shares),
        "cache_share_least": min(shares),
        "prompt_token_rate": rate,
        "prompt_messages": mean(len(prompt.messages) for prompt in prompts[WARM:]),
        "prompt_memory_tokens": mean(prompt.tokens["memories"] for prompt in prompts[WARM:]),
        "prompt_cached_share": await cached(prompts[-ASKED - 1 :]),
        "prompt_p50_ms": median(writing()),
    }
