"""However a reply is cut, nothing of it is lost, late or slow; and what reads like a plan."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.thinking import FORMS, WIDE_END, read
from tzurot.llm.reasoning import ReasoningSplitter, reads_like_thinking
from tzurot.llm.reasoning_tags import BODY, HEAD

FILLERS = "\u00bf\u2192\u266a"
"""No delimiter has any of these."""
LONGEST = max(HEAD.longest, BODY.longest)

DELIMITERS = [
    *chain.from_iterable(FORMS.values()),
    *("<think/>", "<think >", "<answer>", "</answer>", "<|im_end|>", "</s>", WIDE_END),
    *(
        "`</think>`",
        "` </think>",
        "analysis",
        "assistantfinal",
        "**Thinking:**",
        "**Answer:**",
        "Thought for 3 seconds\n",
    ),
    *("<|start|>", "<|channel|>", "<|message|>", " to=user<|message|>", "```", "`", "``", "\n"),
    *("Well ", "A", "- ", " ", "<", "/", ">", "[", "|", "\t", "think"),
]
SCRAPS = st.one_of(
    st.sampled_from(DELIMITERS),
    st.text(FILLERS, min_size=1, max_size=4),
    # Beginnings and ends of delimiters.
    st.sampled_from(DELIMITERS).flatmap(
        lambda each: st.integers(0, len(each)).map(lambda cut: each[:cut])
    ),
    st.sampled_from(DELIMITERS).flatmap(
        lambda each: st.integers(0, len(each)).map(lambda cut: each[cut:])
    ),
)
# The first look for a form makes its expressions, which takes longer than all later ones.
CALM = settings(deadline=None)
REPLIES = st.lists(SCRAPS, max_size=16).map("".join)


@CALM
@given(REPLIES, st.data())
def test_cuts_change_nothing(raw: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=8).map(sorted))
    edges = [0, *cuts, len(raw)]
    parted = read(raw)
    assert read(*(raw[start:end] for start, end in pairwise(edges))) == parted
    assert read(*raw) == parted


@CALM
@given(REPLIES)
def test_each_visible_letter_ends_in_the_reply_or_in_the_thinking(raw: str) -> None:
    text, reasoning, _ = read(raw)
    seen = Counter(text + reasoning)
    assert {each: seen[each] for each in FILLERS} == {each: raw.count(each) for each in FILLERS}
    # Nothing is made up or doubled either.
    assert seen <= Counter(raw)


@CALM
@given(REPLIES)
def test_what_is_unclosed_is_the_end_of_the_thinking(raw: str) -> None:
    _, reasoning, unclosed = read(raw)
    assert unclosed is None or reasoning.rstrip().endswith(unclosed)


@CALM
@given(st.lists(st.text(), max_size=5))
def test_any_text_is_taken(chunks: list[str]) -> None:
    assert read(*chunks) == read("".join(chunks))
    reads_like_thinking("".join(chunks))


@CALM
@given(st.text(alphabet=st.characters(exclude_characters="<[`\u25c1*_HTRact"), min_size=1))
def test_text_without_a_delimiter_is_only_trimmed(raw: str) -> None:
    assert read(raw) == (raw.lstrip(), "", None)


@CALM
@given(REPLIES)
def test_little_is_held_back(raw: str) -> None:
    splitter = ReasoningSplitter()
    for char in raw:
        splitter.feed(char)
        assert len(splitter._held) <= LONGEST


def test_what_decides_fits_in_a_hundred_characters_or_so() -> None:
    assert LONGEST <= 110
    splitter = ReasoningSplitter()
    splitter.feed("Hello. ")
    for beginning in ("<think a=", "`", "<|channel|>analysis to="):
        assert splitter.feed(beginning + "x" * 200)


NASTY = [
    *("<", "`", "` ", "`<", "<think", "<think a=", "</", "[", " <", "<|channel|>", "``a`", "a"),
    *("<think>", "</think>", "<think>a</think>", "\n<thought>", "<thought>\n", "\t", " \n", "*"),
]


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("begin", ["", "Hello ", "<think>", "analysis of ", "Here's my thought"])
def test_the_work_is_linear_in_the_length(
    nasty: str, begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each letter is looked at again only while it is held back."""
    scanned = 0
    scan = ReasoningSplitter._scan

    def counted(self: ReasoningSplitter, text: str, *, final: bool) -> object:
        nonlocal scanned
        scanned += len(text)
        return scan(self, text, final=final)

    monkeypatch.setattr(ReasoningSplitter, "_scan", counted)
    raw = begin + nasty * (4000 // len(nasty))
    read(*raw)
    assert scanned <= (LONGEST + 1) * len(raw)


@pytest.mark.parametrize("begin", ["", "<think>", "analysis of "])
def test_a_long_reply_in_one_chunk_or_in_many(begin: str) -> None:
    raw = begin + "It was a dark < and `stormy` night.\n" * 28_000
    parted = read(raw)
    assert len(parted.text) + len(parted.reasoning) > 1_000_000
    assert read(*(raw[start : start + 4] for start in range(0, len(raw), 4))) == parted


THINKING = [
    "Okay, the user is greeting me. I should respond as Ada and stay in character.",
    "The user wants a short story. Let me think about what Ada would say.",
    "We need to respond in character. The user said hi. Keep it short.",
    "Hmm, my reply should be warm. Let me draft it: Hello!",
    "1. **Analyze the Request:** a greeting.\n2. **Draft 1:** Hello.",
    "Thinking Process:\n\n1. **Analyze the Request:**\n   - the user greets",
    "\u597d\u7684\uff0c\u7528\u6237\u5728\u6253\u62db\u547c\u3002\u6211\u9700\u8981\u56de\u590d\u3002",
    "Alright, the user asks for the weather. Wait, I have no tool for that.",
    "First, I\u2019ll write a greeting. I need to keep it short.",
]
ANSWERS = [
    "",
    "Hello there! How are you?",
    "*She waits.* Hmm, let me think... I should go. Wait, who are you?",
    "Okay, let's do it! First, we need to find the key.",
    "The user interface is broken again.",
    "The system prompt? I do not know what you mean, dear.",
    "I need to tell you something. I could not sleep. Actually, never mind.",
    "1. Flour\n2. Sugar\n3. Eggs",
    "My answer must wait, said the queen.",
    '"I must answer the door," he said.',
]


@pytest.mark.parametrize("text", THINKING)
def test_plans_read_like_thinking(text: str) -> None:
    assert reads_like_thinking(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_do_not_read_like_thinking(text: str) -> None:
    assert not reads_like_thinking(text)
