"""Links unfold a moment after they are posted: who answers waits for that, if need be."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tzurot.conversation.incoming import Incoming

UNFOLDS_WITHIN_S: Final = 2.0
"""After this, a link is taken to have nothing to show."""
_REMEMBERED: Final = 1024
# Not in <>, which tells Discord to leave it alone, nor a link to a message, which never unfolds.
_LINK: Final = re.compile(
    r"(?<!<)https?://(?!(?:\w+\.)?discord(?:app)?\.com/channels/)[^\s<>]{3,}", re.IGNORECASE
)


def has_yet_to_unfold(incoming: Incoming) -> bool:
    """Whether a message holds a link of which Discord has not shown anything yet."""
    return "[embed: " not in incoming.content and _LINK.search(incoming.content) is not None


class Unfolding:
    """Knows of the links that were just posted."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._expected: OrderedDict[int, tuple[asyncio.Event, float]] = OrderedDict()

    def expect(self, incoming: Incoming) -> None:
        """Take note of a message that came in."""
        if has_yet_to_unfold(incoming):
            until = self._clock() + UNFOLDS_WITHIN_S
            self._expected[incoming.message_id] = asyncio.Event(), until
            if len(self._expected) > _REMEMBERED:
                self._expected.popitem(last=False)

    def came(self, message_id: int) -> None:
        """Take note that the links of a message are unfolded, and that history has it."""
        if message_id in self._expected:
            self._expected[message_id][0].set()

    async def wait(self, message_id: int) -> None:
        """Wait until the links of a message are unfolded, or will not be."""
        if message_id not in self._expected:
            return
        came, until = self._expected[message_id]
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - self._clock())):
                await came.wait()
