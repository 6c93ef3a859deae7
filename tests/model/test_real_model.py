"""The whole way with a real, small model: an answer in character, and nothing else in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.play import Play

SCAFFOLDING = re.compile(
    r"<\||\|>|</?s>|\{\{|<START>|system prompt|^\W*(user|assistant)\b", re.IGNORECASE
)


@pytest.fixture
async def play(data_dir: Path) -> AsyncIterator[Play]:
    play = Play(data_dir, PORT="0")
    await play.start()
    await play.ready()
    yield play
    assert await play.stop() == 0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["Juniper", "Captain Sable"])
async def test_a_real_model_answers_in_character(play: Play, name: str) -> None:
    for text in ("good evening!", "what do you do here?"):
        answer = await play.converse(f"@{name} {text}")
        assert answer.strip()
        assert "cannot answer just now" not in answer
        assert not SCAFFOLDING.search(answer)
        assert not re.match(r"\W*(Ada|Ben|Juniper|Captain Sable)\W*:", answer)
        assert not re.search(r"^\W*(Ada|Ben)\W*:", answer, re.MULTILINE)
