"""Tells in words who is here, where this is, when, and what is referred to; pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from tzurot.conversation.references import Way
from tzurot.conversation.scene import Companion, Participant, Quote, Scene, Where
from tzurot.plain import name_of, named, one_line, quoted

LONGEST_QUOTE: Final = 1000
"""Characters of one message that is referred to."""
LONGEST_ABOUT: Final = 600
_POINTED_AT: Final = 60
_LONGEST_PRONOUNS: Final = 40
_LONGEST_ROLE: Final = 100
_NO_BRACKETS: Final = {ord("("): None, ord(")"): None}


def place(scene: Scene) -> str:
    """Return where this is said, or nothing in a direct message."""
    where = scene.where
    if where.thread:
        return f"This is the thread {quoted(where.thread)} in {_channel(where)}."
    return f"This is {_channel(where)}." if where.channel else ""


def people(scene: Scene) -> str:
    """Return who is here: what people say of themselves is theirs, and is marked as such."""
    lines = [f"- {_person(one)}" for one in scene.people]
    if lines:
        lines.insert(0, "The people here (what stands in quotes is in their own words):")
    companions = [f"- {_companion(one)}" for one in scene.companions]
    if companions:
        lines += ["Other characters here, who speak for themselves:", *companions]
    return "\n".join(lines)


def now(scene: Scene) -> str:
    """Return the time, and the local times of people who live by another clock."""
    if not scene.now:
        return ""
    elsewhere = [
        f"for {named(one.name)} it is {one.local_time}" for one in scene.people if one.local_time
    ]
    return "; ".join([f"It is {scene.now}", *elsewhere]) + "."


def quotes(scene: Scene, shown: Container[int]) -> str:
    """Return what the message refers to; what is `shown` is pointed at, not told again."""
    return "\n".join(_quotes(scene, shown))


def _quotes(scene: Scene, shown: Container[int]) -> Iterator[str]:
    lines = {line.message_id: line for line in scene.lines}
    for one in scene.quotes:
        is_first = one.referred_by == scene.trigger_id
        whose = "The message" if is_first else "A message that it refers to"
        verb = "replies to" if one.way is Way.REPLY else "links to"
        line = lines.get(one.message_id)
        if line is not None:
            speaker = "you" if line.is_self else named(line.speaker)
            is_above = one.message_id in shown
            when, longest = ("above", _POINTED_AT) if is_above else ("earlier", LONGEST_QUOTE)
            words = quoted(line.text, longest)
            yield f"- {whose} {verb} what {speaker} said {when}: {words}"
        elif one.text:
            yield f"- {whose} {verb} {_source(one)}: {quoted(one.text, LONGEST_QUOTE)}"


def _source(quote: Quote) -> str:
    there = ""
    if quote.where is not None:
        there = f" in {_there(quote.where)}" if quote.where.channel else " in your direct messages"
    return f"what {named(quote.speaker)} said{there}"


def _there(where: Where) -> str:
    return _called(where.channel) + (f" on {quoted(where.server)}" if where.server else "")


def _channel(where: Where) -> str:
    server = f" on the server {quoted(where.server)}" if where.server else ""
    return f"the channel {_called(where.channel)}{server}"


def _called(channel: str) -> str:
    """Return a channel's name; one of several words may be a sentence, and stands in quotes."""
    name = quoted(f"#{channel}")
    return name if " " in name or ":" in name else name[1:-1]


def _person(person: Participant) -> str:
    parts = [person.name]
    if person.pronouns:
        pronouns = name_of(person.pronouns, _LONGEST_PRONOUNS).translate(_NO_BRACKETS)
        parts[0] += f" ({pronouns})"
    if person.about:
        parts.append(quoted(person.about, LONGEST_ABOUT))
    if person.roles:
        parts.append("roles: " + ", ".join(name_of(role, _LONGEST_ROLE) for role in person.roles))
    if person.joined:
        parts.append(f"here since {person.joined:%B %Y}")
    return "; ".join(parts)


def _companion(companion: Companion) -> str:
    about = one_line(companion.about)
    return f"{companion.name}: {about}" if about else companion.name
