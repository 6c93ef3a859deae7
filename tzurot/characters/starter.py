"""The characters that ship with tzurot: set up once in each database."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

from loguru import logger
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.tables import CharacterRow, PictureRow, StarterRow

FOLDER = files("tzurot.characters") / "starters"
STARTERS = ("juniper", "captain-sable")


async def set_up_starters(database: Database) -> None:
    """Make the starter characters that this database never had; one that was deleted stays gone."""
    for key in STARTERS:
        async with database.transaction() as session:
            # The row is the lock: of two processes, one gets it and makes the character.
            claim = insert(StarterRow).values(key=key).on_conflict_do_nothing()
            if (await session.scalar(claim.returning(StarterRow.key))) is None:
                continue
            card = json.loads((FOLDER / f"{key}.json").read_text("utf-8"))["data"]
            picture = (FOLDER / f"{key}.png").read_bytes()
            sha256 = hashlib.sha256(picture).hexdigest()
            await session.execute(
                insert(PictureRow)
                .values(sha256=sha256, media_type="image/png", content=picture)
                .on_conflict_do_nothing()
            )
            character = CharacterRow(
                slug=key, name=card["name"], visibility="public", card=card, avatar=sha256
            )
            session.add(character)
            await session.flush()
            starter = await session.scalar(select(StarterRow).where(StarterRow.key == key))
            assert starter is not None  # noqa: S101  inserted above
            starter.character_id = character.id
        logger.info("Starter character {} is ready", card["name"])
