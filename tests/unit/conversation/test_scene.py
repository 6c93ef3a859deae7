"""Whose line is whose: people by their ids, names of their own, pictures in words."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from tzurot.characters.character import Character
from tzurot.characters.personas import Persona
from tzurot.conversation.eyes import Seen
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.marks import Meanings
from tzurot.conversation.scene import (
    Companion,
    Line,
    lines_of,
    names_of,
    with_pictures,
    with_trigger,
)
from tzurot.history.messages import AuthorKind, Message
from tzurot.history.people import Known
from tzurot.llm.messages import Image

ARIA = Character(id=UUID(int=1), name="Aria", slug="aria", card={}, avatar=None)
BRAM = UUID(int=2)


def said(
    user_id: int, name: str, text: str = "Hi", number: int = 1, proxied_as: str | None = None
) -> Message:
    return Message(
        channel_id=1,
        id=number,
        author_kind=AuthorKind.PERSON,
        author_id=user_id,
        author_name=name,
        content=text,
        proxied_as=proxied_as,
    )


def by_character(character_id: UUID, name: str, text: str, number: int) -> Message:
    return replace(
        said(999, name, text, number), author_kind=AuthorKind.CHARACTER, character_id=character_id
    )


def known(user_id: int, username: str) -> Known:
    return Known(user_id=user_id, username=username, display_name="x")


def persona(user_id: int, name: str) -> Persona:
    return Persona(
        id=UUID(int=user_id),
        user_id=user_id,
        name=name,
        pronouns="",
        about="",
        is_default=True,
        member_id=None,
    )


def test_two_people_of_one_name_stay_two() -> None:
    names = names_of(ARIA, [said(3, "Ben"), said(4, "ben"), said(5, "Cleo")], {}, {})
    assert names == {(3, None): "Ben (2)", (4, None): "ben (3)", (5, None): "Cleo"}
    names = names_of(
        ARIA, [said(3, "Ben"), said(4, "ben")], {}, {3: known(3, "ben1"), 4: known(4, "benny")}
    )
    assert names == {(3, None): "Ben (@ben1)", (4, None): "ben (@benny)"}


def test_nobody_has_a_characters_name() -> None:
    lines = [by_character(BRAM, "Bram", "Grr", 1), said(3, "ARIA"), said(4, "Bram")]
    names = names_of(ARIA, lines, {}, {})
    assert list(names.values()) == ["Bram", "ARIA (2)", "Bram (2)"]
    em = replace(ARIA, card={"nickname": "Em"})
    assert names_of(em, [said(3, "em"), said(4, "aria")], {}, {}) == {
        (3, None): "em (2)",
        (4, None): "aria (2)",
    }


def test_of_two_characters_of_one_name_each_is_somebody_and_none_is_the_one_that_answers() -> None:
    other, third = UUID(int=3), UUID(int=4)
    lines = [
        by_character(other, "\u0410ria", "Not I.", 1),
        by_character(third, "bram", "Nor I.", 2),
        by_character(BRAM, "Bram", "I.", 3),
        by_character(ARIA.id, "Aria", "And I.", 4),
        by_character(third, "System", "I, once.", 5),
    ]
    names = names_of(ARIA, lines, {}, {}, [Companion("Bram", id=BRAM), Companion("bram", id=third)])
    spoken = lines_of(ARIA.id, lines, names, Meanings(), {})
    assert [line.speaker for line in spoken] == [
        "\u0410ria (character)",
        "bram (character)",
        "Bram",
        "Aria",
        "System (character)",
    ]


@pytest.mark.parametrize(
    "name", ["System", "s\u0443st\u0435m message", "ASSISTANT", "you", "User\u3164"]
)
def test_nobody_has_the_name_of_a_role(name: str) -> None:
    (found,) = names_of(ARIA, [said(3, name)], {}, {3: known(3, "eve")}).values()
    assert found.endswith(" (@eve)")


def test_nor_that_of_one_that_has_not_spoken_yet() -> None:
    names = names_of(ARIA, [said(3, "bram")], {}, {3: known(3, "ben")}, [Companion("Bram")])
    assert names == {(3, None): "bram (@ben)"}


def test_signs_that_nobody_sees_make_no_other_name() -> None:
    people = {3: known(3, "ben"), 4: known(4, "eve")}
    names = names_of(ARIA, [said(3, "Ben"), said(4, "B\u200ben"), said(5, "\u200b")], {}, people)
    assert list(names.values()) == ["Ben (@ben)", "Ben (@eve)", "Someone"]
    assert names_of(ARIA, [said(4, "\uff21ria")], {}, people) == {(4, None): "\uff21ria (@eve)"}


def test_a_persona_names_its_person_and_whoever_is_proxied_is_somebody_else() -> None:
    lines = [said(3, "Ben"), said(3, "Luna", proxied_as="m1"), said(3, "Ben the 2nd")]
    names = names_of(ARIA, lines, {(3, None): persona(3, "Sir Ben")}, {})
    assert names == {(3, None): "Sir Ben", (3, "m1"): "Luna"}


def test_lines_carry_the_names_that_were_told_apart() -> None:
    lines = [
        said(3, "Ben", "<@4>, <@5> and <@!3>?", 1),
        by_character(ARIA.id, "Aria", "Yes?", 2),
        by_character(BRAM, "Bram", "Grr", 3),
        said(4, "Ben", "  ", 4),
    ]
    names = names_of(ARIA, lines, {}, {})
    assert lines_of(ARIA.id, lines, names, Meanings(people={5: "Cleo"}), {}) == (
        Line("Ben (2)", "@Ben (3), @Cleo and @Ben (2)?", is_self=False, message_id=1),
        Line("Aria", "Yes?", is_self=True, message_id=2),
        Line("Bram", "Grr", is_self=False, message_id=3),
    )


def test_a_webhook_with_many_names_is_as_many_speakers() -> None:
    lines = [
        replace(said(3, name, number=number), author_kind=AuthorKind.BOT)
        for number, name in enumerate(("Weather", "News", "Weather"), start=1)
    ]
    spoken = lines_of(ARIA.id, lines, names_of(ARIA, lines, {}, {}), Meanings(), {})
    assert [line.speaker for line in spoken] == ["Weather", "News", "Weather"]


def test_a_picture_is_told_where_it_is_named() -> None:
    cat = Seen(1, "[image: cat.png: a cat on a sill]", None)
    assert with_pictures("look\n[image: cat.png]", [cat]) == (
        "look\n[image: cat.png: a cat on a sill]"
    )
    # What its sender wrote about it stays.
    told = with_pictures("[image: cat.png: my cat]", [cat])
    assert told == f"[image: cat.png: my cat]\n{cat.words}"
    emoji = Seen(1, "[emoji: wave: a hand]", None)
    assert with_pictures(":wave:", [emoji]) == ":wave:\n[emoji: wave: a hand]"
    assert with_pictures("", [Seen(1, "[sticker: Wumpus]", None)]) == "[sticker: Wumpus]"


def test_a_message_of_pictures_alone_is_a_line() -> None:
    picture = Image("data:x", alt="[image: cat.png]")
    (line,) = lines_of(
        ARIA.id,
        [said(3, "Ben", "")],
        {(3, None): "Ben"},
        Meanings(),
        {1: [Seen(1, picture.alt, picture)]},
    )
    assert line == Line("Ben", "[image: cat.png]", is_self=False, message_id=1, images=(picture,))


def test_what_is_answered_is_there_even_when_history_lacks_it() -> None:
    incoming = Incoming(
        message_id=10,
        channel_id=1,
        guild_id=2,
        author_id=3,
        author_name="Ben",
        is_person=True,
        content="hello",
    )
    before = said(4, "Ada", number=9)
    assert [one.id for one in with_trigger([before], incoming)] == [9, 10]
    assert with_trigger([before, incoming.to_message()], incoming) == [
        before,
        incoming.to_message(),
    ]
