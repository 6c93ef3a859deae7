"""What is known of a model, when sources differ."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.capabilities import Abilities, CapabilitiesInMemory

names = st.frozensets(st.sampled_from(["stop", "top_k", "seed"]))
abilities = st.builds(
    Abilities,
    images=st.none() | st.booleans(),
    most_images=st.none() | st.integers(0, 9),
    refused=names,
    accepted=names,
)


def test_newer_knowledge_wins_and_the_rest_stays() -> None:
    old = Abilities(images=True, most_images=4, refused=frozenset({"top_k"}))
    new = Abilities(images=False, refused=frozenset({"seed"}))
    assert old.merged(new) == Abilities(
        images=False, most_images=4, refused=frozenset({"top_k", "seed"})
    )


def test_what_was_refused_can_be_taken_back_and_refused_again() -> None:
    refused = Abilities(refused=frozenset({"top_k", "seed"}))
    accepted = Abilities(accepted=frozenset({"seed"}))
    both = refused.merged(accepted)
    assert both == Abilities(refused=frozenset({"top_k"}), accepted=frozenset({"seed"}))
    assert both.merged(refused) == refused


@given(abilities, abilities, abilities)
def test_it_does_not_matter_which_two_are_merged_first(
    one: Abilities, two: Abilities, three: Abilities
) -> None:
    assert one.merged(two).merged(three) == one.merged(two.merged(three))


@given(abilities)
def test_what_is_known_survives_json(known: Abilities) -> None:
    assert Abilities.from_json(known.to_json()) == known


def test_what_cannot_be_read_is_not_known() -> None:
    odd = {"images": "perhaps", "refused": "stop", "other": 1}
    values: list[object] = [None, 7, "x", [], {}, odd]
    for value in values:
        assert Abilities.from_json(value) == Abilities()
    for field in fields(Abilities):
        assert Abilities.from_json({"tools": True, field.name: {"odd": 1}}) == Abilities(
            tools=None if field.name == "tools" else True
        )


async def test_the_host_takes_back_what_was_learned() -> None:
    store = CapabilitiesInMemory()
    await store.learn("m", Abilities(images=False, refused=frozenset({"seed"})))
    await store.set_override("m", Abilities(images=True, accepted=frozenset({"seed"})))
    await store.learn("m", Abilities(images=False, tools=False, refused=frozenset({"seed"})))
    assert await store.abilities("m") == Abilities(
        images=True, tools=False, accepted=frozenset({"seed"})
    )
    await store.set_override("m", None)
    assert await store.abilities("m") == Abilities(
        images=False, tools=False, refused=frozenset({"seed"})
    )
    assert await store.abilities("other") == Abilities()
