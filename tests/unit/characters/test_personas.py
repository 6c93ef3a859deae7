"""Personas: whose they are, which is the default, and which counts where."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.support.characters import make
from tests.support.queries import asked
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.personas import PERSONAS_MOST, Persona, PersonaStore
from tzurot.characters.store import CharacterStore
from tzurot.storage.database import Database

ADA, BEN, CLEO, GUILD = 1, 2, 3, 10
LUNA = "2b1c7a3e-0000-4000-8000-000000000001"


@pytest.fixture
def store(database: Database) -> PersonaStore:
    return PersonaStore(database)


@pytest.fixture
async def juniper(database: Database) -> UUID:
    return await make(database, "Juniper", ADA)


async def defaults(store: PersonaStore, user_id: int = ADA) -> list[str]:
    return [one.name for one in await store.of_user(user_id) if one.is_default]


async def counted(
    store: PersonaStore, character: UUID, guild: int | None = GUILD, user_id: int = ADA
) -> str | None:
    found = await store.present([(user_id, None)], character_id=character, guild_id=guild)
    return None if not found else found[user_id, None].name


# -- what a person keeps --------------------------------------------------------------------------


async def test_what_is_written_is_kept_as_it_is_read(store: PersonaStore) -> None:
    made = await store.create(
        ADA, name="  Captain\nAda ", pronouns=" she /  her", about=" Tall.\nOld.", member_id=LUNA
    )
    assert made == Persona(
        id=made.id, user_id=ADA, name="Captain Ada", pronouns="she / her", about="Tall.\nOld.",
        is_default=True, member_id=LUNA,
    )  # fmt: skip
    assert await store.of_user(ADA) == [made]
    assert await store.of_user(BEN) == []


async def test_the_first_is_the_default_and_only_one_ever_is(store: PersonaStore) -> None:
    ids = [(await store.create(ADA, name=name)).id for name in ("One", "Two", "Three")]
    await store.create(BEN, name="One")
    assert await defaults(store) == ["One"]
    await store.set_default(ADA, ids[2])
    await store.set_default(ADA, ids[2])
    assert await defaults(store) == ["Three"]
    assert await defaults(store, BEN) == ["One"]


async def test_when_the_default_goes_the_oldest_other_takes_its_place(store: PersonaStore) -> None:
    ids = [(await store.create(ADA, name=name)).id for name in ("One", "Two", "Three")]
    await store.delete(ADA, ids[1])
    assert await defaults(store) == ["One"]
    await store.create(ADA, name="Four")
    await store.delete(ADA, ids[0])
    assert await defaults(store) == ["Three"]
    for one in await store.of_user(ADA):
        await store.delete(ADA, one.id)
    assert await store.of_user(ADA) == []
    assert (await store.create(ADA, name="One")).is_default


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"name": "  "}, "Name must not be empty"),
        ({"name": "x" * 81}, "81 characters; 80 fit"),
        ({"name": "Ada: hello"}, "cannot hold"),
        ({"name": "Everyone"}, "cannot hold"),
        ({"name": "Ada", "pronouns": "x" * 41}, "41 characters; 40 fit"),
        ({"name": "Ada", "about": "x" * 2001}, "2001 characters; 2000 fit"),
        ({"name": " aDA  b"}, "a persona named Ada B"),
        ({"name": "Luna", "member_id": LUNA}, "Ada B is this member already"),
    ],
)
async def test_what_does_not_fit_is_refused(
    store: PersonaStore, written: dict[str, str], said: str
) -> None:
    await store.create(ADA, name="Ada B", member_id=LUNA)
    other = await store.create(ADA, name="Other", about="As before.")
    with pytest.raises(CharacterError, match=said):
        await store.create(
            ADA,
            name=written["name"],
            pronouns=written.get("pronouns", ""),
            about=written.get("about", ""),
            member_id=written.get("member_id"),
        )
    fields = {key: text for key, text in written.items() if key != "member_id"}
    with pytest.raises(CharacterError, match=said):
        await store.edit(ADA, other.id, fields, member_id=written.get("member_id"))
    assert (await store.of_user(ADA))[1] == other
    # Another person's names and members are free.
    assert (await store.create(BEN, name="Ada B", member_id=LUNA)).is_default


async def test_an_edit_changes_what_is_given(store: PersonaStore) -> None:
    made = await store.create(ADA, name="Ada", pronouns="she", about="Tall.", member_id=LUNA)
    assert await store.edit(ADA, made.id, {"name": "ADA"}) != made
    changed = await store.edit(ADA, made.id, {"about": "", "name": "Ada"})
    assert (changed.name, changed.pronouns, changed.about) == ("Ada", "she", "")
    assert changed.member_id == LUNA
    assert (await store.edit(ADA, made.id, {}, member_id="")).member_id is None
    assert (await store.of_user(ADA))[0].member_id is None


async def test_somebody_elses_is_not_there(store: PersonaStore, juniper: UUID) -> None:
    made = await store.create(ADA, name="Ada")
    await store.create(BEN, name="Ben")
    for persona_id in (made.id, uuid4()):
        for attempt in (
            store.edit(BEN, persona_id, {"name": "Mine"}),
            store.delete(BEN, persona_id),
            store.set_default(BEN, persona_id),
            store.choose(BEN, persona_id, character_id=juniper),
            store.choose(BEN, persona_id, guild_id=GUILD),
        ):
            with pytest.raises(CharacterError, match="no such persona"):
                await attempt
    assert await store.of_user(ADA) == [made]
    assert await defaults(store, BEN) == ["Ben"]


async def test_there_are_only_so_many_however_many_are_made_at_once(store: PersonaStore) -> None:
    for number in range(PERSONAS_MOST - 2):
        await store.create(ADA, name=f"Number {number}")
    making = (store.create(ADA, name=f"Late {number}") for number in range(6))
    found = await asyncio.gather(*making, return_exceptions=True)
    assert sum(isinstance(one, CharacterError) for one in found) == 4
    assert len(await store.of_user(ADA)) == PERSONAS_MOST
    assert (await store.create(BEN, name="Ben")).is_default


async def test_of_several_first_ones_at_once_one_is_the_default(store: PersonaStore) -> None:
    await asyncio.gather(*(store.create(ADA, name=f"Number {number}") for number in range(5)))
    assert len(await defaults(store)) == 1


# -- which counts where ---------------------------------------------------------------------------


async def test_a_characters_choice_counts_before_a_servers_before_the_default(
    store: PersonaStore, database: Database, juniper: UUID
) -> None:
    sable = await make(database, "Sable", ADA)
    assert await counted(store, juniper) is None
    for name in ("Default", "Server", "Character"):
        made = await store.create(ADA, name=name)
        if name == "Server":
            await store.choose(ADA, made.id, guild_id=GUILD)
        if name == "Character":
            await store.choose(ADA, made.id, character_id=juniper)
    assert await counted(store, juniper) == "Character"
    assert await counted(store, juniper, None) == "Character"
    assert await counted(store, sable) == "Server"
    assert await counted(store, sable, GUILD + 1) == "Default"
    assert await counted(store, sable, None) == "Default"
    await store.choose(ADA, None, character_id=juniper)
    await store.choose(ADA, None, character_id=juniper)
    assert await counted(store, juniper) == "Server"
    await store.choose(ADA, None, guild_id=GUILD)
    assert await counted(store, juniper) == "Default"


async def test_a_choice_is_made_anew_and_goes_with_its_persona_or_character(
    store: PersonaStore, database: Database, juniper: UUID
) -> None:
    ids = [(await store.create(ADA, name=name)).id for name in ("One", "Two", "Three")]
    for persona_id in ids:
        await store.choose(ADA, persona_id, character_id=juniper)
        await store.choose(ADA, persona_id, guild_id=GUILD)
    assert await counted(store, juniper) == "Three"
    await store.delete(ADA, ids[2])
    assert await counted(store, juniper) == "One"
    await store.choose(ADA, ids[1], character_id=juniper)
    await CharacterStore(database).delete(Actor(ADA), juniper)
    assert await counted(store, juniper) == "One"
    with pytest.raises(CharacterError, match="no character"):
        await store.choose(ADA, ids[1], character_id=juniper)


async def test_a_choice_is_for_a_character_or_a_server(store: PersonaStore, juniper: UUID) -> None:
    made = await store.create(ADA, name="Ada")
    for character, guild in ((None, None), (juniper, GUILD)):
        with pytest.raises(TypeError):
            await store.choose(ADA, made.id, character_id=character, guild_id=guild)


async def test_a_member_of_a_system_is_its_persona_or_nobody(
    store: PersonaStore, juniper: UUID
) -> None:
    await store.create(ADA, name="Ada")
    luna = await store.create(ADA, name="Luna", member_id=LUNA)
    other = await store.create(ADA, name=LUNA)  # a name that looks like a member
    await store.choose(ADA, luna.id, guild_id=GUILD)
    await store.create(BEN, name="Ben")
    found = await store.present(
        [(ADA, LUNA), (ADA, " LUNA"), (ADA, "Stranger"), (ADA, ""), (BEN, LUNA), (BEN, "Luna")],
        character_id=juniper,
        guild_id=GUILD,
    )
    assert {key: one.name for key, one in found.items()} == {
        (ADA, LUNA): "Luna",
        (ADA, " LUNA"): "Luna",
    }
    await store.edit(ADA, luna.id, {}, member_id="")
    found = await store.present([(ADA, LUNA)], character_id=juniper, guild_id=GUILD)
    assert found == {(ADA, LUNA): other}


async def test_a_persona_named_by_a_proxied_message_is_not_thereby_the_persons(
    store: PersonaStore, juniper: UUID
) -> None:
    await store.create(ADA, name="Ada")
    await store.create(ADA, name="Luna", member_id=LUNA)
    found = await store.present(
        [(ADA, "Luna"), (ADA, None), (CLEO, None)], character_id=juniper, guild_id=None
    )
    assert {key: one.name for key, one in found.items()} == {
        (ADA, "Luna"): "Luna",
        (ADA, None): "Ada",
    }


async def test_everybody_present_is_found_in_one_query(
    store: PersonaStore, database: Database, juniper: UUID
) -> None:
    for user_id in range(1, 9):
        for number in range(3):
            made = await store.create(user_id, name=f"Number {number}")
        await store.choose(user_id, made.id, guild_id=GUILD)
    who = [(user_id, shown) for user_id in range(1, 12) for shown in (None, "Number 1")]
    with asked(database) as statements:
        found = await store.present(who, character_id=juniper, guild_id=GUILD)
        assert await store.present([], character_id=juniper, guild_id=GUILD) == {}
    assert len(statements) == 1
    assert {key: one.name for key, one in found.items()} == {
        (user_id, shown): shown or "Number 2" for user_id, shown in who if user_id < 9
    }
    assert all(one.user_id == user_id for (user_id, _), one in found.items())
