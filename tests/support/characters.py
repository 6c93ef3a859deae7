"""Characters in a test's database, made in one line."""

from __future__ import annotations

from uuid import UUID

from tzurot.characters.access import Actor
from tzurot.characters.store import CharacterStore
from tzurot.storage.database import Database


async def make(database: Database, name: str, owner: int = 1, *, is_public: bool = True) -> UUID:
    """Return the id of a new character."""
    store, actor = CharacterStore(database), Actor(owner)
    made = await store.create(actor, {"name": name, "description": "A test"})
    if is_public:
        await store.set_visibility(actor, made.id, public=True)
    return made.id
