"""What a character perceives when it is spoken to, as plain data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tzurot.characters.character import Character
from tzurot.characters.naming import folded
from tzurot.characters.personas import Persona
from tzurot.conversation.eyes import Seen
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.marks import Meanings, readable
from tzurot.conversation.references import Way
from tzurot.history.messages import AuthorKind, Message
from tzurot.history.people import Known
from tzurot.llm.messages import Image
from tzurot.rules.guidance import Guidance

NAME_LENGTH: Final = 32

PersonKey = tuple[int, str | None]
"""A person, and as whom a proxy said it for them: the id counts, never the name."""

# What could end a name and begin something else in "Name: text".
_NOT_IN_A_NAME = re.compile(r"[\s:\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said. `is_self`: by the character that is to answer."""

    speaker: str
    text: str
    is_self: bool
    message_id: int = 0
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A person in the scene, under a name that is theirs alone in it."""

    name: str
    user_id: int = 0
    """Whose account it is; 0 for a member of a system, whose account nobody is told."""
    username: str = ""
    pronouns: str = ""
    about: str = ""
    """What they say of themselves."""
    roles: tuple[str, ...] = ()
    """The highest first."""
    joined: date | None = None
    local_time: str = ""
    """Where it is not the scene's own."""


@dataclass(frozen=True, slots=True)
class Companion:
    """Another character in the scene, with one line about it."""

    name: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a place is called; in a direct message nothing is."""

    server: str = ""
    channel: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A message that is referred to; without text, the one in the lines is meant."""

    way: Way
    message_id: int
    referred_by: int
    speaker: str = ""
    text: str = ""
    place: str = ""
    """Where else it was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The character, who speaks to it, and what was said, oldest first.

    The last line is theirs, or behind it stands what others have answered already.
    """

    character: Character
    user_name: str
    lines: tuple[Line, ...]
    trigger_id: int = 0
    """The message that is answered."""
    message_ids: frozenset[int] = frozenset()
    """Of the lines, and of messages without words among them."""
    people: tuple[Participant, ...] = ()
    companions: tuple[Companion, ...] = ()
    where: Where = field(default_factory=Where)
    now: str = ""
    """The one clock of the scene, in words."""
    at: datetime | None = None
    """The same, in the place's zone."""
    channel_id: int = 0
    quotes: tuple[Quote, ...] = ()
    most_lines: int = 100
    """How many of the lines may be told."""
    guidance: Guidance = field(default_factory=Guidance)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Which tier set what counts here, of settings that somebody set."""

    @property
    def others(self) -> frozenset[str]:
        """The names of everybody in the lines but the character."""
        return frozenset(line.speaker for line in self.lines if not line.is_self)


def key_of(message: Message) -> PersonKey:
    """Return whose message this is; of a webhook, which has many names, each is somebody."""
    is_bot = message.author_kind is AuthorKind.BOT
    return message.author_id, message.author_name if is_bot else message.proxied_as


def names_of(
    character: Character,
    said: Sequence[Message],
    personas: Mapping[PersonKey, Persona],
    known: Mapping[int, Known],
    companions: Iterable[Companion] = (),
) -> dict[PersonKey, str]:
    """Return what the people of these messages are called, each by a name of their own.

    Who has a persona goes by its name. Where two would share a name, or one would have a
    character's, whether or not it has spoken, the unique name on Discord stands behind it; the
    first to speak is first.
    """
    taken = {_alike(clean_name(character.name))}
    taken |= {_alike(one.name) for one in companions}
    taken |= {
        _alike(clean_name(one.author_name))
        for one in said
        if one.author_kind is AuthorKind.CHARACTER
    }
    latest = {key_of(one): one for one in said if one.author_kind is not AuthorKind.CHARACTER}
    wanted = {
        key: clean_name(personas[key].name if key in personas else one.author_name)
        for key, one in latest.items()
    }
    shared = [_alike(name) for name in wanted.values()]
    names = {}
    for key, name in wanted.items():
        if _alike(name) in taken or shared.count(_alike(name)) > 1:
            name = _distinct(name, key, known, taken)  # noqa: PLW2901  the same, told apart
        taken.add(_alike(name))
        names[key] = name
    return names


def lines_of(
    character_id: UUID,
    said: Iterable[Message],
    names: Mapping[PersonKey, str],
    meanings: Meanings,
    seen: Mapping[int, Sequence[Seen]],
) -> tuple[Line, ...]:
    """Return what was said as lines; `seen` are pictures by message."""
    by_id = dict(meanings.people)
    by_id |= {user_id: name for (user_id, proxied_as), name in names.items() if proxied_as is None}
    meanings = replace(meanings, people=by_id)
    lines = []
    for message in said:
        pictures = seen.get(message.id, ())
        text = with_pictures(readable(message.content, meanings), pictures)
        if text.strip():
            is_self = message.character_id == character_id
            speaker = names.get(key_of(message)) or clean_name(message.author_name)
            if message.author_kind is AuthorKind.CHARACTER:
                speaker = clean_name(message.author_name)
            images = tuple(one.image for one in pictures if one.image is not None)
            lines.append(Line(speaker, text, is_self, message.id, images))
    return tuple(lines)


def with_pictures(text: str, pictures: Iterable[Seen]) -> str:
    """Return a text with words for its pictures, in place of those that only name them."""
    for one in pictures:
        name = one.words.partition(": ")
        bare = f"{name[0]}: {name[2].partition(': ')[0].rstrip(']')}]"
        if one.words in text:
            continue
        if bare in text:
            text = text.replace(bare, one.words, 1)
        else:
            text = f"{text}\n{one.words}" if text else one.words
    return text


def with_trigger(said: list[Message], incoming: Incoming) -> list[Message]:
    """Return the messages with the one that is answered, even if history lacks it."""
    if any(message.id == incoming.message_id for message in said):
        return said
    return [*said, incoming.to_message()]


def clean_name(name: str) -> str:
    """Return a display name that cannot pass for something else in front of a colon."""
    cleaned = _NOT_IN_A_NAME.sub(" ", name).strip()[:NAME_LENGTH].strip()
    return cleaned if _alike(cleaned) else "Someone"


def _alike(name: str) -> str:
    """Return what two names share that look the same: signs that nobody sees do not count."""
    plain = unicodedata.normalize("NFKC", name)
    return folded("".join(sign for sign in plain if unicodedata.category(sign) != "Cf"))


def _distinct(name: str, key: PersonKey, known: Mapping[int, Known], taken: Iterable[str]) -> str:
    user_id, _ = key
    if user_id in known and known[user_id].username:
        told_apart = f"{name} (@{clean_name(known[user_id].username)})"
        if _alike(told_apart) not in taken:
            return told_apart
    number = 2
    while _alike(f"{name} ({number})") in taken:
        number += 1
    return f"{name} ({number})"
