"""Who is answered where, by the rules in words, and what is tried of all combinations; pure.

Nothing of tzurot is called here, but for what its characters are called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from tests.support.playground import ADA, BEN, CLEO, DANA

_STARTERS: Final = {"Captain Sable", "Juniper"}


class Person(Enum):
    HOST = ADA
    MODERATOR = BEN
    MEMBER = CLEO
    OF_AGE = DANA  # the only one who confirmed it


class Place(StrEnum):
    OPEN = "an open channel"
    PRIVATE = "a private channel"
    THREAD = "a thread"
    KEPT_OUT = "a channel without characters"
    AGE_RESTRICTED = "an age-restricted channel"
    DM = "a DM"


class Kind(StrEnum):
    PUBLIC = "public"
    OTHERS = "private of somebody else"
    OWN = "one's own private"
    MATURE = "mature"
    WITNESS = "public, and denied to nobody alone"


class Denied(StrEnum):
    NOTHING = "nothing"
    CHANNEL = "muted in the channel"
    SERVER = "muted in the server"
    BOT = "blocked for the whole bot"
    CHARACTER = "denied by the character"


class Way(StrEnum):
    NAME = "@name"
    SLUG = "@slug"
    ALIAS = "an alias for everybody"
    OWN_ALIAS = "an alias of one's own"
    REPLY = "a reply"
    ACTIVE = "being active"
    LISTENING = "listening in a DM"
    CHAT = "/chat"
    OFFERED = "/chat's autocompletion"


NAMING: Final = (Way.NAME, Way.SLUG, Way.ALIAS, Way.OWN_ALIAS)
PEOPLE: Final = list(Person)
PLACES: Final = list(Place)
KINDS: Final = list(Kind)
DENIED: Final = list(Denied)
TREES: Final = {Person.HOST: "Ash", Person.MODERATOR: "Birch", Person.MEMBER: "Cedar",
                Person.OF_AGE: "Dogwood"}  # fmt: skip
"""Whose private character is called what."""


def tree(person: Person, kind: Kind) -> str:
    """Return which character is of that kind for this person."""
    shared = {Kind.PUBLIC: "Pine", Kind.MATURE: "Maple", Kind.WITNESS: "Willow"}
    if kind in shared:
        return shared[kind]
    # Somebody else is the next one.
    step = 1 if kind is Kind.OTHERS else 0
    return TREES[PEOPLE[(PEOPLE.index(person) + step) % len(PEOPLE)]]


# -- the rules, in words ---------------------------------------------------------------------------


def sees(person: Person, denied: Denied, place: Place, kind: Kind) -> bool:
    """A private character is there for its owner alone; so is none for whom it is denied to.

    Nothing is denied to the host, and a server has no say in a DM.
    """
    if kind is Kind.OTHERS:
        return False
    if person is Person.HOST:
        return True
    return {
        Denied.NOTHING: True,
        Denied.CHANNEL: False,
        Denied.SERVER: place is Place.DM,
        Denied.BOT: False,
        Denied.CHARACTER: kind is Kind.WITNESS,
    }[denied]


def is_old_enough(person: Person, place: Place, kind: Kind) -> bool:
    """A mature character is for who confirmed their age, and where Discord asks for it."""
    return kind is not Kind.MATURE or person is Person.OF_AGE or place is Place.AGE_RESTRICTED


def answers(
    person: Person, denied: Denied, place: Place, way: Way, spoken_to: Iterable[Kind]
) -> set[Kind]:
    """Return who answers, of those who are named, replied to, or active.

    Where a server keeps characters out, none does, not even to the host. In a DM, when nobody is
    spoken to who is there for the person, the one that they last spoke to answers: here that is
    always the witness. A command asks one character and no other.
    """
    if place is Place.KEPT_OUT:
        return set()
    there = {kind for kind in spoken_to if sees(person, denied, place, kind)}
    if place is Place.DM and way is not Way.CHAT and not there:
        there = {kind for kind in [Kind.WITNESS] if sees(person, denied, place, kind)}
    return {kind for kind in there if is_old_enough(person, place, kind)}


def offered(person: Person, denied: Denied, place: Place) -> set[str]:
    """Return what autocompletion offers: all who are there, wherever, and of whatever age."""
    names = {f"Old {tree(person, kind)}" for kind in KINDS if sees(person, denied, place, kind)}
    # Those that come with tzurot are like the witness.
    return names | _STARTERS if sees(person, denied, place, Kind.WITNESS) else names


# -- what is tried ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One person at one place, of whom something is denied."""

    person: Person
    place: Place
    denied: Denied

    @property
    def sum(self) -> int:
        return PEOPLE.index(self.person) + PLACES.index(self.place) + DENIED.index(self.denied)

    def __str__(self) -> str:
        return f"{self.person.name.lower()}, {self.place}, {self.denied}"


def name_of(case: Case, kind: Kind) -> Way:
    """Return by which name the character is named."""
    return NAMING[(case.sum + KINDS.index(kind)) % len(NAMING)]


def replied(case: Case) -> Kind:
    """Return to whose message the person replies."""
    return KINDS[(case.sum + DENIED.index(case.denied)) % len(KINDS)]


def asked(case: Case) -> Kind:
    """Return whom the person asks by the command."""
    return KINDS[(case.sum + PLACES.index(case.place) + 1) % len(KINDS)]


def cases(turn: int) -> list[Case]:
    """Return each person at each place; in each turn something else is denied to them."""
    return [
        Case(person, place, DENIED[(turn + number) % len(DENIED)])
        for number, person in enumerate(PEOPLE)
        for place in PLACES
    ]
