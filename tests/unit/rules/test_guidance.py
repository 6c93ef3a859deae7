"""Sidecars, author's notes and directives in the database: what counts where, and for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.support.characters import make
from tests.support.queries import asked
from tzurot.characters.access import Actor
from tzurot.characters.errors import CharacterError
from tzurot.characters.scope import Scope, Venue
from tzurot.characters.store import CharacterStore
from tzurot.history.records import TurnRecord
from tzurot.history.turns import Turn, TurnJournal, TurnState
from tzurot.rules.cascade import Cap, Tier
from tzurot.rules.guidance import (
    DEEPEST,
    EVERY_MOST,
    NOTE_MOST,
    SHIPPED,
    SIDECAR_MOST,
    Directive,
    Guidance,
    Note,
)
from tzurot.rules.guidance_store import DIRECTIVES_MOST, GuidanceStore
from tzurot.rules.place import Place
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database
from tzurot.storage.tables import AuthorNoteRow, SidecarRow, TurnRecordRow

ADA, BEN, GUILD, CHANNEL, THREAD = 1, 2, 10, 20, 21
SPEAKING = next(one for one in SHIPPED if one.name == "speaking")


@pytest.fixture
def store(database: Database) -> GuidanceStore:
    return GuidanceStore(database)


@pytest.fixture
async def juniper(database: Database) -> UUID:
    return await make(database, "Juniper", ADA)


async def here(
    store: GuidanceStore, character: UUID, channel: int = CHANNEL, **switches: bool
) -> Guidance:
    scope = Scope(ADA, character, Venue(channel, GUILD))
    parent = CHANNEL if channel == THREAD else None
    return await store.of(scope, parent, {ADA, BEN}, switches)


async def test_without_anything_the_shipped_default_holds(
    store: GuidanceStore, juniper: UUID
) -> None:
    assert await here(store, juniper) == Guidance(directives=(SPEAKING,))


async def test_a_sidecar_for_one_character_takes_the_place_of_the_one_for_all(
    store: GuidanceStore, database: Database, juniper: UUID
) -> None:
    sable = await make(database, "Sable", ADA)
    await store.write_sidecar(ADA, "  Call me captain.\n", character_id=juniper)
    await store.write_sidecar(ADA, "Be kind.")
    await store.write_sidecar(BEN, "Be short.")
    await store.write_sidecar(3, "Somebody who is not here.")
    assert (await here(store, juniper)).sidecars == {ADA: "Call me captain.", BEN: "Be short."}
    assert (await here(store, sable)).sidecars == {ADA: "Be kind.", BEN: "Be short."}
    await store.write_sidecar(ADA, "Be frank.")
    assert await store.sidecar(ADA) == "Be frank."
    assert await store.sidecar(ADA, character_id=juniper) == "Call me captain."
    assert await store.sidecar(BEN, character_id=juniper) is None
    await store.delete_sidecar(ADA, character_id=juniper)
    assert (await here(store, juniper)).sidecars[ADA] == "Be frank."
    await store.delete_sidecar(ADA)
    assert (await here(store, juniper)).sidecars == {BEN: "Be short."}


async def test_a_sidecar_is_for_a_character_that_its_author_sees(
    store: GuidanceStore, database: Database
) -> None:
    private = await make(database, "Secret", ADA, is_public=False)
    await store.write_sidecar(ADA, "Be kind.", character_id=private)
    for unseen in (private, UUID(int=7)):
        with pytest.raises(CharacterError, match="There is no character"):
            await store.write_sidecar(BEN, "Be kind.", character_id=unseen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n ", "How you want to be treated must not be empty."),
        ("x" * (SIDECAR_MOST + 1), "How you want to be treated has 3001 characters; 3000 fit."),
    ],
)
async def test_a_sidecar_has_a_length(store: GuidanceStore, text: str, said: str) -> None:
    with pytest.raises(CharacterError) as error:
        await store.write_sidecar(ADA, text)
    assert str(error.value) == said
    await store.write_sidecar(ADA, "x" * SIDECAR_MOST)


async def test_a_channel_and_a_character_have_a_note_each(
    store: GuidanceStore, juniper: UUID
) -> None:
    storm = Note(text="A storm.", depth=0, role="assistant", every=3)
    await store.write_channel_note(CHANNEL, Note(text="Old."))
    await store.write_channel_note(CHANNEL, storm)
    await store.write_character_note(Actor(ADA), juniper, Note(text="A cold."))
    found = await here(store, juniper)
    assert list(found.notes.items()) == [("character", Note(text="A cold.")), ("channel", storm)]
    # A thread has its parent's, until it has its own.
    assert (await here(store, juniper, THREAD)).notes["channel"] == storm
    await store.write_channel_note(THREAD, Note(text="Whisper."))
    assert (await here(store, juniper, THREAD)).notes["channel"] == Note(text="Whisper.")
    assert (await here(store, juniper)).notes["channel"] == storm
    assert (await here(store, juniper, CHANNEL + 99)).notes.keys() == {"character"}
    await store.write_channel_note(CHANNEL, None)
    await store.write_character_note(Actor(ADA), juniper, None)
    assert (await here(store, juniper)).notes == {}


async def test_a_characters_note_is_its_owners(store: GuidanceStore, juniper: UUID) -> None:
    for note in (Note(text="Mine."), None):
        with pytest.raises(CharacterError, match="Only the owner of Juniper"):
            await store.write_character_note(Actor(BEN), juniper, note)
    await store.write_character_note(Actor(BEN, is_host=True), juniper, Note(text="The host's."))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": ""}, "The author's note must not be empty."),
        ({"text": "x" * (NOTE_MOST + 1)}, "The author's note has 2001 characters; 2000 fit."),
        ({"depth": -1}, "How deep a note stands goes from 0 (after the last message) to 100."),
        ({"depth": DEEPEST + 1}, "How deep a note stands goes from 0"),
        ({"role": "narrator"}, "A note is told as one of system, user, assistant."),
        ({"every": -1}, "How often a note stands goes from 0 (in each answer) to 100"),
        ({"every": EVERY_MOST + 1}, "How often a note stands"),
        ({"text": "", "depth": -1}, "must not be empty.\nHow deep"),
    ],
)
async def test_a_note_that_does_not_fit_is_refused(
    store: GuidanceStore, change: dict[str, object], said: str
) -> None:
    with pytest.raises(CharacterError) as error:
        await store.write_channel_note(
            CHANNEL, replace(Note(text="x"), **cast("dict[str, Any]", change))
        )
    assert said in str(error.value)


async def test_directives_are_switched_by_the_nearest_tier(
    store: GuidanceStore, database: Database, juniper: UUID
) -> None:
    settings = SettingsStore(database)
    place = Place(guild_id=GUILD, channel_id=CHANNEL, character_id=juniper, user_id=ADA)

    async def on() -> list[str]:
        values = await settings.values(place)
        assert values.warnings == ()
        switches = {name: one.value for name, one in values.switches.items()}
        return [one.name for one in (await here(store, juniper, **switches)).directives]

    assert await on() == ["speaking"]
    await store.write_directive(Directive(name="brief", text="At most two sentences."))
    assert await on() == ["speaking"]
    for tier, subject in (
        (Tier.HOST, None), (Tier.SERVER, GUILD), (Tier.CHANNEL, CHANNEL), (Tier.CHARACTER, juniper)
    ):  # fmt: skip
        is_on = tier in {Tier.HOST, Tier.CHANNEL}
        await settings.set(tier, subject, "directive:brief", value=is_on)
        await settings.set(tier, subject, "directive:speaking", value=not is_on)
        assert await on() == (["brief"] if is_on else ["speaking"])
    values = await settings.values(place)
    assert values.sources() == {
        "directive:brief": "character", "directive:speaking": "character"
    }  # fmt: skip
    with pytest.raises(CharacterError, match="cannot be set for a user"):
        await settings.set(Tier.USER, ADA, "directive:brief", value=True)
    with pytest.raises(CharacterError, match="There is no setting named “directive:A b”"):
        await settings.set(Tier.HOST, None, "directive:A b", value=True)
    with pytest.raises(CharacterError, match="cannot be limited"):
        await settings.cap(Tier.SERVER, GUILD, "directive:brief", Cap(only=(True,)))
    # Its switches go with it: one of that name, if it ever comes, begins anew.
    await settings.set(Tier.CHARACTER, juniper, "directive:brief", value=True)
    assert await on() == ["brief", "speaking"]
    await store.delete_directive("brief")
    await store.write_directive(Directive(name="brief", text="At most two sentences."))
    assert await on() == ["speaking"]


async def test_the_host_words_a_shipped_directive_anew(store: GuidanceStore, juniper: UUID) -> None:
    own = Directive(name="speaking", text="Only {{char}}.", depth=2, every=2, is_on=True)
    await store.write_directive(own)
    assert (await here(store, juniper)).directives == (own,)
    await store.delete_directive("speaking")
    assert (await here(store, juniper)).directives == (SPEAKING,)


@pytest.mark.parametrize("name", ["", "Brief", "1st", "a b", "a:b", "x" * 33, "brief\n"])
async def test_a_directive_has_a_plain_name(store: GuidanceStore, name: str) -> None:
    with pytest.raises(CharacterError, match="A directive's name has 1 to 32"):
        await store.write_directive(Directive(name=name, text="Hm."))


async def test_there_are_only_so_many_directives(store: GuidanceStore) -> None:
    with pytest.raises(CharacterError, match="The directive has 401 characters; 400 fit"):
        await store.write_directive(Directive(name="long", text="x" * 401))
    for number in range(DIRECTIVES_MOST):
        await store.write_directive(Directive(name=f"d{number}", text="Hm."))
    with pytest.raises(CharacterError, match="There are 20 directives"):
        await store.write_directive(Directive(name="more", text="Hm."))
    await store.write_directive(Directive(name="d0", text="Changed."))


async def answer(journal: TurnJournal, character: UUID, trigger: int, channel: int) -> Turn:
    (turn,) = await journal.open(
        channel_id=channel, trigger_id=trigger, character_ids=[character], user_id=ADA,
        payload={}, version=1,
    )  # fmt: skip
    await journal.move(turn.id, TurnState.DELIVERED)
    return turn


async def test_answers_are_counted_where_a_note_waits_for_a_number(
    store: GuidanceStore, database: Database, juniper: UUID
) -> None:
    journal, sable = TurnJournal(database, 1), await make(database, "Sable", ADA)
    for trigger in range(3):
        await answer(journal, juniper, trigger, CHANNEL)
    await answer(journal, juniper, 9, THREAD)
    await answer(journal, sable, 9, CHANNEL)
    failed = await answer(journal, juniper, 5, CHANNEL)
    await journal.move(failed.id, TurnState.FAILED)
    assert (await here(store, juniper)).answered == 0
    await store.write_channel_note(CHANNEL, Note(text="Rarely.", every=4))
    assert (await here(store, juniper)).answered == 3
    assert (await here(store, sable)).answered == 1
    assert (await here(store, juniper, THREAD)).answered == 1
    assert (await here(store, juniper, CHANNEL + 99)).answered == 0
    await store.write_directive(Directive(name="rare", text="Hm.", every=2))
    await store.write_channel_note(CHANNEL, None)
    assert (await here(store, juniper)).answered == 3


async def test_one_query_reads_all(store: GuidanceStore, database: Database, juniper: UUID) -> None:
    await store.write_sidecar(ADA, "Be kind.")
    await store.write_channel_note(CHANNEL, Note(text="Rarely.", every=4))
    with asked(database) as statements:
        await here(store, juniper)
    assert len(statements) == 1


async def test_what_is_for_a_character_goes_with_it(
    store: GuidanceStore, database: Database, juniper: UUID
) -> None:
    await store.write_sidecar(ADA, "Be kind.", character_id=juniper)
    await store.write_sidecar(ADA, "Be frank.")
    await store.write_character_note(Actor(ADA), juniper, Note(text="A cold."))
    journal = TurnJournal(database, 1)
    (turn,) = await journal.open(
        channel_id=CHANNEL, trigger_id=1, character_ids=[juniper], user_id=ADA, payload={},
        version=1,
    )  # fmt: skip
    await journal.fail(turn, "empty", TurnRecord(asked="m"))
    await CharacterStore(database).delete(Actor(ADA), juniper)
    async with database.transaction() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (SidecarRow, AuthorNoteRow, TurnRecordRow)
        ]
    assert counts == [1, 0, 0]
