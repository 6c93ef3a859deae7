"""What is known of a model's abilities: listed, learned from refusals, or set by the host."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Protocol, Self, get_type_hints

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a model can do and cannot; None says that it is not known."""

    images: bool | None = None
    most_images: int | None = None
    audio: bool | None = None
    files: bool | None = None
    tools: bool | None = None
    system: bool | None = None
    """Whether it takes system messages."""
    alternating: bool | None = None
    """Whether user and assistant must alternate, the user first."""
    prefill: bool | None = None
    """Whether the prompt may end with an assistant's message that the reply continues."""
    reasoning: bool | None = None
    """Whether it can think before it answers."""
    reasoning_mandatory: bool | None = None
    refused: frozenset[str] = frozenset()
    """The parameters that it does not take."""
    accepted: frozenset[str] = frozenset()
    """The parameters that it does take: this takes back what was known as refused."""
    most_stops: int | None = None
    least_tokens: int | None = None
    """The smallest `max_tokens` that its provider takes."""
    context_tokens: int | None = None
    """How long prompt and answer may be together."""

    def merged(self, newer: Abilities) -> Abilities:
        """Return both; what `newer` knows wins, and what it does not know stays."""
        known = {
            field.name: value
            for field in fields(newer)
            if (value := getattr(newer, field.name)) is not None
        }
        refused = (self.refused - newer.accepted) | newer.refused
        accepted = (self.accepted | newer.accepted) - newer.refused
        return replace(self, **known | {"refused": refused, "accepted": accepted})

    def to_json(self) -> dict[str, Any]:
        """Return what is known, as JSON has it."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in known.items()
            if value is not None and value != frozenset()
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave, or a host wrote by hand; what cannot be read is not known."""
        told = value if isinstance(value, Mapping) else {}
        known: dict[str, Any] = {}
        for name, reader in _READERS.items():
            if name in told:
                with suppress(ValidationError):
                    known[name] = reader.validate_python(told[name])
        return cls(**known)


_READERS: Final = {name: TypeAdapter(kind) for name, kind in get_type_hints(Abilities).items()}


class CapabilityStore(Protocol):
    """Keeps what was learned of models, by the name that requests give them.

    A room above keeps it in the database, where the host can set something else by hand.
    """

    async def abilities(self, model: str) -> Abilities:
        """Return what was learned; where the host has set something, that."""

    async def learn(self, model: str, abilities: Abilities) -> None:
        """Keep what a refusal told, beside what was known."""


class CapabilitiesInMemory:
    """Keeps what was learned as long as the process lives."""

    def __init__(self) -> None:
        self._learned: dict[str, Abilities] = {}
        self._set: dict[str, Abilities] = {}

    async def abilities(self, model: str) -> Abilities:
        """Return what was learned; where the host has set something, that."""
        learned = self._learned.get(model, Abilities())
        return learned.merged(self._set.get(model, Abilities()))

    async def learn(self, model: str, abilities: Abilities) -> None:
        """Keep what a refusal told, beside what was known."""
        self._learned[model] = self._learned.get(model, Abilities()).merged(abilities)

    async def set_override(self, model: str, abilities: Abilities | None) -> None:
        """Set what the host knows better, whatever is learned; None takes it back."""
        self._set[model] = abilities or Abilities()
