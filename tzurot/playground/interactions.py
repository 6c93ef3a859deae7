"""Interactions: what a person used or pressed, whether the bot answered in time, and with what.

Source: https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from . import objects
from .errors import DiscordError, Payload, Problem
from .feed import Event
from .files import LARGEST_ATTACHMENT
from .ids import BOT_ID
from .permissions import ALL, Permission
from .views import Views
from .world import World

ANSWER_SECONDS: Final = 3.0
TOKEN_SECONDS: Final = 15 * 60.0
NO_ANSWER: Final = "The application did not respond"
_MOST_KEPT: Final = 2000


class Kind(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(slots=True)
class Interaction:
    """One use of a command, a component, an autocompleted option or a modal."""

    id: int
    token: str
    kind: Kind
    user_id: int
    channel: Payload
    answer: Payload
    """The fields that mark a message as the answer to this."""
    source_id: int | None = None
    """The message whose component was used, or opened the modal."""
    options: list[Payload] = field(default_factory=list)
    """For autocompletion: the option in question."""
    callback: int | None = None
    """The type of the bot's first answer."""
    status: str = "waiting"
    revision: int = 0
    modal: Payload | None = None
    choices: list[Payload] = field(default_factory=list)
    response_id: int | None = None
    """The message that is `@original`."""
    followups: list[int] = field(default_factory=list)
    error: str | None = None
    expired: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def metadata(self) -> Payload:
        """What messages say about the interaction that they answer."""
        found: Payload = self.answer["interaction_metadata"]
        return found


class Interactions:
    """The interactions since the playground started."""

    def __init__(self, world: World, views: Views) -> None:
        self._world = world
        self._views = views
        self._kept: OrderedDict[int, Interaction] = OrderedDict()

    def close(self) -> None:
        """Let go of everything that waits."""
        for each in self._kept.values():
            self._stop(each)
            each.news.set()

    # Starting

    def start(self, interaction: Interaction, data: Payload) -> Interaction:
        """Tell the bot; the clock runs from now."""
        self._kept[interaction.id] = interaction
        while len(self._kept) > _MOST_KEPT:
            self._stop(self._kept.popitem(last=False)[1])
        guild_id = interaction.channel.get("guild_id")
        event = Event(
            "INTERACTION_CREATE",
            self._payload(interaction, data),
            int(guild_id) if guild_id else None,
            bot_only=True,
        )
        loop = asyncio.get_running_loop()
        interaction.timers += [
            loop.call_later(ANSWER_SECONDS, self._late, interaction),
            loop.call_later(TOKEN_SECONDS, self._expire, interaction),
        ]
        self._world.feed.publish(event)
        self.changed(interaction)
        return interaction

    def new(
        self,
        kind: Kind,
        user_id: int,
        channel: Payload,
        answer: Payload,
        source_id: int | None = None,
    ) -> Interaction:
        """Return an interaction that is not told yet.

        `answer` are the fields that mark a message as its answer, but for the metadata that
        every interaction has.
        """
        guild_id = channel.get("guild_id")
        interaction_id = self._world.ids.next()
        metadata = {
            "id": str(interaction_id),
            "type": int(kind),
            "user": self._world.user(user_id),
            "authorizing_integration_owners": {"0": guild_id or "0"},
            **answer.get("interaction_metadata", {}),
        }
        if "interaction" in answer:
            answer["interaction"] |= {"id": str(interaction_id), "type": int(kind)}
        return Interaction(
            id=interaction_id,
            token=secrets.token_urlsafe(96),
            kind=kind,
            user_id=user_id,
            channel=channel,
            answer={**answer, "interaction_metadata": metadata},
            source_id=source_id,
        )

    def _payload(self, interaction: Interaction, data: Payload) -> Payload:
        """Return what the gateway tells the bot."""
        world, channel = self._world, interaction.channel
        direct = channel["type"] == objects.DM
        guild_id = channel.get("guild_id")
        held = world.permissions(interaction.user_id, channel)
        found: Payload = {
            "id": str(interaction.id),
            "application_id": str(BOT_ID),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": channel["id"],
            "channel": {**channel, "permissions": _bits(held)},
            "app_permissions": _bits(world.permissions(BOT_ID, channel)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": guild_id or "0"},
            "context": 1 if direct else 0,
            "attachment_size_limit": LARGEST_ATTACHMENT,
        }
        if guild_id is None:
            found["user"] = world.user(interaction.user_id)
        else:
            guild = world.guilds[int(guild_id)]
            member = world.member(int(guild_id), interaction.user_id)
            found |= {
                "guild_id": guild_id,
                "guild_locale": guild["preferred_locale"],
                "guild": {
                    "id": guild_id,
                    "locale": guild["preferred_locale"],
                    "features": guild["features"],
                },
                "member": {**member, "permissions": _bits(held)},
            }
        if interaction.source_id is not None:
            source = world.any_message(int(channel["id"]), interaction.source_id)
            found["message"] = self._views.message(source)
        return found

    # Time

    def _late(self, interaction: Interaction) -> None:
        if interaction.callback is None:
            self.fail(interaction)

    def fail(self, interaction: Interaction) -> None:
        """Give an interaction up: nobody answered."""
        interaction.status, interaction.error = "failed", NO_ANSWER
        self.changed(interaction)

    def _expire(self, interaction: Interaction) -> None:
        interaction.expired = True
        if interaction.status == "deferred":
            self.fail(interaction)

    def _stop(self, interaction: Interaction) -> None:
        for timer in interaction.timers:
            timer.cancel()

    # Finding

    def get(self, interaction_id: int) -> Interaction | None:
        """Return an interaction by its id."""
        return self._kept.get(interaction_id)

    def unanswered(self, interaction_id: int, token: str) -> Interaction:
        """Return the interaction that a first answer is meant for; raise when it is too late."""
        found = self._kept.get(interaction_id)
        if found is None or not secrets.compare_digest(found.token.encode(), token.encode()):
            raise DiscordError(Problem.UNKNOWN_INTERACTION)
        if found.callback is not None:
            raise DiscordError(Problem.ALREADY_ACKNOWLEDGED)
        if found.status == "failed":
            raise DiscordError(Problem.UNKNOWN_INTERACTION)
        return found

    def answered(self, token: str) -> Interaction:
        """Return the interaction whose token this is; raise unless the bot has answered it."""
        for found in reversed(self._kept.values()):
            if secrets.compare_digest(found.token.encode(), token.encode()):
                break
        else:
            raise DiscordError(Problem.UNKNOWN_WEBHOOK)
        if found.expired:
            raise DiscordError(Problem.INVALID_WEBHOOK_TOKEN)
        if found.callback is None or found.kind == Kind.AUTOCOMPLETE:
            raise DiscordError(Problem.UNKNOWN_WEBHOOK)
        return found

    def message(self, interaction: Interaction, message_id: int | None) -> Payload:
        """Return a message that belongs to an interaction, as it is stored."""
        if message_id is None:
            raise DiscordError(Problem.UNKNOWN_MESSAGE)
        return self._world.any_message(int(interaction.channel["id"]), message_id)

    # Telling

    def changed(self, interaction: Interaction) -> None:
        """Count a change and tell the person's page."""
        interaction.revision += 1
        interaction.news.set()
        interaction.news = asyncio.Event()
        if interaction.kind != Kind.AUTOCOMPLETE:
            self._world.feed.publish(
                Event(
                    "INTERACTION_UPDATE",
                    self.show(interaction),
                    page_only=True,
                    viewer=interaction.user_id,
                )
            )

    async def until(
        self, interaction: Interaction, wanted: Callable[[], bool], seconds: float
    ) -> None:
        """Wait until something is so, but no longer than that."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while not wanted() and (left := ends - loop.time()) > 0:
            news = interaction.news
            if news.is_set():
                return  # the playground ends
            waiting = asyncio.create_task(news.wait())
            await asyncio.wait({waiting}, timeout=left)
            waiting.cancel()

    def show(self, interaction: Interaction) -> Payload:
        """Return an interaction as the JSON API shows it."""
        channel_id = int(interaction.channel["id"])
        message = None
        if interaction.response_id is not None:
            stored = self._world.ephemerals.message(
                channel_id, interaction.response_id
            ) or self._world.store.message(channel_id, interaction.response_id)
            message = self._views.message(stored) if stored else None
        return {
            "id": str(interaction.id),
            "revision": interaction.revision,
            "user": str(interaction.user_id),
            "channel": interaction.channel["id"],
            "status": interaction.status,
            "modal": interaction.modal,
            "message": message,
            "followups": [str(each) for each in interaction.followups],
            "error": interaction.error,
        }


def _bits(held: Permission) -> str:
    """Return permissions as Discord writes them; "all" are those that exist today."""
    return str(int(held & ALL))
