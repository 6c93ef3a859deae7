"""Caps as they are kept: which ones make sense for a setting, and their form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.llm.parameters import ParameterError, ParameterKind, read_value
from tzurot.rules.cascade import Cap, Setting

_NUMBERS = {ParameterKind.NUMBER, ParameterKind.INTEGER}


def checked_cap(setting: Setting, cap: Cap) -> Cap:
    """Return the cap with its values as they are read. Raises CharacterError if it makes no sense.

    It is either a range, for numbers, or some of the values that the setting may have.
    """
    bounds = [bound for bound in (cap.least, cap.most) if bound is not None]
    is_range = bool(bounds) and cap.only is None and setting.value.kind in _NUMBERS
    if not is_range and (bounds or not cap.only):
        raise CharacterError(texts.CAP_WRONG.format(name=setting.name))
    try:
        # A bound within the setting's own range: beyond it nothing would be left of one.
        least, most = (
            None if bound is None else read_value(setting.value, bound)
            for bound in (cap.least, cap.most)
        )
        only = (
            None if cap.only is None else tuple(read_value(setting.value, one) for one in cap.only)
        )
    except ParameterError as error:
        raise CharacterError(str(error)) from None
    if least is not None and most is not None and least > most:
        raise CharacterError(texts.CAP_WRONG.format(name=setting.name))
    return Cap(least=least, most=most, only=only)


def cap_to_json(cap: Cap) -> dict[str, Any]:
    """Return `{"least": number, "most": number, "only": [values]}`, without what is not set."""
    only = None if cap.only is None else list(cap.only)
    parts = {"least": cap.least, "most": cap.most, "only": only}
    return {name: part for name, part in parts.items() if part is not None}


def cap_from_json(setting: Setting, content: object) -> Cap:
    """Return what `cap_to_json` wrote. Raises CharacterError for what makes no sense."""
    parts = content if isinstance(content, Mapping) else {}
    only = parts.get("only")
    found = tuple(only) if isinstance(only, list) else None
    return checked_cap(setting, Cap(least=parts.get("least"), most=parts.get("most"), only=found))
