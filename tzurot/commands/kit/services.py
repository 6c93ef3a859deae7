"""What the handlers of commands work with."""

from __future__ import annotations

from dataclasses import dataclass

import hikari
import lightbulb

from tzurot.characters.access import Actor
from tzurot.characters.denials import DenialStore
from tzurot.characters.drafts import DraftStore
from tzurot.characters.greetings import GreetingStore
from tzurot.characters.store import CharacterStore
from tzurot.conversation.conversation import Conversation


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
    host_id: int

    def actor(self, user: hikari.User) -> Actor:
        """Return this person as the rooms below know them."""
        return Actor(int(user.id), is_host=user.id == self.host_id)
