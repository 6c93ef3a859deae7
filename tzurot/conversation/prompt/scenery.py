"""Tells in words who is here, where this is, when, and what is referred to; pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from tzurot.conversation.references import Way
from tzurot.conversation.scene import Companion, Participant, Quote, Scene

LONGEST_QUOTE: Final = 1000
"""Characters of one message that is referred to."""
LONGEST_ABOUT: Final = 600
_POINTED_AT: Final = 60


def place(scene: Scene) -> str:
    """Return where this is said, or nothing in a direct message."""
    where = scene.where
    if where.thread:
        return f"This is the thread “{inline(where.thread)}” in {_channel(scene)}."
    return f"This is {_channel(scene)}." if where.channel else ""


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
    elsewhere = [f"for {one.name} it is {one.local_time}" for one in scene.people if one.local_time]
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
            speaker = "you" if line.is_self else line.speaker
            is_above = one.message_id in shown
            when, longest = ("above", _POINTED_AT) if is_above else ("earlier", LONGEST_QUOTE)
            words = _cut(inline(line.text), longest)
            yield f"- {whose} {verb} what {speaker} said {when}: “{words}”"
        elif one.text:
            yield f"- {whose} {verb} {_source(one)}: “{_cut(inline(one.text), LONGEST_QUOTE)}”"


def _source(quote: Quote) -> str:
    where = f" in {inline(quote.place)}" if quote.place else ""
    return f"what {quote.speaker} said{where}"


def _channel(scene: Scene) -> str:
    server = f" on the server “{inline(scene.where.server)}”" if scene.where.server else ""
    return f"the channel #{inline(scene.where.channel)}{server}"


def _person(person: Participant) -> str:
    parts = [person.name]
    if person.pronouns:
        parts[0] += f" ({inline(person.pronouns)})"
    if person.about:
        parts.append(f"“{_cut(inline(person.about), LONGEST_ABOUT)}”")
    if person.roles:
        parts.append("roles: " + ", ".join(inline(role) for role in person.roles))
    if person.joined:
        parts.append(f"here since {person.joined:%B %Y}")
    return "; ".join(parts)


def _companion(companion: Companion) -> str:
    return f"{companion.name}: {companion.about}" if companion.about else companion.name


def inline(text: str) -> str:
    """Return a stranger's words on one line, so that they cannot begin a line of ours."""
    return " ".join(text.replace("“", '"').replace("”", '"').split())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
