"""A message that came in, as plain data; behind this nothing knows Discord's library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from tzurot.characters.scope import Venue
from tzurot.history.messages import AuthorKind, Message

PAYLOAD_VERSION: Final = 3
"""Of what `to_payload` writes into the journal."""


class ImageKind(StrEnum):
    """Where in a message a picture stands."""

    ATTACHMENT = "attachment"
    EMBED = "embed"
    EMOJI = "emoji"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLink:
    """A picture of a message, where it can be fetched; nothing of it is known for certain."""

    url: str
    kind: ImageKind
    name: str
    media_type: str | None = None
    size: int | None = None
    """Bytes, as Discord says."""
    description: str = ""
    """What its sender wrote about it, for people who cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a server shows of a person."""

    nickname: str | None
    roles: tuple[str, ...] = ()
    """Their names, the highest first."""
    joined: str | None = None
    """A date, as 2024-05-31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message from the gateway."""

    message_id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    author_name: str
    is_person: bool
    """False for bots, webhooks and Discord's own notices: they are heard, never answered."""
    content: str
    reply_to_id: int | None = None
    replies_to_us: bool = False
    """Whether what it replies to was posted by this bot, by a character or by itself."""
    application_id: int | None = None
    """The application behind a webhook's or bot's message: known proxying bots speak for people."""
    mentions: tuple[tuple[int, str], ...] = ()
    """The people whom it mentions, with the names that are shown."""
    images: tuple[ImageLink, ...] = ()
    member: Member | None = None
    parent_channel_id: int | None = None
    """The channel that a thread belongs to."""
    username: str = ""
    """The author's unique name on Discord."""
    is_webhook: bool = False
    is_age_restricted: bool = False
    """Whether Discord asks for people's age before it shows them the place."""
    banter: int = 0
    """Answers of characters to each other that led here; 0 when a person said it."""
    proxied_as: str | None = None
    """Of a proxied message: the PluralKit id of the member, or the name that was shown."""

    @property
    def venue(self) -> Venue:
        """Where it was said."""
        return Venue(self.channel_id, self.guild_id)

    def to_message(self, character_id: UUID | None = None) -> Message:
        """Return it as history keeps it; `character_id` when a character said it."""
        kind = AuthorKind.PERSON if self.is_person else AuthorKind.BOT
        return Message(
            channel_id=self.channel_id,
            id=self.message_id,
            author_kind=kind if character_id is None else AuthorKind.CHARACTER,
            author_id=self.author_id,
            author_name=self.author_name,
            content=self.content,
            reply_to_id=self.reply_to_id,
            character_id=character_id,
            proxied_as=self.proxied_as,
        )

    def to_payload(self) -> dict[str, Any]:
        """Return it as the journal keeps it."""
        return asdict(self)

    @staticmethod
    def from_payload(payload: dict[str, Any]) -> Incoming:
        """Read what `to_payload` of this or an older version wrote: later fields have defaults."""
        return _PAYLOADS.validate_python(payload)


# Made once: making it takes longer than all else that a message costs here.
_PAYLOADS: Final = TypeAdapter(Incoming)
