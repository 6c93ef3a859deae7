"""What this room needs of Discord; directory.py and delivery.py give it with hikari."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from tzurot.characters.character import Character
from tzurot.characters.scope import Venue
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.marks import Places
from tzurot.conversation.references import Found, Link
from tzurot.conversation.scene import Where


class DeliveryError(Exception):
    """Discord does not take the message; the text says why, for the host.

    `is_final`: whether it is certain that it is not in the channel, and never will be.
    """

    def __init__(self, message: str, *, is_final: bool = True) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    label: str
    custom_id: str


@dataclass(frozen=True, slots=True)
class Recent:
    """What was said last at a venue."""

    said: list[Incoming]
    """By others, without notices."""
    message_ids: frozenset[int]
    """Of all that is there, our own posts too."""


class Directory(Protocol):
    """Answers questions about Discord."""

    async def recent(self, venue: Venue, *, limit: int) -> Recent | None:
        """Return what was said last at the venue, or None when it cannot be read."""
        ...

    async def placed(self, said: Incoming) -> Incoming | None:
        """Return what was said with its place known, None when it cannot be made certain of.

        Which channel a thread belongs to says which rules hold there.
        """
        ...

    async def read_for(self, link: Link, user_id: int) -> Found | None:
        """Return the message that a link leads to, None unless this person may read it there.

        Of direct messages, only those between this person and the bot. Closed on every doubt.
        """
        ...

    async def places_for(
        self, guild_id: int | None, user_id: int, texts: Collection[str]
    ) -> Places:
        """Return the names of what texts said in a server mention, as far as this person sees it.

        What is not known without being asked for is left out, and so is what may be private.
        """
        ...

    async def where(self, venue: Venue) -> Where:
        """Return what the place is called, as far as that is known."""
        ...


class Speaker(Protocol):
    """Speaks for characters."""

    @property
    def account_id(self) -> int:
        """The bot's own user id."""
        ...

    def typing(self, venue: Venue) -> AbstractAsyncContextManager[Callable[[], object]]:
        """Show the typing indicator for as long as the context lasts; it gives what ends it."""
        ...

    async def say(
        self, venue: Venue, text: str, *, nonce: str, button: Button | None = None
    ) -> int:
        """Post one message in the bot's own name; return its id. Raises DeliveryError."""
        ...

    async def find_ours(self, venue: Venue, text: str, *, after: int) -> int | None:
        """Return the id of this text if the bot itself said it after message `after`.

        Raises DeliveryError.
        """
        ...

    async def post(
        self, venue: Venue, character: Character, text: str, *, nonce: str, after: int
    ) -> int:
        """Post one message as the character; return its id.

        When it is unknown whether a try was stored, the channel is read from message `after` on
        before the next try. Raises DeliveryError.
        """
        ...

    async def edit(
        self, venue: Venue, character: Character, message_id: int, text: str, *, tries: int
    ) -> bool:
        """Let a message of the character say something else; False when it is not there any more.

        It can be done twice, so after a fault it is, `tries` times at most. Raises DeliveryError.
        """
        ...

    async def take_back(self, venue: Venue, message_id: int) -> None:
        """Take away what was posted as a character. Raises DeliveryError."""
        ...

    async def ask_in_private(
        self, user_id: int, text: str, *, label: str, custom_id: str
    ) -> tuple[int, int]:
        """Ask somebody something in their direct messages, with a button to answer.

        Returns the ids of the channel and the message. Raises DeliveryError.
        """
        ...

    async def remove(self, channel_id: int, message_id: int) -> None:
        """Take a message of ours away; that it cannot be taken away costs only that."""
        ...

    async def find(
        self, venue: Venue, character: Character, text: str, *, after: int
    ) -> int | None:
        """Return the id of this text if it was posted as the character after message `after`.

        A message that the journal knows as another part does not count. Raises DeliveryError.
        """
        ...
