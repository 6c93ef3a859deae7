"""The parameters of a chat model, each declared once: type, range, default, help.

Ranges and defaults are those of OpenRouter's documentation, Parameters. What is not set is not
sent, and then the provider's own default applies, mostly the one named here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import available_timezones


class ParameterKind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    TEXTS = "texts"
    BIAS = "bias"
    OBJECT = "object"
    ZONE = "zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `least` and `most` are allowed themselves, unless `above_least`."""

    name: str
    kind: ParameterKind
    help: str
    least: float | None = None
    most: float | None = None
    above_least: bool = False
    default: object = None
    """What providers mostly do when it is not sent; None: it depends on the model."""
    choices: tuple[str, ...] = ()


class ParameterError(ValueError):
    """A value cannot be used; the text, a line for each fault, is for the person who set it."""


EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
MOST_STOPS: Final = 16
LONGEST_STOP: Final = 200
MOST_BIASES: Final = 300
_NUMBER, _INTEGER = ParameterKind.NUMBER, ParameterKind.INTEGER

_DECLARED: Final = (
    Parameter(
        name="temperature", kind=_NUMBER, least=0, most=2, default=1.0,
        help="How freely words are chosen: low is predictable, high is surprising.",
    ),
    Parameter(
        name="top_p", kind=_NUMBER, least=0, most=1, above_least=True, default=1.0,
        help="Only the likeliest words that together make up this share are considered.",
    ),
    Parameter(
        name="top_k", kind=_INTEGER, least=0, most=1000, default=0,
        help="Only so many of the likeliest words are considered; 0 considers all.",
    ),
    Parameter(
        name="min_p", kind=_NUMBER, least=0, most=1, default=0.0,
        help="Words less likely than this share of the likeliest are left out.",
    ),
    Parameter(
        name="top_a", kind=_NUMBER, least=0, most=1, default=0.0,
        help="Like min_p, but stricter the surer the model is.",
    ),
    Parameter(
        name="frequency_penalty", kind=_NUMBER, least=-2, most=2, default=0.0,
        help="Above 0, words become less likely the more often they were used.",
    ),
    Parameter(
        name="presence_penalty", kind=_NUMBER, least=-2, most=2, default=0.0,
        help="Above 0, words become less likely once they were used.",
    ),
    Parameter(
        name="repetition_penalty", kind=_NUMBER, least=0, most=2, above_least=True, default=1.0,
        help="Above 1, words of the prompt and the reply become less likely.",
    ),
    Parameter(
        name="seed", kind=_INTEGER, least=-(2**31), most=2**31 - 1,
        help="The same seed and prompt give much the same reply, where the provider can.",
    ),
    Parameter(
        name="stop", kind=ParameterKind.TEXTS, default=(),
        help=f"The reply ends before any of these texts; at most {MOST_STOPS}.",
    ),
    Parameter(
        name="logit_bias", kind=ParameterKind.BIAS, least=-100, most=100,
        help="Makes tokens, by their number in the model, likelier or less likely.",
    ),
    Parameter(
        name="reasoning_effort", kind=ParameterKind.CHOICE, choices=EFFORTS,
        help="How much a thinking model thinks before it answers; none switches it off.",
    ),
    Parameter(
        name="reasoning_max_tokens", kind=_INTEGER, least=1024, most=128_000,
        help="The most tokens of thinking; used instead of an effort where the model knows it.",
    ),
    Parameter(
        name="verbosity", kind=ParameterKind.CHOICE,
        choices=("low", "medium", "high", "xhigh", "max"),
        help="How long and detailed the reply is, for models that know it.",
    ),
    Parameter(
        name="response_format", kind=ParameterKind.OBJECT,
        help='The form of the reply, as {"type": "json_object"} or a JSON schema.',
    ),
    Parameter(
        name="service_tier", kind=ParameterKind.CHOICE,
        choices=("auto", "default", "flex", "priority"),
        help="Cheaper and slower, or dearer and quicker, where the provider offers it.",
    ),
    Parameter(
        name="parallel_tool_calls", kind=ParameterKind.FLAG, default=True,
        help="Whether the model may call several functions at once.",
    ),
    Parameter(
        name="context_compression", kind=ParameterKind.FLAG, default=False,
        help="Lets OpenRouter drop the middle of a prompt that is too long, without a word.",
    ),
    Parameter(
        name="cache_ttl", kind=ParameterKind.CHOICE, choices=("5m", "1h"), default="5m",
        help="How long Anthropic keeps a prompt in its cache; an hour costs more to write.",
    ),
)  # fmt: skip

PARAMETERS: Final[Mapping[str, Parameter]] = MappingProxyType({one.name: one for one in _DECLARED})
SAMPLERS: Final = frozenset(
    {
        "temperature", "top_p", "top_k", "min_p", "top_a",
        "frequency_penalty", "presence_penalty", "repetition_penalty", "seed",
    }
)  # fmt: skip
"""Those that choose among words; they go by the same name to every server."""

_LESS_ALIKE: Final = {"temperature": 0.2, "frequency_penalty": 0.5, "presence_penalty": 0.4}


def with_other_sampling(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under which a model is likelier to say something else, within their ranges."""
    changed = {name: value for name, value in values.items() if name != "seed"}
    for name, more in _LESS_ALIKE.items():
        declared = PARAMETERS[name]
        now = float(changed.get(name, declared.default))
        changed[name] = round(min(now + more, declared.most or 0), 3)
    return changed


def validated(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values as they can be sent; numbers may be written as text, as forms have them.

    A value of None or "" is left out. Raises `ParameterError` with every fault.
    """
    faults: list[str] = []
    kept: dict[str, Any] = {}
    for name, value in values.items():
        parameter = PARAMETERS.get(name)
        if parameter is None:
            faults.append(f"There is no parameter named {name[:40]!r}.")
        elif value is not None and value != "":
            try:
                kept[name] = read_value(parameter, value)
            except ParameterError as error:
                faults.append(str(error))
    if faults:
        raise ParameterError("\n".join(faults))
    return kept


def read_value(parameter: Parameter, value: object) -> Any:  # noqa: ANN401  as it is declared
    """Return a value of the declared kind and range. Raises `ParameterError`."""
    try:
        return _READERS[parameter.kind](parameter, value)
    except (TypeError, ValueError, LookupError, OverflowError, RecursionError):
        msg = f"{parameter.name} must be {described(parameter)}."
        raise ParameterError(msg) from None


def described(parameter: Parameter) -> str:
    """Return in words what a value may be: "a number above 0, up to 1"."""
    if parameter.kind in {ParameterKind.NUMBER, ParameterKind.INTEGER}:
        noun = "a number" if parameter.kind is ParameterKind.NUMBER else "a whole number"
        least, most = f"{parameter.least:g}", f"{parameter.most:g}"
        return (
            f"{noun} above {least}, up to {most}"
            if parameter.above_least
            else (f"{noun} from {least} to {most}")
        )
    if parameter.kind is ParameterKind.CHOICE:
        return "one of " + ", ".join(parameter.choices)
    return _DESCRIBED[parameter.kind]


_DESCRIBED: Final = {
    ParameterKind.FLAG: "on or off",
    ParameterKind.TEXTS: f"at most {MOST_STOPS} texts of at most {LONGEST_STOP} characters",
    ParameterKind.BIAS: f"at most {MOST_BIASES} token numbers, each with a number from -100 to 100",
    ParameterKind.OBJECT: "a JSON object",
    ParameterKind.ZONE: "a time zone such as Europe/Berlin or UTC",
}


def _number(parameter: Parameter, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    number: float = float(value)
    if parameter.kind is _INTEGER:
        number = int(value)
        if number != float(value):
            raise ValueError
    least, most = parameter.least or 0, parameter.most or 0
    # Written so that NaN is outside.
    if not least <= number <= most or (parameter.above_least and number == least):
        raise ValueError
    return number


def _flag(_: Parameter, value: object) -> bool:
    words = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    if not isinstance(value, bool):
        raise TypeError
    return value


def _choice(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str) or value.strip().lower() not in parameter.choices:
        raise ValueError
    return value.strip().lower()


def _texts(_: Parameter, value: object) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or len(found) > MOST_STOPS:
        raise TypeError
    texts = tuple(found)
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_STOP for text in texts):
        raise ValueError
    return texts


def _bias(parameter: Parameter, value: object) -> dict[str, float]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict) or len(found) > MOST_BIASES:
        raise TypeError
    if not all(str(token).isdecimal() for token in found):
        raise ValueError
    as_number = Parameter(
        name=parameter.name, kind=_NUMBER, help="", least=parameter.least, most=parameter.most
    )
    return {str(token): float(_number(as_number, bias)) for token, bias in found.items()}


def _object(_: Parameter, value: object) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict) or not found:
        raise TypeError
    return found


def _zone(_: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return _zones()[value.strip().lower().replace(" ", "_")]


@cache
def _zones() -> dict[str, str]:
    """Return the zones' names by how they are looked for; reading them all takes a while."""
    return {name.lower(): name for name in available_timezones()} | {"utc": "UTC"}


_READERS: Final = {
    ParameterKind.NUMBER: _number,
    ParameterKind.INTEGER: _number,
    ParameterKind.FLAG: _flag,
    ParameterKind.CHOICE: _choice,
    ParameterKind.TEXTS: _texts,
    ParameterKind.BIAS: _bias,
    ParameterKind.OBJECT: _object,
    ParameterKind.ZONE: _zone,
}
