"""Pages of a playground in chromium, and a webhook through which an absent bot speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import httpx
from playwright.async_api import Browser, Locator, Page, ViewportSize

from tests.support.playground import LOUNGE, TOKEN, Playground

LOOP: Final = "session"
"""Chromium and the playground live as long as the tests, so all of them share one event loop."""

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
_PATIENCE_MS = 5_000
SILENCE_MS: Final = 10_000
"""Longer than a bot has for its answer."""


class Pages:
    """Opens pages, and keeps what they complained about and what they asked of strangers."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._complaints: list[str] = []
        self._strangers: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Words in the complaints that a test provokes."""

    async def open(
        self, user: str = "ada", where: str = "2000/2001", viewport: ViewportSize = WIDE
    ) -> Page:
        """Open the page as a person in a channel, in a browser profile of its own."""
        context = await self._browser.new_context(
            viewport=viewport, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", lambda said: self._complain(said.type, said.text))
        page.on("pageerror", lambda error: self._complain("error", str(error)))
        page.on("request", lambda request: self._asked(request.url))
        await page.goto(f"{self._url}/?user={user}#/{where}")
        await page.wait_for_selector("#stream .intro, #stream .message")
        return page

    def _complain(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(word in text for word in self.expected):
            self._complaints.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self._url}/", "blob:", "data:")):
            self._strangers.append(url)

    def check(self) -> None:
        """Fail when a page complained, or asked for anything that is not the playground's."""
        assert not self._complaints, self._complaints
        assert not self._strangers, self._strangers

    async def close(self) -> None:
        """Close every page."""
        for context in list(self._browser.contexts):
            await context.close()


@asynccontextmanager
async def pages_of(browser: Browser, url: str) -> AsyncIterator[Pages]:
    """Give pages of a playground, and check them at the end."""
    found = Pages(browser, url)
    try:
        yield found
        found.check()
    finally:
        await found.close()


def row(page: Page, text: str) -> Locator:
    """Return the message that shows a text."""
    return page.locator("li.message", has=page.locator(".text, .files", has_text=text))


async def until(page: Page, condition: str) -> None:
    """Wait until a JavaScript expression is true."""
    # Playwright's own wait_for_function needs eval, which the page's security policy forbids.
    async with asyncio.timeout(_PATIENCE_MS / 1000):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)


async def write(page: Page, text: str) -> None:
    """Type a message and send it, with the keyboard."""
    await page.locator("#composer-text").focus()
    await page.keyboard.insert_text(text)
    await page.keyboard.press("Enter")


class Hook:
    """The bot's webhook in one channel."""

    def __init__(self, http: httpx.AsyncClient, path: str) -> None:
        self._http = http
        self._path = path

    @classmethod
    async def make(cls, http: httpx.AsyncClient, channel: str = LOUNGE) -> Self:
        """Make it; `http` speaks with the REST API as the bot."""
        answer = await http.post(f"/channels/{channel}/webhooks", json={"name": "tzurot"})
        made = answer.raise_for_status().json()
        return cls(http, f"/webhooks/{made['id']}/{made['token']}")

    async def say(self, name: str, content: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Say something under a name; `more` are fields of Discord's request."""
        body = {"username": name, "content": content, **more}
        answer = await self._http.post(self._path, params={"wait": "true"}, json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def edit(self, message: dict[str, Any], content: str) -> None:
        """Change what was said."""
        path = f"{self._path}/messages/{message['id']}"
        (await self._http.patch(path, json={"content": content})).raise_for_status()

    async def delete(self, message: dict[str, Any]) -> None:
        """Take back what was said."""
        (await self._http.delete(f"{self._path}/messages/{message['id']}")).raise_for_status()


def as_bot(playground: Playground) -> httpx.AsyncClient:
    """Return a client of the playground's REST API with the bot's token."""
    headers = {"Authorization": f"Bot {TOKEN}"}
    return httpx.AsyncClient(base_url=playground.rest_url, headers=headers)
