"""Bots that say again, under another name, what a person said: the copy counts as the person's.

PluralKit and Tupperbox post the copy through a webhook and then delete the original, so both are
heard, and for a moment both are there. Others do the same, in this order or the other; of a webhook
that nobody knows it is the deletion that tells a copy from words that are alike by chance. Pure but
for a clock.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Final

from tzurot.conversation.incoming import Incoming
from tzurot.conversation.pluralkit import PluralKitMember

PLURALKIT_ID: Final = 466378653216014359
PROXIES: Final = frozenset({PLURALKIT_ID, 431544605209788416})
"""The application ids of PluralKit and Tupperbox."""
WINDOW_MS: Final = 15_000
"""How long after an original its copy comes, and after an unknown bot's copy the deletion."""
LONGEST_TAGS: Final = 60
"""Characters that may stand around the words of an original: what tells the bot who speaks."""
LEAST_LETTERS: Final = 2
_REMEMBERED: Final = 8
_CHANNELS: Final = 1024


@dataclass
class _Said:
    message: Incoming
    is_deleted: bool = False


@dataclass
class _Channel:
    """The last words of people, and of webhooks that may turn out to be copies."""

    said: deque[_Said] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    waiting: deque[tuple[Incoming, float]] = field(
        default_factory=lambda: deque(maxlen=_REMEMBERED)
    )
    """Those that are no copy yet, and when they were heard, by the clock."""


class JustSaid:
    """The last words in each channel, for as long as a copy of them, or its deletion, may come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._channels: OrderedDict[int, _Channel] = OrderedDict()

    def note(self, incoming: Incoming) -> None:
        """Take in what a person said."""
        self._channel(incoming.channel_id).said.append(_Said(incoming))

    def original_of(self, copy: Incoming) -> Incoming | None:
        """Return what this is a copy of; it is taken out, because there is one copy of it only.

        The copy of a bot that is not one of `PROXIES` counts when its original is deleted already.
        Until then None is returned, and `deleted` may still tell.
        """
        is_known = copy.application_id in PROXIES
        if not is_known and not (copy.is_webhook and _is_evidence(_words(copy))):
            return None
        channel = self._channel(copy.channel_id)
        near = [
            one
            for one in channel.said
            if (is_known or one.is_deleted) and _is_of(one.message, copy)
        ]
        # The one with the least around it, and of equal ones the older: copies keep their order.
        found = min(near, key=lambda one: len(one.message.content), default=None)
        if found is None:
            channel.waiting.append((copy, self._clock()))
            return None
        channel.said.remove(found)
        return found.message

    def deleted(
        self, channel_id: int, message_ids: Collection[int]
    ) -> list[tuple[Incoming, Incoming]]:
        """Note that messages are gone; return (original, copy) of the pairs which that reveals.

        Each is one that `original_of` did not return, and is returned once.
        """
        channel = self._channels.get(channel_id)
        if channel is None:
            return []
        oldest = self._clock() - WINDOW_MS / 1000
        waiting = [
            (copy, heard_at)
            for copy, heard_at in channel.waiting
            if heard_at >= oldest and copy.message_id not in message_ids
        ]
        pairs = []
        for one in list(channel.said):
            if one.message.message_id not in message_ids:
                continue
            one.is_deleted = True
            near = [pair for pair in waiting if _is_of(one.message, pair[0])]
            # The one that leaves the least out, and of equal ones the older.
            found = max(near, key=lambda pair: len(_words(pair[0])), default=None)
            if found is not None:
                waiting.remove(found)
                channel.said.remove(one)
                pairs.append((one.message, found[0]))
        channel.waiting = deque(waiting, maxlen=_REMEMBERED)
        return pairs

    def _channel(self, channel_id: int) -> _Channel:
        channel = self._channels.setdefault(channel_id, _Channel())
        self._channels.move_to_end(channel_id)
        if len(self._channels) > _CHANNELS:
            self._channels.popitem(last=False)
        return channel


def as_the_person(
    copy: Incoming, original: Incoming, member: PluralKitMember | None = None
) -> Incoming:
    """Return the copy as said by the person behind it, as the member of a system if that is known.

    Without one it is said under the name that the copy shows.
    """
    shown = copy.author_name  # the name that people see: a server's own, with the system's tag
    return replace(
        original,
        message_id=copy.message_id,
        content=_words(copy),
        author_name=shown,
        proxied_as=shown if member is None else member.id,
        images=copy.images or original.images,
    )


def _is_of(said: Incoming, copy: Incoming) -> bool:
    words = _words(copy)
    apart = (copy.message_id >> 22) - (said.message_id >> 22)
    around = len(said.content) - len(words)
    return 0 <= apart <= WINDOW_MS and words in said.content and around <= LONGEST_TAGS


def _is_evidence(words: str) -> bool:
    """Whether the same words twice tell anything: a sign or a letter may be anybody's."""
    return sum(letter.isalnum() for letter in words) >= LEAST_LETTERS


def _words(copy: Incoming) -> str:
    """Return what was said, without the quote that stands in place of a reply."""
    return copy.content.partition("\n[embed: ")[0].strip()
