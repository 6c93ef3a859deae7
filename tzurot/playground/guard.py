"""Keeping other web pages out: who may send requests, and headers that keep browsers careful."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from .files import is_loopback

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(*, local: bool) -> Middleware:
    """Return a middleware that refuses what another site's page makes a browser send.

    `local`: the server listens on this machine only, so any other name in `Host` is a trick
    (DNS rebinding).
    """

    @web.middleware
    async def refuse_strangers(request: web.Request, handler: _Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if local and not is_loopback(_parts(f"//{request.host}").hostname or ""):
            return _refusal("the playground answers only under a name of this machine")
        if origin is not None and _parts(origin).netloc != request.host:
            return _refusal("the playground answers only its own page")
        asked = request.headers.get("Sec-Fetch-Site", "none")
        opened = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.path == "/"
        if asked not in {"none", "same-origin"} and not opened:
            return _refusal("the playground answers only its own page")
        return await handler(request)

    return refuse_strangers


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _refusal(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=403)


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer carries."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:;"
        " style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    )
