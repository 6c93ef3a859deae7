"""The JSON API of servers, their members and roles."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from .asking import (
    ApiError,
    Table,
    body_of,
    id_of_path,
    ids_of,
    permissions_of,
    person_of,
    routes_of,
    text_of,
)
from .call import Rooms

_LONGEST_NAME: Final = 100


class GuildsApi:
    """Handlers for what a server's owner does on Discord."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._world = rooms.world
        self._guilds = rooms.guilds

    def routes(self) -> list[web.RouteDef]:
        """Return everything for the web server's router."""
        table: Table = [
            ("POST", "/guilds", self._create),
            ("PUT", "/guilds/{guild}/bot", self._join),
            ("DELETE", "/guilds/{guild}/bot", self._leave),
            ("PUT", "/guilds/{guild}/members/{user}", self._set_member),
            ("DELETE", "/guilds/{guild}/members/{user}", self._remove_member),
            ("POST", "/guilds/{guild}/roles", self._add_role),
        ]
        return routes_of(table)

    async def _create(self, request: web.Request) -> object:
        body = await body_of(request)
        owner = person_of(self._world, body.get("owner"))
        name = text_of(body, "name").strip()[:_LONGEST_NAME]
        return self._guilds.create(name, int(owner["id"]))

    async def _join(self, request: web.Request) -> object:
        self._guilds.join(id_of_path(request, "guild"))
        return None

    async def _leave(self, request: web.Request) -> object:
        self._guilds.leave(id_of_path(request, "guild"))
        return None

    async def _set_member(self, request: web.Request) -> object:
        body = await body_of(request)
        person = person_of(self._world, request.match_info["user"])
        ids = [str(each) for each in ids_of(body, "roles")]
        nick = body.get("nick")
        if nick is not None and not isinstance(nick, str):
            text = "nick must be a text"
            raise ApiError(text)
        self._guilds.set_member(id_of_path(request, "guild"), int(person["id"]), ids, nick or None)
        return None

    async def _remove_member(self, request: web.Request) -> object:
        person = person_of(self._world, request.match_info["user"])
        self._guilds.remove_member(id_of_path(request, "guild"), int(person["id"]))
        return None

    async def _add_role(self, request: web.Request) -> object:
        body = await body_of(request)
        held = permissions_of(body.get("permissions", []), "permissions")
        return self._guilds.add_role(id_of_path(request, "guild"), text_of(body, "name"), held)
