"""Which other messages a message refers to, by its reply and its links, and what those refer to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loguru import logger

from tzurot.conversation.code_spans import without_code
from tzurot.conversation.incoming import Incoming

LONGEST_S: Final = 3.0
"""Seconds for all the reading that one message asks for."""

_LINK = re.compile(
    r"https?://(?:canary\.|ptb\.)?discord(?:app)?\.com/channels"
    r"/(?:@me|([0-9]{1,20}))/([0-9]{1,20})/([0-9]{1,20})(?![0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a message is said to be; `guild_id` is None for a direct message."""

    guild_id: int | None
    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message that was read, with the names of its channel and server; a DM has none."""

    said: Incoming
    channel: str = ""
    server: str = ""


Read = Callable[[Link], Awaitable[Found | None]]
"""Reads a message if the person for whom it is read may; any error costs that message only."""


class Way(StrEnum):
    """How a message refers to another."""

    REPLY = "reply"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A message that is referred to."""

    message_id: int
    way: Way
    referred_by: int
    """The id of the message that refers to it."""
    depth: int
    """1 for what the answered message refers to, 2 for what those refer to, and so on."""
    found: Found | None = None
    """None when it is in view: then it is to be pointed at, not told again."""
    is_here: bool = True
    """Whether it was said in the channel of the answered message."""


def links_in(text: str) -> list[Link]:
    """Return the links to messages in a text, each once, in order; those in code do not count."""
    found = (
        Link(int(one[1]) if one[1] else None, int(one[2]), int(one[3]))
        for one in _LINK.finditer(without_code(text))
    )
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Pointer:
    link: Link
    way: Way
    referred_by: int


class Selection:
    """Chooses what is read, breadth first; awaits nothing and knows no Discord.

    `down` goes to the next level, and `take` is given what could be read of it. At most `most`
    references come of it, none deeper than `depth`, each message once and the trigger never, nor
    what is answered with it (`earlier`).
    """

    def __init__(
        self,
        trigger: Incoming,
        *,
        visible: Collection[int],
        depth: int,
        most: int,
        earlier: Sequence[Incoming] = (),
    ) -> None:
        self._trigger = trigger
        self._visible = visible
        self._deepest = depth
        self._most = most
        self._depth = 0
        self._held = [trigger, *reversed(earlier)]
        self._met = {one.message_id for one in self._held}
        self._level: list[_Pointer] = []
        self.references: list[Reference] = []
        """What was taken, level by level: replies first, then links in the order of the texts."""

    def down(self) -> list[Link] | None:
        """Return what is to be read on the next level, or None when there is no further one."""
        room = self._most - len(self.references)
        if self._depth >= self._deepest or room <= 0:
            return None
        self._depth += 1
        fresh: dict[int, _Pointer] = {}
        for one in _pointers(self._held):
            if one.link.message_id not in self._met:
                fresh.setdefault(one.link.message_id, one)
        self._level = list(fresh.values())[:room]
        self._met.update(one.link.message_id for one in self._level)
        if not self._level:
            return None
        return [one.link for one in self._level if one.link.message_id not in self._visible]

    def take(self, found: Mapping[Link, Found]) -> None:
        """Take what was read of the level that `down` returned; what is missing is left out."""
        self._held = []
        for one in self._level:
            if one.link.message_id in self._visible:
                self._add(one, None)
            elif (read := found.get(one.link)) is not None and self._may_be_told(read.said):
                self._add(one, read)
                self._held.append(read.said)

    def _add(self, pointer: _Pointer, found: Found | None) -> None:
        here = self._trigger.channel_id
        self.references.append(
            Reference(
                message_id=pointer.link.message_id,
                way=pointer.way,
                referred_by=pointer.referred_by,
                depth=self._depth,
                found=found,
                is_here=found is None or found.said.channel_id == here,
            )
        )

    def _may_be_told(self, said: Incoming) -> bool:
        """Whether it may be brought here: out of an age-restricted place only into another one."""
        return self._trigger.is_age_restricted or not said.is_age_restricted


async def gather(  # noqa: PLR0913  how far is what a setting says
    incoming: Incoming,
    *,
    read: Read,
    visible: Collection[int],
    depth: int,
    most: int,
    earlier: Sequence[Incoming] = (),
) -> list[Reference]:
    """Return what a message refers to, read level by level, each level side by side.

    `visible`: the ids of messages that are in view already; `earlier`: what its author said right
    before it, and is answered with it. What is not read within LONGEST_S in
    all is left out, as is what cannot be read.
    """
    selection = Selection(incoming, visible=visible, depth=depth, most=most, earlier=earlier)
    try:
        async with asyncio.timeout(LONGEST_S):
            while (links := selection.down()) is not None:
                found: dict[Link, Found] = {}
                try:
                    await _read_all(links, read, found)
                finally:
                    selection.take(found)
    except TimeoutError:
        logger.warning("Not all references came within {} s: the rest is left out", LONGEST_S)
    return selection.references


async def _read_all(links: Iterable[Link], read: Read, found: dict[Link, Found]) -> None:
    async def one(link: Link) -> None:
        try:
            message = await read(link)
        except Exception as error:  # noqa: BLE001  whatever it is, it costs this message only
            logger.warning("A reference cannot be read: {}", type(error).__name__)
        else:
            if message is not None:
                found[link] = message

    async with asyncio.TaskGroup() as group:
        for link in links:
            group.create_task(one(link))


def _pointers(held: Iterable[Incoming]) -> list[_Pointer]:
    """Return what messages refer to: what each replies to first, then what the texts link to."""
    messages = list(held)
    replies = [
        _Pointer(Link(one.guild_id, one.channel_id, one.reply_to_id), Way.REPLY, one.message_id)
        for one in messages
        if one.reply_to_id is not None
    ]
    links = [
        _Pointer(link, Way.LINK, one.message_id)
        for one in messages
        for link in links_in(one.content)
    ]
    return [*replies, *links]
