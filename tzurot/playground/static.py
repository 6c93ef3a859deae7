"""The page's files, and attachments and pictures under `/cdn`."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aiohttp import web

from . import stickers
from .images import recognise
from .world import World

PAGE: Final = Path(__file__).parent / "page"
_PLAYED: Final = ("audio/", "video/")
_HEAD: Final = 64 * 1024
_FOREVER: Final = "public, max-age=31536000, immutable"


class Static:
    """Serves files; what people uploaded is never run by a browser."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        return [
            web.get("/", self._index),
            web.get("/page/{path:.+}", self._page),
            web.get("/cdn/attachments/{channel}/{attachment}/{name}", self._attachment),
            web.get("/cdn/avatars/{user}/{name}", self._picture),
            web.get("/cdn/stickers/{name}", self._sticker),
            web.get("/cdn/guilds/{guild}/users/{user}/avatars/{name}", self._picture),
        ]

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return _file(PAGE / "index.html")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        path = (PAGE / request.match_info["path"]).resolve()
        if not path.is_relative_to(PAGE.resolve()):
            raise web.HTTPNotFound
        return _file(path)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        path = self._world.files.picture(request.match_info["name"].partition(".")[0])
        if path is None:
            raise web.HTTPNotFound
        found = self._image(path)
        if found is None:
            raise web.HTTPNotFound
        return found

    async def _sticker(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["name"].partition(".")[0]
        known = number.isascii() and number.isdecimal()
        sticker = self._world.stickers.get(int(number)) if known else None
        if sticker is None:
            raise web.HTTPNotFound
        kind, data = stickers.picture(sticker)
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": _FOREVER})

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        number, name = request.match_info["attachment"], request.match_info["name"]
        if not (number.isascii() and number.isdecimal()):
            raise web.HTTPNotFound
        path = self._world.files.attachment(int(number))
        if not path.is_file():
            raise web.HTTPNotFound
        if found := self._image(path):
            return found
        guessed = mimetypes.guess_type(name)[0] or ""
        kind = guessed if guessed.startswith(_PLAYED) else "application/octet-stream"
        response = web.FileResponse(path)
        response.content_type = kind
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    @staticmethod
    def _image(path: Path) -> web.FileResponse | None:
        """Return a picture of one of the four kinds that cannot carry a script, None else."""
        with path.open("rb") as file:
            image = recognise(file.read(_HEAD))
        if image is None:
            return None
        response = web.FileResponse(path)
        response.content_type = image.content_type
        response.headers["Cache-Control"] = _FOREVER
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response


def _file(path: Path) -> web.FileResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path)
