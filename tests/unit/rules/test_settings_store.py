"""Settings in the database: which rows count at a place, and what may be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from loguru import logger
from sqlalchemy import text, update

from tests.support.characters import make
from tests.support.queries import asked
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.store import CharacterStore
from tzurot.rules.caps import cap_from_json, cap_to_json, checked_cap
from tzurot.rules.cascade import SETTINGS, Cap, Resolved, Tier
from tzurot.rules.place import Place
from tzurot.rules.settings_store import SettingsStore, Subject
from tzurot.storage.database import Database
from tzurot.storage.tables import SettingRow

ADA, BEN, GUILD, CHANNEL, THREAD = 1, 2, 10, 20, 21
NAME = "history_messages"


@pytest.fixture
def store(database: Database) -> SettingsStore:
    return SettingsStore(database)


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    yield lines
    logger.remove(sink)


async def test_each_tier_is_found_by_its_subject(store: SettingsStore, database: Database) -> None:
    juniper = await make(database, "Juniper")
    place = Place(guild_id=GUILD, channel_id=CHANNEL, character_id=juniper, user_id=ADA)
    subjects: dict[Tier, tuple[Subject, Subject]] = {
        Tier.HOST: (None, None),
        Tier.SERVER: (GUILD, GUILD + 1),
        Tier.CHANNEL: (CHANNEL, CHANNEL + 1),
        Tier.CHARACTER: (juniper, await make(database, "Other")),
        Tier.USER: (ADA, BEN),
        Tier.USER_CHARACTER: ((ADA, juniper), (BEN, juniper)),
    }
    for tier, (own, other) in subjects.items():
        if tier is not Tier.HOST:
            await store.set(tier, other, NAME, 99)
        await store.set(tier, own, NAME, 10 + tier)
        assert (await store.values(place)).resolved[NAME] == Resolved(10 + tier, tier)
    for tier in sorted(subjects, reverse=True):
        assert (await store.values(place)).resolved[NAME].source is tier
        await store.clear(tier, subjects[tier][0], NAME)
    assert (await store.values(place)).resolved[NAME] == Resolved(50, Tier.BUILT_IN)


async def test_the_same_number_as_server_channel_and_user_is_not_mixed_up(
    store: SettingsStore,
) -> None:
    await store.set(Tier.USER, 7, NAME, 11)
    for place in (Place(guild_id=7), Place(channel_id=7), Place(), Place(user_id=8)):
        assert (await store.values(place))[NAME] == 50
    assert (await store.values(Place(user_id=7)))[NAME] == 11


async def test_a_value_is_set_anew(store: SettingsStore) -> None:
    for value in (3, "4", 5.0):
        await store.set(Tier.HOST, None, NAME, value)
    assert (await store.values(Place()))[NAME] == 5


async def test_a_thread_inherits_setting_by_setting(store: SettingsStore) -> None:
    await store.set(Tier.CHANNEL, CHANNEL, NAME, 20)
    await store.set(Tier.CHANNEL, CHANNEL, "ghost", "on")
    thread = Place(guild_id=GUILD, channel_id=THREAD, parent_channel_id=CHANNEL)
    found = await store.values(thread)
    assert (found[NAME], found["ghost"]) == (20, True)
    await store.set(Tier.CHANNEL, THREAD, NAME, 5)
    found = await store.values(thread)
    assert (found[NAME], found["ghost"]) == (5, True)
    assert (await store.values(Place(guild_id=GUILD, channel_id=CHANNEL)))[NAME] == 20
    await store.clear(Tier.CHANNEL, THREAD, NAME)
    assert (await store.values(thread))[NAME] == 20


async def test_caps_are_kept_beside_values(store: SettingsStore) -> None:
    await store.set(Tier.SERVER, GUILD, NAME, 70)
    await store.cap(Tier.SERVER, GUILD, NAME, Cap(most=60))
    await store.cap(Tier.HOST, None, NAME, Cap(least=1, most=30))
    await store.cap(Tier.SERVER, GUILD, "pictures", Cap(only=(False,)))
    place = Place(guild_id=GUILD)
    found = await store.values(place)
    assert found.resolved[NAME] == Resolved(30, Tier.SERVER, Tier.HOST)
    assert found["pictures"] is False
    await store.cap(Tier.HOST, None, NAME, None)
    assert (await store.values(place)).resolved[NAME] == Resolved(60, Tier.SERVER, Tier.SERVER)
    await store.clear(Tier.SERVER, GUILD, NAME)
    assert (await store.values(place)).resolved[NAME] == Resolved(50, Tier.BUILT_IN)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ((Tier.USER, ADA, "sparkle"), 1, "There is no setting named “sparkle”."),
        ((Tier.USER, ADA, "ghost"), True, "ghost cannot be set for a user."),
        (
            (Tier.USER_CHARACTER, (ADA, uuid4()), "ghost"),
            True,
            "ghost cannot be set for a user and character.",
        ),
        ((Tier.HOST, None, NAME), 0, "history_messages must be a whole number from 1 to 100."),
        ((Tier.CHARACTER, uuid4(), NAME), 5, "There is no character"),
    ],
)
async def test_what_does_not_fit_is_refused(
    store: SettingsStore, where: tuple[Tier, Subject, str], value: object, said: str
) -> None:
    with pytest.raises(CharacterError, match=said):
        await store.set(*where, value)


@pytest.mark.parametrize(
    ("name", "cap"),
    [
        (NAME, Cap()),
        (NAME, Cap(least=50, most=40)),
        (NAME, Cap(most=1000)),
        (NAME, Cap(most=5, only=(5,))),
        (NAME, Cap(only=())),
        ("pictures", Cap(most=1)),
        ("pictures", Cap(only=("perhaps",))),
        ("time_zone", Cap(only=("UTC",))),
        ("sparkle", Cap(most=1)),
    ],
)
async def test_a_cap_that_makes_no_sense_is_refused(
    store: SettingsStore, name: str, cap: Cap
) -> None:
    with pytest.raises(CharacterError):
        await store.cap(Tier.SERVER, GUILD, name, cap)
    assert (await store.values(Place(guild_id=GUILD))).warnings == ()


async def test_only_hosts_and_servers_have_caps(store: SettingsStore) -> None:
    with pytest.raises(CharacterError, match="cannot be limited for a channel"):
        await store.cap(Tier.CHANNEL, CHANNEL, NAME, Cap(most=5))


@pytest.mark.parametrize(
    ("tier", "subject"), [(Tier.HOST, 1), (Tier.USER, None), (Tier.CHARACTER, 5)]
)
async def test_a_subject_of_another_tier_is_our_own_fault(
    store: SettingsStore, tier: Tier, subject: Subject
) -> None:
    with pytest.raises(TypeError):
        await store.set(tier, subject, NAME, 5)


@pytest.mark.parametrize(
    ("name", "cap"),
    [
        (NAME, Cap(most=5)),
        (NAME, Cap(least=2)),
        ("banter", Cap(least=0.25, most=0.5)),
        ("ghost", Cap(only=(True,))),
    ],
)
def test_a_cap_comes_back_as_it_was(name: str, cap: Cap) -> None:
    setting = SETTINGS[name]
    assert checked_cap(setting, cap) == cap
    assert cap_from_json(setting, cap_to_json(cap)) == cap


@pytest.mark.parametrize("content", [None, [], 5, {}, {"only": []}, {"only": 3}, {"most": "x"}])
def test_a_cap_that_cannot_be_read_is_none(content: Any) -> None:  # noqa: ANN401  any JSON
    with pytest.raises(CharacterError):
        cap_from_json(SETTINGS[NAME], content)


async def test_what_is_not_usable_is_told_once_for_each_place(
    store: SettingsStore, database: Database, log: list[str]
) -> None:
    async with database.transaction() as session:
        for name, is_cap, content in (
            (NAME, False, '"many"'),
            (NAME, True, '{"most": "few"}'),
            ("gone", False, "1"),
            ("gone", True, "1"),
        ):
            await session.execute(
                text(
                    "INSERT INTO settings (id, tier, name, is_cap, content)"
                    " VALUES (gen_random_uuid(), 'host', :name, :is_cap, CAST(:content AS jsonb))"
                ),
                {"name": name, "is_cap": is_cap, "content": content},
            )
    for _ in range(2):
        found = await store.values(Place(user_id=ADA))
        assert found[NAME] == 50
        assert len(found.warnings) == 3
    assert len(log) == 3
    await store.values(Place(user_id=BEN))
    assert len(log) == 6
    await store.clear(Tier.HOST, None, "gone")
    assert len((await store.values(Place())).warnings) == 2


async def test_a_deleted_character_takes_its_settings_along(
    store: SettingsStore, database: Database
) -> None:
    juniper = await make(database, "Juniper", ADA)
    await store.set(Tier.CHARACTER, juniper, NAME, 5)
    await store.set(Tier.USER_CHARACTER, (BEN, juniper), NAME, 5)
    await CharacterStore(database).delete(Actor(ADA), juniper)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM settings")) == 0


async def test_one_query_reads_all(store: SettingsStore, database: Database) -> None:
    with asked(database) as statements:
        await store.values(Place(guild_id=1, channel_id=2, parent_channel_id=3, user_id=4))
    assert len(statements) == 1


async def test_what_people_set_themselves_is_read_for_all_of_them_at_once(
    store: SettingsStore, database: Database
) -> None:
    juniper = await make(database, "Juniper")
    await store.set(Tier.USER, ADA, "local_zone", "europe/berlin")
    await store.set(Tier.USER, BEN, "local_zone", "UTC")
    # Neither another setting's, nor another tier's, nor a cap, nor what cannot be used any more.
    await store.set(Tier.USER, 3, NAME, 5)
    await store.set(Tier.SERVER, 3, NAME, 6)
    await store.set(Tier.USER_CHARACTER, (4, juniper), NAME, 7)
    await store.cap(Tier.SERVER, 4, NAME, Cap(most=8))
    for user_id, unusable in ((5, "Mars/Olympus"), (6, 7)):
        await store.set(Tier.USER, user_id, "local_zone", "UTC")
        async with database.transaction() as session:
            row = update(SettingRow).where(SettingRow.discord_id == user_id)
            await session.execute(row.values(content=unusable))
    with asked(database) as statements:
        found = await store.of_people("local_zone", range(9))
        assert await store.of_people("local_zone", []) == {}
        assert await store.of_people("most_characters", [ADA]) == {}
    assert len(statements) == 1
    assert found == {ADA: "Europe/Berlin", BEN: "UTC"}
    assert await store.of_people(NAME, range(9)) == {3: 5}
    with pytest.raises(CharacterError):
        await store.of_people("sparkle", [ADA])


async def test_only_people_have_a_clock_of_their_own(store: SettingsStore) -> None:
    for tier, subject in ((Tier.HOST, None), (Tier.SERVER, GUILD), (Tier.CHANNEL, CHANNEL)):
        with pytest.raises(CharacterError):
            await store.set(tier, subject, "local_zone", "UTC")
    assert (await store.values(Place(user_id=ADA))).resolved["local_zone"].source is Tier.BUILT_IN
    await store.set(Tier.USER, ADA, "local_zone", "UTC")
    assert (await store.values(Place(user_id=ADA))).resolved["local_zone"].source is Tier.USER
