"""Makes the pictures of messages into what a model can take: pictures, or words for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from loguru import logger

from tzurot.conversation.incoming import ImageKind
from tzurot.conversation.once import Once
from tzurot.conversation.pictures import LARGEST_BYTES, PictureError, data_url
from tzurot.history.images import ImageStore, KeptImage
from tzurot.llm import ErrorKind, ModelError
from tzurot.llm.messages import Image
from tzurot.net import FetchError, Outside
from tzurot.plain import one_line

Describe = Callable[[Image], Awaitable[str]]
"""Asks a model that sees what a picture shows; raises ModelError."""

LONGEST_LOOK_S: Final = 8.0
"""Seconds that one look may take: somebody waits for the answer."""
AT_ONCE: Final = 4
"""Pictures of one look that are fetched or described side by side."""
MOST_PREPARED: Final = 48 * 2**20
"""Bytes of pictures in memory: those in view stand in every turn's prompt."""
MOST_DESCRIBED: Final = 2**20
"""Characters of descriptions in memory: the same emoji stands in many messages."""
LONGEST_WORDS: Final = 1200
"""Characters told of a picture."""
LONGEST_NAME: Final = 100
FIRST_PAUSE: Final = timedelta(minutes=10)
"""After a failure that may pass; doubled with each more."""
LONGEST_PAUSE: Final = timedelta(hours=24)
_MOST_DOUBLINGS: Final = 10
_LABELS: Final[Mapping[str, str]] = {
    ImageKind.ATTACHMENT: "image",
    ImageKind.EMBED: "embed picture",
    ImageKind.EMOJI: "emoji",
    ImageKind.STICKER: "sticker",
}
_BRACKETS: Final = str.maketrans("[]", "()")


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture for a model."""

    message_id: int
    words: str
    """What stands for it in text, in brackets."""
    image: Image | None
    """For a model that can see; its `alt` are the words."""


@dataclass(frozen=True, slots=True)
class _Failure:
    is_final: bool


class Eyes:
    """Fetches, prepares and describes pictures, each once, and leaves alone what failed.

    `describe` is None where no model is there that could.
    """

    def __init__(
        self,
        outside: Outside,
        images: ImageStore,
        describe: Describe | None,
        *,
        wall: Callable[[], float] = time.time,
        patience_s: float = LONGEST_LOOK_S,
    ) -> None:
        self._outside = outside
        self._images = images
        self._describe = describe
        self._wall = wall
        self._patience_s = patience_s
        self._prepared = Once(MOST_PREPARED)
        self._described = Once(MOST_DESCRIBED)
        # One, because a picture of many pixels takes much memory while it is unpacked.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    async def look(self, kept: Sequence[KeptImage], *, sees: bool | None) -> list[Seen]:
        """Return one for each, in their order, within `patience_s` seconds.

        `sees`: whether the model that will answer can see; None, not known, counts as yes, since
        the client falls back to the words. What could not be had is left as words.
        """
        work = self._description if sees is False else self._picture
        until = asyncio.get_running_loop().time() + self._patience_s
        gate = asyncio.Semaphore(AT_ONCE)
        # The newest first: if the time is too short for all, they are what is talked of.
        found = await asyncio.gather(*(self._tried(work, one, gate, until) for one in kept[::-1]))
        return [
            await self._told(image, outcome, sees=sees)
            for image, outcome in zip(kept, found[::-1], strict=True)
        ]

    async def aclose(self) -> None:
        """Stop what is under way."""
        await self._described.aclose()
        await self._prepared.aclose()
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _tried(
        self,
        work: Callable[[KeptImage], Awaitable[str | None]],
        image: KeptImage,
        gate: asyncio.Semaphore,
        until: float,
    ) -> str | _Failure | None:
        """Return what the work gives, None when it was not worth a try or its turn did not come."""
        async with gate:
            if asyncio.get_running_loop().time() >= until:
                return None
            try:
                async with asyncio.timeout_at(until):
                    return await work(image)
            except TimeoutError:
                # It goes on, and is there the next time if it ends well.
                return _Failure(is_final=False)
            except FetchError as error:
                logger.debug("A picture could not be fetched: {}", error)
                return _Failure(error.is_final)
            except PictureError as error:
                logger.debug("A picture could not be prepared: {}", error)
                return _Failure(is_final=True)
            except ModelError as error:
                logger.warning("A picture could not be described: {}", error.host_sentence)
                return _Failure(error.kind is ErrorKind.CONTENT_POLICY)

    async def _told(
        self, image: KeptImage, outcome: str | _Failure | None, *, sees: bool | None
    ) -> Seen:
        """Return what the model is given, and keep what is news of the picture."""
        text = image.seen
        if isinstance(outcome, _Failure):
            await self._images.failed(image, until=self._again(image, outcome))
        elif outcome is not None and sees is False:
            text = outcome
            if outcome != image.seen:
                await self._images.saw(image, outcome)
        words = _in_words(image, text or image.description)
        if isinstance(outcome, str) and sees is not False:
            return Seen(image.message_id, words, Image(outcome, alt=words))
        return Seen(image.message_id, words, None)

    async def _picture(self, image: KeptImage) -> str | None:
        """Return it as a data URL; raises FetchError and PictureError."""
        prepared = self._prepared.get(image.address)
        if prepared is None and self._is_worth_a_try(image):
            prepared = await self._fetched(image)
        return prepared

    async def _description(self, image: KeptImage) -> str | None:
        """Return what it shows; raises FetchError, PictureError and ModelError."""
        if image.seen is not None:
            return image.seen
        described = self._described.get(image.address)
        if described is None and self._describe and self._is_worth_a_try(image):
            how = partial(self._looked_at, image, self._describe)
            described = await self._described.make(image.address, how)
        return described

    def _is_worth_a_try(self, image: KeptImage) -> bool:
        now = self._wall()
        if image.skip_until is not None and image.skip_until.timestamp() > now:
            return False
        return self._prepared.get(image.address) is not None or not image.has_expired(now)

    async def _looked_at(self, image: KeptImage, describe: Describe) -> str:
        picture = await self._fetched(image)
        return _line(await describe(Image(picture)), LONGEST_WORDS)

    async def _fetched(self, image: KeptImage) -> str:
        return await self._prepared.make(image.address, partial(self._prepare, image.url))

    async def _prepare(self, url: str) -> str:
        fetched = await self._outside.get(url, most_bytes=LARGEST_BYTES, timeout_s=self._patience_s)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, data_url, fetched.content)

    def _again(self, image: KeptImage, failure: _Failure) -> datetime:
        """Return until when it is left alone."""
        pause = LONGEST_PAUSE
        if not failure.is_final and image.failures < _MOST_DOUBLINGS:
            pause = min(pause, FIRST_PAUSE * 2**image.failures)
        return datetime.fromtimestamp(self._wall(), UTC) + pause


def _in_words(image: KeptImage, text: str) -> str:
    name = _line(image.name, LONGEST_NAME)
    told = [_LABELS.get(image.kind, "image"), name, _line(text, LONGEST_WORDS)]
    return f"[{': '.join(part for part in told if part)}]"


def _line(text: str, longest: int) -> str:
    """Return one line that closes no bracket: strangers and models wrote it."""
    line = one_line(text).translate(_BRACKETS)
    return line if len(line) <= longest else line[: longest - 1] + "…"
