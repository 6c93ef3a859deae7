"""Finds what was said to characters while nobody listened, and has it heard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tzurot.characters.scope import Venue
from tzurot.conversation.hearing import Hearing
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.ports import Directory
from tzurot.history.answers import Answers
from tzurot.snowflakes import first_id_of

MOST_READ: Final = 100
"""Messages of a channel that are looked at: Discord gives as many for one question."""
TALKED_WITHIN: Final = timedelta(days=30)
"""How old the last talk in a direct message may be, that it is looked at again."""
MOST_DIRECT: Final = 200


class Missed:
    """Looks again at what may still want an answer: it was said less than `within` ago.

    What has been answered, or is about to be, the journal knows; so it does no harm to look twice.
    """

    def __init__(
        self,
        *,
        answers: Answers,
        keeper: Keeper,
        directory: Directory,
        hearing: Hearing,
        within: timedelta,
    ) -> None:
        self._answers = answers
        self._keeper = keeper
        self._directory = directory
        self._hearing = hearing
        self._within = within

    def worth_a_look(self, last_said: Mapping[int, int]) -> list[int]:
        """Return the channels, of these with their last messages, in which anything is new."""
        since = self._since()
        return [channel_id for channel_id, message_id in last_said.items() if message_id > since]

    async def direct(self) -> list[Venue]:
        """Return the direct messages in which there was talk lately: Discord names none."""
        since = datetime.now(UTC) - TALKED_WITHIN
        found = await self._answers.direct_channels(since=since, limit=MOST_DIRECT)
        return [Venue(channel_id, None) for channel_id in found]

    async def look(self, venue: Venue) -> None:
        """Hear what nobody heard at the venue, oldest first."""
        if not await self._keeper.follows(venue.channel_id):
            return
        recent = await self._directory.recent(venue, limit=MOST_READ)
        if recent is None:
            return
        since = self._since()
        said = sorted(
            (one for one in recent.said if one.message_id > since), key=lambda one: one.message_id
        )
        ours = max(recent.message_ids - {one.message_id for one in recent.said}, default=0)
        answered = await self._answers.answered(venue.channel_id, [one.message_id for one in said])
        for one in said:
            if one.message_id not in answered:
                await self._hearing.hear(one, is_late=True, is_told=one.message_id < ours)

    def _since(self) -> int:
        return first_id_of(datetime.now(UTC) - self._within)
