"""What Discord's marks in a text mean: mentions, commands, times and emoji, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from tzurot.plain import one_line

CUSTOM_EMOJI: Final = re.compile(r"<(a?):(\w{2,32}):(\d{15,21})>")
LONGEST_NAME: Final = 100

_MARK: Final = re.compile(
    r"<@!?(?P<person>\d{1,20})>"
    r"|<@&(?P<role>\d{1,20})>"
    r"|<#(?P<channel>\d{1,20})>"
    r"|</(?P<command>[^\s<>:/][^<>:/]{0,100}):\d{1,20}>"
    r"|<t:(?P<time>-?\d{1,13})(?::(?P<style>[tTdDfFsSR]))?>"
    r"|<a?:(?P<emoji>\w{2,32}):\d{15,21}>"
)
"""Source: Discord's documentation, Reference, Message Formatting."""
_DATE: Final = "%-d %B %Y"
_STYLES: Final = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": _DATE,
    "D": _DATE,
    "F": f"%A, {_DATE}, %H:%M",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Names by ids, as far as a person may know them: of channels and of roles."""

    channels: Mapping[int, str] = field(default_factory=lambda: _NOBODY)
    roles: Mapping[int, str] = field(default_factory=lambda: _NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What marks stand for, for one reader; `zone` is the reader's clock by its name."""

    people: Mapping[int, str] = field(default_factory=lambda: _NOBODY)
    places: Places = field(default_factory=Places)
    zone: str = "UTC"


def readable(content: str, meanings: Meanings) -> str:
    """Return a text with words in place of its marks; times stay the same whenever it is read."""

    def told(mark: re.Match[str]) -> str:
        kind, found = str(mark.lastgroup), mark[0]
        match kind:
            case "person":
                found = f"@{_line(meanings.people.get(int(mark[kind]), 'someone'))}"
            case "role":
                found = f"@{_line(meanings.places.roles.get(int(mark[kind]), 'unknown-role'))}"
            case "channel":
                found = f"#{_line(meanings.places.channels.get(int(mark[kind]), 'unknown'))}"
            case "command":
                found = f"/{mark[kind]}"
            case "emoji":
                found = f":{mark[kind]}:"
            case _:
                found = _time(mark, meanings.zone)
        return found

    return _MARK.sub(told, content)


def channels_in(texts: Iterable[str]) -> set[int]:
    """Return the ids of the channels that are mentioned."""
    return _ids("channel", texts)


def roles_in(texts: Iterable[str]) -> set[int]:
    """Return the ids of the roles that are mentioned."""
    return _ids("role", texts)


def _ids(kind: str, texts: Iterable[str]) -> set[int]:
    return {int(mark[kind]) for text in texts for mark in _MARK.finditer(text) if mark[kind]}


def _time(mark: re.Match[str], zone: str) -> str:
    """Return a time by the clock; also where Discord counts from now, which would not stay."""
    try:
        when = (_EPOCH + timedelta(seconds=int(mark["time"]))).astimezone(ZoneInfo(zone))
    except OverflowError:
        return mark[0]
    return when.strftime(_STYLES.get(mark["style"] or "f", f"{_DATE}, %H:%M"))


def _line(name: str) -> str:
    return one_line(name)[:LONGEST_NAME]
