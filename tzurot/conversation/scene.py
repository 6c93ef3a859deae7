"""What a character perceives when it is spoken to, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from tzurot.characters.character import Character
from tzurot.characters.personas import Persona
from tzurot.conversation.eyes import Seen
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.marks import Meanings, readable
from tzurot.conversation.references import Way
from tzurot.history.messages import AuthorKind, Message
from tzurot.history.people import Known
from tzurot.llm.messages import Image
from tzurot.plain import alike, apart, name_of
from tzurot.rules.guidance import Guidance

PersonKey = tuple[int, str | None]
"""A person, and as whom a proxy said it for them: the id counts, never the name.

Of a character the first is 0.
"""


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
    id: UUID | None = None


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
    where: Where | None = None
    """Where else it was said; a place without names is the person's direct messages."""


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
    if message.character_id is not None:
        return _key_of_character(message.character_id, message.author_name)
    is_bot = message.author_kind is AuthorKind.BOT
    return message.author_id, message.author_name if is_bot else message.proxied_as


def names_of(
    character: Character,
    said: Sequence[Message],
    personas: Mapping[PersonKey, Persona],
    known: Mapping[int, Known],
    companions: Iterable[Companion] = (),
) -> dict[PersonKey, str]:
    """Return what all in these messages are called, each by a name that looks like no other.

    A character keeps its name, and the one that is to answer before all. Who has a persona goes by
    its name. Where two would share a name, or one would have a character's, whether or not it has
    spoken, the unique name on Discord stands behind it; the first to speak is first.
    """
    names = {
        _key_of_character(*key): name
        for key, name in called_of(character, said, companions).items()
    }
    taken = {*_own(character), *map(alike, names.values())}
    taken |= {alike(one.name) for one in companions}
    latest = {key_of(one): one for one in said if one.author_kind is not AuthorKind.CHARACTER}
    wanted = {
        key: name_of(personas[key].name if key in personas else one.author_name)
        for key, one in latest.items()
    }
    shared = [alike(name) for name in wanted.values()]
    for key, name in wanted.items():
        is_shared = shared.count(alike(name)) > 1
        names[key] = apart(name, {*taken, *(shared if is_shared else ())}, _unique(key, known))
        taken.add(alike(names[key]))
    return names


def called_of(
    character: Character, said: Iterable[Message], companions: Iterable[Companion] = ()
) -> dict[tuple[UUID, str], str]:
    """Return what the characters here are called, by their ids and the names they have or had.

    Nobody looks like the one that is to answer, and of others the elder keeps its name.
    """
    shown = {(one.character_id, one.author_name) for one in said if one.character_id is not None}
    shown |= {(one.id, one.name) for one in companions if one.id is not None}
    called = {}
    whose = dict.fromkeys(_own(character), character.id)
    for character_id, shown_name in sorted(shown):
        name = name_of(shown_name)
        if character_id != character.id:
            taken = {shape for shape, owner in whose.items() if owner != character_id}
            name = apart(name, taken, ("character",))
            whose.setdefault(alike(name), character_id)
        called[character_id, shown_name] = name
    return called


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
            speaker = names.get(key_of(message)) or name_of(message.author_name)
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


def _own(character: Character) -> set[str]:
    """Return how the names of the one that is to answer look."""
    return {alike(name_of(one)) for one in (character.name, character.called)}


def _key_of_character(character_id: UUID, name: str) -> PersonKey:
    return 0, f"{character_id} {name}"


def _unique(key: PersonKey, known: Mapping[int, Known]) -> list[str]:
    user_id, _ = key
    username = known[user_id].username if user_id in known else ""
    return [f"@{name_of(username)}"] if username else []
