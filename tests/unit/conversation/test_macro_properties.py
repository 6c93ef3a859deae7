"""Macros in any text whatever: nothing raises, grows for ever, or reads data as a macro."""

from __future__ import annotations

import json
import os
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.macros import MACROS, expanded, most_of
from tzurot.conversation.prompt.macros import Macros, expand

NAMES = {"{{char}}": "Juniper", "{{user}}": "Ada"}
_PIECES = (
    "{{ }} { } :: : , \\ / // # ! <USER> if else /if char user getvar setvar addvar "
    "incvar x 1 random pick roll d6 reverse trim newline time_UTC+2 timeDiff "
    "datetimeformat description personality comment persona � ٣ "
)
PIECES = st.sampled_from([*_PIECES.split(), "\n"])
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=60).map("".join) | st.text()
PLAIN = st.text(st.characters(exclude_characters="{}<"))


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_makes_it_raise_or_grow_too_long(text: str, card: str, other: str) -> None:
    fields = {"description": card, "personality": other}
    macros = replace(MACROS, card=fields, variables={}, chat=other)
    assert len(expand(text, macros)) <= most_of(text, macros)


@given(PLAIN)
def test_a_text_without_macros_stays(text: str) -> None:
    assert expanded(text) == text


@given(TEXTS)
def test_data_comes_out_as_it_went_in(data: str) -> None:
    macros = replace(MACROS, user=data, variables={})
    assert expand("[{{user}}]", macros) == f"[{data}]"
    assert expand("{{setvar::x::{{user}}}}[{{getvar::x}}]", macros) == f"[{data}]"


@given(TEXTS, st.sampled_from(["user", "persona", "last_message", "last_user_message"]))
def test_what_is_said_changes_nothing_but_itself(text: str, name: str) -> None:
    # A mark of one's own stands where any other words of the same length would stand.
    quiet, loud = "\ue000" * 8, "{{char}}"
    macros = replace(MACROS, variables={}, last_message="", last_user_message="", persona="")
    results = [
        expand(text, _with(replace(macros, variables={}), name, value)) for value in (quiet, loud)
    ]
    backwards = {loud: quiet, loud[::-1]: quiet}
    for written, mark in backwards.items():
        if written not in text:
            results[1] = results[1].replace(written, mark)
    if "reverse" not in text and loud not in text and "datetimeformat" not in text:
        assert results[0] == results[1]


def _with(macros: Macros, name: str, value: str) -> Macros:
    changes: dict[str, Callable[[], Macros]] = {
        "user": lambda: replace(macros, user=value),
        "persona": lambda: replace(macros, persona=value),
        "last_message": lambda: replace(macros, last_message=value),
        "last_user_message": lambda: replace(macros, last_user_message=value),
    }
    return changes[name]()


def _cards() -> Iterator[object]:
    """Yield the JSON of every real card, whatever it is packed in."""
    for path in sorted(Path(os.environ["TZUROT_TEST_DATA"], "cards").iterdir()):
        if path.suffix == ".png":
            with Image.open(path) as picture:
                picture.load()
                for key in ("chara", "ccv3"):
                    if key in picture.info:
                        yield json.loads(b64decode(picture.info[key]))
        elif path.suffix == ".json":
            yield json.loads(path.read_text(encoding="utf-8"))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    if name.endswith(".json"):
                        yield json.loads(packed.read(name))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


@pytest.mark.skipif(
    not os.environ.get("TZUROT_TEST_DATA"),
    reason="needs real cards: set TZUROT_TEST_DATA to the folder above cards/",
)
def test_real_cards_lose_their_names_and_nothing_else() -> None:
    texts = [text for card in _cards() for text in _strings(card)]
    assert len(texts) > 100
    plain = re.compile(r"\{\{(?:char|user)\}\}", re.IGNORECASE)
    for text in texts:
        result = expanded(text)
        assert not plain.search(result)
        if not re.search(r"[{}]|<(?:user|bot|char|group)>", plain.sub("", text), re.IGNORECASE):
            assert result == plain.sub(lambda match: NAMES[match[0].lower()], text)
