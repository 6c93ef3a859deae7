"""Permissions in a channel, step by step as Discord's documentation computes them."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.conversation.permissions import (
    ADMINISTRATOR,
    CONNECT,
    EVERYTHING,
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    READING,
    VIEW_CHANNEL,
    Overwrite,
    Person,
    Server,
    may_read,
    permissions_in,
)

EVERYONE, GUEST, CREW, CHIEF, UNKNOWN = 1, 11, 12, 13, 14
OWNER, ANN = 100, 101
SEND = 1 << 11

SERVER = Server(
    id=EVERYONE,
    owner_id=OWNER,
    roles={EVERYONE: READING | SEND, GUEST: 0, CREW: MANAGE_THREADS, CHIEF: ADMINISTRATOR},
)
CLOSED = Overwrite(deny=VIEW_CHANNEL)
OPEN = Overwrite(allow=VIEW_CHANNEL)


@pytest.mark.parametrize(
    ("roles", "overwrites", "expected"),
    [
        # The roles of the server, together.
        ([], {}, READING | SEND),
        ([GUEST], {}, READING | SEND),
        ([EVERYONE, CREW], {}, READING | SEND | MANAGE_THREADS),
        ([UNKNOWN], {}, READING | SEND),
        # An administrator is not held by any overwrite.
        ([CHIEF], {EVERYONE: CLOSED, CHIEF: CLOSED, ANN: CLOSED}, EVERYTHING),
        # @everyone first.
        ([], {EVERYONE: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        ([], {EVERYONE: Overwrite(allow=CONNECT)}, READING | SEND | CONNECT),
        ([], {EVERYONE: Overwrite(allow=CONNECT, deny=SEND)}, READING | CONNECT),
        # Then the roles: over @everyone, and what one allows over what another denies.
        ([CREW], {EVERYONE: CLOSED, CREW: OPEN}, READING | SEND | MANAGE_THREADS),
        ([GUEST], {GUEST: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        ([GUEST, CREW], {GUEST: CLOSED, CREW: OPEN}, READING | SEND | MANAGE_THREADS),
        ([CREW, GUEST], {GUEST: CLOSED, CREW: OPEN}, READING | SEND | MANAGE_THREADS),
        ([GUEST], {CREW: OPEN, EVERYONE: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        # A role that is not known denies all the same.
        ([UNKNOWN], {UNKNOWN: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        # @everyone is a step of its own, also for who is said to have that role.
        ([EVERYONE, GUEST], {EVERYONE: OPEN, GUEST: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        # The person last.
        ([CREW], {CREW: CLOSED, ANN: OPEN}, READING | SEND | MANAGE_THREADS),
        ([GUEST], {GUEST: OPEN, ANN: CLOSED}, READ_MESSAGE_HISTORY | SEND),
        ([], {EVERYONE: CLOSED, ANN: OPEN}, READING | SEND),
        ([], {OWNER: CLOSED}, READING | SEND),
    ],
)
def test_each_step_has_the_last_word_over_the_one_before(
    roles: list[int], overwrites: dict[int, Overwrite], expected: int
) -> None:
    assert permissions_in(SERVER, Person(ANN, roles), overwrites) == expected


def test_the_owner_may_do_everything() -> None:
    owner = Person(OWNER, [GUEST], is_timed_out=True)
    assert permissions_in(SERVER, owner, {EVERYONE: CLOSED, OWNER: CLOSED}) == EVERYTHING


def test_who_is_timed_out_may_read_and_no_more() -> None:
    ann = Person(ANN, [CREW], is_timed_out=True)
    assert permissions_in(SERVER, ann, {}) == READING
    assert permissions_in(SERVER, ann, {EVERYONE: CLOSED}) == READ_MESSAGE_HISTORY
    # Administrators cannot be timed out.
    assert permissions_in(SERVER, replace(ann, role_ids=[CHIEF]), {}) == EVERYTHING


def test_without_the_role_of_everybody_nothing_is_permitted() -> None:
    assert permissions_in(replace(SERVER, roles={}), Person(ANN, [CREW]), {}) == 0


@pytest.mark.parametrize(
    ("permissions", "is_voice", "expected"),
    [
        (READING, False, True),
        (EVERYTHING, True, True),
        (VIEW_CHANNEL, False, False),
        (READ_MESSAGE_HISTORY, False, False),
        (0, False, False),
        (READING, True, False),
        (READING | CONNECT, True, True),
    ],
)
def test_what_it_takes_to_read(permissions: int, is_voice: bool, expected: bool) -> None:  # noqa: FBT001
    assert may_read(permissions, is_voice=is_voice) is expected


IDS = st.sampled_from([EVERYONE, GUEST, CREW, UNKNOWN, ANN])
BITS = st.integers(min_value=0, max_value=(1 << 50) - 1).map(lambda bits: bits & ~ADMINISTRATOR)


@given(
    roles=st.lists(st.sampled_from([GUEST, CREW, UNKNOWN]), unique=True),
    overwrites=st.dictionaries(IDS, st.builds(Overwrite, allow=BITS, deny=BITS)),
)
def test_nobody_has_what_nothing_gave_and_whom_all_deny_has_nothing(
    roles: list[int], overwrites: dict[int, Overwrite]
) -> None:
    ann = Person(ANN, roles)
    concern = {EVERYONE, ANN, *roles}
    given_by_roles = [SERVER.roles.get(role, 0) for role in concern]
    allowed = [one.allow for key, one in overwrites.items() if key in concern]
    granted = permissions_in(SERVER, ann, overwrites)
    assert granted & ~reduce(or_, [*given_by_roles, *allowed]) == 0
    closed = {ANN: Overwrite(deny=EVERYTHING)}
    assert permissions_in(SERVER, ann, {**overwrites, **closed}) == 0
