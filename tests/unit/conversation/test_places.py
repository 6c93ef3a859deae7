"""Who gets a place next, and how long a wait is expected to be."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tzurot.conversation.places import FIRST_GUESS_S, Place, Places

ADA, BEN, CLEO = 1, 2, 3


class Hall:
    """Places, and the names of those who have got one, in order."""

    def __init__(self, bound: int) -> None:
        self.clock = Clock()
        self.places = Places(bound, self.clock.monotonic)
        self.stacks: dict[str, ExitStack] = {}
        self._queued: dict[str, Place] = {}
        self.order: list[str] = []

    def come(self, user_id: int, name: str) -> Place:
        stack = ExitStack()
        place = stack.enter_context(self.places.queue(user_id))
        self.stacks[name], self._queued[name] = stack, place
        self._look()
        return place

    def go(self, name: str) -> None:
        self.stacks.pop(name).close()
        del self._queued[name]
        self._look()

    @property
    def working(self) -> list[str]:
        return [name for name, place in self._queued.items() if place.is_given]

    def _look(self) -> None:
        self.order += [name for name in self.working if name not in self.order]

    def finish(self) -> list[str]:
        """Let everybody work, one after the other, and return in which order they began."""
        while self.working:
            self.go(self.working[0])
        return self.order


async def test_people_take_turns_and_the_order_of_each_is_kept() -> None:
    hall = Hall(1)
    for name in ("a1", "a2", "a3", "a4"):
        hall.come(ADA, name)
    hall.come(BEN, "b1")
    hall.come(CLEO, "c1")
    hall.come(BEN, "b2")
    assert hall.finish() == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_somebody_new_waits_once_for_each_other_person_and_not_for_each_turn() -> None:
    hall = Hall(2)
    for number in range(100):
        hall.come(ADA, f"a{number}")
    hall.come(BEN, "b")
    hall.go("a0")
    hall.go("a1")
    assert hall.order == ["a0", "a1", "a2", "b"]


async def test_there_are_never_more_than_the_bound_at_work() -> None:
    hall = Hall(3)
    for number in range(10):
        hall.come(number % 4, str(number))
        assert len(hall.working) == min(number + 1, 3)
    hall.go("0")
    assert len(hall.working) == 3
    assert sorted(hall.finish(), key=int) == [str(number) for number in range(10)]


async def test_whoever_leaves_the_queue_is_not_waited_for() -> None:
    hall = Hall(1)
    hall.come(ADA, "a1")
    hall.come(BEN, "b1")
    hall.come(ADA, "a2")
    hall.come(BEN, "b2")
    hall.go("b1")
    hall.go("a2")
    assert hall.finish() == ["a1", "b2"]


async def test_who_stops_waiting_for_a_moment_keeps_the_position() -> None:
    hall = Hall(1)
    hall.come(ADA, "a1")
    place = hall.come(BEN, "b1")
    hall.come(CLEO, "c1")
    assert await place.given(0) is False
    waiting = asyncio.ensure_future(place.given(None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    hall.go("a1")
    assert await place.given(None) is True
    assert hall.order == ["a1", "b1"]


async def test_the_expected_wait_grows_with_who_comes_before_and_how_long_they_take() -> None:
    hall = Hall(2)
    hall.come(ADA, "a1")
    hall.come(ADA, "a2")
    assert hall.come(ADA, "a3").expected_s == FIRST_GUESS_S / 2
    assert hall.come(ADA, "a4").expected_s == FIRST_GUESS_S
    # Of Ada's two that wait, only one comes before.
    assert hall.come(BEN, "b1").expected_s == FIRST_GUESS_S
    # One of Ada's and Ben's other one come before.
    assert hall.come(BEN, "b2").expected_s == 2 * FIRST_GUESS_S
    hall.clock.pass_(100)
    hall.go("a1")
    assert hall.come(CLEO, "c1").expected_s > 2 * FIRST_GUESS_S


async def test_nobody_gets_a_place_after_the_end_and_nobody_waits_for_one() -> None:
    hall = Hall(1)
    hall.come(ADA, "a1")
    waiting = hall.come(BEN, "b1")
    hall.places.close()
    hall.places.close()
    assert await waiting.given(None) is False
    hall.go("a1")
    assert not waiting.is_given
    assert not hall.come(CLEO, "c1").is_given


@given(st.integers(1, 4), st.lists(st.integers(0, 5), max_size=40))
def test_nobody_is_served_twice_while_somebody_else_waits_for_the_first_time(
    bound: int, people: list[int]
) -> None:
    async def all_of_it() -> list[int]:
        hall = Hall(bound)
        for number, user_id in enumerate(people):
            hall.come(user_id, f"{user_id} {number}")
        return [int(name.split()[0]) for name in hall.finish()]

    order = asyncio.run(all_of_it())
    assert Counter(order) == Counter(people)
    # Beyond those who found a free place, everybody's nth turn comes before anybody's (n+1)th.
    rounds, seen = [], Counter[int]()
    for user_id in order[bound:]:
        seen[user_id] += 1
        rounds.append(seen[user_id])
    assert rounds == sorted(rounds)
