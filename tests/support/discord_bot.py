"""A real hikari bot with a lightbulb client that keeps every event it gets, for wire tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import hikari
import lightbulb

from tests.support.playground import TOKEN, Playground

EventT = TypeVar("EventT", bound=hikari.Event)

INTENTS = (
    hikari.Intents.GUILDS
    | hikari.Intents.GUILD_MESSAGES
    | hikari.Intents.GUILD_MESSAGE_REACTIONS
    | hikari.Intents.GUILD_MESSAGE_TYPING
    | hikari.Intents.GUILD_WEBHOOKS
    | hikari.Intents.DM_MESSAGES
    | hikari.Intents.MESSAGE_CONTENT
)


class Listener:
    """A bot that only listens; `rest` is its REST client."""

    def __init__(
        self,
        playground: Playground,
        intents: hikari.Intents,
        retries: int,
        hooks: Sequence[lightbulb.ExecutionHook],
    ) -> None:
        self.bot = hikari.GatewayBot(
            TOKEN,
            rest_url=playground.rest_url,
            intents=intents,
            banner=None,
            logs=None,
            suppress_optimization_warning=True,
            max_retries=retries,
        )
        self.client = lightbulb.client_from_app(self.bot, hooks=hooks)
        self.failures: list[BaseException] = []
        self._events: list[hikari.Event] = []
        self._news = asyncio.Event()
        self.bot.subscribe(hikari.Event, self._keep)
        self.bot.subscribe(hikari.StartingEvent, self._start_client)

    @property
    def rest(self) -> hikari.api.RESTClient:
        """The bot's REST client."""
        return self.bot.rest

    async def _keep(self, event: hikari.Event) -> None:
        self._events.append(event)
        self._news.set()

    async def _start_client(self, _: hikari.StartingEvent) -> None:
        try:
            await self.client.start()
        except Exception as error:  # noqa: BLE001 - hikari would only log it
            self.failures.append(error)

    def seen(self, kind: type[EventT]) -> list[EventT]:
        """Return the events of a kind so far."""
        return [event for event in self._events if isinstance(event, kind)]

    async def next(
        self, kind: type[EventT], wanted: Callable[[EventT], bool] = lambda _: True
    ) -> EventT:
        """Return the first event of a kind that is wanted, waiting up to ten seconds for it."""
        async with asyncio.timeout(10):
            while True:
                self._news.clear()
                for event in self.seen(kind):
                    if wanted(event):
                        return event
                await self._news.wait()

    async def hears(self, content: str) -> hikari.GuildMessageCreateEvent:
        """Return the event of a message with this text in a server."""
        kind = hikari.GuildMessageCreateEvent
        return await self.next(kind, lambda event: event.content == content)

    def forget(self) -> None:
        """Forget the events so far."""
        self._events.clear()


@asynccontextmanager
async def listening(
    playground: Playground,
    intents: hikari.Intents = INTENTS,
    *,
    retries: int = 3,
    hooks: Sequence[lightbulb.ExecutionHook] = (),
    prepare: Callable[[Listener], Awaitable[None]] | None = None,
) -> AsyncIterator[Listener]:
    """Run a bot against a playground while the context is open.

    `prepare` gives its client commands before they are told to Discord, with `hooks` on each.
    """
    found = Listener(playground, intents, retries, hooks)
    if prepare is not None:
        await prepare(found)
    await found.bot.start(check_for_updates=False)
    try:
        if found.failures:
            raise found.failures[0]
        if intents & hikari.Intents.GUILDS:
            await found.next(hikari.GuildAvailableEvent)
        yield found
    finally:
        await found.bot.close()
