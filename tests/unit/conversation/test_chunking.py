"""How a reply becomes messages."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tzurot.conversation.chunking import LIMIT, split

WORDS = st.text(alphabet=st.sampled_from("ab .\n`!é…"), max_size=400) | st.lists(
    st.sampled_from(["word ", "line\n", "```\n", "```python\n", "\n\n", "A sentence. ", "x" * 50])
).map("".join)


def test_a_short_reply_is_one_part() -> None:
    assert split("Hello.\nHow are you?") == ["Hello.\nHow are you?"]


def test_blank_text_gives_no_part() -> None:
    assert split(" \n\n ") == []


def test_parts_end_at_paragraphs_then_lines_then_sentences_then_words() -> None:
    assert split("aaaa aaaa.\n\nbbbb bbbb", limit=18) == ["aaaa aaaa.", "bbbb bbbb"]
    assert split("aaaa aaaa\nbbbb bbbb", limit=18) == ["aaaa aaaa", "bbbb bbbb"]
    assert split("Aaaa aaa. Bbbb bbb.", limit=18) == ["Aaaa aaa.", "Bbbb bbb."]
    assert split("aaaa aaaa bbbb bbbb", limit=18) == ["aaaa aaaa", "bbbb bbbb"]


def test_a_code_block_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line {number}" for number in range(40))
    parts = split(f"Look:\n```python\n{code}\n```\nDone.", limit=120)
    assert len(parts) > 2
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    inside = re.sub(r"```(python)?\n?", "", "\n".join(parts))
    assert [line for line in inside.splitlines() if line.startswith("line")] == code.splitlines()
    assert inside.rstrip().endswith("Done.")


def test_the_first_part_may_have_less_room() -> None:
    first, second = split("a" * 30, limit=20, first_limit=14)
    assert len(first) <= 14
    assert first + second == "a" * 30


@pytest.mark.parametrize("text", ["x" * 5000, ("y" * 70 + "\n") * 90, "é" * 4001])
def test_nothing_is_lost_at_discords_limit(text: str) -> None:
    parts = split(text)
    assert all(len(part) <= LIMIT for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(WORDS, st.integers(min_value=60, max_value=200))
@example("```" + "long" * 200 + "\n" + "x" * 300, 60)
@example("word word ```\n```python\n" + "x" * 50 + "```python\nword ", 60)
def test_every_part_fits_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    assert all(0 < len(part) <= limit for part in parts)

    def letters(of: str) -> str:
        # Fences are added, and whitespace falls away, at the cuts only.
        return re.sub(r"[\s`]|python", "", of)

    if "long" not in text:
        assert letters("".join(parts)) == letters(text)


@pytest.mark.parametrize(
    "block",
    [
        "see ```python\n{code}\n```",
        "    ```\n{code}\n```",
        "```py\n{code}```",
        "```{code}```",
        "text ```c++\n{code}\n``` more",
    ],
)
def test_every_form_of_code_block_stays_whole(block: str) -> None:
    text = "Before. " + block.format(code="x = 1;\n" * 40) + "\n" + "After it all. " * 12
    for part in split(text, limit=150):
        assert part.count("```") % 2 == 0
        assert "After it all." not in part or not part.rstrip().endswith("```")
