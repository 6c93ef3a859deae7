"""Puts in what macros such as {{char}} stand for; what people say is never read as one; pure."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Final, TypeAlias

from tzurot.conversation.prompt import macro_clock as clock
from tzurot.conversation.prompt.macro_syntax import (
    Call,
    Part,
    Parts,
    literal,
    options,
    parse,
    trimmed,
)

_GROWTH: Final = 4
"""How many times longer than the text and its values together the result may be."""
_DEEPEST: Final = 4
"""How many of the card's texts may stand in one another."""
_MOST_DICE: Final = 100
_MOST_BLANKS: Final = 20
_FALSY: Final = ("", "false", "0", "off", "no")
_DICE: Final = re.compile(r"(?:(\d{0,3})d)?(\d{1,6})([+-]\d{1,6})?", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Macros:
    """What macros stand for in one prompt. Every text but the card's is data and stays as it is."""

    char: str
    user: str
    group: tuple[str, ...] = ()
    """The other characters here."""
    persona: str = ""
    """What the person says of themselves."""
    card: Mapping[str, str] = field(default_factory=dict)
    """The card's texts by the names of its fields; they may hold macros themselves."""
    now: datetime
    idle: timedelta | None = None
    """Since the last message before this one."""
    last_message: str = ""
    last_user_message: str = ""
    last_char_message: str = ""
    model: str = ""
    max_prompt: int = 0
    max_response: int = 0
    original: str = ""
    chat: str
    """What {{pick}} chooses is the same as long as the chat and the text are."""
    chance: Callable[[], float] = random.random
    variables: dict[str, str] = field(default_factory=dict)
    """What {{setvar}} has set: the texts of one prompt share it."""


def expand(text: str, macros: Macros) -> str:
    """Return the text with what its macros stand for.

    A macro that is unknown or makes no sense stays as it is written. The result is at most
    `_GROWTH` times as long as the text and the values together; what would make it longer is left
    out.
    """
    return _Expansion(text, macros).run()


class _Expansion:
    """One text on its way: how much it may still grow, and what it stands in the middle of.

    A text is read once, and what comes out of a macro is never read again. This is what keeps
    data apart from macros.
    """

    def __init__(self, text: str, macros: Macros) -> None:
        self._text = text
        self._macros = macros
        self._left = _GROWTH * (len(text) + _size(macros)) - len(text)
        self._open: list[str] = []
        self._fingerprints: dict[str, str] = {}

    def run(self) -> str:
        return self.joined(parse(self._text, _MOST))

    def joined(self, parts: Parts) -> str:
        """Return what the parts stand for; {{trim}} takes the newlines on both its sides."""
        pieces: list[str] = []
        is_trimming = False
        for part in parts:
            if isinstance(part, Call) and part.name == "trim" and part.is_bare:
                while pieces and not pieces[-1].rstrip("\r\n"):
                    pieces.pop()
                pieces[-1:] = [piece.rstrip("\r\n") for piece in pieces[-1:]]
                is_trimming = True
                continue
            piece = literal(part) if isinstance(part, str) else self._value(part)
            if is_trimming:
                piece = piece.lstrip("\r\n")
                is_trimming = not piece
            pieces.append(piece)
        return "".join(pieces)

    def _value(self, call: Call) -> str:
        value = self._known(call)
        return call.written if value is None else value

    def _known(self, call: Call) -> str | None:
        """Return what a macro stands for, or None when it is none."""
        if call.name.startswith("time_utc") and call.is_bare:
            call = replace(call, name="time", arguments=((call.name.removeprefix("time_"),),))
        action = _ACTIONS.get(call.name)
        if action is not None and action.least <= len(call.arguments) <= action.most:
            return action.run(self, call)
        if not call.is_bare:
            return None
        if call.name in _FIELDS:
            return self._field(_FIELDS[call.name])
        value = _VALUES.get(call.name)
        return None if value is None else self._afforded(value(self._macros))

    def _field(self, key: str) -> str:
        text = self._macros.card.get(key, "")
        if key in self._open or len(self._open) == _DEEPEST or not self._afforded(text):
            return ""
        self._open.append(key)
        value = self.joined(parse(text, _MOST))
        self._open.pop()
        return value

    def _afforded(self, value: str) -> str:
        """Return the value, or nothing when there is no space left for it."""
        if len(value) > self._left:
            return ""
        self._left -= len(value)
        return value

    def choose(self, call: Call) -> str:
        among = options(call.arguments)
        return self.joined(among[int(self._macros.chance() * len(among)) % len(among)])

    def pick(self, call: Call) -> str:
        among = options(call.arguments)
        if call.text not in self._fingerprints:
            self._fingerprints[call.text] = _digest(f"{self._macros.chat}\0{call.text}")
        place = f"{self._fingerprints[call.text]} {call.start}"
        return self.joined(among[int(_digest(place), 16) % len(among)])

    def roll(self, call: Call) -> str | None:
        dice = _DICE.fullmatch(self._argument(call))
        if dice is None:
            return None
        count, sides, more = int(dice[1] or 1), int(dice[2]), int(dice[3] or 0)
        if count not in range(1, _MOST_DICE + 1) or not sides:
            return None
        rolled = sum(int(self._macros.chance() * sides) % sides + 1 for _ in range(count))
        return self._afforded(str(rolled + more))

    def blank(self, call: Call) -> str | None:
        what = "\n" if call.name == "newline" else " "
        count = 1 if call.is_bare else _whole(self._argument(call))
        return self._afforded(what * count) if count in range(1, _MOST_BLANKS + 1) else None

    def reverse(self, call: Call) -> str:
        return self._argument(call)[::-1]

    def time(self, call: Call) -> str | None:
        now = self._macros.now
        when = now if call.is_bare else clock.at_offset(now, self._argument(call))
        return None if when is None else self._afforded(clock.formatted(when, clock.TIME))

    def time_format(self, call: Call) -> str:
        return self._afforded(clock.formatted(self._macros.now, self._argument(call)))

    def time_difference(self, call: Call) -> str | None:
        one, other = self._argument(call), self._argument(call, 1)
        value = clock.difference(one, other, self._macros.now.tzinfo)
        return None if value is None else self._afforded(value)

    def get_variable(self, call: Call) -> str:
        return self._afforded(self._macros.variables.get(self._argument(call), ""))

    def set_variable(self, call: Call) -> str:
        self._macros.variables[self._argument(call)] = self._argument(call, 1)
        return ""

    def add_to_variable(self, call: Call) -> str:
        self._add(self._argument(call), self._argument(call, 1))
        return ""

    def count_variable(self, call: Call) -> str:
        name = self._argument(call)
        self._add(name, "1" if call.name == "incvar" else "-1")
        return self._afforded(self._macros.variables.get(name, ""))

    def _add(self, name: str, value: str) -> None:
        """Add numbers up, and anything else to the end of what is there."""
        old = self._macros.variables.get(name, "")
        if _NUMBER.fullmatch(old or "0") and _NUMBER.fullmatch(value):
            new = f"{Decimal(old or '0') + Decimal(value):f}"
        else:
            new = old + value
        # The old value is copied: many additions to a long one must come to an end, too.
        if not new or self._afforded(new):
            self._macros.variables[name] = new

    def conditional(self, call: Call) -> str:
        condition, content = call.arguments
        there = next((at for at, part in enumerate(content) if _is_else(part)), len(content))
        chosen = content[:there] if self._holds(condition, call) else content[there + 1 :]
        return self.joined(chosen if call.keeps_space else trimmed(chosen))

    def _holds(self, condition: Parts, call: Call) -> bool:
        is_inverted = False
        match condition:
            case (str(first), *others) if first.startswith("!"):
                is_inverted = True
                condition = trimmed((first[1:], *others))
        value = None
        match condition:
            # The name of a macro, when the author wrote it so; data is never looked up.
            case (str(name),):
                value = self._known(replace(call, name=name.lower(), arguments=()))
        if value is None:
            value = self.joined(condition)
        return (value.strip().lower() not in _FALSY) is not is_inverted

    def _argument(self, call: Call, index: int = 0) -> str:
        return self.joined(call.arguments[index])


@dataclass(frozen=True, slots=True)
class _Action:
    """A macro that takes arguments."""

    run: Callable[[_Expansion, Call], str | None]
    least: int = 1
    most: int = 1


_Value: TypeAlias = Callable[[Macros], str]
_NOTHING: Final = _Action(lambda _expansion, _call: "", least=0)
_ACTIONS: Final = {
    "//": _NOTHING,
    "comment": _NOTHING,
    "hidden_key": _NOTHING,
    "random": _Action(_Expansion.choose, most=sys.maxsize),
    "pick": _Action(_Expansion.pick, most=sys.maxsize),
    "roll": _Action(_Expansion.roll),
    "reverse": _Action(_Expansion.reverse),
    "newline": _Action(_Expansion.blank, least=0),
    "space": _Action(_Expansion.blank, least=0),
    "time": _Action(_Expansion.time, least=0),
    "datetimeformat": _Action(_Expansion.time_format),
    "timediff": _Action(_Expansion.time_difference, least=2, most=2),
    "getvar": _Action(_Expansion.get_variable),
    "setvar": _Action(_Expansion.set_variable, least=2, most=2),
    "addvar": _Action(_Expansion.add_to_variable, least=2, most=2),
    "incvar": _Action(_Expansion.count_variable),
    "decvar": _Action(_Expansion.count_variable),
    "if": _Action(_Expansion.conditional, least=2, most=2),
}
_MOST: Final = {name: action.most for name, action in _ACTIONS.items()}
_FIELDS: Final = {
    "description": "description",
    "chardescription": "description",
    "personality": "personality",
    "charpersonality": "personality",
    "scenario": "scenario",
    "charscenario": "scenario",
    "charfirstmessage": "first_mes",
    "mesexamples": "mes_example",
    "charprompt": "system_prompt",
    "charinstruction": "post_history_instructions",
    "charjailbreak": "post_history_instructions",
    "charversion": "character_version",
    "char_version": "character_version",
}
_group: _Value = lambda macros: ", ".join((macros.char, *macros.group))  # noqa: E731
_idle: _Value = lambda macros: clock.in_words(macros.idle) if macros.idle else "just now"  # noqa: E731
_VALUES: Final[dict[str, _Value]] = {
    "char": lambda macros: macros.char,
    "bot": lambda macros: macros.char,
    "user": lambda macros: macros.user,
    "group": _group,
    "groupnotmuted": _group,
    "notchar": lambda macros: ", ".join((*macros.group, macros.user)),
    "charifnotgroup": lambda macros: "" if macros.group else macros.char,
    "persona": lambda macros: macros.persona,
    "noop": lambda _macros: "",
    "input": lambda macros: macros.last_message,
    "lastmessage": lambda macros: macros.last_message,
    "lastusermessage": lambda macros: macros.last_user_message,
    "lastcharmessage": lambda macros: macros.last_char_message,
    "date": lambda macros: clock.formatted(macros.now, clock.DATE),
    "weekday": lambda macros: clock.formatted(macros.now, "dddd"),
    "isotime": lambda macros: clock.formatted(macros.now, "HH:mm"),
    "isodate": lambda macros: clock.formatted(macros.now, "YYYY-MM-DD"),
    "idleduration": _idle,
    "idle_duration": _idle,
    "maxcontext": lambda macros: str(macros.max_prompt + macros.max_response),
    "maxprompt": lambda macros: str(macros.max_prompt),
    "maxresponse": lambda macros: str(macros.max_response),
    "model": lambda macros: macros.model,
    "original": lambda macros: macros.original,
}


def _size(macros: Macros) -> int:
    """Return how long all values are; without variables, which texts could make grow for ever."""
    said = (macros.last_message, macros.last_user_message, macros.last_char_message)
    given = (macros.char, macros.user, macros.persona, macros.model, macros.original)
    return sum(map(len, (*said, *given, *macros.group, *macros.card.values())))


def _is_else(part: Part) -> bool:
    return isinstance(part, Call) and part.name == "else" and part.is_bare


def _whole(text: str) -> int:
    return int(text) if len(text) <= len(str(_MOST_BLANKS)) and text.isdecimal() else 0


def _digest(text: str) -> str:
    # A text may hold half of a surrogate pair, which has no bytes of its own.
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
