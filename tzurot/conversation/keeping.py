"""Keeps what is said: its words, its pictures, and what is shown of who said it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from tzurot.conversation.incoming import ImageLink, Incoming
from tzurot.history.images import ImageStore, KeptImage
from tzurot.history.messages import MessageStore
from tzurot.history.people import Known, PeopleStore


class Keeper:
    """Writes history; in channels in which characters take part, every message is kept."""

    def __init__(self, messages: MessageStore, images: ImageStore, people: PeopleStore) -> None:
        self._messages = messages
        self._images = images
        self._people = people
        self._followed: dict[int, bool] = {}
        # Channels that are being read, each with what was deleted meanwhile.
        self._readings: dict[object, tuple[int, set[int]]] = {}

    async def keep(self, incoming: Incoming) -> None:
        """Keep a message, and from now on all that is said in its channel."""
        self._followed[incoming.channel_id] = True
        await self.keep_all([incoming])

    async def keep_if_followed(self, incoming: Incoming) -> None:
        """Keep a message that nobody answers, if characters take part in its channel."""
        if await self.follows(incoming.channel_id):
            await self.keep_all([incoming])

    async def keep_all(self, said: Iterable[Incoming]) -> None:
        """Keep messages of one channel."""
        said = list(said)
        await self._messages.record(message.to_message() for message in said)
        for message in said:
            if message.images:
                where = message.channel_id, message.message_id
                await self._images.record(*where, kept_images(*where, message.images))
            if message.is_person and message.username and message.proxied_as is None:
                await self._people.saw(
                    message.guild_id, _known(message), has_member=message.member is not None
                )

    async def edit(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Follow that a message shows something else now."""
        if await self.follows(channel_id):
            await self._messages.edit(channel_id, message_id, content)
            kept = kept_images(channel_id, message_id, images)
            await self._images.replace(channel_id, message_id, kept)

    async def forget(self, channel_id: int, message_ids: list[int]) -> bool:
        """Follow a deletion; False when nothing of the channel is kept."""
        for read, gone in self._readings.values():
            if read == channel_id:
                gone.update(message_ids)
        if not await self.follows(channel_id):
            return False
        await self._messages.forget(channel_id, message_ids)
        return True

    @contextmanager
    def reading(self, channel_id: int) -> Iterator[set[int]]:
        """Collect the ids of the messages that are deleted while a channel is read."""
        reading, gone = object(), set[int]()
        self._readings[reading] = channel_id, gone
        try:
            yield gone
        finally:
            del self._readings[reading]

    async def follows(self, channel_id: int) -> bool:
        """Whether characters take part in a channel, so that all that is said there is kept."""
        if channel_id not in self._followed:
            self._followed[channel_id] = await self._messages.known(channel_id)
        return self._followed[channel_id]


def kept_images(channel_id: int, message_id: int, images: Sequence[ImageLink]) -> list[KeptImage]:
    """Return a message's pictures as they are kept."""
    return [
        KeptImage(
            channel_id=channel_id,
            message_id=message_id,
            position=position,
            kind=one.kind.value,
            name=one.name,
            url=one.url,
            media_type=one.media_type,
            size=one.size,
            description=one.description,
        )
        for position, one in enumerate(images)
    ]


def _known(incoming: Incoming) -> Known:
    member = incoming.member
    return Known(
        user_id=incoming.author_id,
        username=incoming.username,
        display_name=incoming.author_name,
        nickname=member.nickname if member else None,
        roles=member.roles if member else (),
        joined=date.fromisoformat(member.joined) if member and member.joined else None,
    )
