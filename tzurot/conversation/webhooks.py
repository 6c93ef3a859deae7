"""The webhook of each channel, remembered so that it is made once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from tzurot.storage.database import Database
from tzurot.storage.secrets import SecretBox
from tzurot.storage.tables import WebhookRow


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook and the picture (sha256) that it carries now."""

    id: int
    token: str
    picture: str | None


class WebhookStore:
    """Keeps webhooks, their tokens encrypted; those in use also in memory."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets
        self._cached: dict[int, Webhook] = {}

    async def get(self, channel_id: int) -> Webhook | None:
        """Return the channel's webhook if one is known and its token can be read."""
        if (cached := self._cached.get(channel_id)) is not None:
            return cached
        async with self._database.reading() as session:
            row = await session.get(WebhookRow, channel_id)
        if row is None or (token := self._secrets.open(row.sealed_token)) is None:
            return None
        return self._cached.setdefault(channel_id, Webhook(row.id, token, row.picture))

    async def put(self, channel_id: int, webhook: Webhook) -> None:
        """Remember the channel's webhook in place of any other."""
        self._cached[channel_id] = webhook
        values = {
            "id": webhook.id,
            "sealed_token": self._secrets.seal(webhook.token),
            "picture": webhook.picture,
        }
        statement = insert(WebhookRow).values(channel_id=channel_id, **values)
        async with self._database.transaction() as session:
            await session.execute(
                statement.on_conflict_do_update(index_elements=["channel_id"], set_=values)
            )

    async def set_picture(self, channel_id: int, webhook: Webhook, picture: str | None) -> Webhook:
        """Note which picture the webhook carries."""
        changed = Webhook(webhook.id, webhook.token, picture)
        self._cached[channel_id] = changed
        async with self._database.transaction() as session:
            await session.execute(
                update(WebhookRow)
                .where(WebhookRow.channel_id == channel_id)
                .values(picture=picture)
            )
        return changed

    async def forget(self, channel_id: int) -> None:
        """Forget a webhook that is gone."""
        self._cached.pop(channel_id, None)
        async with self._database.transaction() as session:
            await session.execute(delete(WebhookRow).where(WebhookRow.channel_id == channel_id))
