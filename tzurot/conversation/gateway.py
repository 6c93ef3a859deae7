"""Listens to Discord's gateway; behind this module nothing knows hikari until delivery."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import hikari

from tzurot.conversation.content import images_of, words_of
from tzurot.conversation.directory import incoming, is_ours, is_said
from tzurot.conversation.incoming import ImageLink, Incoming

INTENTS = (
    hikari.Intents.GUILDS
    | hikari.Intents.GUILD_MESSAGES
    | hikari.Intents.GUILD_MESSAGE_TYPING
    | hikari.Intents.DM_MESSAGES
    | hikari.Intents.DM_MESSAGE_TYPING
    | hikari.Intents.MESSAGE_CONTENT
)


class Listener(Protocol):
    """Who wants to hear; the calls return at once, so that events keep their order."""

    def receive(self, incoming: Incoming) -> None:
        """Take a new message."""
        ...

    def edited(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Take a message's new text and pictures."""
        ...

    def unfolded(
        self, channel_id: int, message_id: int, content: str, images: Sequence[ImageLink]
    ) -> None:
        """Take a message's text and pictures with what its links lead to."""
        ...

    def typing(self, channel_id: int, user_id: int) -> None:
        """Take note that somebody types."""
        ...

    def deleted(self, channel_id: int, message_ids: list[int]) -> None:
        """Take note that messages are gone."""
        ...

    def reconnected(self) -> None:
        """Take note that messages may have been missed."""
        ...

    def came_back(self, guild_id: int, last_said: Mapping[int, int]) -> None:
        """Take note of the last message of each channel of a server, after a time away from it."""
        ...


class Gateway:
    """Hands everything that is said over to a listener.

    Each event is its own task in hikari: nothing is awaited here, so the order is Discord's.
    """

    def __init__(self, bot: hikari.GatewayBot, listener: Listener) -> None:
        self._bot = bot
        self._listener = listener
        self._subscribed: tuple[
            tuple[type[Any], Callable[[Any], Coroutine[Any, Any, None]]], ...
        ] = (
            (hikari.MessageCreateEvent, self._on_message),
            (hikari.MessageUpdateEvent, self._on_edit),
            (hikari.MessageDeleteEvent, self._on_delete),
            (hikari.GuildBulkMessageDeleteEvent, self._on_bulk_delete),
            (hikari.TypingEvent, self._on_typing),
            (hikari.ShardReadyEvent, self._on_ready),
            (hikari.GuildAvailableEvent, self._on_guild),
        )
        for kind, callback in self._subscribed:
            bot.subscribe(kind, callback)

    def stop(self) -> None:
        """Hear nothing more."""
        for kind, callback in self._subscribed:
            self._bot.unsubscribe(kind, callback)

    async def _on_message(self, event: hikari.MessageCreateEvent) -> None:
        if is_said(event.message) and not is_ours(self._bot, event.message):
            guild = event.guild_id if isinstance(event, hikari.GuildMessageCreateEvent) else None
            self._listener.receive(incoming(self._bot, event.message, guild))

    async def _on_edit(self, event: hikari.MessageUpdateEvent) -> None:
        message = event.message
        if message.content is hikari.UNDEFINED or is_ours(self._bot, message):
            return
        where = int(message.channel_id), int(message.id)
        # An update without an edit time is an embed that was unfolded.
        if message.edited_timestamp:
            self._listener.edited(*where, words_of(message), images_of(message))
        elif message.embeds:
            self._listener.unfolded(*where, words_of(message), images_of(message))

    async def _on_delete(self, event: hikari.MessageDeleteEvent) -> None:
        self._listener.deleted(int(event.channel_id), [int(event.message_id)])

    async def _on_bulk_delete(self, event: hikari.GuildBulkMessageDeleteEvent) -> None:
        self._listener.deleted(int(event.channel_id), [int(gone) for gone in event.message_ids])

    async def _on_typing(self, event: hikari.TypingEvent) -> None:
        self._listener.typing(int(event.channel_id), int(event.user_id))

    async def _on_ready(self, _: hikari.ShardReadyEvent) -> None:
        # A resumed session replays what was missed; a new one does not.
        self._listener.reconnected()

    async def _on_guild(self, event: hikari.GuildAvailableEvent) -> None:
        last_said = {}
        for channel in (*event.channels.values(), *event.threads.values()):
            last = getattr(channel, "last_message_id", None)  # not every kind has one
            if last is not None:
                last_said[int(channel.id)] = int(last)
        self._listener.came_back(int(event.guild_id), last_said)
