"""Changes a refused request so that it may be taken, or tells that nothing can be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tzurot.llm.adapt import adapt, thinks_not, without_attachments
from tzurot.llm.capabilities import Abilities
from tzurot.llm.errors import ErrorKind, ModelError, Symptom
from tzurot.llm.messages import Audio, ChatRequest, File, Image, Json
from tzurot.llm.trim import trimmed
from tzurot.llm.turns import without_tools

FEWEST_TOKENS: Final = 64
"""An answer that the credit pays for is not asked for if it would be shorter than this."""
_MOST_TOKENS: Final = 8192
_MORE: Final = 4
"""Thinking that ate all is given so many times the room."""
_USUAL_STOPS: Final = 4
_USUAL_LEAST: Final = 16
_USUAL_MOST: Final = 4096
_THINKING: Final = ("reasoning_effort", "reasoning_max_tokens", "reasoning", "include_reasoning")
# Choices of privacy (data_collection, zdr), of money (max_price) and of distrust (ignore) stay,
# even if nobody is left.
_LOOSE: Final = frozenset({"only", "allow_fallbacks", "require_parameters", "quantizations"})


@dataclass(frozen=True, slots=True)
class Repair:
    """A request that may be taken where the one before was refused."""

    request: ChatRequest
    what: str
    """What was changed, for the ledger and the host's log."""
    lesson: Abilities | None
    """What holds for every later request to this model; None: it was for this once."""


def repair(
    request: ChatRequest, error: ModelError, known: Abilities | None = None
) -> Repair | None:
    """Return a request that mends what the error tells, None if nothing can be changed.

    Repairing again and again for the same error comes to None. `known` is what is known of the
    model; a lesson in it need not be learned, but what it forbids is not tried.
    """
    plain = adapt(request, Abilities())
    for what, lesson in _lessons(error):
        changed = adapt(request, lesson)
        if changed != plain:  # else the lesson has nothing to do with this request
            return Repair(changed, what, lesson)
    if (once := _once(request, error, known or Abilities())) is None:
        return None
    what, changed = once
    return Repair(changed, what, None) if changed != request else None


# -- lessons -----------------------------------------------------------------------------------


def _lessons(error: ModelError) -> list[tuple[str, Abilities]]:
    """Return what an error teaches of its model; where there are several, the mildest first."""
    limit = error.limit
    match error.symptom:
        case Symptom.PARAMETERS:
            names = ", ".join(sorted(error.names))
            return [(f"without {names}", Abilities(refused=error.names))]
        case Symptom.TOO_MANY_IMAGES:
            return [(f"at most {limit or 1} images", Abilities(most_images=limit or 1))]
        case Symptom.TOO_MANY_STOPS:
            most = _USUAL_STOPS if limit is None else limit
            return [(f"at most {most} stops", Abilities(most_stops=most))]
        case Symptom.TOKENS_MINIMUM:
            # A number that is no minimum would only make the answer dear.
            least = min(limit or _USUAL_LEAST, _MOST_TOKENS)
            return [(f"max_tokens at least {least}", Abilities(least_tokens=least))]
        case None:
            return []
        case symptom:
            return _LESSONS.get(symptom, [])


_LESSONS: Final[Mapping[Symptom, list[tuple[str, Abilities]]]] = {
    Symptom.NO_IMAGES: [("without images", Abilities(images=False))],
    Symptom.NO_AUDIO: [("without audio", Abilities(audio=False))],
    Symptom.NO_FILES: [("without files", Abilities(files=False))],
    Symptom.NO_TOOLS: [("without tools", Abilities(tools=False))],
    Symptom.NO_SYSTEM: [("without system messages", Abilities(system=False))],
    Symptom.NO_PREFILL: [("without prefill", Abilities(prefill=False))],
    Symptom.REASONING_MANDATORY: [
        ("thinking not switched off", Abilities(reasoning=True, reasoning_mandatory=True))
    ],
    Symptom.ROLES: [
        ("roles alternate", Abilities(alternating=True)),
        ("the user last", Abilities(alternating=True, prefill=False)),
        ("without system messages", Abilities(alternating=True, system=False)),
    ],
}


# -- for once ----------------------------------------------------------------------------------

Once = tuple[str, ChatRequest] | None


def _once(request: ChatRequest, error: ModelError, known: Abilities) -> Once:
    if error.symptom in _STEPS:
        return _STEPS[error.symptom](request, error, known)
    if error.kind is ErrorKind.CONTEXT_TOO_LONG:
        return _smaller(request)
    return None


def _without_named(request: ChatRequest, error: ModelError) -> Once:
    names = ", ".join(sorted(error.names))
    return f"without {names}", adapt(request, Abilities(refused=error.names))


def _capped(request: ChatRequest, limit: int) -> Once:
    if not FEWEST_TOKENS <= limit < request.max_tokens:
        return None
    return f"max_tokens {limit}", replace(request, max_tokens=limit)


def _within_prompt(request: ChatRequest, limit: int | None) -> Once:
    return "a shorter history", trimmed(request, limit)


def _within_context(request: ChatRequest, limit: int | None) -> Once:
    """Leave the answer a quarter of the context at most, and the prompt what is left of it."""
    if limit is None:
        return _within_prompt(request, None)
    answer = min(request.max_tokens, max(limit // 4, FEWEST_TOKENS))
    changed = trimmed(replace(request, max_tokens=answer), limit - answer)
    return f"within a context of {limit}", changed


def _smaller(request: ChatRequest) -> Once:
    """Make a request smaller that has too many bytes: attachments first, then history."""
    for newest in (1, 0):
        messages = request.messages
        for kind in (Image, Audio, File):
            messages = without_attachments(messages, kind, newest)
        if messages != request.messages:
            return "fewer attachments", replace(request, messages=messages)
    return _within_prompt(request, None)


def _other_providers(request: ChatRequest, error: ModelError) -> Once:
    """Drop filters that the preferences set and that left out the rest, as far as they are told."""
    blamed = _LOOSE & error.names if error.names else _LOOSE
    kept = {name: value for name, value in request.provider.items() if name not in blamed}
    if kept != request.provider:
        dropped = ", ".join(sorted(request.provider.keys() - kept.keys()))
        return f"providers without {dropped}", replace(request, provider=kept)
    form = request.parameters.get("response_format")
    schema = form.get("json_schema") if isinstance(form, Mapping) else None
    if isinstance(form, Mapping) and isinstance(schema, Mapping) and schema.get("strict"):
        loose = {**form, "json_schema": {**schema, "strict": False}}
        parameters = {**request.parameters, "response_format": loose}
        return "a schema that is not strict", replace(request, parameters=parameters)
    return None


def _plain_loop(request: ChatRequest) -> Once:
    """Tell calls of tools as text, so that no thinking has to come back with them."""
    return "calls of tools as text", replace(request, messages=without_tools(request.messages))


def _unthinking(request: ChatRequest, known: Abilities) -> Once:
    settings = (*request.parameters.items(), *request.extra.items())
    if known.reasoning_mandatory or "reasoning_effort" in known.refused:
        return None
    if any(thinks_not(name, value) for name, value in settings):
        return None
    parameters = _without_thinking(request.parameters) | {"reasoning_effort": "none"}
    extra = _without_thinking(request.extra)
    return "thinking off", replace(request, parameters=parameters, extra=extra)


def _without_thinking(parameters: Json) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in _THINKING}


def _roomier(request: ChatRequest) -> Once:
    more = min(request.max_tokens * _MORE, _MOST_TOKENS)
    if more <= request.max_tokens:
        return None
    return f"max_tokens {more}", replace(request, max_tokens=more)


_STEPS: Final[Mapping[Symptom | None, Callable[[ChatRequest, ModelError, Abilities], Once]]] = {
    Symptom.VALUES: lambda request, error, _: _without_named(request, error),
    Symptom.IMAGE_UNUSABLE: lambda request, *_: (
        "without images",
        replace(request, messages=without_attachments(request.messages, Image)),
    ),
    Symptom.EMPTY_CONTENT: lambda request, *_: (
        "without blank messages",
        adapt(request, Abilities()),
    ),
    Symptom.AFFORDABLE: lambda request, error, _: _capped(request, error.limit or 0),
    Symptom.TOKENS_MAXIMUM: lambda request, error, _: _capped(request, error.limit or _USUAL_MOST),
    Symptom.PROMPT_LIMIT: lambda request, error, _: _within_prompt(request, error.limit),
    Symptom.CONTEXT_LIMIT: lambda request, error, _: _within_context(request, error.limit),
    Symptom.PROVIDER_FILTERS: lambda request, error, _: _other_providers(request, error),
    Symptom.REASONING_BACK: lambda request, *_: _plain_loop(request),
    Symptom.ONLY_THINKING: lambda request, _, known: _unthinking(request, known),
    Symptom.THINKING_ATE_ALL: lambda request, _, known: (
        _unthinking(request, known) or _roomier(request)
    ),
}
