"""Whom a message speaks to."""

from uuid import UUID

import pytest

from tzurot.characters.character import Character
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.routing import MAX_CHARACTERS, RoomView, may_speak_to_someone, route


def character(number: int, name: str) -> Character:
    return Character(id=UUID(int=number), name=name, slug=name.lower(), card={}, avatar=None)


ARIA, BRAM = character(1, "Aria"), character(2, "Bram")
BOTH = (ARIA, BRAM)


def said(
    content: str, *, guild: int | None = 7, reply_to: int | None = None, is_person: bool = True
) -> Incoming:
    return Incoming(
        message_id=100,
        channel_id=5,
        guild_id=guild,
        author_id=9,
        author_name="Ada",
        is_person=is_person,
        content=content,
        reply_to_id=reply_to,
    )


def test_a_mention_in_a_channel() -> None:
    assert route(said("@Bram hi"), RoomView(characters=BOTH)) == [BRAM]


def test_the_one_replied_to_answers_before_those_named() -> None:
    room = RoomView(characters=BOTH, replied_to=BRAM.id)
    assert route(said("and @Aria?", reply_to=50), room) == [BRAM, ARIA]


def test_each_answers_once() -> None:
    room = RoomView(characters=BOTH, replied_to=ARIA.id)
    assert route(said("@Aria @Aria", reply_to=50), room) == [ARIA]


def test_a_character_that_the_person_may_not_see_stays_silent() -> None:
    room = RoomView(characters=(BRAM,), replied_to=ARIA.id, listening=ARIA.id)
    assert route(said("@Aria hi", reply_to=50), room) == []
    assert route(said("hi", guild=None), room) == []


def test_in_a_dm_the_last_one_listens_until_another_is_named() -> None:
    room = RoomView(characters=BOTH, listening=ARIA.id)
    assert route(said("hi", guild=None), room) == [ARIA]
    assert route(said("@Bram hi", guild=None), room) == [BRAM]


def test_nobody_listens_in_a_channel() -> None:
    assert route(said("hi"), RoomView(characters=BOTH, listening=ARIA.id)) == []


def test_at_most_so_many_answer() -> None:
    crowd = [character(number, f"C{number}") for number in range(9)]
    text = " ".join(f"@{one.name}" for one in crowd)
    assert route(said(text), RoomView(characters=crowd)) == crowd[:MAX_CHARACTERS]


@pytest.mark.parametrize(
    ("incoming", "expected"),
    [
        (said("hello everyone"), False),
        (said("@Aria hello"), True),
        (said("hello", reply_to=50), True),
        (said("hello", guild=None), True),
        (said("@Aria hello", is_person=False), False),
        (said("@Aria hello", is_person=False, guild=None), False),
    ],
)
def test_what_is_worth_a_look(incoming: Incoming, *, expected: bool) -> None:
    assert may_speak_to_someone(incoming) is expected
