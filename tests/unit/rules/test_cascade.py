"""Which value of a setting counts, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.parameters import read_value
from tzurot.rules.cascade import SETTINGS, Cap, Resolved, Tier, resolve

TIERS: list[Tier] = [tier for tier in Tier if tier is not Tier.BUILT_IN]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2000)
    | st.floats(-1, 2)
    | st.sampled_from(["natural", "list", "@", "&", "mature", "Europe/Berlin", "", "nonsense"])
    | st.lists(st.integers(), max_size=2)
)


def test_without_anything_stored_the_built_in_values_count() -> None:
    found = resolve({}, {})
    assert found.warnings == ()
    for name, setting in SETTINGS.items():
        assert found.resolved[name] == Resolved(setting.value.default, Tier.BUILT_IN)
        assert read_value(setting.value, setting.value.default) == setting.value.default
        assert setting.value.help.endswith(".")
        assert setting.tiers
        assert setting.caps <= {Tier.HOST, Tier.SERVER}


@pytest.mark.parametrize("highest", range(len(TIERS)))
def test_the_highest_tier_counts(highest: int) -> None:
    stored: dict[Tier, dict[str, object]] = {
        tier: {"history_messages": 10 + tier} for tier in TIERS[: highest + 1]
    }
    tier = TIERS[highest]
    assert resolve(stored, {}).resolved["history_messages"] == Resolved(10 + tier, tier)


def test_a_value_that_no_longer_fits_is_ignored_alone_with_a_warning() -> None:
    stored = {
        Tier.SERVER: {"history_messages": 20},
        Tier.USER: {"history_messages": 5000, "history_images": 3},
    }
    found = resolve(stored, {})
    assert found.resolved["history_messages"] == Resolved(20, Tier.SERVER)
    assert found["history_images"] == 3
    assert found.warnings == ("user: history_messages must be a whole number from 1 to 100.",)


def test_a_setting_that_is_gone_and_a_tier_that_may_not_set_it_are_told() -> None:
    stored = {Tier.USER: {"sparkle": 1, "most_characters": 10}}
    found = resolve(stored, {})
    assert found["most_characters"] == 4
    assert found.warnings == (
        "most_characters cannot be set by user",
        "there is no setting named sparkle",
    )


@pytest.mark.parametrize(
    ("stored", "caps", "value", "source", "capped_by"),
    [
        # A server limits what a user may turn up, and says so.
        ({Tier.USER: 90}, {Tier.SERVER: Cap(most=30)}, 30, Tier.USER, Tier.SERVER),
        ({Tier.USER: 20}, {Tier.SERVER: Cap(most=30)}, 20, Tier.USER, None),
        # The host's rule limits both, whichever is stricter.
        (
            {Tier.USER: 90},
            {Tier.SERVER: Cap(most=80), Tier.HOST: Cap(most=40)},
            40,
            Tier.USER,
            Tier.HOST,
        ),
        (
            {Tier.USER: 90},
            {Tier.SERVER: Cap(most=20), Tier.HOST: Cap(most=40)},
            20,
            Tier.USER,
            Tier.SERVER,
        ),
        # And what nobody chose.
        ({}, {Tier.HOST: Cap(most=40)}, 40, Tier.BUILT_IN, Tier.HOST),
        ({Tier.CHANNEL: 2}, {Tier.SERVER: Cap(least=5)}, 5, Tier.CHANNEL, Tier.SERVER),
        # Only hosts and servers have rules.
        ({Tier.USER: 90}, {Tier.CHANNEL: Cap(most=1)}, 90, Tier.USER, None),
    ],
)
def test_a_rule_caps_what_was_chosen(
    stored: dict[Tier, int],
    caps: dict[Tier, Cap],
    value: int,
    source: Tier,
    capped_by: Tier | None,
) -> None:
    found = resolve(
        {tier: {"history_messages": number} for tier, number in stored.items()},
        {tier: {"history_messages": cap} for tier, cap in caps.items()},
    )
    assert found.resolved["history_messages"] == Resolved(value, source, capped_by)


def test_a_server_can_forbid_what_a_user_may_turn_on() -> None:
    stored = {Tier.USER: {"pictures": True}}
    found = resolve(stored, {Tier.SERVER: {"pictures": Cap(only=(False,))}})
    assert found.resolved["pictures"] == Resolved(
        value=False, source=Tier.USER, capped_by=Tier.SERVER
    )


def test_what_is_not_allowed_gives_way_to_the_next_that_is() -> None:
    stored = {Tier.SERVER: {"ghost": True}, Tier.CHANNEL: {"ghost": False}}
    found = resolve(stored, {Tier.HOST: {"ghost": Cap(only=(True,))}})
    assert found["ghost"] is True


@given(
    st.dictionaries(
        st.sampled_from(TIERS), st.dictionaries(st.sampled_from([*SETTINGS, "other"]), VALUES)
    ),
    st.dictionaries(
        st.sampled_from(TIERS),
        st.dictionaries(
            st.sampled_from(list(SETTINGS)),
            st.builds(
                Cap, least=st.none() | st.integers(0, 50), most=st.none() | st.integers(50, 90)
            )
            | st.builds(Cap, only=st.sampled_from([(True,), (False,), ("natural",), (0,)])),
        ),
    ),
)
def test_whatever_is_stored_every_setting_has_one_value_under_every_rule(
    stored: Any,  # noqa: ANN401
    caps: Any,  # noqa: ANN401
) -> None:
    found = resolve(stored, caps)
    assert found.resolved.keys() == SETTINGS.keys()
    for name, one in found.resolved.items():
        host_rule = caps.get(Tier.HOST, {}).get(name)
        if host_rule is not None and Tier.HOST in SETTINGS[name].caps:
            assert host_rule.allows(one.value)
        if one.capped_by is None:
            assert read_value(SETTINGS[name].value, one.value) == one.value
        assert one.source is Tier.BUILT_IN or one.source in SETTINGS[name].tiers
