"""Denials: which count where, and how they come and go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.characters import make
from tests.support.clock import Clock
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.store import CharacterStore
from tzurot.rules.denial import Denial, Denied, Mode, Party, Reach, Target, denied
from tzurot.rules.denials import DenialStore
from tzurot.rules.place import Place
from tzurot.storage.database import Database
from tzurot.storage.tables import DenialRow

ADA, BEN, HOST, GUILD, CHANNEL, THREAD = 1, 2, 9, 10, 20, 21
CAT, ANT = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTIES = {Party.USER: ADA, Party.SERVER: GUILD}
THERE = Place(guild_id=GUILD, channel_id=THREAD, parent_channel_id=CHANNEL, user_id=ADA)


def target(
    party: Party = Party.USER,
    reach: Reach = Reach.BOT,
    place: int | None = None,
    character: UUID | None = None,
    *,
    who: int | None = None,
) -> Target:
    return Target(
        party=party,
        party_id=PARTIES[party] if who is None else who,
        reach=reach,
        place_id=place,
        character_id=character,
    )


def a_denial(about: Target, mode: Mode = Mode.MUTE, expires_at: datetime | None = None) -> Denial:
    return Denial(target=about, mode=mode, by=HOST, reason="noise", expires_at=expires_at)


@pytest.mark.parametrize(
    ("about", "counts"),
    [
        (target(), True),
        (target(who=BEN), False),
        (target(who=GUILD), False),
        (target(Party.USER, Reach.SERVER, GUILD), True),
        (target(Party.USER, Reach.SERVER, GUILD + 1), False),
        (target(Party.USER, Reach.SERVER, THREAD), False),
        (target(Party.USER, Reach.CHANNEL, THREAD), True),
        (target(Party.USER, Reach.CHANNEL, CHANNEL), True),
        (target(Party.USER, Reach.CHANNEL, GUILD), False),
        (target(Party.SERVER), True),
        (target(Party.SERVER, who=ADA), False),
        (target(Party.SERVER, Reach.SERVER, GUILD), True),
        (target(Party.SERVER, Reach.CHANNEL, CHANNEL), True),
        (target(Party.SERVER, Reach.CHANNEL, CHANNEL + 5), False),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_where_a_denial_counts(about: Target, mode: Mode, *, counts: bool) -> None:
    found = denied([a_denial(about, mode)], THERE, now=NOW, host_id=HOST)
    assert found == Denied(mode if counts else None)


def test_in_a_direct_message_servers_do_not_count() -> None:
    several = [
        a_denial(target(Party.SERVER)),
        a_denial(target(Party.USER, Reach.SERVER, GUILD)),
        a_denial(target(Party.USER, Reach.CHANNEL, CHANNEL)),
    ]
    place = Place(channel_id=99, user_id=ADA)
    assert denied(several, place, now=NOW, host_id=HOST) == Denied()


@pytest.mark.parametrize("party", Party)
def test_a_character_denies_for_itself_alone(party: Party) -> None:
    about = target(party, Reach.CHARACTER, None, CAT)
    found = denied([a_denial(about, Mode.BLOCK)], THERE, now=NOW, host_id=HOST)
    assert found == Denied(None, {CAT: Mode.BLOCK})
    assert found.by(CAT) is Mode.BLOCK
    assert found.by(ANT) is None


def test_of_several_the_strongest_counts() -> None:
    several = [
        a_denial(target(), Mode.MUTE),
        a_denial(target(Party.USER, Reach.SERVER, GUILD), Mode.BLOCK, NOW),
        a_denial(target(Party.USER, Reach.CHARACTER, None, CAT), Mode.BLOCK),
        a_denial(target(Party.SERVER, Reach.CHARACTER, None, CAT), Mode.MUTE),
    ]
    for order in (several, several[::-1]):
        found = denied(order, THERE, now=NOW, host_id=HOST)
        assert found == Denied(Mode.MUTE, {CAT: Mode.BLOCK})
        assert (found.by(CAT), found.by(ANT)) == (Mode.BLOCK, Mode.MUTE)


def test_a_denial_ends_at_its_end() -> None:
    for seconds, mode in ((1, Mode.MUTE), (0, None), (-1, None)):
        one = a_denial(target(), Mode.MUTE, NOW + timedelta(seconds=seconds))
        assert denied([one], THERE, now=NOW, host_id=HOST).whole is mode


TARGETS = st.builds(
    target, st.sampled_from(Party), st.just(Reach.BOT), who=st.sampled_from([ADA, HOST, GUILD])
) | st.builds(
    target,
    st.sampled_from(Party),
    st.sampled_from([Reach.SERVER, Reach.CHANNEL]),
    st.sampled_from([GUILD, CHANNEL, THREAD]),
    who=st.sampled_from([ADA, HOST, GUILD]),
)
DENIALS = st.lists(st.builds(a_denial, TARGETS, st.sampled_from(Mode)), max_size=6)


@given(DENIALS)
def test_nothing_is_ever_denied_to_the_host(several: list[Denial]) -> None:
    place = Place(guild_id=GUILD, channel_id=THREAD, parent_channel_id=CHANNEL, user_id=HOST)
    assert denied(several, place, now=NOW, host_id=HOST) == Denied()


@given(DENIALS, DENIALS)
def test_another_denial_never_gives_rights(several: list[Denial], more: list[Denial]) -> None:
    strength = [None, Mode.MUTE, Mode.BLOCK]
    few = denied(several, THERE, now=NOW, host_id=HOST).whole
    many = denied(several + more, THERE, now=NOW, host_id=HOST).whole
    assert strength.index(many) >= strength.index(few)


@pytest.mark.parametrize(
    ("reach", "place", "character"),
    [
        (Reach.BOT, GUILD, None),
        (Reach.SERVER, None, None),
        (Reach.CHANNEL, CHANNEL, CAT),
        (Reach.CHARACTER, None, None),
    ],
)
def test_ids_that_do_not_fit_the_reach_are_our_own_fault(
    reach: Reach, place: int | None, character: UUID | None
) -> None:
    with pytest.raises(ValueError, match="of that alone"):
        target(Party.USER, reach, place, character)


# -- in the database ---------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> DenialStore:
    return DenialStore(database, wall=clock.wall)


async def about(store: DenialStore, user: int = ADA) -> Denied:
    return await store.about(user, GUILD, THREAD, CHANNEL, host_id=HOST)


async def kept(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(DenialRow)) or 0


async def test_a_denial_is_kept_replaced_and_lifted(store: DenialStore, database: Database) -> None:
    cat = await make(database, "Cat")
    everywhere, here = target(), target(Party.USER, Reach.CHANNEL, CHANNEL)
    by_cat = target(Party.USER, Reach.CHARACTER, None, cat)
    for one in (everywhere, here, by_cat):
        await store.deny(a_denial(one), host_id=HOST)
    await store.deny(a_denial(here, Mode.BLOCK), host_id=HOST)
    assert await kept(database) == 3
    assert await about(store) == Denied(Mode.BLOCK, {cat: Mode.MUTE})
    assert await about(store, BEN) == Denied()
    assert await store.lift(here)
    assert not await store.lift(here)
    assert (await about(store)).whole is Mode.MUTE
    assert await store.lift(everywhere)
    assert await about(store) == Denied(None, {cat: Mode.MUTE})
    await CharacterStore(database).delete(Actor(1), cat)
    assert await about(store) == Denied()


async def test_a_denied_server_is_found(store: DenialStore) -> None:
    await store.deny(a_denial(target(Party.SERVER)), host_id=HOST)
    assert (await about(store, BEN)).whole is Mode.MUTE
    assert await store.about(BEN, None, 5, None, host_id=HOST) == Denied()


async def test_what_is_past_does_not_count_and_goes_with_the_next(
    store: DenialStore, database: Database, clock: Clock
) -> None:
    soon = datetime.fromtimestamp(clock.wall() + 60, UTC)
    await store.deny(a_denial(target(), Mode.BLOCK, soon), host_id=HOST)
    clock.pass_(59)
    assert (await about(store)).whole is Mode.BLOCK
    clock.pass_(1)
    assert (await about(store)).whole is None
    with pytest.raises(CharacterError, match="past"):
        await store.deny(a_denial(target(), Mode.BLOCK, soon), host_id=HOST)
    assert await kept(database) == 1
    await store.deny(a_denial(target(who=BEN)), host_id=HOST)
    assert await kept(database) == 1
    assert await store.lift(target(who=BEN))


async def test_the_host_is_safe_on_both_sides(store: DenialStore) -> None:
    with pytest.raises(CharacterError, match="host"):
        await store.deny(a_denial(target(who=HOST)), host_id=HOST)
    # Written while somebody else was the host.
    await store.deny(a_denial(target(who=HOST), Mode.BLOCK), host_id=BEN)
    assert await about(store, HOST) == Denied()
    place = Place(guild_id=GUILD, channel_id=CHANNEL)
    assert await store.blocked_among([HOST], place, host_id=HOST) == set()
    assert await store.blocked_among([HOST], place, host_id=BEN) == {HOST}


async def test_a_character_that_is_gone_denies_nobody(store: DenialStore) -> None:
    with pytest.raises(CharacterError, match="There is no character"):
        await store.deny(a_denial(target(Party.USER, Reach.CHARACTER, None, uuid4())), host_id=HOST)


async def test_who_is_left_out_of_what_a_character_reads(
    store: DenialStore, database: Database
) -> None:
    cat, ant = await make(database, "Cat"), await make(database, "Ant")
    muted, blocked, by_cat, elsewhere, plain = range(101, 106)
    for one in (
        a_denial(target(who=muted)),
        a_denial(target(Party.USER, Reach.CHANNEL, CHANNEL, who=blocked), Mode.BLOCK),
        a_denial(target(Party.USER, Reach.CHARACTER, None, cat, who=by_cat), Mode.BLOCK),
        a_denial(target(Party.USER, Reach.CHANNEL, 99, who=elsewhere), Mode.BLOCK),
    ):
        await store.deny(one, host_id=HOST)
    everybody = [muted, blocked, by_cat, elsewhere, plain, HOST]
    for character, left_out in ((cat, {blocked, by_cat}), (ant, {blocked}), (None, {blocked})):
        place = Place(
            guild_id=GUILD,
            channel_id=THREAD,
            parent_channel_id=CHANNEL,
            character_id=character,
        )
        assert await store.blocked_among(everybody, place, host_id=HOST) == left_out
    assert await store.blocked_among([], place, host_id=HOST) == set()
