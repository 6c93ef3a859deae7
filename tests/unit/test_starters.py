"""The starter characters are whole version 2 cards with a picture each."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from PIL import Image

STARTERS = files("tzurot.characters") / "starters"
NAMES = {"juniper": "Juniper", "captain-sable": "Captain Sable"}
FIELDS = {
    "name": str,
    "description": str,
    "personality": str,
    "scenario": str,
    "first_mes": str,
    "mes_example": str,
    "creator_notes": str,
    "system_prompt": str,
    "post_history_instructions": str,
    "alternate_greetings": list,
    "tags": list,
    "creator": str,
    "character_version": str,
    "extensions": dict,
}


@pytest.fixture(params=sorted(NAMES))
def starter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def card(starter: str) -> dict[str, Any]:
    loaded = json.loads((STARTERS / f"{starter}.json").read_text(encoding="utf-8"))
    assert loaded["spec"] == "chara_card_v2"
    assert loaded["spec_version"] == "2.0"
    data: dict[str, Any] = loaded["data"]
    return data


def test_each_starter_is_listed_here() -> None:
    assert {entry.name.split(".")[0] for entry in STARTERS.iterdir()} == set(NAMES)


def test_the_card_has_each_field_of_the_specification(starter: str) -> None:
    data = card(starter)
    assert {name: type(value) for name, value in data.items()} == FIELDS
    assert data["name"] == NAMES[starter]


def test_only_the_two_common_macros_are_used(starter: str) -> None:
    text = json.dumps(card(starter))
    assert set(re.findall(r"\{\{.*?\}\}", text)) == {"{{user}}", "{{char}}"}


def test_the_description_opens_with_the_character_and_stays_short(starter: str) -> None:
    data = card(starter)
    assert data["description"].startswith("{{char}} ")
    words = f"{data['description']} {data['personality']}".split()
    assert 180 <= len(words) <= 260


def test_examples_are_blocks_of_one_exchange_with_an_action(starter: str) -> None:
    first, *blocks = card(starter)["mes_example"].split("<START>\n")
    assert first == ""
    assert len(blocks) >= 3
    for block in blocks:
        assert re.fullmatch(r"\{\{user\}\}: .+\n\{\{char\}\}: .*\*.+\*.*\n?", block)


def test_greetings_differ_and_stay_under_a_message(starter: str) -> None:
    data = card(starter)
    greetings = [data["first_mes"], *data["alternate_greetings"]]
    assert len(set(greetings)) == len(greetings) >= 3
    for greeting in greetings:
        assert "{{user}}" in greeting
        assert greeting.count("*") % 2 == 0
        assert len(greeting) < 1500


def test_the_picture_is_a_small_square(starter: str) -> None:
    path = STARTERS / f"{starter}.png"
    raw = path.read_bytes()
    assert len(raw) < 120_000
    with path.open("rb") as file, Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", (512, 512))
