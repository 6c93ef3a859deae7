"""What is kept of the pictures in messages, and what goes with them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from tzurot.history.images import ImageStore, KeptImage
from tzurot.history.messages import AuthorKind, Message, MessageStore
from tzurot.storage.database import Database
from tzurot.storage.tables import MessageRow

CHANNEL = 50
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
PLAIN = "https://cdn.discordapp.com/attachments/1/2/cat.png"


def signed(until: int) -> str:
    return f"{PLAIN}?ex={until:x}&is=65000000&hm={'ab' * 32}&"


def image(message_id: int, position: int = 0, **more: object) -> KeptImage:
    told = KeptImage(
        channel_id=CHANNEL,
        message_id=message_id,
        position=position,
        kind="attachment",
        name="cat.png",
        url=PLAIN,
    )
    return replace(told, **more)  # type: ignore[arg-type]


@pytest.fixture
async def images(database: Database) -> ImageStore:
    await said(database, 1, 2, 3)
    return ImageStore(database)


async def said(database: Database, *numbers: int) -> None:
    await MessageStore(database).record(
        Message(
            channel_id=CHANNEL,
            id=number,
            author_kind=AuthorKind.PERSON,
            author_id=1,
            author_name="Ada",
            content="look",
        )
        for number in numbers
    )


async def all_of(images: ImageStore) -> list[KeptImage]:
    return await images.of(CHANNEL, [1, 2, 3, 4], limit=100)


async def test_they_are_read_as_they_were_kept(images: ImageStore) -> None:
    told = image(1, 1, media_type="image/png", size=2**40, description="a cat")
    await images.record(CHANNEL, 1, [image(1), told])
    await images.record(CHANNEL, 1, [])
    assert await all_of(images) == [image(1), told]
    assert await images.of(CHANNEL + 1, [1], limit=100) == []
    assert await images.of(CHANNEL, [], limit=100) == []


async def test_the_newest_oldest_first(images: ImageStore) -> None:
    for number in (2, 1, 3):
        await images.record(CHANNEL, number, [image(number, place) for place in range(2)])
    found = await images.of(CHANNEL, [1, 2, 3], limit=3)
    assert [(one.message_id, one.position) for one in found] == [(2, 0), (3, 0), (3, 1)]
    found = await images.of(CHANNEL, [1, 2], limit=100)
    assert [one.message_id for one in found] == [1, 1, 2, 2]


async def test_none_without_its_message(images: ImageStore) -> None:
    await images.record(CHANNEL, 4, [image(4)])
    assert await all_of(images) == []


async def test_a_message_that_is_being_deleted_keeps_none(
    images: ImageStore, database: Database
) -> None:
    async with database.transaction() as session:
        await session.execute(delete(MessageRow).where(MessageRow.id == 1))
        recording = asyncio.create_task(images.record(CHANNEL, 1, [image(1)]))
        done, _ = await asyncio.wait([recording], timeout=0.3)
        assert not done
    await recording
    assert await all_of(images) == []


async def test_what_is_known_stays(images: ImageStore) -> None:
    await images.record(CHANNEL, 1, [image(1)])
    await images.saw(image(1), "a cat on a sill")
    await images.record(CHANNEL, 1, [image(1, name="dog.png"), image(1, 1)])
    assert await all_of(images) == [image(1, seen="a cat on a sill"), image(1, 1)]


async def test_a_link_that_was_signed_later_counts(images: ImageStore) -> None:
    early, late = signed(0x65000000), signed(0x66000000)
    await images.record(CHANNEL, 1, [image(1, url=early)])
    for url in (late, early, "https://elsewhere.example/z?ex=99999999"):
        await images.record(CHANNEL, 1, [image(1, url=url)])
        assert await all_of(images) == [image(1, url=late)]


async def test_failures_count_up_until_it_is_seen(images: ImageStore) -> None:
    await images.record(CHANNEL, 1, [image(1), image(1, 1)])
    for _ in range(2):
        await images.failed(image(1), until=NOON)
    assert await all_of(images) == [image(1, skip_until=NOON, failures=2), image(1, 1)]
    await images.saw(image(1), "a cat")
    assert await all_of(images) == [image(1, seen="a cat"), image(1, 1)]


async def test_an_edit_keeps_them_and_a_deletion_does_not(
    images: ImageStore, database: Database
) -> None:
    for number in (1, 2):
        await images.record(CHANNEL, number, [image(number)])
    messages = MessageStore(database)
    await messages.edit(CHANNEL, 1, "look, a cat")
    await said(database, 1)
    assert await all_of(images) == [image(1), image(2)]
    await messages.forget(CHANNEL, [1])
    assert await all_of(images) == [image(2)]
    await images.saw(image(1), "nothing to write it to")


@pytest.mark.parametrize(
    ("url", "expired"),
    [
        (signed(1000), True),
        (signed(999), True),
        (signed(1001), False),
        (PLAIN, False),
        ("https://example.com/a?ex=1", False),
        ("https://example.com/a?ex=never&is=1&hm=2", False),
    ],
)
def test_expiry(url: str, *, expired: bool) -> None:
    assert image(1, url=url).has_expired(1000.0) is expired


def test_an_address_is_the_same_for_every_signature() -> None:
    assert image(1, url=signed(1)).address == image(1, url=signed(2)).address == PLAIN
    sized = image(1, url=signed(1) + "width=64")
    assert sized.address == f"{PLAIN}?width=64"
    other = "https://example.com/picture?id=5"
    assert image(1, url=other).address == other


async def test_an_edit_takes_away_what_it_does_not_show(images: ImageStore) -> None:
    dog = image(1, 1, url="https://cdn.discordapp.com/attachments/1/3/dog.png", name="dog.png")
    await images.record(CHANNEL, 1, [image(1, url=signed(0x70000000)), dog])
    await images.record(CHANNEL, 2, [image(2)])
    await images.saw(image(1), "a cat")
    # The same picture, signed later, is still known.
    await images.replace(CHANNEL, 1, [image(1, url=signed(0x70000001)), dog])
    first, second, _ = await all_of(images)
    assert (first.seen, first.url, second.name) == ("a cat", signed(0x70000001), "dog.png")
    # What stood behind it takes the place of the one that is gone.
    await images.replace(CHANNEL, 1, [replace(dog, position=0)])
    assert await all_of(images) == [replace(dog, position=0), image(2)]
    await images.replace(CHANNEL, 1, [])
    assert await all_of(images) == [image(2)]
