"""What honest replies keep, and what leaky ones lose: the corpora beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tzurot.conversation.cleanup import clean

CORPORA = Path(__file__).parent / "corpora"
EVENING = "Good evening."


def replies(kind: str) -> list[Any]:
    return [
        pytest.param(reply, id=f"{path.stem}: {reply['name']}")
        for path in sorted(CORPORA.glob(f"{kind}_*.toml"))
        for reply in tomllib.loads(path.read_text(encoding="utf-8"))["reply"]
    ]


HONEST, LEAKY = replies("honest"), replies("leaky")


def cleaned(reply: dict[str, str], text: str) -> str:
    return clean(
        text,
        name="Mira",
        user_name="Ada",
        others={"Ada", "Ben", "Juniper"},
        user_message=reply.get("asked", EVENING),
    )


@pytest.mark.parametrize("reply", HONEST)
def test_what_is_honest_stays(reply: dict[str, str]) -> None:
    assert cleaned(reply, reply["text"]) == reply["text"]


@pytest.mark.parametrize("reply", LEAKY)
def test_what_leaks_goes(reply: dict[str, str]) -> None:
    assert cleaned(reply, reply["text"]) == reply["expected"]


@pytest.mark.parametrize("reply", LEAKY)
def test_what_is_clean_is_not_cleaned_again(reply: dict[str, str]) -> None:
    assert cleaned(reply, reply["expected"]) == reply["expected"]


@pytest.mark.parametrize("reply", HONEST)
def test_an_honest_reply_loses_a_leak_and_nothing_else(reply: dict[str, str]) -> None:
    assert cleaned(reply, f"<|im_start|>assistant\n{reply['text']}") == reply["text"]


def test_there_is_enough_of_each() -> None:
    assert len(HONEST) >= 150
    assert len(LEAKY) >= 80
