"""Builds everything once, starts it in order, and on a signal drains and stops it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import aiohttp
import hikari
import lightbulb
from hikari import impl
from hikari.api import CacheComponents
from loguru import logger
from sqlalchemy.exc import DBAPIError

from tzurot.characters.drafts import DraftStore
from tzurot.characters.starter import set_up_starters
from tzurot.commands import attach, build_client
from tzurot.commands.kit.services import Services
from tzurot.conversation.gateway import INTENTS, Gateway
from tzurot.jobs import Worker
from tzurot.parts import make_parts
from tzurot.rules.greetings import GreetingStore
from tzurot.settings import OPENROUTER, Settings
from tzurot.storage.database import Database
from tzurot.storage.errors import StorageError
from tzurot.storage.migrations import migrate
from tzurot.storage.presence import Presence
from tzurot.telemetry import log_loop_errors
from tzurot.web.server import WebError, serve

EXIT_FAILED: Final = 1
EXIT_SETTINGS: Final = 2
EXIT_UNAVAILABLE: Final = 69
"""Something that we depend on is not there. Source: sysexits.h."""
EXIT_INTERRUPTED: Final = 130
CLOSING_S: Final = 5
"""After the answers under way: for closing connections and the database."""

DEFAULT_PORT: Final = 8080
ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104  a platform's router reaches us from outside

# A gateway close code that hikari has no name for. Source: Discord's documentation.
_DISALLOWED_INTENTS: Final = 4014

_HTTP = impl.HTTPSettings(force_close_transports=False)
_CACHE = impl.CacheSettings(
    components=CacheComponents.GUILDS
    | CacheComponents.GUILD_CHANNELS
    | CacheComponents.GUILD_THREADS
    | CacheComponents.ROLES
    | CacheComponents.ME
)

Ready = Callable[[], Awaitable[None]]


class StartError(Exception):
    """The bot cannot run; the text says why in one line."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets; a second SIGINT ends the process at once."""
    stop = asyncio.Event()

    def ask(number: int) -> None:
        if stop.is_set() and number == signal.SIGINT:
            os._exit(EXIT_INTERRUPTED)
        if not stop.is_set():
            logger.info("Stopping ({})", signal.Signals(number).name)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
    return stop


async def run(
    settings: Settings,
    stop: asyncio.Event,
    *,
    host: str = ANY_ADDRESS,
    on_ready: Ready | None = None,
) -> None:
    """Run the bot until `stop` is set. Raises StartError."""
    log_loop_errors(asyncio.get_running_loop())
    if settings.discord_token is None:
        msg = "DISCORD_TOKEN is not set. Set it, or try the bot without Discord: make play"
        raise StartError(msg, EXIT_SETTINGS)
    if settings.openrouter_api_key is None and settings.openrouter_base_url == OPENROUTER:
        logger.warning("OPENROUTER_API_KEY is not set: no model will answer")
    watch = asyncio.create_task(_end_in_time(stop, settings.shutdown_seconds + CLOSING_S))
    try:
        async with AsyncExitStack() as stack:
            token = settings.discord_token.get_secret_value()
            await _run(settings, token, stop, stack, host=host, on_ready=on_ready)
    except _StoppedEarlyError:
        pass
    except StorageError as error:
        raise StartError(str(error), EXIT_UNAVAILABLE) from error
    except DBAPIError as error:
        msg = f"the database cannot be used: {str(error.orig).splitlines()[0]}"
        raise StartError(msg, EXIT_UNAVAILABLE) from error
    except WebError as error:
        raise StartError(str(error), EXIT_SETTINGS) from error
    finally:
        watch.cancel()
    logger.info("Stopped")


async def _end_in_time(stop: asyncio.Event, most_s: float) -> None:
    """End the process when a stop takes too long, whatever hangs: nothing is lost by it."""
    await stop.wait()
    await asyncio.sleep(most_s)
    logger.error("Not stopped after {} s: ending now", most_s)
    os._exit(EXIT_FAILED)


class _StoppedEarlyError(Exception):
    """A stop was asked for before the start was done."""


@asynccontextmanager
async def _unless(stop: asyncio.Event) -> AsyncIterator[None]:
    """Break off what is inside when a stop is asked for. Raises _StoppedEarlyError."""
    starting = asyncio.current_task()

    async def watch() -> None:
        await stop.wait()
        if starting is not None:
            starting.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if starting is None or not stop.is_set():
            raise
        starting.uncancel()
        raise _StoppedEarlyError from None
    finally:
        watcher.cancel()


async def _run(  # noqa: PLR0913  the parts of one start
    settings: Settings,
    token: str,
    stop: asyncio.Event,
    stack: AsyncExitStack,
    *,
    host: str,
    on_ready: Ready | None,
) -> None:
    async with _unless(stop):
        database = await Database.open(settings)
        stack.push_async_callback(database.close)
        await migrate(database, settings.migrate)
        await set_up_starters(database)

        bot = _build_bot(settings, token)
        webhook_rest = await stack.enter_async_context(_webhook_rest(settings, token))
        presence = Presence(database)
        await presence.start()
        stack.push_async_callback(presence.stop)
        worker = Worker(database)
        parts = make_parts(
            settings,
            database,
            stack,
            bot=bot,
            webhook_rest=webhook_rest,
            presence=presence,
            worker=worker,
        )
        conversation = parts.conversation
        # Before it is connected there is nothing to finish.
        stack.push_async_callback(conversation.drain, 0)
        if settings.port is not None or settings.public_url is not None:
            port = DEFAULT_PORT if settings.port is None else settings.port
            health = _health(database, bot)
            await stack.enter_async_context(serve(parts.characters, health, host=host, port=port))

        await conversation.take_up()
        gateway = Gateway(bot, conversation)
        client = await build_client(bot)
        host_id = 0

        async def prepare() -> None:
            nonlocal host_id
            host_id = parts.rooms.host_id = await _host_id(bot, settings)
            services = Services(
                bot=bot,
                client=client,
                characters=parts.characters,
                denials=parts.denials,
                drafts=DraftStore(database),
                greetings=GreetingStore(database),
                conversation=conversation,
                ages=parts.ages,
                rooms=parts.rooms,
                host_id=host_id,
            )
            attach(client, services)

        await stack.enter_async_context(_connected(bot, client, prepare))
        # From here on, whatever ends us, what is being answered may finish.
        stack.push_async_callback(conversation.drain, settings.shutdown_seconds)
        stack.callback(gateway.stop)
        logger.info("Connected as {} for host {}", bot.get_me(), host_id)
        worker.start()
        stack.push_async_callback(worker.stop, 1)
        conversation.begin()
        if on_ready is not None:
            await on_ready()

    await _until_stopped(bot, database, stop)


def _build_bot(settings: Settings, token: str) -> hikari.GatewayBot:
    try:
        return hikari.GatewayBot(
            token,
            rest_url=settings.discord_rest_url,
            intents=INTENTS,
            cache_settings=_CACHE,
            http_settings=_HTTP,
            auto_chunk_members=False,
            banner=None,
            logs=None,
            suppress_optimization_warning=True,
        )
    except ValueError as error:
        msg = "DISCORD_TOKEN is not a bot token: it has three parts with dots between them"
        raise StartError(msg, EXIT_SETTINGS) from error


@asynccontextmanager
async def _webhook_rest(settings: Settings, token: str) -> AsyncIterator[hikari.api.RESTClient]:
    """Open the client for webhooks: it never repeats a POST by itself."""
    app = hikari.RESTApp(url=settings.discord_rest_url, http_settings=_HTTP, max_retries=0)
    await app.start()
    try:
        async with app.acquire(token, hikari.TokenType.BOT) as rest:
            yield rest
    finally:
        await app.close()


@asynccontextmanager
async def _connected(
    bot: hikari.GatewayBot,
    client: lightbulb.GatewayEnabledClient,
    prepare: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Connect to Discord with our commands in place. Raises StartError.

    `prepare` runs, and the commands are synchronised, when REST is up and no shard is yet, so that
    no interaction comes before it; hikari would only log a failure there, so it is kept and raised
    here.
    """
    failures: list[Exception] = []

    async def sync(_: hikari.StartingEvent) -> None:
        try:
            await prepare()
            await client.start()
        except Exception as error:  # noqa: BLE001  raised again below
            failures.append(error)

    bot.subscribe(hikari.StartingEvent, sync)
    try:
        try:
            await bot.start(check_for_updates=False)
        except (hikari.HikariError, aiohttp.ClientError, OSError) as error:
            raise _why_not_connected(failures[0] if failures else error) from error
        if failures:
            msg = f"Discord did not take the commands: {failures[0]}"
            raise StartError(msg, EXIT_UNAVAILABLE) from failures[0]
        yield
    finally:
        # A start that was broken off leaves parts of it open.
        with suppress(hikari.ComponentStateConflictError):
            await bot.close()


def _why_not_connected(error: Exception) -> StartError:
    if isinstance(error, hikari.UnauthorizedError):
        return StartError("Discord does not accept DISCORD_TOKEN", EXIT_SETTINGS)
    if isinstance(error, hikari.GatewayServerClosedConnectionError):
        if error.code == _DISALLOWED_INTENTS:
            msg = "switch on the Message Content Intent on the Bot page of the application"
            return StartError(msg, EXIT_SETTINGS)
        if error.code == hikari.ShardCloseCode.AUTHENTICATION_FAILED:
            return StartError("Discord does not accept DISCORD_TOKEN", EXIT_SETTINGS)
    return StartError(f"Discord cannot be reached: {error}", EXIT_UNAVAILABLE)


async def _host_id(bot: hikari.GatewayBot, settings: Settings) -> int:
    if settings.bot_owner_id is not None:
        return settings.bot_owner_id
    application = await bot.rest.fetch_application()
    return int(application.team.owner_id if application.team else application.owner.id)


async def _until_stopped(bot: hikari.GatewayBot, database: Database, stop: asyncio.Event) -> None:
    """Wait for a stop. Raises StartError when what we need is gone for good."""
    asked = asyncio.ensure_future(stop.wait())
    gone = asyncio.ensure_future(bot.join())
    lost = asyncio.ensure_future(database.lost())
    done, waiting = await asyncio.wait({asked, gone, lost}, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    if asked in done:
        return
    if lost in done:
        raise StartError(lost.result(), EXIT_UNAVAILABLE)
    error = gone.exception()
    raise _why_not_connected(error if isinstance(error, Exception) else RuntimeError("closed"))


def _health(database: Database, bot: hikari.GatewayBot) -> Callable[[], Awaitable[str | None]]:
    async def check() -> str | None:
        if not await database.answers():
            return "the database does not answer"
        if not any(shard.is_connected for shard in bot.shards.values()):
            return "not connected to Discord"
        return None

    return check
