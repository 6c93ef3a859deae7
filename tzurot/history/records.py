"""How a turn came about, for later: ids, numbers and names of ours, never what people said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tzurot.llm.attempts import Usage
from tzurot.storage.tables import TurnRecordRow

VERSION: Final = 1
_MOST: Final = 100
"""Entries of any list or mapping."""
_NAME_MOST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a prompt was made of, and what it was made without."""

    messages: tuple[int, ...] = ()
    """Those that it tells, oldest first."""
    quoted: tuple[int, ...] = ()
    memories: tuple[tuple[UUID, float], ...] = ()
    """With their scores, the best first."""
    memories_left_out: tuple[tuple[UUID, float], ...] = ()
    sidecars: tuple[int, ...] = ()
    """The people whose."""
    sidecars_left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    """Whose: the card's, the character's, the channel's."""
    directives: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """Notes and directives that do not stand in each answer, and did not in this one."""
    lines_too_many: bool = False
    """Lines were left out by their number, not for want of space."""


@dataclass(slots=True, kw_only=True)
class TurnRecord:
    """What is known of a turn so far: it is filled on the way, and kept of one that fails, too."""

    parts: Mapping[str, int] = field(default_factory=dict)
    """What each part of the prompt takes, in tokens by our own estimate."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """What there was no space for."""
    sources: Sources = field(default_factory=Sources)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Which tier set each setting that somebody set."""
    asked: str = ""
    served: str = ""
    """The model that answered, as the service names it."""
    requests: int = 0
    usage: Usage | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored; no list in it has more than `_MOST` entries."""
        made_of = self.sources
        shown = made_of.messages
        counts = {"first": shown[0], "last": shown[-1]} if shown else {}
        return {
            "version": VERSION,
            "parts": _cut(self.parts),
            "dropped": {
                part: {"count": count, "why": self._why(part)}
                for part, count in _cut(self.dropped).items()
                if count
            },
            "messages": {**counts, "count": len(shown)},
            "quoted": list(made_of.quoted[:_MOST]),
            "memories": _both(_scored(made_of.memories), _scored(made_of.memories_left_out)),
            "sidecars": _both(made_of.sidecars, made_of.sidecars_left_out),
            "notes": list(made_of.notes[:_MOST]),
            "directives": list(made_of.directives[:_MOST]),
            "waiting": list(made_of.waiting[:_MOST]),
            "settings": _cut(self.settings),
            "model": {
                "asked": _name(self.asked),
                "served": _name(self.served),
                "requests": self.requests,
                "usage": asdict(self.usage) if self.usage else None,
            },
        }

    def _why(self, part: str) -> str:
        return "number" if part == "lines" and self.sources.lines_too_many else "space"


def _name(model: str) -> str:
    """Return what a server calls a model, which may be anything, as a database takes it."""
    return "".join(sign for sign in model if sign.isprintable())[:_NAME_MOST]


def _scored(memories: Collection[tuple[UUID, float]]) -> list[list[object]]:
    return [[str(memory_id), round(score, 4)] for memory_id, score in memories]


def _both(used: Collection[object], left_out: Collection[object]) -> dict[str, list[object]]:
    return {"used": list(used)[:_MOST], "left_out": list(left_out)[:_MOST]}


def _cut(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(values.items())[:_MOST])


async def keep_record(session: AsyncSession, turn_id: UUID, record: TurnRecord | None) -> None:
    """Keep a turn's record in place of the one of an earlier try."""
    if record is None:
        return
    statement = insert(TurnRecordRow).values(turn_id=turn_id, record=record.to_json())
    newest = {"record": statement.excluded.record, "recorded_at": func.now()}
    await session.execute(statement.on_conflict_do_update(index_elements=["turn_id"], set_=newest))
