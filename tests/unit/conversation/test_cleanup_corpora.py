"""What honest replies keep, and what leaky ones lose: the corpora beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.conversation.test_golden import SCENES, remembered
from tzurot.conversation.cleanup import clean, notes_in
from tzurot.conversation.prompt import Draft, Limits
from tzurot.conversation.prompt.filling import Filling
from tzurot.llm.messages import ChatMessage

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


@pytest.mark.parametrize("name", SCENES)
def test_no_note_of_any_prompt_is_said_again(name: str) -> None:
    given = SCENES[name]
    character = given.scene.character
    limits = Limits(tokens=given.tokens, messages=given.messages)
    prompt = Draft(given.scene, Filling(given.scene), limits).prompt(remembered(given))
    notes = notes_in(prompt.messages)
    told = [
        line
        for message in prompt.messages
        if message.role == "user"
        for line in message.content.splitlines()
        if line.startswith(("[", "- ", "]", "What the next", f"{character.called} remembers"))
    ]
    assert told
    leaky = "\n".join([*told, f"{character.called}: The lamp is lit."])
    assert (
        clean(
            leaky,
            name=character.name,
            nickname=character.called,
            user_name=given.scene.user_name,
            others=given.scene.others,
            notes=notes,
        )
        == "The lamp is lit."
    )
    assert not clean(told[0], name="Mira", user_name="Ada", others=(), notes=notes)


def test_what_only_looks_like_a_note_of_the_prompt_stays() -> None:
    notes = notes_in([ChatMessage("user", "[It is late.]\nAda: [a knock]\n[The oil\nruns low.]")])
    assert notes == {"[It is late.]", "[The oil", "runs low.]"}
    for text in ("[It is early.] Come in.", "runs low.]", "`[It is late.]` is what I read."):
        assert clean(text, name="Mira", user_name="Ada", others=(), notes=notes) == text
    leaky = "[It is late.]\nCome in."
    assert clean(leaky, name="Mira", user_name="Ada", others=(), notes=notes) == "Come in."
