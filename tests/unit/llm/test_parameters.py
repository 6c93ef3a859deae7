"""The parameters of a model: what is taken, and what is said about what is not."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.parameters import (
    PARAMETERS,
    ParameterError,
    ParameterKind,
    described,
    validated,
    with_other_sampling,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("temperature", 0, 0),
        ("temperature", "0.7", 0.7),
        ("temperature", 2, 2),
        ("top_p", 1, 1),
        ("top_k", "40", 40),
        ("seed", -1, -1),
        ("stop", "END", ("END",)),
        ("stop", ["a", "b"], ("a", "b")),
        ("logit_bias", {"50256": -100}, {"50256": -100.0}),
        ("logit_bias", '{"1": 2}', {"1": 2.0}),
        ("reasoning_effort", " High ", "high"),
        ("response_format", {"type": "json_object"}, {"type": "json_object"}),
        ("parallel_tool_calls", "off", False),
        ("context_compression", True, True),
    ],
)
def test_values_are_taken_as_they_can_be_sent(name: str, value: object, kept: object) -> None:
    assert validated({name: value}) == {name: kept}


@pytest.mark.parametrize("value", [None, ""])
def test_what_is_not_set_is_left_out(value: object) -> None:
    assert validated({"temperature": value}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 2.1),
        ("temperature", -0.1),
        ("temperature", math.nan),
        ("temperature", math.inf),
        ("temperature", True),
        ("temperature", "warm"),
        ("temperature", [1]),
        ("top_p", 0),
        ("top_k", 1.5),
        ("top_k", "9" * 5000),
        ("stop", ["x"] * 17),
        ("stop", [""]),
        ("stop", [1]),
        ("stop", ["x" * 201]),
        ("logit_bias", {"word": 1}),
        ("logit_bias", {"1": 101}),
        ("logit_bias", "[" * 100_000),
        ("reasoning_effort", "huge"),
        ("reasoning_max_tokens", 10),
        ("response_format", {}),
        ("response_format", "text"),
        ("parallel_tool_calls", "perhaps"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_can(name: str, value: object) -> None:
    with pytest.raises(ParameterError) as caught:
        validated({name: value})
    assert str(caught.value) == f"{name} must be {described(PARAMETERS[name])}."


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        validated({"temperature": 9, "warmth": 1, "top_p": 0.5})
    assert str(caught.value).splitlines() == [
        "temperature must be a number from 0 to 2.",
        "There is no parameter named 'warmth'.",
    ]


@given(st.dictionaries(st.sampled_from([*PARAMETERS, "other"]), JSON, max_size=4))
def test_nothing_but_a_parameter_error_comes_of_any_value(values: dict[str, object]) -> None:
    with suppress(ParameterError):
        kept = validated(values)
        assert validated(kept) == kept


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda one: one.name)
def test_each_is_declared_whole(parameter: object) -> None:
    one = PARAMETERS[parameter.name]  # type: ignore[attr-defined]
    assert one.help.endswith(".")
    if one.kind in {ParameterKind.NUMBER, ParameterKind.INTEGER}:
        assert one.least is not None
        assert one.most is not None
    if one.default is not None and one.default != ():
        assert validated({one.name: one.default}) == {one.name: one.default}
    assert described(one)


@pytest.mark.parametrize(
    ("set_before", "sent"),
    [
        ({}, {"temperature": 1.2, "frequency_penalty": 0.5, "presence_penalty": 0.4}),
        (
            {"temperature": 0.7, "top_p": 0.9, "seed": 7, "frequency_penalty": 0.1},
            {"temperature": 0.9, "top_p": 0.9, "frequency_penalty": 0.6, "presence_penalty": 0.4},
        ),
        (
            {"temperature": 2, "frequency_penalty": 1.8, "presence_penalty": 2},
            {"temperature": 2, "frequency_penalty": 2, "presence_penalty": 2},
        ),
    ],
)
def test_the_second_try_samples_otherwise(set_before: dict[str, Any], sent: dict[str, Any]) -> None:
    changed = with_other_sampling(set_before)
    assert changed == sent
    assert validated(changed) == changed
