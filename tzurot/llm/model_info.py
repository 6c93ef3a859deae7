"""What a service's list of models tells of each, read with patience for what is missing or odd."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from tzurot.llm.accounts import is_free
from tzurot.llm.capabilities import Abilities
from tzurot.llm.chunks import read_json

_OPTIONAL: Final = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "top_a",
        "min_p",
        "frequency_penalty",
        "presence_penalty",
        "repetition_penalty",
        "seed",
        "stop",
        "logit_bias",
        "verbosity",
    }
)
"""The parameters whose absence from `supported_parameters` says that they are not taken."""
# The context's length is named otherwise by vLLM and by Groq.
_CONTEXT: Final = ("context_length", "max_model_len", "context_window")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars for one token, request or image; None where it is not told or varies."""

    prompt: float | None = None
    completion: float | None = None
    request: float | None = None
    image: float | None = None
    internal_reasoning: float | None = None
    input_cache_read: float | None = None
    input_cache_write: float | None = None

    @classmethod
    def read(cls, value: object) -> Self:
        """Read the `pricing` of an entry, whose prices are strings; routers say -1 for "varies"."""
        told = _mapping(value)
        return cls(**{name: _number(told.get(name)) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """How a model thinks before it answers; None where it is not told."""

    mandatory: bool | None = None
    default_enabled: bool | None = None
    supported_efforts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model of a service's list; None says that it is not told.

    Source: OpenRouter's `/models`; other servers often tell no more than the id.
    """

    id: str
    name: str
    slug: str = ""
    """The dated name that answers may give the model instead of its id; blank if there is none."""
    context_length: int | None = None
    """Tokens of prompt and answer together."""
    max_completion_tokens: int | None = None
    input_modalities: frozenset[str] | None = None
    """Of text, image, file, audio, video."""
    output_modalities: frozenset[str] | None = None
    prices: Prices = Prices()
    supported_parameters: frozenset[str] | None = None
    expires: date | None = None
    """The day from which it cannot be asked any more."""
    reasoning: Thinking | None = None
    """None: it does not think, or the service does not tell."""
    alias_target: str | None = None
    """The id of the model that answers to this name at present."""

    @classmethod
    def read(cls, value: object) -> Self | None:
        """Read an entry of the list; None if it does not even have an id."""
        entry = _mapping(value)
        name = entry.get("id")
        if not isinstance(name, str) or not name:
            return None
        kinds = _mapping(entry.get("architecture"))
        contexts = (_count(entry.get(key)) for key in _CONTEXT)
        alias = entry.get("alias_target")
        return cls(
            id=name,
            name=_text(entry.get("name")) or name,
            slug=_text(entry.get("canonical_slug")),
            context_length=next(filter(None, contexts), None),
            max_completion_tokens=_count(
                _mapping(entry.get("top_provider")).get("max_completion_tokens")
            ),
            input_modalities=_names(kinds.get("input_modalities")),
            output_modalities=_names(kinds.get("output_modalities")),
            prices=Prices.read(entry.get("pricing")),
            supported_parameters=_names(entry.get("supported_parameters")),
            expires=_day(entry.get("expiration_date")),
            reasoning=_thinking(entry.get("reasoning")),
            alias_target=_text(_mapping(alias).get("slug")) or _text(alias) or None,
        )

    @property
    def is_free(self) -> bool:
        """Whether neither prompt nor answer cost anything."""
        return is_free(self.id) or self.prices.prompt == self.prices.completion == 0

    def abilities(self) -> Abilities:
        """Return what this tells of the model's abilities; most of it stays unknown."""
        takes, knows = self.input_modalities, self.supported_parameters
        thinking = self.reasoning
        return Abilities(
            images=None if takes is None else "image" in takes,
            audio=None if takes is None else "audio" in takes,
            # Where they are not listed OpenRouter's file-parser may still read them out.
            files=True if takes is not None and "file" in takes else None,
            tools=None if knows is None else "tools" in knows,
            reasoning=True if thinking else None if knows is None else "reasoning" in knows,
            reasoning_mandatory=thinking.mandatory if thinking else None,
            refused=frozenset() if knows is None else _OPTIONAL - knows,
            context_tokens=self.context_length,
        )


def read_models(body: bytes) -> tuple[ModelInfo, ...] | None:
    """Read a list of models as a service sent it, leaving out what is none; None if it is no list.

    It may be 2 MB long, so this is no work for the event loop.
    """
    found = read_json(body.decode(errors="replace"))
    if isinstance(found, dict) and "data" in found:
        found = found["data"] or []  # Ollama without any model says null
    if not isinstance(found, list):
        return None
    return tuple(info for entry in found if (info := ModelInfo.read(entry)) is not None)


def _thinking(value: object) -> Thinking | None:
    told = _mapping(value)
    if not told:
        return None
    efforts = told.get("supported_efforts")
    return Thinking(
        mandatory=_flag(told.get("mandatory")),
        default_enabled=_flag(told.get("default_enabled")),
        supported_efforts=(
            tuple(one for one in efforts if isinstance(one, str))
            if isinstance(efforts, list)
            else None
        ),
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _names(value: object) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    # An empty list tells nothing: every model takes something.
    return frozenset(one for one in value if isinstance(one, str)) or None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _count(value: object) -> int | None:
    return int(_number(value) or 0) or None


def _day(value: object) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(_text(value)[:10])
    return None
