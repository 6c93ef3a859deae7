"""What the handlers of commands work with."""

from __future__ import annotations

from dataclasses import dataclass

import hikari
import lightbulb

from tzurot.characters.access import Actor
from tzurot.characters.drafts import DraftStore
from tzurot.characters.store import CharacterStore
from tzurot.conversation.conversation import Conversation
from tzurot.conversation.room import Rooms
from tzurot.rules.ages import AgeStore
from tzurot.rules.denials import DenialStore
from tzurot.rules.greetings import GreetingStore


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms below, and who runs the bot."""

    bot: hikari.GatewayBot
    client: lightbulb.Client
    characters: CharacterStore
    denials: DenialStore
    drafts: DraftStore
    greetings: GreetingStore
    conversation: Conversation
    ages: AgeStore
    rooms: Rooms
    host_id: int

    def actor(self, user: hikari.User) -> Actor:
        """Return this person as the rooms below know them."""
        return Actor(int(user.id), is_host=user.id == self.host_id)
