"""Which messages a message refers to, and how far that is followed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from tzurot.conversation import references
from tzurot.conversation.incoming import Incoming
from tzurot.conversation.references import (
    Found,
    Link,
    Read,
    Reference,
    Selection,
    Way,
    gather,
    links_in,
)

SERVER, LOUNGE, TAVERN = 2000, 2001, 2002
PLACE = "https://discord.com/channels/2000/2001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://discord.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("https://canary.discord.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("https://ptb.discord.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("https://discordapp.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("https://ptb.discordapp.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("HTTPS://Discord.com/channels/1/2/3", [Link(1, 2, 3)]),
        ("https://discord.com/channels/@me/2/3", [Link(None, 2, 3)]),
        ("see <https://discord.com/channels/1/2/3>, please", [Link(1, 2, 3)]),
        ("[this](https://discord.com/channels/1/2/3)", [Link(1, 2, 3)]),
        ("(https://discord.com/channels/1/2/3).", [Link(1, 2, 3)]),
        ("https://discord.com/channels/1/2/3/", [Link(1, 2, 3)]),
        ("https://discord.com/channels/1/2/3?x=4", [Link(1, 2, 3)]),
        ("[forwarded message: https://discord.com/channels/1/2/3]", [Link(1, 2, 3)]),
        (f"{PLACE}/4\n{PLACE}/3 {PLACE}/4", [Link(SERVER, LOUNGE, 4), Link(SERVER, LOUNGE, 3)]),
        ("`https://discord.com/channels/1/2/3`", []),
        ("```\nhttps://discord.com/channels/1/2/3\n```", []),
        ("`x` https://discord.com/channels/1/2/3 `y`", [Link(1, 2, 3)]),
        ("https://discord.com/channels/1/2", []),
        ("https://discord.com/channels/1/2/three", []),
        ("https://discord.com/channels/me/2/3", []),
        ("https://discord.com/channels/1/2/" + "9" * 21, []),
        ("https://discord.com.example/channels/1/2/3", []),
        ("https://beta.discord.com/channels/1/2/3", []),
        ("discord.com/channels/1/2/3", []),
        ("https://discord.com/channels/1/2/\u0663", []),
        ("", []),
    ],
)
def test_links_in_a_text(text: str, expected: list[Link]) -> None:
    assert links_in(text) == expected


@given(st.text())
def test_any_text_is_searched(text: str) -> None:
    assert len(links_in(text)) == len(set(links_in(text)))


def message(
    number: int, *links: int, reply: int | None = None, channel: int = LOUNGE, **more: bool
) -> Incoming:
    """Return a message whose text links to others in the lounge."""
    return Incoming(
        message_id=number,
        channel_id=channel,
        guild_id=SERVER,
        author_id=7,
        author_name="Ada",
        is_person=True,
        content=" ".join(f"{PLACE}/{one}" for one in links),
        reply_to_id=reply,
        is_age_restricted=more.get("is_age_restricted", False),
    )


def shelf(*messages: Incoming) -> dict[int, Incoming]:
    return {one.message_id: one for one in messages}


def chosen(  # noqa: PLR0913  what the settings and the room say
    trigger: Incoming,
    held: Mapping[int, Incoming],
    *,
    depth: int = 5,
    most: int = 20,
    visible: frozenset[int] = frozenset(),
    read: list[int] | None = None,
) -> list[Reference]:
    """Return what is selected when `held` can be read; `read` is told what was asked for."""
    selection = Selection(trigger, visible=visible, depth=depth, most=most)
    while (links := selection.down()) is not None:
        if read is not None:
            read += [link.message_id for link in links]
        selection.take(
            {link: Found(said=held[link.message_id]) for link in links if link.message_id in held}
        )
    return selection.references


def told(references: list[Reference]) -> list[tuple[int, int]]:
    return [(one.message_id, one.depth) for one in references]


@pytest.mark.parametrize(
    ("trigger", "held", "expected"),
    [
        # Nothing to follow, or nothing there.
        (message(9), shelf(), []),
        (message(9, 1, reply=2), shelf(), []),
        # The reply first, then the links in the order of the text.
        (message(9, 3, 1, reply=2), shelf(*map(message, (1, 2, 3))), [(2, 1), (3, 1), (1, 1)]),
        # Breadth first; on a level all replies come before all links.
        (
            message(9, 3, reply=2),
            shelf(message(1), message(2, 5, reply=1), message(3, 6, reply=4),
                  *map(message, (4, 5, 6))),
            [(2, 1), (3, 1), (1, 2), (4, 2), (5, 2), (6, 2)],
        ),
        # What cannot be read is left out, and nothing behind it is followed.
        (message(9, 1, 2), shelf(message(2, 3), message(3)), [(2, 1), (3, 2)]),
        # Each once, where it comes first; the trigger never.
        (message(9, 1, 1, reply=1), shelf(message(1)), [(1, 1)]),
        (message(9, 9, reply=9), shelf(message(9)), []),
        (message(9, 1, 2), shelf(message(1, 2, 9), message(2, 1)), [(1, 1), (2, 1)]),
        (message(9, 1), shelf(message(1, 2), message(2, 1)), [(1, 1), (2, 2)]),
    ],
)  # fmt: skip
def test_what_is_selected(
    trigger: Incoming, held: dict[int, Incoming], expected: list[tuple[int, int]]
) -> None:
    assert told(chosen(trigger, held)) == expected


CHAIN = shelf(message(1, 2), message(2, 3), message(3, 4), message(4))


@pytest.mark.parametrize(
    ("depth", "most", "expected"),
    [
        (0, 20, []),
        (1, 20, [1]),
        (2, 20, [1, 2]),
        (5, 20, [1, 2, 3, 4]),
        (5, 0, []),
        (5, 3, [1, 2, 3]),
    ],
)
def test_depth_and_number_are_bounded(depth: int, most: int, expected: list[int]) -> None:
    found = chosen(message(9, 1), CHAIN, depth=depth, most=most)
    assert [one.message_id for one in found] == expected


def test_what_cannot_be_read_takes_no_place() -> None:
    read: list[int] = []
    held = shelf(message(2, 3), message(3, 4), message(4))
    found = chosen(message(9, 1, 2, 5), held, most=2, read=read)
    assert told(found) == [(2, 1), (3, 2)]
    assert read == [1, 2, 3]


def test_what_is_in_view_is_pointed_at_but_neither_read_nor_followed() -> None:
    read: list[int] = []
    held = shelf(message(1, 5), message(2, 6), message(5), message(6))
    found = chosen(message(9, 1, reply=2), held, visible=frozenset({2, 6}), read=read)
    assert told(found) == [(2, 1), (1, 1), (5, 2)]
    assert [one.found is None for one in found] == [True, False, False]
    assert read == [1, 5]


def test_a_level_of_nothing_but_what_is_in_view() -> None:
    read: list[int] = []
    found = chosen(message(9, reply=2), CHAIN, visible=frozenset({2}), read=read)
    assert found == [Reference(message_id=2, way=Way.REPLY, referred_by=9, depth=1)]
    assert read == []


def test_a_reference_tells_how_and_by_what_and_from_where() -> None:
    far = message(1, channel=TAVERN, reply=3)
    found = chosen(message(9, 1, reply=2), shelf(far, message(2), message(3, channel=TAVERN)))
    assert [(one.message_id, one.way, one.referred_by, one.is_here) for one in found] == [
        (2, Way.REPLY, 9, True),
        (1, Way.LINK, 9, False),
        (3, Way.REPLY, 1, False),
    ]


def test_a_reply_is_looked_for_where_it_was_given() -> None:
    selection = Selection(message(9, 1), visible=(), depth=2, most=8)
    assert selection.down() == [Link(SERVER, LOUNGE, 1)]
    far = replace(message(1, channel=5, reply=3), guild_id=4)
    selection.take({Link(SERVER, LOUNGE, 1): Found(said=far)})
    assert selection.down() == [Link(4, 5, 3)]


@pytest.mark.parametrize("from_restricted", [True, False])
@pytest.mark.parametrize("into_restricted", [True, False])
def test_out_of_an_age_restricted_place_only_into_another(
    from_restricted: bool,  # noqa: FBT001
    into_restricted: bool,  # noqa: FBT001
) -> None:
    trigger = message(9, 1, is_age_restricted=into_restricted)
    held = shelf(message(1, 2, is_age_restricted=from_restricted), message(2))
    expected = [] if from_restricted and not into_restricted else [1, 2]
    assert [one.message_id for one in chosen(trigger, held)] == expected


NUMBERS = st.integers(min_value=0, max_value=12)
MESSAGES = st.builds(
    lambda number, links, reply: message(number, *links, reply=reply),
    NUMBERS, st.lists(NUMBERS, max_size=6), st.none() | NUMBERS,
)  # fmt: skip


@given(
    trigger=MESSAGES,
    held=st.lists(MESSAGES, max_size=13).map(lambda found: shelf(*found)),
    depth=st.integers(0, 5),
    most=st.integers(0, 20),
    visible=st.frozensets(NUMBERS),
)
def test_whatever_refers_to_what(
    trigger: Incoming,
    held: dict[int, Incoming],
    depth: int,
    most: int,
    visible: frozenset[int],
) -> None:
    read: list[int] = []
    found = chosen(trigger, held, depth=depth, most=most, visible=visible, read=read)
    ids = [one.message_id for one in found]
    assert len(ids) <= most
    assert len(read) <= most * depth
    assert len(set(ids)) == len(ids)
    assert len(set(read)) == len(read)
    assert trigger.message_id not in {*ids, *read}
    assert not visible & set(read)
    assert [one.depth for one in found] == sorted(one.depth for one in found)
    assert all(1 <= one.depth <= depth for one in found)
    assert all((one.found is None) == (one.message_id in visible) for one in found)
    # Each is referred to by something that was read one level above.
    depths = {one.message_id: one.depth for one in found if one.found is not None}
    depths[trigger.message_id] = 0
    assert all(depths[one.referred_by] == one.depth - 1 for one in found)
    for level in range(1, depth + 1):
        ways = [one.way for one in found if one.depth == level]
        assert ways == sorted(ways, key=list(Way).index)


# Reading


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="INFO", format="{message}")
    yield lines
    logger.remove(sink)


def reading(held: Mapping[int, Incoming]) -> Read:
    async def read(link: Link) -> Found | None:
        await asyncio.sleep(0)
        said = held.get(link.message_id)
        return None if said is None else Found(said=said, channel="lounge", server="The Playground")

    return read


async def test_messages_are_gathered(log: list[str]) -> None:
    found = await gather(message(9, 1), read=reading(CHAIN), visible=(), depth=2, most=8)
    assert told(found) == [(1, 1), (2, 2)]
    assert found[0].found == Found(said=CHAIN[1], channel="lounge", server="The Playground")
    assert log == []


async def test_a_level_is_read_side_by_side() -> None:
    everybody = asyncio.Barrier(3)
    held = shelf(*map(message, (1, 2, 3)))

    async def read(link: Link) -> Found:
        await everybody.wait()
        return Found(said=held[link.message_id])

    found = await gather(message(9, 2, 3, reply=1), read=read, visible=(), depth=1, most=8)
    assert told(found) == [(1, 1), (2, 1), (3, 1)]


@pytest.mark.parametrize("fault", [RuntimeError, TimeoutError, asyncio.CancelledError])
async def test_an_error_costs_one_message_only(fault: type[BaseException], log: list[str]) -> None:
    held = shelf(message(1), message(2, 3), message(3))
    read = reading(held)

    async def faulty(link: Link) -> Found | None:
        if link.message_id == 1:
            text = "a secret in an error"
            raise fault(text)
        return await read(link)

    found = await gather(message(9, 1, 2), read=faulty, visible=(), depth=2, most=8)
    assert told(found) == [(2, 1), (3, 2)]
    assert "secret" not in "".join(log)


async def test_what_does_not_come_in_time_is_left_out(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    monkeypatch.setattr(references, "LONGEST_S", 0.05)
    read, ended = reading(shelf(message(1, 3), message(3))), asyncio.Event()

    async def slow(link: Link) -> Found | None:
        if link.message_id == 2:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
        return await read(link)

    found = await gather(message(9, 1, 2), read=slow, visible=(), depth=2, most=8)
    assert told(found) == [(1, 1)]
    assert ended.is_set()
    assert len(log) == 1
