"""PluralKit's API: which member of a system a proxied message is of, and who sent it."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from loguru import logger
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

PATIENCE_S: Final = 2.0
"""How long one question may take; the answer of a character waits for it."""
LEFT_ALONE_S: Final = 60.0
"""How long nothing is asked after a failure."""
ONCE_MORE_S: Final = 0.3
"""After which what is not there is looked for again: PluralKit keeps a message, and posts it
through the webhook, at the same time, so Discord may be quicker."""
_LONGEST_TEXT: Final = 100
"""Characters of a name or of pronouns. Source: PluralKit's documentation, Models."""
_LONGEST_ANSWER: Final = 1 << 16
_REMEMBERED: Final = 512

Fetch = Callable[[str], Awaitable[bytes | None]]
"""Return what is at an address; None when nothing is (404). Raises for everything else.

It must name a user agent: without one PluralKit refuses. Source: its documentation, Reference.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluralKitMember:
    """A member of a system, in their own words: each of one line, "" for what they do not tell."""

    id: str
    """Their UUID: unlike the short id it stays what it is."""
    name: str
    display_name: str
    pronouns: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedMessage:
    """What PluralKit knows of a message that it posted."""

    sender: int
    """The Discord account that wrote the original."""
    original: int
    """The original's id; the message itself is deleted by now."""
    member: PluralKitMember | None
    """None when the member was deleted meanwhile."""


def _snowflake(value: object) -> int:
    """Read an id as Discord and PluralKit write it: as text, because it is too large for JSON."""
    if not isinstance(value, str) or not (value.isascii() and value.isdecimal()):
        raise ValueError
    return int(value)


def _line(value: object) -> object:
    """Return a stranger's text as one line of bounded length that every program can show."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  pydantic takes a ValueError for a fault of the value
    words = " ".join(value.split())
    shown = (sign for sign in words if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"})
    return "".join(shown)[:_LONGEST_TEXT].strip()


_Snowflake = Annotated[int, BeforeValidator(_snowflake), Field(gt=0, lt=1 << 63)]
_Line = Annotated[str, BeforeValidator(_line)]


class _Member(BaseModel):
    uuid: UUID
    name: _Line
    display_name: _Line = ""
    pronouns: _Line = ""


class _Message(BaseModel):
    """The message model of PluralKit's API v2, as far as it is used here."""

    id: _Snowflake
    original: _Snowflake
    sender: _Snowflake
    member: _Member | None = None


class PluralKit:
    """Asks the API, and never lets a chat wait for one that does not answer."""

    def __init__(
        self, fetch: Fetch, base_url: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._base_url = base_url
        self._clock = clock
        self._known: OrderedDict[int, ProxiedMessage] = OrderedDict()
        self._quiet_until = clock()

    async def message(self, message_id: int) -> ProxiedMessage | None:
        """Return what PluralKit knows of a message, within `PATIENCE_S` and without an error.

        None when it knows nothing, when its answer cannot be used, and when it failed just now: it
        is left alone for `LEFT_ALONE_S` then. The message may be the copy or the original.
        """
        if message_id in self._known:
            self._known.move_to_end(message_id)
            return self._known[message_id]
        if self._clock() < self._quiet_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._ask(message_id)
        except Exception as error:  # noqa: BLE001  whatever it is, the chat goes on
            self._quiet_until = self._clock() + LEFT_ALONE_S
            logger.warning("PluralKit does not answer ({}); left alone", type(error).__name__)
            return None
        found = None if answer is None else _read(answer, message_id)
        if found is not None:
            self._known[message_id] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def _ask(self, message_id: int) -> bytes | None:
        address = f"{self._base_url}/messages/{message_id}"
        answer = await self._fetch(address)
        if answer is None:
            await asyncio.sleep(ONCE_MORE_S)
            answer = await self._fetch(address)
        return answer


def _read(answer: bytes, message_id: int) -> ProxiedMessage | None:
    """Return what an answer says; None, and a line in the log, when it cannot be that."""
    if len(answer) > _LONGEST_ANSWER:
        logger.warning("PluralKit's answer is too long: {} bytes", len(answer))
        return None
    try:
        told = _Message.model_validate_json(answer)
    except ValidationError as error:
        # Where, and not what: these are people's words.
        places = [".".join(map(str, fault["loc"])) or "all of it" for fault in error.errors()]
        logger.warning("PluralKit's answer cannot be read at: {}", ", ".join(places))
        return None
    if message_id not in {told.id, told.original}:
        logger.warning("PluralKit's answer is about another message")
        return None
    member = told.member
    return ProxiedMessage(
        sender=told.sender,
        original=told.original,
        member=None
        if member is None
        else PluralKitMember(
            id=str(member.uuid),
            name=member.name,
            display_name=member.display_name,
            pronouns=member.pronouns,
        ),
    )
