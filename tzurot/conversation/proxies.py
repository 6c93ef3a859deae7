"""Bots that say again, under another name, what a person said: the copy counts as the person's.

PluralKit and Tupperbox post the copy through a webhook and then delete the original, so both are
heard, and for a moment both are there. Pure.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import replace
from typing import Final

from tzurot.conversation.incoming import Incoming

PROXIES: Final = frozenset({466378653216014359, 431544605209788416})
"""The application ids of PluralKit and Tupperbox."""
WINDOW_MS: Final = 15_000
LONGEST_TAGS: Final = 60
"""Characters that may stand around the words of an original: what tells the bot who speaks."""
_REMEMBERED: Final = 8
_CHANNELS: Final = 1024


class JustSaid:
    """The last words of people in each channel, for as long as a copy of them may come."""

    def __init__(self) -> None:
        self._said: OrderedDict[int, deque[Incoming]] = OrderedDict()

    def note(self, incoming: Incoming) -> None:
        """Take in what a person said."""
        said = self._said.pop(incoming.channel_id, None)
        if said is None:
            said = deque(maxlen=_REMEMBERED)
        said.append(incoming)
        self._said[incoming.channel_id] = said
        if len(self._said) > _CHANNELS:
            self._said.popitem(last=False)

    def original_of(self, copy: Incoming) -> Incoming | None:
        """Return what this is a copy of; it is taken out, because there is one copy of it only."""
        said = self._said.get(copy.channel_id)
        words = _words(copy)
        if copy.application_id not in PROXIES or said is None:
            return None
        near = [one for one in said if _is_of(one, copy, words)]
        # The one with the least around it, and of equal ones the older: copies keep their order.
        found = min(near, key=lambda one: len(one.content), default=None)
        if found is not None:
            said.remove(found)
        return found


def as_the_person(copy: Incoming, original: Incoming) -> Incoming:
    """Return the copy as said by the person behind it, under the name that it shows."""
    return replace(
        original,
        message_id=copy.message_id,
        content=_words(copy),
        author_name=copy.author_name,
        proxied_as=copy.author_name,
        images=copy.images or original.images,
    )


def _is_of(said: Incoming, copy: Incoming, words: str) -> bool:
    apart = (copy.message_id >> 22) - (said.message_id >> 22)
    around = len(said.content) - len(words)
    return 0 <= apart <= WINDOW_MS and words in said.content and around <= LONGEST_TAGS


def _words(copy: Incoming) -> str:
    """Return what was said, without the quote that stands in place of a reply."""
    return copy.content.partition("\n[embed: ")[0].strip()
