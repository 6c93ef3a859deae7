"""Everything put together: the web server with the APIs, the gateway, the page and the files."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from . import (
    rest_account,
    rest_channels,
    rest_commands,
    rest_guilds,
    rest_interactions,
    rest_messages,
    rest_webhooks,
)
from .api import Api, last_route
from .api_channels import ChannelsApi
from .api_guilds import GuildsApi
from .api_interactions import InteractionsApi
from .api_messages import MessagesApi
from .api_proxies import ProxiesApi
from .call import Rooms
from .channels import Channels
from .composing import MOST_ATTACHMENTS
from .feed import END, Event
from .files import LARGEST_ATTACHMENT, is_loopback
from .gateway import Gateway
from .guard import guard, harden
from .guilds import Guilds
from .interactions import Interactions
from .judge import Judge
from .limits import Limits, Mode
from .messages import Messages
from .reactions import Reactions
from .rest import Rest
from .static import Static
from .threads import Threads
from .views import Views
from .world import World

_TABLES: Final = (
    rest_account.routes,
    rest_commands.routes,
    rest_guilds.routes,
    rest_channels.routes,
    rest_messages.routes,
    rest_interactions.routes,
    rest_webhooks.routes,
)
_APIS: Final = (MessagesApi, ChannelsApi, GuildsApi, ProxiesApi, InteractionsApi)
_LARGEST_REQUEST: Final = 2 * MOST_ATTACHMENTS * LARGEST_ATTACHMENT
_ENDING_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """How a playground is started."""

    data: Path
    host: str
    port: int
    openapi: Path | None
    strict: bool
    rate_limits: Mode
    privileged: frozenset[str]
    heartbeat_ms: int


class PortTakenError(Exception):
    """Another program listens there."""


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `PortTakenError`, `DataInUseError`, `UnusableDocumentError`.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with serving(options) as url:
        print(json.dumps({"event": "ready", "url": url}), flush=True)  # noqa: T201 - the contract
        await ended.wait()


@asynccontextmanager
async def serving(options: Options) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address."""
    listener = _listen(options.host, options.port)
    # Addresses in payloads name the port, so it is taken before anything is built.
    url = _url(options.host, listener.getsockname()[1])
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        judge = Judge(options.openapi)
        world = World(options.data, url, options.privileged)
        stack.callback(world.close)
        threads = Threads(world)
        views = Views(world, threads)
        messages = Messages(world, threads, views)
        interactions = Interactions(world, views)
        rooms = Rooms(
            world,
            Channels(world),
            threads,
            views,
            messages,
            Reactions(world),
            interactions,
            Guilds(world),
        )
        rest = Rest(rooms, Limits(options.rate_limits), judge, strict=options.strict)
        gateway = Gateway(world, threads, options.heartbeat_ms)
        api = Api(rooms, rest, gateway, judge)

        def judge_event(event: Event) -> None:
            if event.type in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
                judge.message_event(event.type, event.data)

        stack.enter_context(world.feed.listening(judge_event))
        stack.enter_context(gateway.listening())
        app = web.Application(
            middlewares=[guard(local=is_loopback(options.host))],
            client_max_size=_LARGEST_REQUEST,
        )
        app.on_response_prepare.append(harden)
        app.add_routes([*rest.routes(_TABLES), *gateway.routes()])
        for part in (api, *(each(rooms) for each in _APIS)):
            app.add_routes(part.routes())
        app.add_routes([last_route()])
        app.add_routes(Static(world).routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_ENDING_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        stack.push_async_callback(gateway.close)
        stack.callback(world.feed.publish, Event(END, {}, page_only=True))
        stack.callback(interactions.close)
        yield url


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        message = f"port {port} on {host} is taken; choose another one with --port"
        raise PortTakenError(message) from error


def _url(host: str, port: int) -> str:
    """Return the address under which this machine reaches the server."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is replaced
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
