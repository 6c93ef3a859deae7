"""Which servers the bot has said hello to."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.tables import GreetingRow


class GreetingStore:
    """Remembers greetings, for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_first(self, guild_id: int) -> bool:
        """Note a greeting; False when this server had one before."""
        claim = insert(GreetingRow).values(guild_id=guild_id).on_conflict_do_nothing()
        async with self._database.transaction() as session:
            return (await session.scalar(claim.returning(GreetingRow.guild_id))) is not None
