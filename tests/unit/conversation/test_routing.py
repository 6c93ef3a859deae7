"""Whom a message speaks to, and who else in the channel answers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.characters.character import Named
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.mentions import Alias
from tzurot.conversation.routing import (
    LONGEST_BANTER,
    MOST_CHARACTERS,
    Active,
    Chance,
    ChannelRule,
    RoomView,
    banter,
    may_speak_to_someone,
    route,
)


def character(number: int, name: str) -> Named:
    return Named(id=UUID(int=number), name=name, slug=name.lower())


ARIA, BRAM, CORA = character(1, "Aria"), character(2, "Bram"), character(3, "Cora")
ALL = (ARIA, BRAM, CORA)


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


def always(*numbers: float) -> Chance:
    """Return a chance that says these numbers, and then 0.5 for ever."""

    def numbers_without_end() -> Iterator[float]:
        yield from numbers
        while True:
            yield 0.5

    return numbers_without_end().__next__


def chosen(incoming: Incoming, room: RoomView, chance: Chance = random.random) -> list[Named]:
    return [one for one in ALL if one in route(incoming, room, chance).chosen]


def test_a_mention_in_a_channel() -> None:
    assert route(said("@Bram hi"), RoomView(characters=ALL), always()).chosen == [BRAM]


def test_the_one_replied_to_answers_before_those_named() -> None:
    room = RoomView(characters=ALL, replied_to=BRAM.id)
    assert route(said("and @Aria?", reply_to=50), room, always()).chosen == [BRAM, ARIA]


def test_each_answers_once() -> None:
    active = (Active(ARIA.id, 1.0), Active(BRAM.id, 1.0))
    room = RoomView(characters=ALL, replied_to=ARIA.id, active=active)
    assert route(said("@Aria @Aria", reply_to=50), room, always()).chosen == [ARIA, BRAM]


def test_a_character_that_the_person_may_not_speak_to_stays_silent() -> None:
    active = (Active(ARIA.id, 1.0),)
    room = RoomView(characters=(BRAM,), replied_to=ARIA.id, listening=ARIA.id, active=active)
    assert route(said("@Aria hi", reply_to=50), room, always()).chosen == []
    assert route(said("hi", guild=None), room, always()).chosen == []


def test_an_alias_names_a_character_and_a_name_beats_an_alias() -> None:
    aliases = (Alias("the keeper", ARIA.id), Alias("Bram", CORA.id), Alias("cap", UUID(int=9)))
    room = RoomView(characters=ALL, aliases=aliases)
    assert route(said("@The Keeper, hi"), room, always()).chosen == [ARIA]
    assert route(said("@bram hi"), room, always()).chosen == [BRAM]
    assert route(said("@cap hi"), room, always()).chosen == []


def test_of_two_aliases_the_first_counts() -> None:
    aliases = (Alias("boss", BRAM.id), Alias("boss", ARIA.id))
    room = RoomView(characters=ALL, aliases=aliases)
    assert route(said("@boss"), room, always()).chosen == [BRAM]


@pytest.mark.parametrize("sign", ["!", "&", "%", "$", "~", "+"])
def test_another_sign_may_stand_before_names(sign: str) -> None:
    room = RoomView(characters=ALL, mention_sign=sign)
    assert route(said(f"{sign}Aria hi"), room, always()).chosen == [ARIA]
    assert route(said("@Aria hi"), room, always()).chosen == []
    assert may_speak_to_someone(said(f"{sign}Aria"), sign)


def test_in_a_dm_the_last_one_listens_until_another_is_named() -> None:
    room = RoomView(characters=ALL, listening=ARIA.id)
    assert route(said("hi", guild=None), room, always()).chosen == [ARIA]
    assert route(said("@Bram hi", guild=None), room, always()).chosen == [BRAM]


def test_in_a_channel_without_active_characters_nobody_listens() -> None:
    room = RoomView(characters=ALL, listening=ARIA.id)
    assert route(said("hi"), room, always()).chosen == []


def test_at_most_so_many_answer_and_the_rest_is_named() -> None:
    crowd = [character(number, f"C{number}") for number in range(9)]
    text = " ".join(f"@{one.name}" for one in crowd)
    routed = route(said(text), RoomView(characters=crowd), always())
    assert routed.chosen == crowd[:MOST_CHARACTERS]
    assert routed.left_out == crowd[MOST_CHARACTERS:]
    routed = route(said(text), RoomView(characters=crowd, most=9), always())
    assert (routed.chosen, routed.left_out) == (crowd, [])


class TestTheRuleOfAChannel:
    active = (Active(ARIA.id, 0.9), Active(BRAM.id, 0.2), Active(CORA.id, 0.0))

    def room(self, rule: ChannelRule = ChannelRule.NATURAL, **more: bool) -> RoomView:
        return RoomView(characters=ALL, active=self.active, rule=rule, **more)  # type: ignore[arg-type]

    def test_list_all_answer_in_their_order_after_those_named(self) -> None:
        routed = route(said("@Bram hi"), self.room(ChannelRule.LIST), always())
        assert routed.chosen == [BRAM, ARIA, CORA]
        assert routed.addressed == {BRAM.id}

    def test_named_only_who_is_named(self) -> None:
        assert route(said("hi"), self.room(ChannelRule.NAMED), always()).chosen == []
        assert route(said("@Cora hi"), self.room(ChannelRule.NAMED), always()).chosen == [CORA]

    def test_natural_who_feels_like_it(self) -> None:
        # Three numbers shuffle, and three decide, in the shuffled order.
        chance = always(0.3, 0.2, 0.1, 0.5, 0.1, 0.5)
        assert route(said("hi"), self.room(), chance).chosen == [BRAM, ARIA]

    def test_natural_when_nobody_feels_like_it_one_answers(self) -> None:
        silent = (0.1, 0.2, 0.3, 0.99, 0.99, 0.99)
        assert route(said("hi"), self.room(), always(*silent, 0.1)).chosen == [ARIA]
        assert route(said("hi"), self.room(), always(*silent, 0.9)).chosen == [BRAM]

    def test_natural_but_not_when_somebody_was_named(self) -> None:
        chance = always(0.1, 0.2, 0.99, 0.99)
        assert route(said("@Cora hi"), self.room(), chance).chosen == [CORA]

    def test_who_never_talks_unasked_never_does(self) -> None:
        alone = RoomView(characters=ALL, active=(Active(CORA.id, 0.0),))
        for number in (0.0, 0.5, 0.999):
            assert route(said("hi"), alone, always(0.0, number, number)).chosen == []

    def test_ghosts_listen_and_answer_only_when_they_are_addressed(self) -> None:
        for rule in ChannelRule:
            assert route(said("hi"), self.room(rule, is_ghost=True), always(0.0)).chosen == []
            routed = route(said("@Aria"), self.room(rule, is_ghost=True), always(0.0))
            assert routed.chosen == [ARIA]

    def test_the_more_talkative_answer_more_often(self) -> None:
        chance = random.Random(7).random  # noqa: S311 - no secret
        counts = dict.fromkeys(ALL, 0)
        for _ in range(2000):
            for one in chosen(said("hi"), self.room(), chance):
                counts[one] += 1
        assert counts[ARIA] > 1700
        assert 350 < counts[BRAM] < 600
        assert counts[CORA] == 0


class TestCharactersAmongThemselves:
    room = RoomView(characters=ALL, active=tuple(Active(one.id, 0.5) for one in ALL), banter=1.0)

    def test_one_answers_another_and_never_itself(self) -> None:
        found = banter(ARIA.id, "Hello.", 0, self.room, always(0.0, 0.99))
        assert found == CORA
        found = banter(ARIA.id, "@Aria @Bram?", 0, self.room, always(0.0))
        assert found == BRAM

    def test_it_becomes_less_likely_and_ends(self) -> None:
        def share(answers: int) -> float:
            chance = random.Random(3).random  # noqa: S311 - no secret
            room = replace(self.room, banter=0.8)
            found = [banter(ARIA.id, "Hm.", answers, room, chance) for _ in range(500)]
            return sum(one is not None for one in found) / 500

        shares = [share(answers) for answers in range(LONGEST_BANTER + 2)]
        assert shares[0] > 0.7
        assert shares == sorted(shares, reverse=True)
        assert shares[LONGEST_BANTER:] == [0, 0]

    def test_a_channel_that_does_not_want_it_has_none(self) -> None:
        room = replace(self.room, banter=0.0)
        assert banter(ARIA.id, "@Bram?", 0, room, always(0.0)) is None

    def test_somebody_who_is_not_active_here_is_not_called_in(self) -> None:
        room = replace(self.room, active=(Active(ARIA.id), Active(BRAM.id)))
        assert banter(ARIA.id, "@Cora?", 0, room, always(0.0, 0.5)) == BRAM


@given(
    st.text(alphabet="@AriaBrmCo !", max_size=40),
    st.lists(st.sampled_from(ALL), unique=True),
    st.lists(st.tuples(st.sampled_from(ALL), st.floats(0, 1)), unique_by=lambda one: one[0].id),
    st.sampled_from(ChannelRule),
    st.sampled_from([None, ARIA.id, UUID(int=99)]),
    st.integers(0, 2**32),
)
def test_only_who_may_answer_does_and_each_once(  # noqa: PLR0913, PLR0917 - what a room is like
    text: str,
    may: list[Named],
    active: list[tuple[Named, float]],
    rule: ChannelRule,
    replied_to: UUID | None,
    seed: int,
) -> None:
    room = RoomView(
        characters=may,
        replied_to=replied_to,
        active=[Active(one.id, often) for one, often in active],
        rule=rule,
        most=2,
    )
    routed = route(said(text, reply_to=1), room, random.Random(seed).random)  # noqa: S311
    everybody = [*routed.chosen, *routed.left_out]
    assert len(routed.chosen) <= 2
    assert {one.id for one in everybody} <= {one.id for one in may}
    assert len({one.id for one in everybody}) == len(everybody)
    assert routed.addressed <= {one.id for one in everybody}


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
