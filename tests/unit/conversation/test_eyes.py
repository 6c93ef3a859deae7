"""Pictures on their way to a model: fetched once, made small, described, or left as words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from tests.support.clock import Clock
from tests.support.drawn import BLUE, plain, saved, shown
from tzurot.conversation.eyes import Describe, Eyes, Seen
from tzurot.history.images import ImageStore, KeptImage
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.messages import Image
from tzurot.net import Outside
from tzurot.storage.database import Database

CHANNEL, MESSAGE = 50, 1


@dataclass
class Site:
    """A server of pictures by path; those under /slow come when `go` is set."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    arrivals: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 200
    at_once: int = 0
    most_at_once: int = 0
    origin: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        self.arrivals.put_nowait(request.path)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if request.path.startswith("/slow"):
                await self.go.wait()
            body = self.files.get(request.path, b"")
            status = self.status if request.path in self.files else 404
            # What it says it is counts for nothing.
            return web.Response(status=status, body=body, content_type="image/png")
        finally:
            self.at_once -= 1


class Describer:
    """Says what it was told to, and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Image] = []
        self.says: str | ModelError = "a red field"
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, image: Image) -> str:
        self.shown.append(image)
        await self.go.wait()
        if isinstance(self.says, ModelError):
            raise self.says
        return self.says


@dataclass
class Room:
    """Eyes, and all that they look with."""

    site: Site
    images: ImageStore
    describer: Describer
    clock: Clock
    outside: Outside
    eyes: Eyes

    def link(self, path: str = "/cat.png", position: int = 0, **more: object) -> KeptImage:
        told = KeptImage(
            channel_id=CHANNEL,
            message_id=MESSAGE,
            position=position,
            kind="attachment",
            name="cat.png",
            url=self.site.origin + path,
        )
        return replace(told, **more)  # type: ignore[arg-type]

    def other_eyes(self, describe: Describe | None, patience_s: float = 8) -> Eyes:
        return Eyes(
            self.outside, self.images, describe, wall=self.clock.wall, patience_s=patience_s
        )

    async def keep(self, *links: KeptImage) -> list[KeptImage]:
        await self.images.record(CHANNEL, MESSAGE, links)
        return await self.kept()

    async def kept(self) -> list[KeptImage]:
        return await self.images.of(CHANNEL, [MESSAGE], limit=100)

    async def look(self, *, sees: bool | None) -> list[Seen]:
        return await self.eyes.look(await self.kept(), sees=sees)

    def in_(self, **time: float) -> datetime:
        return datetime.fromtimestamp(self.clock.wall(), UTC) + timedelta(**time)


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Room]:
    await MessageStore(database).record(
        [
            Message(
                channel_id=CHANNEL,
                id=MESSAGE,
                author_kind=AuthorKind.PERSON,
                author_id=1,
                author_name="Ada",
                content="look",
            )
        ]
    )
    site = Site(files={"/cat.png": saved(plain(), "PNG"), "/text.png": b"hello"})
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    images, describer, clock = ImageStore(database), Describer(), Clock()
    outside = Outside(trusted=[site.origin])
    eyes = Eyes(outside, images, describer, wall=clock.wall)
    yield Room(site, images, describer, clock, outside, eyes)
    site.go.set()
    await eyes.aclose()
    await outside.aclose()
    await runner.cleanup()


@pytest.mark.parametrize("sees", [True, None])
async def test_a_model_that_sees_is_given_the_picture(room: Room, *, sees: bool | None) -> None:
    await room.keep(room.link(description="my cat"))
    (first,) = await room.look(sees=sees)
    assert first.message_id == MESSAGE
    assert first.words == "[image: cat.png: my cat]"
    assert first.image is not None
    assert first.image.alt == first.words
    assert shown(first.image.url).size == (40, 20)
    # It is in memory now, whatever its signature is.
    (again,) = await room.eyes.look([room.link("/cat.png?ex=1&is=2&hm=3")], sees=sees)
    assert again.image is not None
    assert again.image.url == first.image.url
    assert room.site.asked == ["/cat.png"]
    assert not room.describer.shown


async def test_a_model_that_cannot_see_is_given_a_description_once(room: Room) -> None:
    room.describer.says = "a red field,\nin [full]\u2028bloom" + " on" * 1000
    await room.keep(room.link())
    (seen,) = await room.look(sees=False)
    assert seen.image is None
    assert seen.words.startswith("[image: cat.png: a red field, in (full) bloom on on")
    assert len(seen.words) == len("[image: cat.png: ]") + 1200
    assert seen.words.count("]") == 1
    (kept,) = await room.kept()
    assert kept.seen is not None
    await room.look(sees=False)
    # A model that sees has it as its second choice.
    (sighted,) = await room.look(sees=True)
    assert sighted.words == seen.words
    assert len(room.describer.shown) == 1
    assert room.site.asked == ["/cat.png"]


async def test_without_a_model_that_describes_nothing_is_fetched(room: Room) -> None:
    await room.keep(room.link(description="my cat"), room.link(position=1))
    blind = room.other_eyes(None)
    found = await blind.look(await room.kept(), sees=False)
    assert [one.words for one in found] == ["[image: cat.png: my cat]", "[image: cat.png]"]
    assert not room.site.asked
    await blind.aclose()


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("attachment", "a]b\n.png", "[image: a)b .png: what]"),
        ("embed", "", "[embed picture: what]"),
        ("emoji", "blob", "[emoji: blob: what]"),
        ("sticker", "Wave", "[sticker: Wave: what]"),
    ],
)
async def test_words(room: Room, kind: str, name: str, words: str) -> None:
    await room.keep(room.link(kind=kind, name=name, seen=None, description="what"))
    room.describer.says = ModelError(ErrorKind.EMPTY, "nothing")
    (seen,) = await room.look(sees=False)
    assert seen.words == words


async def test_the_same_picture_is_fetched_and_described_once(room: Room) -> None:
    room.site.files["/slow"] = saved(plain(), "PNG")
    await room.keep(room.link("/slow"), room.link("/slow", 1))
    looks = [asyncio.create_task(room.look(sees=False)) for _ in range(2)]
    looks.append(asyncio.create_task(room.look(sees=True)))
    await room.site.arrivals.get()
    room.site.go.set()
    await asyncio.gather(*looks)
    assert room.site.asked == ["/slow"]
    assert len(room.describer.shown) == 1
    assert [one.seen for one in await room.kept()] == ["a red field"] * 2


async def test_a_few_at_once(room: Room) -> None:
    paths = [f"/slow{number}" for number in range(10)]
    room.site.files |= dict.fromkeys(paths, saved(plain(), "PNG"))
    await room.keep(*(room.link(path, place) for place, path in enumerate(paths)))
    look = asyncio.create_task(room.look(sees=True))
    for _ in range(4):
        await room.site.arrivals.get()
    room.site.go.set()
    assert all(one.image for one in await look)
    assert room.site.most_at_once == 4
    # The newest first.
    assert set(room.site.asked[:4]) == set(paths[6:])


async def test_what_is_late_is_left_as_words_and_there_the_next_time(room: Room) -> None:
    room.site.files["/slow"] = saved(plain(BLUE), "PNG")
    await room.keep(room.link(), room.link("/slow", 1))
    room.describer.go.clear()
    hasty = room.other_eyes(room.describer, patience_s=1)
    first, second = await hasty.look(await room.kept(), sees=True)
    assert first.image is not None
    assert second == Seen(MESSAGE, "[image: cat.png]", None)
    assert [one.failures for one in await room.kept()] == [0, 1]
    (late,) = await hasty.look((await room.kept())[:1], sees=False)
    assert late.words == "[image: cat.png]"
    assert [one.failures for one in await room.kept()] == [1, 1]
    assert [one.skip_until for one in await room.kept()] == [room.in_(minutes=10)] * 2
    room.describer.go.set()
    await asyncio.sleep(0.05)
    # It was described to the end, and counts as soon as it is looked at again.
    (seen,) = await hasty.look((await room.kept())[:1], sees=False)
    assert seen.words == "[image: cat.png: a red field]"
    assert [one.failures for one in await room.kept()] == [0, 1]
    assert len(room.describer.shown) == 1
    await hasty.aclose()


async def test_what_will_never_be_a_picture_is_left_alone_for_a_day(room: Room) -> None:
    await room.keep(room.link("/text.png"), room.link("/none.png", 1))
    assert [one.image for one in await room.look(sees=True)] == [None, None]
    assert [one.skip_until for one in await room.kept()] == [room.in_(hours=24)] * 2
    await room.look(sees=True)
    await room.look(sees=False)
    assert sorted(room.site.asked) == ["/none.png", "/text.png"]
    room.clock.pass_(24 * 3600 + 1)
    await room.look(sees=True)
    assert len(room.site.asked) == 4


async def test_what_may_pass_is_tried_ever_later(room: Room) -> None:
    room.site.status = 503
    await room.keep(room.link())
    minutes = []
    for _ in range(10):
        await room.look(sees=True)
        (kept,) = await room.kept()
        assert kept.skip_until is not None
        pause = kept.skip_until - room.in_()
        minutes.append(pause / timedelta(minutes=1))
        room.clock.pass_(pause.total_seconds() + 1)
    assert minutes == [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]
    room.site.status = 200
    (seen,) = await room.look(sees=True)
    assert seen.image is not None


@pytest.mark.parametrize(
    ("kind", "minutes"), [(ErrorKind.RATE_LIMITED, 10), (ErrorKind.CONTENT_POLICY, 24 * 60)]
)
async def test_a_description_that_failed_is_not_paid_again(
    room: Room, kind: ErrorKind, minutes: int
) -> None:
    room.describer.says = ModelError(kind, "no")
    await room.keep(room.link(description="my cat"))
    for _ in range(2):
        (seen,) = await room.look(sees=False)
        assert seen.words == "[image: cat.png: my cat]"
    (kept,) = await room.kept()
    assert (kept.failures, kept.skip_until) == (1, room.in_(minutes=minutes))
    assert len(room.describer.shown) == 1


async def test_an_expired_link_is_not_asked(room: Room) -> None:
    soon = int(room.clock.wall()) + 60
    await room.keep(room.link(f"/cat.png?ex={soon:x}&is=1&hm=2"))
    room.clock.pass_(61)
    for sees in (True, False):
        assert await room.look(sees=sees) == [Seen(MESSAGE, "[image: cat.png]", None)]
    assert not room.site.asked
    assert [one.failures for one in await room.kept()] == [0]
    room.clock.pass_(-61)
    await room.look(sees=True)
    room.clock.pass_(61)
    # It is in memory, so it can be shown and described still.
    assert [bool(one.image) for one in await room.look(sees=True)] == [True]
    (seen,) = await room.look(sees=False)
    assert seen.words == "[image: cat.png: a red field]"
