"""Reading what the page asks over the JSON API, with one clear sentence when it is wrong."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from .composing import MOST_ATTACHMENTS
from .errors import DiscordError, Payload
from .files import DETAILS, LARGEST_ATTACHMENT, Upload
from .ids import LARGEST_ID
from .permissions import Permission
from .world import World

PREFIX: Final = "/playground/api"
_LONGEST_WAIT: Final = 300.0


class ApiError(Exception):
    """A request that cannot be done, with one clear sentence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


Answering = Callable[[web.Request], Awaitable[object]]
Table = list[tuple[str, str, Answering]]
"""Method, path below the prefix, and what answers."""


def routes_of(table: Table) -> list[web.RouteDef]:
    """Return a table for the web server's router."""
    return [web.route(method, PREFIX + path, answering(each)) for method, path, each in table]


def answering(handler: Answering) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turn what a handler returns or raises into an answer."""

    async def answer(request: web.Request) -> web.Response:
        try:
            found = await handler(request)
        except ApiError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except DiscordError as error:
            status = error.status if error.status in {403, 404} else 400
            return web.json_response({"error": _sentence(error)}, status=status)
        return web.Response(status=204) if found is None else web.json_response(found)

    return answer


async def unknown(_: web.Request) -> object:
    """Refuse an address that does not exist."""
    text = "there is no such address; see docs/playground.md"
    raise ApiError(text, 404)


def _sentence(error: DiscordError) -> str:
    """Return Discord's refusal in one line, with the field it is about."""

    def walk(node: object, path: str) -> str:
        if not isinstance(node, dict):
            return ""
        if "_errors" in node:
            return f"{path}: {node['_errors'][0]['message']}" if path else ""
        return next(
            (found for key, inner in node.items() if (found := walk(inner, f"{path}.{key}"))), ""
        )

    return walk(error.body.get("errors"), "").removeprefix(".") or str(error)


def id_of_path(request: web.Request, name: str) -> int:
    """Return an id that stands in the path."""
    return id_of_text(request.match_info[name], name)


def id_of_text(value: object, name: str) -> int:
    """Return an id written in digits."""
    text = str(value)
    if not text.isdecimal() or not text.isascii() or int(text) > LARGEST_ID:
        message = f"{name} must be an id"
        raise ApiError(message)
    return int(text)


def text_of(body: Payload, name: str) -> str:
    """Return a text that a body must have."""
    found = body.get(name)
    if not isinstance(found, str) or not found.strip():
        message = f"{name} must be a text"
        raise ApiError(message)
    return found


def dictionary_of(body: Payload, name: str) -> Payload:
    """Return an object in a body, empty when absent."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"{name} must be an object"
        raise ApiError(message)
    return found


def seconds_of(text: str, name: str = "timeout") -> float:
    """Return how long a request wants to wait."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        message = f"{name} must be a number of seconds"
        raise ApiError(message)
    return min(found, _LONGEST_WAIT)


async def body_of(request: web.Request) -> Payload:
    """Return a request's body, a JSON object."""
    try:
        found: Any = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        message = "the body must be JSON"
        raise ApiError(message) from error
    if not isinstance(found, dict):
        message = "the body must be a JSON object"
        raise ApiError(message)
    return found


def person_of(world: World, name: object) -> Payload:
    """Return a person by id or user name."""
    for user in world.users.values():
        if not user.get("bot") and name in (user["id"], user["username"]):
            return user
    people = ", ".join(user["username"] for user in world.users.values() if not user.get("bot"))
    message = f"user must be one of the people here: {people}"
    raise ApiError(message, 404 if isinstance(name, str) and name else 400)


def viewer_of(world: World, request: web.Request) -> int | None:
    """Return whose page asks, None when it does not say."""
    name = request.query.get("user")
    return None if name is None else int(person_of(world, name)["id"])


def visible(world: World, person: Payload, channel: Payload) -> Payload:
    """Return a channel that a person must be able to see."""
    if not world.permissions(int(person["id"]), channel) & Permission.VIEW_CHANNEL:
        message = f"{person['username']} cannot see that channel"
        raise ApiError(message, 403)
    return channel


def ids_of(body: Payload, name: str) -> list[int]:
    """Return a list of ids in a body, empty when absent."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        message = f"{name} must be a list of ids"
        raise ApiError(message)
    return [id_of_text(each, name) for each in found]


def permissions_of(names: object, field: str) -> Permission:
    """Return the permissions that a list of Discord's names means."""
    known = Permission.__members__
    if not isinstance(names, list) or any(str(name) not in known for name in names):
        text = f"{field} must be a list of permissions: {', '.join(known)}"
        raise ApiError(text)
    found = Permission(0)
    for name in names:
        found |= known[name]
    return found


def uploads_of(given: object) -> list[Upload]:
    """Read attachments; too large ones are refused later, with Discord's words."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        message = "attachments must be a list of objects"
        raise ApiError(message)
    if len(given) > MOST_ATTACHMENTS:
        message = f"a message takes at most {MOST_ATTACHMENTS} attachments"
        raise ApiError(message)
    found = []
    for each in given:
        texts = [each.get(key) for key in ("filename", "content_type", "base64")]
        if not all(isinstance(text, str) for text in texts):
            message = "an attachment needs filename, content_type and base64, all as text"
            raise ApiError(message)
        name, kind, text = texts
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            message = f"the base64 of {name} cannot be read"
            raise ApiError(message) from error
        if len(data) > LARGEST_ATTACHMENT:
            message = f"{name} is larger than {LARGEST_ATTACHMENT // 1024 // 1024} MiB"
            raise ApiError(message)
        found.append(Upload(name, kind, data, _details_of(each)))
    return found


def _details_of(given: Payload) -> Payload:
    """Return what is said about an attachment: its description, or a recording's length."""
    found = {key: given[key] for key in DETAILS if given.get(key) is not None}
    for key, value in found.items():
        wanted = (int, float) if key == "duration_secs" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            kind = "text" if wanted is str else "number"
            message = f"the {key} of an attachment must be a {kind}"
            raise ApiError(message)
    return found
