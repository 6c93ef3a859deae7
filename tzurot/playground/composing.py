"""Reading what a request says a message consists of, before anything is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from . import components, embeds
from .errors import DiscordError, Payload, Problem
from .files import LARGEST_ATTACHMENT, Files, Upload
from .forms import Form
from .ids import now

LONGEST: Final = 2000
MOST_ATTACHMENTS: Final = 10
SUPPRESS_EMBEDS: Final = 1 << 2
SETTABLE: Final = SUPPRESS_EMBEDS | 1 << 12 | 1 << 13 | components.V2_FLAG
"""The flags that a sender may set: no link previews, silent, voice message, components only."""

LONGEST_NONCE: Final = 25
_MOST_FLAGS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: a user, or a webhook in the name of an application."""

    user: Payload
    webhook_id: str | None = None
    application_id: str | None = None

    @property
    def user_id(self) -> int | None:
        """The user whose permissions count; None for a webhook."""
        return None if self.webhook_id else int(self.user["id"])


LOADING: Final = 1 << 7
"""The flag of an answer that is still to come: "is thinking"."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What makes a message the answer to an interaction."""

    fields: Payload
    """Its type, whose command it answers, and what it refers to."""
    viewer: int
    """Who used the command; an ephemeral answer is shown to nobody else."""
    loading: bool = False


NO_ANSWER: Final = Answering({}, 0)
"""For a message that answers no interaction."""


@dataclass(slots=True)
class Written:
    """What a request says a message consists of."""

    content: str
    embeds: list[Payload]
    components: list[Payload]
    attachments: list[Payload]
    new_files: list[tuple[int, bytes]] = field(default_factory=list)

    def empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not (self.content or self.embeds or self.components or self.attachments)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads bodies for one channel; wrong fields are noted in the form."""

    files: Files
    new_id: Callable[[], int]
    channel_id: int

    def read(self, form: Form, uploads: list[Upload], kept: list[Payload]) -> Written:
        """Read text, embeds, attachments and components; `kept` are attachments that stay."""
        new: list[tuple[int, bytes]] = []
        attachments = list(kept)
        for upload in uploads:
            if len(upload.data) > LARGEST_ATTACHMENT:
                raise DiscordError(Problem.TOO_LARGE)
            attachment_id = self.new_id()
            new.append((attachment_id, upload.data))
            attachments.append(self.files.describe(attachment_id, self.channel_id, upload))
        if len(attachments) > MOST_ATTACHMENTS:
            form.wrong(
                "attachments",
                "BASE_TYPE_MAX_LENGTH",
                f"Must be {MOST_ATTACHMENTS} or fewer in length.",
            )
        return Written(
            content=(form.text("content", LONGEST) or "").replace("\0", "").strip(),
            embeds=embeds.read(form, attachments),
            components=components.read(form, attachments, self.new_id),
            attachments=attachments,
            new_files=new,
        )


def read_flags(form: Form) -> int:
    """Read `flags`."""
    return form.whole("flags", 0, _MOST_FLAGS) or 0


def read_nonce(form: Form) -> str | None:
    """Read `nonce`: a short text or a number."""
    nonce = form.body.get("nonce")
    if nonce is None:
        return None
    if not isinstance(nonce, (str, int)) or len(str(nonce)) > LONGEST_NONCE:
        form.wrong("nonce", "BASE_TYPE_MAX_LENGTH", f"Must be {LONGEST_NONCE} or fewer in length.")
    return str(nonce)


def check_components_only(form: Form, flags: int, message: Payload) -> None:
    """Note an error when a message of components only has text or embeds too."""
    if flags & components.V2_FLAG:
        for key in ("content", "embeds"):
            if form.body.get(key) or message.get(key):
                form.wrong(
                    key,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )


def new_message(message_id: int, channel: Payload, author: Payload) -> Payload:
    """Return a message of this moment that says nothing yet."""
    return {
        "id": str(message_id),
        "type": 0,
        "channel_id": channel["id"],
        "author": author,
        "content": "",
        "timestamp": now(),
        "edited_timestamp": None,
        "tts": False,
        "pinned": False,
        "flags": 0,
        "attachments": [],
        "embeds": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
    }
