"""How soon the bot is there, how much memory it takes, and what it adds to each turn.

The real bot runs with its embedded database against the playground and a model that answers at
once. Playground, model and bot are processes of one machine: the wall clock is the same for all.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Any, Final

import psutil

from tests.support.bot import Bot
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import ADA, LOUNGE, TAVERN, WORKSHOP, Playground

STARTS: Final = 7
SETTLED_S: Final = 5
WARM_UP: Final = 50
TURNS: Final = 200
CHANNELS: Final = (LOUNGE, TAVERN, WORKSHOP)
REPLY: Final = "The sea was calm this morning, and I found a blue bottle in the sand."


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the process; seconds since its beginning."""

    ready_s: float
    answered_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What the bot did in one turn while the model did not work, in milliseconds."""

    before_model: float
    """From the message's event at the gateway to the request at the model."""
    after_model: float
    """From the last byte of the model's answer to the message in the channel."""
    after_post: float
    """From the message in the channel to the end of the turn, which nobody waits for."""

    @property
    def added(self) -> float:
        """What the bot adds to the time that the model takes."""
        return self.before_model + self.after_model


class Stage:
    """The bot, and both ends of its wires."""

    def __init__(self, playground: Playground, model: ModelServer) -> None:
        self._playground = playground
        self._model = model
        self._said = 0
        self.bot = Bot(playground, None, model.url)

    async def start(self) -> Start:
        """Start the bot, speak to it the moment that it is there, and stop it."""
        begun = time.time()
        async with self.bot:
            ready = time.time()
            answer = await self._playground.wait(await self._say(LOUNGE), seconds=30)
            assert answer["content"] == REPLY, self.bot.log
        return Start(ready_s=ready - begun, answered_s=_moment(answer["timestamp"]) - begun)

    async def turns(self, count: int, *channels: str) -> list[Turn]:
        """Take turns, one after the other, in these channels by turns."""
        return [await self.turn(channel) for channel in islice(cycle(channels), count)]

    async def turn(self, channel: str) -> Turn:
        """Say something and wait until the bot is done with its answer."""
        self._model.requests.clear()
        self.bot.log.clear()
        said = await self._say(channel)
        answer = await self._playground.wait(said)
        assert answer["content"] == REPLY, self.bot.log
        await self.bot.logged("Replied in")
        # A turn at its best logs nothing else, so a retry or a warning does not go unseen.
        (ended,) = (_moment(line["time"]) for line in self.bot.log)
        (request,) = self._model.requests
        assert request.answered_at is not None
        # Taken anew each turn, because the wall clock may be set right at any time.
        wall = time.time() - time.monotonic()
        posted = _moment(answer["timestamp"])
        return Turn(
            before_model=(request.at + wall - _moment(said["timestamp"])) * 1000,
            after_model=(posted - request.answered_at - wall) * 1000,
            after_post=(ended - posted) * 1000,
        )

    async def _say(self, channel: str) -> dict[str, Any]:
        self._said += 1
        return await self._playground.say(ADA, f"@Juniper what is news {self._said}?", channel)

    def rss_mb(self) -> float:
        """Return the memory of the bot's own process; the database's processes are not in it."""
        return float(psutil.Process(self.bot.pid).memory_info().rss) / 2**20

    def cpu_ms(self) -> float:
        """Return the processor time that the bot's own process has used."""
        times = psutil.Process(self.bot.pid).cpu_times()
        return float(times.user + times.system) * 1000


async def run() -> dict[str, float]:
    """Return figures in seconds, milliseconds and MiB."""
    async with (
        ModelServer(Reply.text(REPLY)) as model,
        Playground(options=("--rate-limits", "off"), judge=False) as playground,
    ):
        stage = Stage(playground, model)
        async with stage.bot:  # the first start makes the database, the first turns the webhooks
            await stage.turns(len(CHANNELS), *CHANNELS)
        starts = [await stage.start() for _ in range(STARTS)]
        async with stage.bot:
            await asyncio.sleep(SETTLED_S)
            idle = stage.rss_mb()
            await stage.turns(WARM_UP, *CHANNELS)
            used = stage.rss_mb()
            cpu = stage.cpu_ms()
            alone = await stage.turns(TURNS, LOUNGE)
            spread = await stage.turns(TURNS, *CHANNELS)
            cpu = stage.cpu_ms() - cpu
    turns = alone + spread
    return {
        "ready_s": median(start.ready_s for start in starts),
        "start_to_answer_s": median(start.answered_s for start in starts),
        "added_p50_ms": median(turn.added for turn in turns),
        "added_p95_ms": quantiles((turn.added for turn in turns), n=20)[-1],
        "added_one_channel_p50_ms": median(turn.added for turn in alone),
        "added_spread_p50_ms": median(turn.added for turn in spread),
        "before_model_p50_ms": median(turn.before_model for turn in turns),
        "after_model_p50_ms": median(turn.after_model for turn in turns),
        "after_post_p50_ms": median(turn.after_post for turn in turns),
        "cpu_per_turn_ms": cpu / len(turns),
        "idle_rss_mb": idle,
        "after_turns_rss_mb": used,
    }


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
