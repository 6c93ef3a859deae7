"""Entries of a list of models: whole ones, poor ones, and odd ones."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.llm.attempts import Usage
from tzurot.llm.costs import computed_cost
from tzurot.llm.model_info import ModelInfo, Prices, Thinking, read_models

WHOLE: dict[str, Any] = {
    "id": "acme/bard-2",
    "canonical_slug": "acme/bard-2-20260301",
    "name": "Acme: Bard 2",
    "context_length": 131072,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {
        "prompt": "0.000003",
        "completion": "0.000015",
        "request": "0",
        "image": "0.0048",
        "internal_reasoning": "0.000015",
        "input_cache_read": "0.0000003",
        "input_cache_write": "0.00000375",
    },
    "top_provider": {"context_length": 131072, "max_completion_tokens": 8192},
    "supported_parameters": ["temperature", "top_p", "max_tokens", "tools", "reasoning"],
    "expiration_date": "2027-01-31",
    "reasoning": {"mandatory": True, "default_enabled": True, "supported_efforts": ["high", "low"]},
}


def read(entry: object) -> ModelInfo:
    found = ModelInfo.read(entry)
    assert found is not None
    return found


def test_a_whole_entry_is_read() -> None:
    assert read(WHOLE) == ModelInfo(
        id="acme/bard-2",
        name="Acme: Bard 2",
        slug="acme/bard-2-20260301",
        context_length=131072,
        max_completion_tokens=8192,
        input_modalities=frozenset({"text", "image"}),
        output_modalities=frozenset({"text"}),
        prices=Prices(
            prompt=3e-6,
            completion=1.5e-5,
            request=0,
            image=0.0048,
            internal_reasoning=1.5e-5,
            input_cache_read=3e-7,
            input_cache_write=3.75e-6,
        ),
        supported_parameters=frozenset(
            {"temperature", "top_p", "max_tokens", "tools", "reasoning"}
        ),
        expires=date(2027, 1, 31),
        reasoning=Thinking(mandatory=True, default_enabled=True, supported_efforts=("high", "low")),
    )


def test_a_model_that_lists_files_takes_them() -> None:
    listed = {"id": "acme/one", "architecture": {"input_modalities": ["text", "file"]}}
    assert read(listed).abilities().files is True


def test_abilities_are_what_the_entry_tells() -> None:
    abilities = read(WHOLE).abilities()
    assert abilities.images is True
    assert abilities.audio is False
    assert abilities.files is None  # OpenRouter may read them out for it
    assert abilities.tools is True
    assert abilities.reasoning is True
    assert abilities.reasoning_mandatory is True
    assert abilities.context_tokens == 131072
    assert "stop" in abilities.refused
    assert "temperature" not in abilities.refused


def test_an_id_alone_is_a_model_of_which_nothing_is_known() -> None:
    info = read({"id": "local"})
    assert info == ModelInfo(id="local", name="local")
    assert not info.is_free
    assert info.abilities().to_json() == {}


@pytest.mark.parametrize(
    "odd", [None, 7, -1, True, "x", "nan", "-1", [], [7], {}, 1e400, "9" * 400]
)
def test_an_odd_value_costs_only_itself(odd: object) -> None:
    for name in WHOLE.keys() - {"id"}:
        info = read(WHOLE | {name: odd})
        if name != "context_length":
            assert info.context_length == 131072
    for name in WHOLE["pricing"]:
        prices = read(WHOLE | {"pricing": WHOLE["pricing"] | {name: odd}}).prices
        told = getattr(prices, name)
        assert told is None or (isinstance(told, float) and told >= 0)


# An alphabet of its own: to draw from all of Unicode takes a second of preparing.
texts = st.text("aei019-.:/ \0é😀", max_size=9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), json_values))
def test_one_bad_entry_never_loses_the_others(bad: dict[str, object]) -> None:
    found = read_models(json.dumps({"data": [bad, None, 7, "x", WHOLE]}).encode())
    assert found is not None
    assert found[-1] == read(WHOLE)
    for info in found:
        info.abilities()
        computed_cost(Usage(prompt_tokens=1), info)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[", b"7", b"{}", b'{"error": {"code": 401}}', b'{"data": "x"}']
)
def test_what_is_no_list_is_none(body: bytes) -> None:
    assert read_models(body) is None


@pytest.mark.parametrize("body", [b'{"object": "list", "data": null}', b"[]", b'{"data": []}'])
def test_an_empty_list_is_a_list(body: bytes) -> None:
    assert read_models(body) == ()


@pytest.mark.parametrize("name", ["max_model_len", "context_window", "context_length"])
def test_other_servers_name_the_context_otherwise(name: str) -> None:
    assert read({"id": "m", name: 8192}).context_length == 8192


@pytest.mark.parametrize(
    ("alias", "target"),
    [
        ({"name": "Bard 2", "slug": "acme/bard-2"}, "acme/bard-2"),
        ("acme/bard-2", "acme/bard-2"),
        ({"slug": 7}, None),
        (None, None),
    ],
)
def test_the_target_of_an_alias(alias: object, target: str | None) -> None:
    assert read({"id": "~acme/bard-latest", "alias_target": alias}).alias_target == target


@pytest.mark.parametrize(
    ("entry", "free"),
    [
        ({"id": "a/b:free"}, True),
        ({"id": "openrouter/free"}, True),
        ({"id": "a/b", "pricing": {"prompt": "0", "completion": "0"}}, True),
        ({"id": "a/b", "pricing": {"prompt": "0", "completion": "0.1"}}, False),
        ({"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}, False),
        ({"id": "a/b"}, False),
    ],
)
def test_what_is_free(entry: object, free: bool) -> None:  # noqa: FBT001  what is expected
    assert read(entry).is_free is free
