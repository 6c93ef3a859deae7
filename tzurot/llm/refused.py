"""Finds the parameters that a service says it does not take, or not with such values."""

from __future__ import annotations

import re
from typing import Final

from tzurot.llm.findings import Findings

_THINKING: Final = frozenset({"reasoning_effort", "reasoning_max_tokens"})
_REPETITION: Final = frozenset({"repetition_penalty", "repeat_penalty"})

# Names as services write them, and the parameters that are sent under them.
_PARAMETERS: Final[dict[str, frozenset[str]]] = {
    name: frozenset({name})
    for name in (
        "temperature", "top_p", "top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty",
        "seed", "stop", "logit_bias", "logprobs", "top_logprobs", "response_format", "verbosity",
        "service_tier", "parallel_tool_calls", "prediction",
    )
} | {
    "repetition_penalty": _REPETITION,
    "repeat_penalty": _REPETITION,
    "stop_sequences": frozenset({"stop"}),
    "penalty": frozenset({"frequency_penalty", "presence_penalty"}),
    "reasoning": _THINKING,
    "reasoning_effort": _THINKING,
    "thinking": _THINKING,
    "thinking_config": _THINKING,
    "enable_thinking": _THINKING,
    "budget_tokens": frozenset({"reasoning_max_tokens"}),
    "thinking_budget": frozenset({"reasoning_max_tokens"}),
    "chat_template_kwargs": _THINKING,
}  # fmt: skip
# These are also words of plain English: as names they count in quotes or in a field of their own.
_PLAIN: Final = frozenset(
    {"seed", "stop", "prediction", "reasoning", "thinking", "verbosity", "penalty"}
)
# What cannot be left out of a request, or is no parameter; `symptoms.py` knows what to make of it.
_NEEDED: Final = frozenset(
    {
        "messages", "message", "model", "input", "prompt", "stream", "tools", "tool_choice",
        "max_tokens", "max_completion_tokens", "max_output_tokens",
    }
)  # fmt: skip

_REFUSED: Final = re.compile(
    r"deprecated|unsupported|unknown|unexpected|unrecogni[sz]ed|incompatible|mutually exclusive"
    r"|(?:not|n't|no longer|never) (?:be )?(?:support|permit|allow|enabl|availab|recogni|accept"
    r"|compatib|used|specified|combined)|extra (?:inputs|fields)|extra_forbidden|both"
    r"|does(?: not|n't) (?:take|have)|reject",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(r"\bboth\b|mutually exclusive|together|combined", re.IGNORECASE)
_VALUE: Final = re.compile(
    r"must be|should be|may only be|range|at most|at least|less than|greater than|between"
    r"|invalid|maximum|minimum|too (?:large|small|high|low)",
    re.IGNORECASE,
)
# One name of all, longest first; `frequency penalty`, `frequencyPenalty` are written as well.
_NAME: Final = re.compile(
    r"(?<!\w)(?P<mark>[`'\"]?)(?P<name>"
    + "|".join(
        name.replace("_", r"[_ ]?") for name in sorted(_PARAMETERS, key=lambda one: -len(one))
    )
    + r")(?:\.\w+)*(?P<end>[`'\"]?)(?!\w)",
    re.IGNORECASE,
)
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
_BY_LETTERS: Final = {name.replace("_", ""): name for name in _PARAMETERS}


def refused_names(found: Findings) -> tuple[bool, frozenset[str]] | None:
    """Return the parameters that are refused, and whether for good; None if none are named.

    It is not for good where another value would be taken.
    """
    told = _told(found) or _spoken(found.text)
    if not told:
        return None
    words = f"{found.text} {' '.join(found.words)}"
    lasting = _REFUSED.search(words) is not None
    if not lasting and not _VALUE.search(words):
        return None
    if lasting and len(told) > 1 and _BOTH.search(words):
        # One of them is enough; the first is the one that people set most.
        told = told[1:]
    return lasting, frozenset().union(*(_PARAMETERS.get(name, {name}) for name in told))


def _told(found: Findings) -> list[str]:
    """Return the names in fields made for them: OpenAI's `param`, pydantic's `loc`."""
    told = found.strings("param")
    for part in found.objects:
        place = part.get("loc")
        if isinstance(place, list) and len(place) > 1 and place[0] == "body":
            told.append(str(place[1]))
    names = (one.partition(".")[0].lower() for one in told)
    plain = (name for name in names if name not in _NEEDED and _IDENTIFIER.fullmatch(name))
    return list(dict.fromkeys(_canonical(name) or name for name in plain))


def _spoken(text: str) -> list[str]:
    names = []
    for match in _NAME.finditer(text):
        name = _canonical(match["name"])
        if name and (name not in _PLAIN or (match["mark"] and match["end"])):
            names.append(name)
    if re.search(r"\bpenalty is not\b", text, re.IGNORECASE):  # Google's form
        names.append("penalty")
    return list(dict.fromkeys(names))


def _canonical(name: str) -> str | None:
    return _BY_LETTERS.get(re.sub(r"[_ ]", "", name).lower())
