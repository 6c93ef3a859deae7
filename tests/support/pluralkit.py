"""PluralKit's API on loopback, scripted; written from its documentation (pluralkit.me/api)."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final, Self

import httpx
from aiohttp import web

LUNA: Final = "2b1c7a3e-9f7d-4c39-8a51-0d8c2f4b6e70"


def proxied(copy: int = 21, original: int = 20, sender: int = 9, **member: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a message as the API tells of it."""
    return {
        "timestamp": "2026-01-02T03:04:05.678901Z",
        "id": str(copy),
        "original": str(original),
        "sender": str(sender),
        "channel": "5",
        "guild": "7",
        "system": {"id": "exmpl", "uuid": "8f1f9c1e-3c52-4c4b-9d8b-3c7a5f0f3d11", "name": "Sky"},
        "member": {
            "id": "abcde",
            "uuid": LUNA,
            "name": "Luna",
            "display_name": "Luna of the Sky",
            "color": None,
            "birthday": None,
            "pronouns": "she/they",
            "avatar_url": None,
            "description": "Quiet.",
            "proxy_tags": [{"prefix": "L:", "suffix": None}],
            "keep_proxy": False,
            "privacy": None,
            **member,
        },
    }


class PluralKitServer:
    """Answers for `messages` (JSON, or bytes as they are), by the copy's id and the original's.

    `delay` is how long each answer takes, `status` makes every answer a fault, `late` is how many
    requests find nothing yet, and `requests` the messages that were asked for.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Any] = {}
        self.requests: list[int] = []
        self.delay = 0.0
        self.status = 200
        self.late = 0
        self.url = ""

    def post(self, message: dict[str, Any]) -> None:
        """Know a message by both of its ids, as the API does."""
        self.messages[int(message["id"])] = self.messages[int(message["original"])] = message

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v2/messages/{id}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v2"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        message_id = int(request.match_info["id"])
        self.requests.append(message_id)
        await asyncio.sleep(self.delay)
        if not request.headers.get("User-Agent"):
            return web.json_response({"message": "400: no user agent", "code": 0}, status=400)
        if self.status >= 400:
            return web.json_response({"message": "no", "code": 0}, status=self.status)
        if self.late > 0 or message_id not in self.messages:
            self.late -= 1
            return web.json_response({"message": "Message not found.", "code": 20006}, status=404)
        message = self.messages[message_id]
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return web.Response(body=body, content_type="application/json")


async def fetch(address: str) -> bytes | None:
    """Get what is at an address, as `tzurot.conversation.pluralkit.Fetch` wants it."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(address)
        if answer.status_code == 404:
            return None
        return answer.raise_for_status().content
