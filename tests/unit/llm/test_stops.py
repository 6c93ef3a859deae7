"""Which stop sequences end replies is found, counted and kept within bounds."""

from __future__ import annotations

import pytest

from tzurot.llm.stops import StopCounts, StopFilter


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_the_first_of_the_stops_is_named_however_the_text_is_cut(size: int) -> None:
    text = "One.\nBen: two\nAda: three"
    stops = StopFilter(("\nAda:", "\nBen:"))
    said = "".join(stops.feed(text[at : at + size]) for at in range(0, len(text), size))
    assert (said + stops.finish(), stops.found, stops.stopped) == ("One.", "\nBen:", True)


def test_what_only_looks_like_a_stop_is_none() -> None:
    stops = StopFilter(("\nAda:",))
    assert stops.feed("One.\nAd") + stops.finish() == "One.\nAd"
    assert stops.found is None
    assert not stops.stopped


def test_each_sequence_counts_for_each_model() -> None:
    counts = StopCounts()
    for model, stop in (("one", "a"), ("one", "b"), ("two", "a"), ("one", "b")):
        counts.add(model, stop)
    assert counts.by_model() == {"one": {"b": 2, "a": 1}, "two": {"a": 1}}
    assert list(counts.by_model()["one"]) == ["b", "a"]


def test_what_was_longest_not_met_is_forgotten() -> None:
    counts = StopCounts(most=3)
    for number in range(50):
        counts.add("one", "often")
        counts.add("one", f"stop {number}")
    assert counts.by_model() == {"one": {"often": 50, "stop 48": 1, "stop 49": 1}}
