"""Which value of a setting counts here: one declaration each, tiers that set it, rules that cap it.

Pure: what is stored comes in, what counts comes out, with where it is from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from tzurot.llm.parameters import Parameter, ParameterKind, read_value
from tzurot.rules.guidance import is_name

_NUMBER, _INTEGER = ParameterKind.NUMBER, ParameterKind.INTEGER
_FLAG, _CHOICE = ParameterKind.FLAG, ParameterKind.CHOICE


class Tier(IntEnum):
    """Who set a value; the higher one counts."""

    BUILT_IN = 0
    HOST = 1
    SERVER = 2
    CHANNEL = 3
    CHARACTER = 4
    USER = 5
    USER_CHARACTER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: what it may be, who may set it, and who may cap what others set."""

    value: Parameter
    tiers: frozenset[Tier]
    caps: frozenset[Tier] = frozenset()

    @property
    def name(self) -> str:
        """The name that it is stored under."""
        return self.value.name


_EVERY_TIER: Final = frozenset(Tier) - {Tier.BUILT_IN}
_PLACE: Final = frozenset({Tier.HOST, Tier.SERVER, Tier.CHANNEL})
_RULES: Final = frozenset({Tier.HOST, Tier.SERVER})
_HOST: Final = frozenset({Tier.HOST})

_DECLARED: Final = (
    Setting(
        value=Parameter(
            name="history_messages", kind=_INTEGER, least=1, most=100, default=50,
            help="How many of the last messages a character reads.",
        ),
        tiers=_EVERY_TIER, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="history_hours", kind=_INTEGER, least=0, most=720, default=0,
            help="How many hours back a character reads; 0 sets no limit.",
        ),
        tiers=_EVERY_TIER, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="history_images", kind=_INTEGER, least=0, most=20, default=10,
            help="How many of the last pictures a character looks at.",
        ),
        tiers=_EVERY_TIER, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="references_depth", kind=_INTEGER, least=0, most=5, default=2,
            help="How far links and replies within messages are followed.",
        ),
        tiers=_PLACE | {Tier.USER}, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="references_most", kind=_INTEGER, least=0, most=20, default=8,
            help="How many linked messages are read for one answer.",
        ),
        tiers=_PLACE | {Tier.USER}, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="mention_sign", kind=_CHOICE, choices=("@", "!", "&", "%", "$", "~", "+"),
            default="@", help="The sign before a character's name.",
        ),
        tiers=_RULES,
    ),
    Setting(
        value=Parameter(
            name="most_characters", kind=_INTEGER, least=1, most=10, default=4,
            help="How many characters answer one message.",
        ),
        tiers=_HOST,
    ),
    Setting(
        value=Parameter(
            name="most_active", kind=_INTEGER, least=1, most=25, default=10,
            help="How many characters may be active in one channel.",
        ),
        tiers=_HOST,
    ),
    Setting(
        value=Parameter(
            name="channel_rule", kind=_CHOICE, choices=("natural", "list", "named"),
            default="natural",
            help="Which of the characters active in a channel answer: as they feel like it, all "
            "in order, or only who is named.",
        ),
        tiers=_PLACE,
    ),
    Setting(
        value=Parameter(
            name="ghost", kind=_FLAG, default=False,
            help="Characters listen, and answer only when they are addressed.",
        ),
        tiers=frozenset({Tier.SERVER, Tier.CHANNEL}), caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="banter", kind=_NUMBER, least=0, most=1, default=0.0,
            help="How likely a character is to answer another one; less each time, and never for "
            "long.",
        ),
        tiers=_PLACE, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="pictures", kind=_FLAG, default=True,
            help="Whether characters see pictures; without it they read what is known of them.",
        ),
        tiers=_EVERY_TIER, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="streaming", kind=_CHOICE, choices=("off", "long", "always"), default="long",
            help="Whether answers are shown while they are written: never, those that take longer "
            "than a few seconds, or all.",
        ),
        tiers=_EVERY_TIER, caps=_RULES,
    ),
    Setting(
        value=Parameter(
            name="age_gate", kind=_CHOICE, choices=("mature", "all"), default="mature",
            help="For which characters people confirm their age first.",
        ),
        tiers=_HOST,
    ),
    Setting(
        value=Parameter(
            name="ask_pluralkit", kind=_FLAG, default=False,
            help="Whether PluralKit is asked which member of a system wrote a message.",
        ),
        tiers=_HOST,
    ),
    Setting(
        value=Parameter(
            name="time_zone", kind=ParameterKind.ZONE, default="UTC",
            help="The clock of a place, by its name in the time zone database.",
        ),
        tiers=_PLACE,
    ),
    Setting(
        # Of a person who set none nothing is known: `source` tells it from UTC that was chosen.
        value=Parameter(
            name="local_zone", kind=ParameterKind.ZONE, default="UTC",
            help="A person's own clock, by its name in the time zone database.",
        ),
        tiers=frozenset({Tier.USER}),
    ),
)  # fmt: skip

SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType({one.name: one for one in _DECLARED})

_SWITCH: Final = "directive:"


def switch_of(directive: str) -> Setting:
    """Return the setting that switches a directive, of which a host writes any."""
    return Setting(
        value=Parameter(
            name=f"{_SWITCH}{directive}", kind=_FLAG, help="Whether this directive holds."
        ),
        tiers=_PLACE | {Tier.CHARACTER},
    )


def declared(name: str) -> Setting | None:
    """Return the setting of this name, None when there is none."""
    directive = name.removeprefix(_SWITCH)
    if directive != name and is_name(directive):
        return switch_of(directive)
    return SETTINGS.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What a rule allows: numbers from `least` to `most`, or only some values."""

    least: float | None = None
    most: float | None = None
    only: tuple[Any, ...] | None = None

    def allows(self, value: Any) -> bool:  # noqa: ANN401  a setting's value
        """Whether a value may stay as it is."""
        return value == self.applied(value) and (self.only is None or value in self.only)

    def applied(self, value: Any) -> Any:  # noqa: ANN401  a setting's value
        """Return the nearest number that is allowed; other values as they are."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        value = value if self.least is None else max(self.least, value)
        return value if self.most is None else min(self.most, value)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value that counts, who set it, and whose rule made another of it."""

    value: Any
    source: Tier
    capped_by: Tier | None = None


Stored = Mapping[Tier, Mapping[str, object]]
Caps = Mapping[Tier, Mapping[str, Cap]]


@dataclass(frozen=True, slots=True)
class Values:
    """All settings as they count in one place; `warnings` name what was stored and is not usable.

    A value that cannot be used is ignored alone: the next lower tier's counts.
    """

    resolved: Mapping[str, Resolved]
    warnings: tuple[str, ...] = ()
    switches: Mapping[str, Resolved] = field(default_factory=dict)
    """Of directives that are switched on or off, by their names."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  a setting's value
        return self.resolved[name].value

    def sources(self) -> dict[str, str]:
        """Return who set what is not built in, and whose rule changed it: "user, server"."""
        switches = {f"{_SWITCH}{name}": one for name, one in self.switches.items()}
        return {
            name: ", ".join(tier.name.lower() for tier in (one.source, one.capped_by) if tier)
            for name, one in {**self.resolved, **switches}.items()
            if one.source or one.capped_by
        }


def resolve(stored: Stored, caps: Caps) -> Values:
    """Return what counts, of what each tier set and which rules there are."""
    warnings: list[str] = []
    resolved = {}
    for name, setting in SETTINGS.items():
        candidates = _candidates(setting, stored, warnings)
        rules = [
            (tier, caps[tier][name])
            for tier in (Tier.SERVER, Tier.HOST)
            if tier in setting.caps and name in caps.get(tier, {})
        ]
        resolved[name] = _capped(candidates, rules)
    switches = {}
    for name in sorted({name for values in stored.values() for name in values} - SETTINGS.keys()):
        if (switch := declared(name)) is None:
            warnings.append(f"there is no setting named {name}")
            continue
        # Where nobody switches it, the directive itself says whether it holds.
        chosen = _candidates(switch, stored, warnings)[0]
        if chosen.source is not Tier.BUILT_IN:
            switches[name.removeprefix(_SWITCH)] = chosen
    return Values(MappingProxyType(resolved), tuple(warnings), MappingProxyType(switches))


def _candidates(setting: Setting, stored: Stored, warnings: list[str]) -> list[Resolved]:
    """Return the usable values, the one that counts first, the built-in one last."""
    found = []
    for tier in sorted(Tier, reverse=True):
        values = stored.get(tier, {})
        if setting.name not in values:
            continue
        if tier not in setting.tiers:
            warnings.append(f"{setting.name} cannot be set by {tier.name.lower()}")
            continue
        try:
            value = read_value(setting.value, values[setting.name])
        except ValueError as error:
            warnings.append(f"{tier.name.lower()}: {error}")
        else:
            found.append(Resolved(value, tier))
    return [*found, Resolved(setting.value.default, Tier.BUILT_IN)]


def _capped(candidates: Sequence[Resolved], rules: Sequence[tuple[Tier, Cap]]) -> Resolved:
    """Return the first candidate under the rules; the host's comes last, and so counts most."""
    chosen = candidates[0]
    for tier, cap in rules:
        if cap.allows(chosen.value):
            continue
        capped = cap.applied(chosen.value)
        if cap.only is not None and capped not in cap.only:
            # Not something near it, but what counts without the one that is not allowed.
            capped = next((one.value for one in candidates if one.value in cap.only), None)
            if capped is None:
                capped = cap.only[0]
        chosen = Resolved(capped, chosen.source, tier)
    return chosen
