"""How many turns the bot takes, what each costs, and what waiting ones do to it.

The real bot with its embedded database, the playground, and a scripted model whose replies differ.
Memory is off, but for one figure. Playground, model and bot are processes of one machine.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Final

import httpx
import psutil

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, GUILD, Payload, Playground

CHANNELS: Final = 500
BOUND: Final = 512
BUSY_CHANNELS: Final = 50
WARM_UP: Final = 100
SUSTAINED: Final = 1000
STEADY_S: Final = 0.125
"""Between two messages where the bot has time for each."""
STEADY: Final = 200
THINKING_S: Final = 1.0
PATIENCE_S: Final = 60
WORDS: Final = [
    "sea",
    "calm",
    "bottle",
    "sand",
    "gull",
    "storm",
    "lantern",
    "rope",
    "letter",
    "tide",
    "map",
    "bell",
]


@dataclass(frozen=True, slots=True)
class Turn:
    """When something was said and when it was answered, by the playground's clock, in seconds."""

    said: float
    answered: float


class Stage:
    """The bot, both ends of its wires, and many channels."""

    def __init__(self, playground: Playground, model: ModelServer, bot: Bot) -> None:
        self._playground = playground
        self.model = model
        self.bot = bot
        self.channels: list[str] = []
        self._answers: dict[str, asyncio.Queue[Payload]] = {}
        self._numbers = itertools.count()
        self._chance = random.Random(7)  # noqa: S311  nothing secret
        self.thinking_s = 0.0

    def reply(self, _body: object) -> Reply:
        """Answer with other words each time: a reply that was there before is asked for again."""
        words = " ".join(self._chance.choices(WORDS, k=20))
        return Reply.text(f"{words}.", first_delay=self.thinking_s)

    async def make_channels(self) -> None:
        """Make the channels."""
        for number in range(CHANNELS):
            made = await self._playground.channel(GUILD, f"c{number}")
            self.channels.append(made["id"])
            self._answers[made["id"]] = asyncio.Queue()

    async def listen(self, ready: asyncio.Event) -> None:
        """Take note of all answers."""
        address = f"{self._playground.url}/playground/api/events"
        async with (
            httpx.AsyncClient(timeout=PATIENCE_S) as http,
            http.stream("GET", address) as stream,
        ):
            async for line in stream.aiter_lines():
                ready.set()
                if line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    if event["type"] == "MESSAGE_CREATE" and event["data"]["author"].get("bot"):
                        self._answers[event["data"]["channel_id"]].put_nowait(event["data"])

    async def turn(self, channel: str) -> Turn:
        """Say something and wait for the answer."""
        words = f"@Juniper what is news {next(self._numbers)}?"
        said = await self._playground.say(ADA, words, channel)
        async with asyncio.timeout(PATIENCE_S):
            answer = await self._answers[channel].get()
        return Turn(_moment(said["timestamp"]), _moment(answer["timestamp"]))

    async def each(self, channels: Sequence[str], turns: int) -> list[Turn]:
        """Take turns in all channels side by side, in each one after the other."""

        async def talk(channel: str) -> list[Turn]:
            return [await self.turn(channel) for _ in range(turns)]

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(talk(channel)) for channel in channels]
        return [turn for task in tasks for turn in task.result()]

    async def steady(self, channels: Sequence[str]) -> list[float]:
        """Say things at a steady pace, in the channels by turns; return the waits in ms."""
        async with asyncio.TaskGroup() as group:
            tasks = []
            for channel in itertools.islice(itertools.cycle(channels), STEADY):
                tasks.append(group.create_task(self.turn(channel)))
                await asyncio.sleep(STEADY_S)
        return [(one.answered - one.said) * 1000 for one in (task.result() for task in tasks)]

    async def idle(self) -> None:
        """Wait until the last turns have ended in the journal as well."""
        while True:
            before = self.cpu_ms()
            await asyncio.sleep(0.5)
            if self.cpu_ms() - before < 50:
                return

    def rss_kb(self) -> float:
        """Return the memory of the bot's own process, without the database's."""
        return float(psutil.Process(self.bot.pid).memory_info().rss) / 1024

    def cpu_ms(self) -> float:
        """Return the processor time that the bot's own process has used."""
        times = psutil.Process(self.bot.pid).cpu_times()
        return float(times.user + times.system) * 1000


@asynccontextmanager
async def stage(*, memory: bool) -> AsyncIterator[Stage]:
    """Run all of it."""
    async with (
        ModelServer() as model,
        Playground(options=("--rate-limits", "off"), judge=False) as playground,
        Bot(playground, None, model.url, MEMORY=str(memory), MAX_TURNS=str(BOUND)) as bot,
        asyncio.TaskGroup() as group,
    ):
        made = Stage(playground, model, bot)
        model.default = made.reply
        ready = asyncio.Event()
        await made.make_channels()
        listening = group.create_task(made.listen(ready))
        await ready.wait()
        yield made
        listening.cancel()


async def sustained(made: Stage) -> tuple[float, float]:
    """Return turns per second and processor time per turn in ms, of many channels at once."""
    busy = made.channels[:BUSY_CHANNELS]
    await made.each(busy, WARM_UP // BUSY_CHANNELS)
    await made.idle()
    cpu = made.cpu_ms()
    turns = await made.each(busy, SUSTAINED // BUSY_CHANNELS)
    took = max(one.answered for one in turns) - min(one.said for one in turns)
    await made.idle()
    return len(turns) / took, (made.cpu_ms() - cpu) / len(turns)


async def waiting(made: Stage) -> tuple[float, float]:
    """Return seconds until 500 turns at once are answered, and memory of each that waits."""
    await made.each(made.channels, 1)
    await made.idle()
    made.thinking_s = THINKING_S
    turns = await made.each(made.channels, 1)
    took = max(one.answered for one in turns) - min(one.said for one in turns)
    made.thinking_s = 0
    await made.idle()
    made.model.requests.clear()
    made.model.gate.clear()
    before = made.rss_kb()
    held = asyncio.create_task(made.each(made.channels, 1))
    await made.model.until(lambda: len(made.model.requests) == CHANNELS, patience=PATIENCE_S)
    each = (made.rss_kb() - before) / CHANNELS
    made.model.gate.set()
    await held
    return took, each


async def run() -> dict[str, float]:
    """Return figures in turns per second, milliseconds, seconds and KiB."""
    figures: dict[str, float] = {}
    async with stage(memory=False) as made:
        figures["turns_per_s"], figures["cpu_ms_per_turn"] = await sustained(made)
        figures["waiting_500_s"], figures["kb_per_waiting_turn"] = await waiting(made)
        for count in (1, BUSY_CHANNELS, CHANNELS):
            waits = await made.steady(made.channels[:count])
            figures[f"added_{count}_channels_p50_ms"] = median(waits)
            figures[f"added_{count}_channels_p95_ms"] = quantiles(waits, n=20)[-1]
    async with stage(memory=True) as made:
        figures["turns_per_s_memory"], figures["cpu_ms_per_turn_memory"] = await sustained(made)
    return figures


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
