"""Characters: the starters, and who may see whom."""

import asyncio
import hashlib

from sqlalchemy import delete, select

from tzurot.characters.starter import set_up_starters
from tzurot.characters.store import CharacterStore
from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow

ADA, BEN = 1, 2


async def test_starters_are_set_up_once_even_by_two_processes(database: Database) -> None:
    await asyncio.gather(*(set_up_starters(database) for _ in range(3)))
    await set_up_starters(database)
    found = await CharacterStore(database).visible_to(ADA)
    assert [character.name for character in found] == ["Captain Sable", "Juniper"]


async def test_a_deleted_starter_stays_deleted(database: Database) -> None:
    await set_up_starters(database)
    async with database.transaction() as session:
        await session.execute(delete(CharacterRow).where(CharacterRow.slug == "juniper"))
    await set_up_starters(database)
    found = await CharacterStore(database).visible_to(ADA)
    assert [character.slug for character in found] == ["captain-sable"]


async def test_a_starter_has_its_card_and_its_picture(database: Database) -> None:
    await set_up_starters(database)
    store = CharacterStore(database)
    juniper = (await store.visible_to(ADA))[1]
    assert juniper.field("description")
    assert juniper.field("creator") == "tzurot"
    assert juniper.field("tags") == ""
    assert juniper.field("no_such_field") == ""
    assert juniper.avatar is not None
    picture = await store.picture(juniper.avatar)
    assert picture is not None
    assert hashlib.sha256(picture.content).hexdigest() == juniper.avatar
    assert picture.media_type == "image/png"
    assert await store.picture("0" * 64) is None


async def test_a_private_character_is_its_owners_alone(database: Database) -> None:
    async with database.transaction() as session:
        session.add(CharacterRow(owner_id=ADA, slug="secret", name="Secret", card={}))
    async with database.transaction() as session:
        secret = await session.scalar(select(CharacterRow.id))
    assert secret is not None
    store = CharacterStore(database)
    assert [one.name for one in await store.visible_to(ADA)] == ["Secret"]
    assert await store.visible_to(BEN) == []
    assert await store.get(secret, ADA) is not None
    assert await store.get(secret, BEN) is None
