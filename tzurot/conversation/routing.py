"""Decides which characters a message speaks to, and in which order they answer; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from tzurot.characters.character import Named
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.mentions import MENTION_SIGN, Alias, may_name_someone, mentioned

MOST_CHARACTERS: Final = 4
BANTER_FALLS: Final = 0.7
"""What is left, with each answer of a character to another one, of the chance of the next."""
LONGEST_BANTER: Final = 6
"""Answers of characters to each other after which a person must speak."""

Chance = Callable[[], float]
"""Returns a number from 0 up to 1: `random.random`, or what a test says."""


class ChannelRule(StrEnum):
    """Which of the characters active in a channel answer when they are not named."""

    NATURAL = "natural"
    LIST = "list"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Active:
    """A character that takes part in a channel; `talkativeness` is from 0 (never) to 1 (always)."""

    character_id: UUID
    talkativeness: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """What the room looks like to the person who spoke."""

    characters: Sequence[Named] = ()
    """Those that this person may speak to here: neither hidden, nor denied, nor kept out."""
    aliases: Sequence[Alias] = ()
    """Further names; this person's own come before everybody's."""
    replied_to: UUID | None = None
    """The character whose message was replied to."""
    listening: UUID | None = None
    """The character that hears everything here: in a DM, the one last spoken to."""
    active: Sequence[Active] = ()
    rule: ChannelRule = ChannelRule.NATURAL
    is_ghost: bool = False
    """Characters listen here, and answer only when they are addressed."""
    mention_sign: str = MENTION_SIGN
    most: int = MOST_CHARACTERS
    banter: float = 0.0
    """How likely a character is to answer another one here."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Who answers, in this order, and whom the limit left out."""

    chosen: list[Named] = field(default_factory=list)
    left_out: list[Named] = field(default_factory=list)
    addressed: frozenset[UUID] = frozenset()
    """Those that were replied to or named, not merely active here."""

    def only_addressed(self) -> Routed:
        """Return the same without those who would only feel like it."""
        chosen = [one for one in self.chosen if one.id in self.addressed]
        left_out = [one for one in self.left_out if one.id in self.addressed]
        return Routed(chosen, left_out, self.addressed)


def may_speak_to_someone(incoming: Incoming, mention_sign: str = MENTION_SIGN) -> bool:
    """Whether it is worth looking at the room at all: most messages of a server are not for us."""
    if not incoming.is_person:
        return False
    if incoming.venue.is_dm or incoming.reply_to_id is not None:
        return True
    return may_name_someone(incoming.content, mention_sign)


def route(incoming: Incoming, room: RoomView, chance: Chance) -> Routed:
    """Return the characters that are spoken to.

    First the one replied to, then those named in the text, in its order; then those active in the
    channel, by its rule; in a DM, when there are none, the one that is listening.
    """
    by_id = {character.id: character for character in room.characters}
    chosen = _addressed(incoming.content, room, by_id)
    addressed = frozenset(chosen)
    if incoming.venue.is_dm:
        if not chosen and room.listening in by_id:
            chosen[room.listening] = by_id[room.listening]
    else:
        for character_id in _by_rule(room, chosen.keys(), by_id.keys(), chance):
            chosen[character_id] = by_id[character_id]
    everybody = list(chosen.values())
    return Routed(everybody[: room.most], everybody[room.most :], addressed)


def banter(speaker: UUID, text: str, so_far: int, room: RoomView, chance: Chance) -> Named | None:
    """Return who answers what a character said, less and less often, then nobody.

    `so_far` counts the answers of characters to each other since a person spoke. Who is named in
    the text comes first, and answers by the same chance.
    """
    if so_far >= LONGEST_BANTER or room.is_ghost:
        return None
    if chance() >= room.banter * BANTER_FALLS**so_far:
        return None
    by_id = {one.id: one for one in room.characters if one.id != speaker}
    active = [one for one in room.active if one.character_id in by_id]
    here = {one.character_id for one in active}
    named = mentioned(text, room.characters, aliases=room.aliases, sign=room.mention_sign)
    for character in named:
        if character.id in here:
            return character
    chosen = _weighted(active, chance)
    return None if chosen is None else by_id[chosen]


def _addressed(content: str, room: RoomView, by_id: dict[UUID, Named]) -> dict[UUID, Named]:
    chosen: dict[UUID, Named] = {}
    if room.replied_to in by_id:
        chosen[room.replied_to] = by_id[room.replied_to]
    for character in mentioned(
        content, room.characters, aliases=room.aliases, sign=room.mention_sign
    ):
        chosen.setdefault(character.id, character)
    return chosen


def _by_rule(
    room: RoomView, chosen: Collection[UUID], may: Collection[UUID], chance: Chance
) -> list[UUID]:
    """Return which of the active characters answer besides those that were addressed."""
    if room.is_ghost or room.rule is ChannelRule.NAMED:
        return []
    rest = [
        one for one in room.active if one.character_id in may and one.character_id not in chosen
    ]
    if room.rule is ChannelRule.LIST:
        return [one.character_id for one in rest]
    found = [one.character_id for one in _shuffled(rest, chance) if chance() < one.talkativeness]
    if found or chosen:
        return found
    somebody = _weighted(rest, chance)
    return [] if somebody is None else [somebody]


def _shuffled(active: Sequence[Active], chance: Chance) -> list[Active]:
    return [one for _, one in sorted(((chance(), one) for one in active), key=lambda pair: pair[0])]


def _weighted(active: Sequence[Active], chance: Chance) -> UUID | None:
    """Return one of them, the more talkative the likelier; who never talks unasked is left out."""
    point = chance() * sum(one.talkativeness for one in active)
    for one in active:
        point -= one.talkativeness
        if point < 0:
            return one.character_id
    return None
