"""Health for the platform that runs us, and the characters' pictures under PUBLIC_URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tzurot.characters.store import CharacterStore

# A picture's address is the hash of its content: it never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}

Health = Callable[[], Awaitable[str | None]]


class WebError(Exception):
    """The server cannot listen; the text says why."""


@asynccontextmanager
async def serve(
    characters: CharacterStore, health: Health, *, host: str, port: int
) -> AsyncIterator[None]:
    """Serve while the context lasts. `health` returns what is wrong, or None. Raises WebError."""

    async def avatar(request: web.Request) -> web.Response:
        picture = await characters.picture(request.match_info["sha256"])
        if picture is None:
            raise web.HTTPNotFound(text="There is no such picture.")
        return web.Response(
            body=picture.content,
            content_type=picture.media_type,
            headers={**_FOR_EVER, **_HARMLESS},
        )

    async def is_healthy(_: web.Request) -> web.Response:
        wrong = await health()
        return web.json_response({"status": wrong or "ok"}, status=503 if wrong else 200)

    app = web.Application()
    app.router.add_get("/avatars/{sha256:[0-9a-f]{64}}", avatar)
    app.router.add_get("/health", is_healthy)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, shutdown_timeout=1).start()
        except OSError as error:
            msg = f"PORT {port} cannot be listened on: {error.strerror or error}"
            raise WebError(msg) from error
        yield
    finally:
        await runner.cleanup()
