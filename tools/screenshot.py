"""Take the README's picture of the playground: the real bot, with scripted words for the model.

.venv/bin/python -m tools.screenshot docs/playground.png
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright

from tests.support.model_server import ModelServer, Reply
from tests.support.play import Play
from tools.browser import chromium

TALK = [
    (
        "ada",
        "@Juniper we missed the last tram. Is there any tea left?",
        (
            "*slides two cups across the counter before you have sat down* There is always tea. "
            "Smoky for you, Ada, no sugar. And for your friend?"
        ),
    ),
    (
        "ben",
        "@Juniper whatever he's having. **Captain**, is it going to rain?",
        "*looks over at the window seat* Ask him properly, Ben. He likes to be asked.",
    ),
    (
        "ben",
        "@Captain Sable, is it going to rain?",
        (
            "> is it going to rain\n*taps the glass* It is *considering* it. Wind from the west, "
            "four knots, in a mood. Take the long street home and keep ||the second umbrella, the "
            "one by the door|| handy."
        ),
    ),
]


async def main(path: Path) -> None:
    """Play the talk and write the picture."""
    async with ModelServer() as model, async_playwright() as playwright:
        model.enqueue(*(Reply.text(answer) for _, _, answer in TALK))
        with TemporaryDirectory(prefix="tzurot-") as folder:
            play = Play(
                Path(folder), PORT="0", OPENROUTER_BASE_URL=model.url, DEFAULT_MODEL="scripted"
            )
            await play.start()
            await play.ready()
            for user, text, _ in TALK:
                await play.converse(text, user)
            browser = await playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox"]
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(play.url)
            await page.wait_for_selector("li.message")
            await page.locator("li.message img").last.wait_for()
            await page.screenshot(path=path)
            await browser.close()
            await play.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
