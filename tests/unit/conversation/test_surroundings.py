"""When a channel's history is read from Discord again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from tzurot.characters.scope import Venue
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.ports import Recent
from tzurot.conversation.surroundings import Surroundings
from tzurot.history.images import ImageStore
from tzurot.history.messages import MessageStore
from tzurot.history.people import PeopleStore
from tzurot.storage.database import Database

VENUE = Venue(50, 9)


class Store:
    """Stands for the directory, the keeper and the messages; `hindrance` comes before keeping."""

    def __init__(self) -> None:
        self.read = 0
        self.kept = 0
        self.hindrance: BaseException | None = None

    async def recent(self, _venue: Venue, *, limit: int) -> Recent:
        assert limit
        self.read += 1
        return Recent([], frozenset())

    async def keep_all(self, _said: Iterable[Incoming]) -> None:
        if self.hindrance is not None:
            raise self.hindrance
        self.kept += 1

    @contextmanager
    def reading(self, _channel: int) -> Iterator[set[int]]:
        yield set()

    async def keep_only(self, _channel: int, _ids: Collection[int], *, since: int) -> None:
        assert since == 0


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def surroundings(store: Store) -> Surroundings:
    rest = dict.fromkeys(("rooms", "company", "guidance", "images", "answers", "eyes", "unfolding"))
    parts: dict[str, Any] = {"directory": store, "keeper": store, "messages": store}
    return Surroundings(**cast("dict[str, Any]", rest), **parts)


async def test_a_channel_is_read_once(surroundings: Surroundings, store: Store) -> None:
    await surroundings.complete_history(VENUE)
    await surroundings.complete_history(VENUE)
    assert store.read == 1
    surroundings.may_have_missed()
    await surroundings.complete_history(VENUE)
    assert store.read == 2
    surroundings.may_have_missed(VENUE.channel_id + 1)
    await surroundings.complete_history(VENUE)
    assert store.read == 2
    surroundings.may_have_missed(VENUE.channel_id)
    await surroundings.complete_history(VENUE)
    assert store.read == 3


@pytest.mark.parametrize("hindrance", [OSError("no database"), asyncio.CancelledError()])
async def test_what_could_not_be_kept_is_read_again(
    surroundings: Surroundings, store: Store, hindrance: BaseException
) -> None:
    store.hindrance = hindrance
    with pytest.raises(type(hindrance)):
        await surroundings.complete_history(VENUE)
    store.hindrance = None
    await surroundings.complete_history(VENUE)
    assert (store.read, store.kept) == (2, 1)


async def test_what_is_missed_while_it_is_read_is_read_again(
    surroundings: Surroundings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = store.recent

    async def interrupted(venue: Venue, *, limit: int) -> Recent:
        surroundings.may_have_missed()
        return await read(venue, limit=limit)

    with monkeypatch.context() as patch:
        patch.setattr(store, "recent", interrupted)
        await surroundings.complete_history(VENUE)
    await surroundings.complete_history(VENUE)
    assert store.read == 2


@pytest.mark.parametrize("is_followed", [True, False])
async def test_what_is_deleted_while_it_is_read_stays_deleted(
    database: Database, *, is_followed: bool
) -> None:
    messages = MessageStore(database)
    keeper = Keeper(messages, ImageStore(database), PeopleStore(database))
    first, second = said(1), said(2)
    if is_followed:
        await keeper.keep(first)

    class Discord:
        """Stands for the directory; what it told is deleted before we have it."""

        async def recent(self, _venue: Venue, *, limit: int) -> Recent:
            assert limit
            await keeper.forget(VENUE.channel_id, [1])
            await keeper.forget(VENUE.channel_id + 1, [2])
            return Recent([first, second], frozenset({1, 2}))

    rest = dict.fromkeys(("rooms", "company", "guidance", "images", "answers", "eyes", "unfolding"))
    parts: dict[str, Any] = {"directory": Discord(), "keeper": keeper, "messages": messages}
    await Surroundings(**cast("dict[str, Any]", rest), **parts).complete_history(VENUE)
    assert await messages.get(VENUE.channel_id, 1) is None
    assert await messages.get(VENUE.channel_id, 2) is not None


def said(number: int) -> Incoming:
    return Incoming(
        message_id=number,
        channel_id=VENUE.channel_id,
        guild_id=VENUE.guild_id,
        author_id=3,
        author_name="Ben",
        is_person=True,
        content=f"part {number}",
    )
