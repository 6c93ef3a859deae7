"""The fields of a character that people write in a form: each declared once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.plain import without_unseen

FORM_MOST: Final = 4000
"""Characters in one text of a form. Source: Discord's documentation, Text Input."""


@dataclass(frozen=True, slots=True)
class Field:
    """One text of a character. `key` is its name in the card (character card V2)."""

    key: str
    label: str
    hint: str
    most: int
    is_required: bool = False
    is_long: bool = True


FIELDS: Final = (
    # A webhook speaks under at most 80 characters.
    Field("name", "Name", "Written after @ to speak to them", 80, True, is_long=False),  # noqa: FBT003
    Field(
        "description", "Who they are", "Looks, past, habits. You may write {{char}} and {{user}}.",
        FORM_MOST, is_required=True,
    ),
    Field("personality", "Personality", "A few words: patient, dry, easily moved", 1000),
    Field("first_mes", "First words", "How they greet somebody new", 2000),
    Field(
        "mes_example", "How they talk",
        "{{user}}: Is it late?\n{{char}}: *looks up* Only if you were expected.", FORM_MOST,
    ),
)  # fmt: skip

# An @ would begin another mention, and a line's end another speaker.
_NOT_IN_A_NAME = re.compile(r"[@#:`\n\r]|```")
_RESERVED: Final = {"everyone", "here", "someone"}


def is_usable_name(name: str) -> bool:
    """Whether somebody can be called this, its length apart."""
    return not _NOT_IN_A_NAME.search(name) and name.casefold() not in _RESERVED


def validated(values: Mapping[str, str], fields: Sequence[Field] = FIELDS) -> dict[str, str]:
    """Return the fields as they are kept; one of them is a name.

    Raises CharacterError with every fault in one text.
    """
    faults: list[str] = []
    kept: dict[str, str] = {}
    for field in fields:
        text = values.get(field.key, "").strip()
        if not field.is_long:
            text = without_unseen(" ".join(text.split()))
        if field.is_required and not text:
            faults.append(texts.FIELD_MISSING.format(label=field.label))
        if len(text) > field.most:
            faults.append(
                texts.FIELD_TOO_LONG.format(label=field.label, most=field.most, now=len(text))
            )
        kept[field.key] = text
    if not is_usable_name(kept["name"]):
        faults.append(texts.NAME_NOT_USABLE)
    if faults:
        raise CharacterError("\n".join(faults))
    return kept
