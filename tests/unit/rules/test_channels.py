"""Who is active in a channel and its threads, and where a server lets characters answer."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.support.characters import make
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.store import CharacterStore
from tzurot.rules.cascade import Tier
from tzurot.rules.channels import ChannelStore, Restriction
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database

ADA, GUILD, CHANNEL, THREAD, OTHER = 1, 10, 20, 21, 22


@pytest.fixture
def store(database: Database) -> ChannelStore:
    return ChannelStore(database)


@pytest.fixture
async def cast(database: Database) -> list[UUID]:
    return [await make(database, name, ADA) for name in ("Cat", "Ant", "Bee")]


async def ids(store: ChannelStore, channel: int, parent: int | None = None) -> list[UUID]:
    return [who for who, _ in await store.active(channel, parent)]


async def test_the_order_is_that_of_activation(store: ChannelStore, cast: list[UUID]) -> None:
    for who in cast:
        assert await store.activate(CHANNEL, None, who, by=ADA)
    assert await store.active(CHANNEL, None) == [(who, 0.5) for who in cast]
    assert await store.active(OTHER, None) == []
    assert not await store.activate(CHANNEL, None, cast[0], by=ADA, talkativeness=1)
    assert await store.deactivate(CHANNEL, None, cast[0])
    assert not await store.deactivate(CHANNEL, None, cast[0])
    assert await store.activate(CHANNEL, None, cast[0], by=ADA, talkativeness=1)
    assert await store.active(CHANNEL, None) == [(cast[1], 0.5), (cast[2], 0.5), (cast[0], 1.0)]


async def test_activating_at_once_gives_every_one_a_place(
    store: ChannelStore, cast: list[UUID]
) -> None:
    added = await asyncio.gather(
        *(store.activate(CHANNEL, None, who, by=ADA) for who in cast for _ in range(2))
    )
    assert sum(added) == 3
    assert sorted(await ids(store, CHANNEL)) == sorted(cast)


async def test_no_more_are_active_than_the_host_lets(
    store: ChannelStore, cast: list[UUID], database: Database
) -> None:
    await SettingsStore(database).set(Tier.HOST, None, "most_active", 2)
    added = await asyncio.gather(
        *(store.activate(CHANNEL, None, who, by=ADA) for who in cast), return_exceptions=True
    )
    (refused,) = (one for one in added if one is not True)
    assert isinstance(refused, CharacterError)
    assert "2 characters are active here" in str(refused)
    here = await ids(store, CHANNEL)
    assert len(here) == 2
    # Who is there already is no fault; elsewhere there is space; a thread takes over what counts.
    assert not await store.activate(CHANNEL, None, here[0], by=ADA)
    assert await store.activate(OTHER, None, cast[0], by=ADA)
    (third,) = set(cast) - set(here)
    with pytest.raises(CharacterError, match="no space for more"):
        await store.activate(THREAD, CHANNEL, third, by=ADA)
    assert await store.deactivate(CHANNEL, None, here[0])
    assert await store.activate(THREAD, CHANNEL, third, by=ADA)


async def test_a_thread_inherits_until_it_is_changed(store: ChannelStore, cast: list[UUID]) -> None:
    cat, ant, bee = cast
    await store.activate(CHANNEL, None, ant, by=ADA, talkativeness=0.2)
    await store.activate(CHANNEL, None, cat, by=ADA)
    assert await ids(store, THREAD, CHANNEL) == [ant, cat]
    await store.activate(THREAD, CHANNEL, bee, by=ADA)
    assert await ids(store, THREAD, CHANNEL) == [ant, cat, bee]
    await store.deactivate(CHANNEL, None, ant)
    assert await ids(store, CHANNEL) == [cat]
    assert (await store.active(THREAD, CHANNEL))[0] == (ant, 0.2)
    await store.inherit(THREAD)
    assert await ids(store, THREAD, CHANNEL) == [cat]


async def test_a_thread_may_have_a_list_of_its_own_that_is_empty(
    store: ChannelStore, cast: list[UUID]
) -> None:
    await store.activate(CHANNEL, None, cast[0], by=ADA)
    assert await store.deactivate(THREAD, CHANNEL, cast[0])
    assert await store.active(THREAD, CHANNEL) == []
    assert await ids(store, CHANNEL) == [cast[0]]


async def test_talkativeness_is_set_in_the_thread_alone(
    store: ChannelStore, cast: list[UUID]
) -> None:
    await store.activate(CHANNEL, None, cast[0], by=ADA)
    await store.set_talkativeness(THREAD, CHANNEL, cast[0], 0)
    assert await store.active(THREAD, CHANNEL) == [(cast[0], 0.0)]
    assert await store.active(CHANNEL, None) == [(cast[0], 0.5)]


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
async def test_talkativeness_goes_from_0_to_1(
    store: ChannelStore, cast: list[UUID], wrong: float
) -> None:
    with pytest.raises(CharacterError, match="from 0"):
        await store.activate(CHANNEL, None, cast[0], by=ADA, talkativeness=wrong)
    await store.activate(CHANNEL, None, cast[0], by=ADA)
    with pytest.raises(CharacterError, match="from 0"):
        await store.set_talkativeness(CHANNEL, None, cast[0], wrong)


async def test_who_is_not_there_cannot_be_set(store: ChannelStore, cast: list[UUID]) -> None:
    with pytest.raises(CharacterError, match="not active here"):
        await store.set_talkativeness(THREAD, CHANNEL, cast[0], 0.1)
    with pytest.raises(CharacterError, match="There is no character"):
        await store.activate(CHANNEL, None, uuid4(), by=ADA)
    # What was refused has left no list behind: the thread still inherits.
    await store.activate(CHANNEL, None, cast[0], by=ADA)
    assert await ids(store, THREAD, CHANNEL) == [cast[0]]


async def test_a_deleted_character_is_active_nowhere(
    store: ChannelStore, cast: list[UUID], database: Database
) -> None:
    await store.activate(CHANNEL, None, cast[0], by=ADA)
    await store.activate(CHANNEL, None, cast[1], by=ADA)
    await CharacterStore(database).delete(Actor(ADA), cast[0])
    assert await ids(store, CHANNEL) == [cast[1]]


@pytest.mark.parametrize(
    ("rule", "channel", "parent", "may"),
    [
        (Restriction("allow", frozenset({CHANNEL})), CHANNEL, None, True),
        (Restriction("allow", frozenset({CHANNEL})), OTHER, None, False),
        (Restriction("allow", frozenset({CHANNEL})), THREAD, CHANNEL, True),
        (Restriction("allow", frozenset({CHANNEL})), THREAD, OTHER, False),
        (Restriction("allow", frozenset()), CHANNEL, None, False),
        (Restriction("deny", frozenset({CHANNEL})), CHANNEL, None, False),
        (Restriction("deny", frozenset({CHANNEL})), THREAD, CHANNEL, False),
        (Restriction("deny", frozenset({CHANNEL})), OTHER, None, True),
        (Restriction("deny", frozenset()), CHANNEL, None, True),
    ],
)
def test_a_thread_counts_as_its_parent(
    rule: Restriction, channel: int, parent: int | None, *, may: bool
) -> None:
    assert rule.allows(channel, parent) is may


async def test_a_server_has_one_rule_at_a_time(store: ChannelStore) -> None:
    assert await store.restriction(GUILD) is None
    assert await store.may_answer(GUILD, CHANNEL, None)
    await store.restrict_to(GUILD, [CHANNEL, CHANNEL])
    assert await store.restriction(GUILD) == Restriction("allow", frozenset({CHANNEL}))
    assert await store.may_answer(GUILD, THREAD, CHANNEL)
    assert not await store.may_answer(GUILD, OTHER, None)
    assert await store.may_answer(GUILD + 1, OTHER, None)
    assert await store.may_answer(None, OTHER, None)
    await store.keep_out_of(GUILD, [CHANNEL])
    assert not await store.may_answer(GUILD, THREAD, CHANNEL)
    assert await store.may_answer(GUILD, OTHER, None)
    await store.unrestrict(GUILD)
    assert await store.may_answer(GUILD, CHANNEL, None)
