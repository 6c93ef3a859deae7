"""Whatever the order in which originals, copies and deletions are heard, the pairs are right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tzurot.conversation.incoming import Incoming
from tzurot.conversation.proxies import JustSaid

PLURALKIT = 466378653216014359
MOST = 4
Event = tuple[str, int]
Pair = tuple[int, int]


@st.composite
def orders(draw: st.DrawFn, *, are_in_order: bool) -> list[Event]:
    """Return an order of what several people say, and of the copy and the deletion of each.

    A copy or deletion comes after its original. With `are_in_order` copies come in the order of
    their originals, and so do deletions.
    """
    people = draw(st.integers(1, MOST))
    left = {kind: list(range(people)) for kind in ("said", "copied", "deleted")}
    heard: list[Event] = []
    while any(left.values()):
        possible = [
            (kind, who)
            for kind, waiting in left.items()
            for who in (waiting[:1] if are_in_order or kind == "said" else waiting)
            if kind == "said" or ("said", who) in heard
        ]
        kind, who = draw(st.sampled_from(possible))
        left[kind].remove(who)
        heard.append((kind, who))
    return heard


def pairs_of(order: list[Event], contents: list[str], app: int | None) -> list[Pair]:
    """Return whose original was paired with whose copy, each message a millisecond later."""
    words = JustSaid()
    originals: dict[int, Incoming] = {}
    whose: dict[int, int] = {}
    pairs: list[Pair] = []
    for at, (kind, who) in enumerate(order, start=1):
        message = Incoming(
            message_id=at << 22,
            channel_id=5,
            guild_id=7,
            author_id=who,
            author_name=f"person {who}",
            is_person=True,
            content=f"{who}: {contents[who]}",
        )
        whose[message.message_id] = who
        if kind == "said":
            originals[who] = message
            words.note(message)
        elif kind == "copied":
            copy = replace(
                message,
                is_person=False,
                is_webhook=True,
                application_id=app,
                content=contents[who],
            )
            if (found := words.original_of(copy)) is not None:
                pairs.append((found.author_id, who))
        else:
            told = words.deleted(5, [originals[who].message_id])
            pairs += [(original.author_id, whose[copy.message_id]) for original, copy in told]
    return pairs


APPS = st.sampled_from([PLURALKIT, 1000, None])


@given(orders(are_in_order=True), APPS)
def test_people_who_say_the_same_are_told_apart_by_their_order(
    order: list[Event], app: int | None
) -> None:
    people = len(order) // 3
    assert sorted(pairs_of(order, ["hi"] * MOST, app)) == [(who, who) for who in range(people)]


@given(orders(are_in_order=False), APPS)
def test_people_who_say_different_things_are_never_mixed_up(
    order: list[Event], app: int | None
) -> None:
    people = len(order) // 3
    contents = ["good morning", "tea, please", "who is there", "it rains"]
    assert sorted(pairs_of(order, contents, app)) == [(who, who) for who in range(people)]


@given(
    orders(are_in_order=False),
    APPS,
    st.lists(st.sampled_from(["hi", "hi there", "there"]), min_size=MOST, max_size=MOST),
)
def test_whatever_is_said_each_message_is_in_one_pair_at_most(
    order: list[Event], app: int | None, contents: list[str]
) -> None:
    pairs = pairs_of(order, contents, app)
    for side in (0, 1):
        assert max(Counter(pair[side] for pair in pairs).values()) == 1
    # And a copy never says what its original does not.
    assert all(contents[copy] in contents[original] for original, copy in pairs)
    if len(set(contents)) == 1:
        assert len(pairs) == len(order) // 3
