"""Thinking is parted from the reply, in each form and for each habit that models have."""

from __future__ import annotations

import pytest

from tests.support.thinking import FORMS, WIDE_END, Parted, read
from tzurot.llm.reasoning import Piece, ReasoningSplitter

FENCE = "```"
BAR = "\uff5c"


def both_ways(raw: str) -> Parted:
    """Read it whole and letter by letter, which must be the same."""
    parted = read(raw)
    assert read(*raw) == parted
    return parted


@pytest.mark.parametrize(("opener", "closer"), FORMS.values(), ids=FORMS)
class TestForms:
    def test_thinking_before_a_reply(self, opener: str, closer: str) -> None:
        text, reasoning, unclosed = both_ways(f"{opener}Who is it?{closer}Hello.\n\nCome in.")
        assert (text, reasoning.strip(), unclosed) == ("Hello.\n\nCome in.", "Who is it?", None)

    def test_blank_space_around_belongs_to_neither(self, opener: str, closer: str) -> None:
        text, reasoning, _ = both_ways(f"\n \n{opener}Hm\n{closer}\n\n Hello.\n")
        assert (text, reasoning.strip()) == ("Hello.\n", "Hm")

    def test_thinking_without_a_reply(self, opener: str, closer: str) -> None:
        text, reasoning, unclosed = both_ways(f"{opener}Who is it?{closer}")
        assert (text, reasoning.strip(), unclosed) == ("", "Who is it?", None)

    def test_thinking_that_never_closes(self, opener: str, closer: str) -> None:
        text, reasoning, unclosed = both_ways(f"{opener}Who is it?\nHello. ")
        assert (text, reasoning.strip()) == ("", "Who is it?\nHello.")
        assert unclosed == "Who is it?\nHello."
        assert not closer.isspace()

    def test_empty_thinking(self, opener: str, closer: str) -> None:
        text, reasoning, unclosed = both_ways(f"{opener}\n\n{closer}\n\nHello.")
        assert (text, reasoning.strip(), unclosed) == ("Hello.", "", None)

    def test_closer_and_reply_in_one_chunk(self, opener: str, closer: str) -> None:
        text, reasoning, _ = read(opener, "Hm", f"{closer}Hello.")
        assert (text, reasoning.strip()) == ("Hello.", "Hm")

    def test_another_block_after_the_first(self, opener: str, closer: str) -> None:
        text, reasoning, _ = both_ways(f"{opener}One{closer}{opener}Two{closer}Hello.")
        assert (text, reasoning.replace("\n", "")) == ("Hello.", "OneTwo")


def test_gpt_oss_leaked_as_plain_words() -> None:
    raw = "analysisWe should greet.\nThen ask.assistantfinalHello."
    assert both_ways(raw) == Parted("Hello.", "We should greet.\nThen ask.")
    assert both_ways("analysisWe should") == Parted("", "We should", "We should")
    assert both_ways("analysis: we greet.assistantfinalHello.") == Parted("Hello.", ": we greet.")
    assert both_ways("analysis<eop>assistantfinalHello.") == Parted("Hello.")
    assert both_ways("analysis of it</think>Hello.") == Parted("Hello.", "analysis of it")
    raw = "<think>a</think>analysis: b assistantfinal c"
    assert both_ways(raw) == Parted("analysis: b assistantfinal c", "a")
    assert both_ways("commentaryWe greet.assistantfinalHello.") == Parted("Hello.", "We greet.")


def test_gpt_oss_whose_first_channel_was_dropped() -> None:
    raw = "We greet.<|end|><|start|>assistant<|channel|>final<|message|>Hello.<|return|>"
    assert both_ways(raw) == Parted("Hello.", "We greet.")


def test_markdown_headings_part_thinking_from_reply() -> None:
    raw = "**Thinking:**\nHe greets.\n\n**Response:**\n\nHello."
    assert both_ways(raw) == Parted("Hello.", "\nHe greets.\n\n")
    assert both_ways("**Thinking:**<eop>\n**Answer:** Hello.") == Parted("Hello.", "\n")
    assert both_ways("**Thinking**: Hm.\n**Answer**: Hello.") == Parted("Hello.", " Hm.\n")


def test_a_line_that_tells_how_long_was_thought_is_no_reply() -> None:
    assert both_ways("Thought for 12 seconds\n\nHello.") == Parted(
        "Hello.", "Thought for 12 seconds"
    )
    assert both_ways("*Thought for a few seconds*\nHi.")[0] == "Hi."
    assert both_ways("Thought for 12 seconds and rose.")[0] == "Thought for 12 seconds and rose."


@pytest.mark.parametrize(
    "token",
    [
        *("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "</s>", WIDE_END, "<end_of_turn>", "<eop>"),
        *("<|return|>", "<|end|>", "<|END_OF_TURN_TOKEN|>", "<|END_RESPONSE|>", "<|END_TEXT|>"),
        *("<|eot|>", "<|end_message|>", "<|end_of_solution|>", "<|close|>response<|sep|>"),
        *("<turn|>", "<|eom|>", "<eos>", "[/INST]"),
    ],
)
def test_stray_special_tokens_vanish(token: str) -> None:
    assert both_ways(f"Hello.{token}").text == "Hello."
    assert both_ways(f"Hel{token}lo.\n{token}{token}").text == "Hello.\n"
    assert both_ways(f"<think>H{token}m</think>{token}\nHello.") == Parted("Hello.", "Hm")
    assert both_ways(token) == Parted("")
    assert both_ways(f"`{token}` ends it").text == f"`{token}` ends it"


@pytest.mark.parametrize(
    "start",
    [
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        "<|turn>model\n",
        "<|start|>assistant<|channel|>final<|message|>",
        " to=user<|message|>",
    ],
)
def test_the_start_of_a_turn_vanishes_with_its_role(start: str) -> None:
    assert both_ways(f"{start}Hello.") == Parted("Hello.")


@pytest.mark.parametrize(
    "start",
    [
        "<|im_end|>\n<|im_start|>user\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
        "<end_of_turn><start_of_turn>user\n",
        "<|user|>\n",
        "<|observation|>",
        f"<{BAR}User{BAR}>",
    ],
)
def test_where_somebody_elses_turn_begins_the_reply_is_over(start: str) -> None:
    assert both_ways(f"Hello.{start}And you?</think>").text.rstrip() == "Hello."
    assert both_ways(f"{start}Hello.").text.strip() == "Hello."  # nothing was said before it
    assert both_ways(f"<think>{start}hm</think>Hello.").text == "Hello."
    assert both_ways(f"So:\n{FENCE}\n{start}\n{FENCE}").text == f"So:\n{FENCE}\n{start}\n{FENCE}"


@pytest.mark.parametrize("name", ["answer", "response", "output"])
def test_wrappers_of_the_reply_are_unwrapped(name: str) -> None:
    assert both_ways(f"<{name}>Hello.</{name}>") == Parted("Hello.")
    assert both_ways(f"<think>a</think>\n<{name}>\nHi.\n</{name}>\n") == Parted("Hi.\n\n", "a")
    assert both_ways(f"thought</think><{name}>Hi.</{name}>") == Parted("Hi.", "thought")
    assert both_ways(f"My <{name}>is</{name}> no") == Parted(f"My <{name}>is</{name}> no")


HABITS = {
    "nothing_special": ("Hello.", Parted("Hello.")),
    "nothing_at_all": ("", Parted("")),
    "only_blank_space": (" \n\n ", Parted("")),
    "missing_opener": ("hm hm</think>\n\nHello.", Parted("Hello.", "hm hm")),
    "missing_opener_kimi": ("hm◁/think▷Hello.", Parted("Hello.", "hm")),
    "missing_opener_magistral": ("hm[/THINK]Hello.", Parted("Hello.", "hm")),
    "missing_opener_exaone": ("hm\n</thought>\n\nHello.", Parted("Hello.", "hm\n")),
    "missing_opener_cohere": ("hm<|END_THINKING|>Hello.", Parted("Hello.", "hm")),
    "missing_opener_several_paragraphs": ("a\n\nb\n</think>Hello.", Parted("Hello.", "a\n\nb\n")),
    "missing_opener_counts_once": (
        "hm</think>One.</think>Two.",
        Parted("One.Two.", "hm"),
    ),
    "closer_opens_a_reply_without_thinking": ("</mm:think>Hello.", Parted("Hello.")),
    "closer_first_then_stray": ("</think>One.</think>Two.", Parted("One.Two.")),
    "stray_closer_after_a_block_keeps_the_answer": (
        "<think>hm</think>One.</think>Two.",
        Parted("One.Two.", "hm"),
    ),
    "stray_closer_after_a_self_closing_tag": ("<think/>One.</think>Two.", Parted("One.Two.")),
    "block_after_missing_opener": (
        "a</think>One. <think>b</think>Two.",
        Parted("One. Two.", "ab"),
    ),
    "capitals": ("<THINK>hm</Think>Hello.", Parted("Hello.", "hm")),
    "space_in_tag": ("<think >hm</think >Hello.", Parted("Hello.", "hm")),
    "newline_in_tag": ("<think\n>hm</think>Hello.", Parted("Hello.", "hm")),
    "attributes": ('<think foo="x">hm</think>Hello.', Parted("Hello.", "hm")),
    "attributes_of_a_word": ("<thought a=1 b>hm</thought>Hello.", Parted("Hello.", "hm")),
    "self_closing": ("<think/>Hello.", Parted("Hello.")),
    "self_closing_with_space": ("<think />\n\nHello.", Parted("Hello.")),
    "self_closing_with_attribute": ("<think a='b'/>Hello.", Parted("Hello.")),
    "self_closing_word": ("<thought/>\nHello.", Parted("Hello.")),
    "self_closing_amid_the_reply": ("Hello <think/> there", Parted("Hello there")),
    "tag_at_the_end": ("Hello.<think>", Parted("Hello.", "", "")),
    "several_blocks": (
        "<think>a</think>One.<think>b</think>\n\nTwo.",
        Parted("One.\n\nTwo.", "ab"),
    ),
    "blank_space_on_both_sides_of_a_block": (
        "<think>a</think>One. <think>b</think> Two.",
        Parted("One. Two.", "ab"),
    ),
    "empty_block": ("<think>\n\n</think>\n\nHello.", Parted("Hello.", "\n\n")),
    "nested_opener": ("<think>a <think> b</think>Hello.", Parted("Hello.", "a  b")),
    "doubled_block": (
        "<think>\n<think>a</think>\n</think>\nHello.",
        Parted("Hello.", "\na"),
    ),
    "other_family_nested": (
        "<thinking>a<reflection>b</reflection>c</thinking>Hello.",
        Parted("Hello.", "a<reflection>b</reflection>c"),
    ),
    "families_one_after_another": (
        "<thinking>a</thinking>\n<reflection>b</reflection>\n<output>Hello.</output>",
        Parted("Hello.", "ab"),
    ),
    "closed_by_a_tag_of_its_family": ("<think>a</thinking>Hello.", Parted("Hello.", "a")),
    "word_closed_by_think": ("<thought>a</think>Hello.", Parted("Hello.", "a")),
    "budget_within_seed_thinking": (
        "<seed:think>a<seed:cot_budget_reflect>9</seed:cot_budget_reflect>b</seed:think>Hi.",
        Parted("Hi.", "a<seed:cot_budget_reflect>9</seed:cot_budget_reflect>b"),
    ),
    "text_before_a_block_is_kept": (
        "Hello. <think>did I greet?</think>Yes.",
        Parted("Hello. Yes.", "did I greet?"),
    ),
    "unclosed_after_a_reply": (
        "Hello.<think>did I greet?",
        Parted("Hello.", "did I greet?", "did I greet?"),
    ),
    "unclosed_with_part_of_a_closer": ("<think>Hi </thi", Parted("", "Hi </thi", "Hi </thi")),
    "word_on_its_own_line_later": (
        "Hello.\n<thought>\nhm\n</thought>\nBye.",
        Parted("Hello.\nBye.", "\nhm\n"),
    ),
    "brackets_at_a_later_line": ("Hello.\n[THINK]hm[/THINK]Bye.", Parted("Hello.\nBye.", "hm")),
    "gemma_without_the_newline": ("<|channel>thoughthm<channel|>Hi.", Parted("Hi.", "hm")),
    "granite_with_a_curly_apostrophe": (
        "Here\u2019s my thought process: a Here\u2019s my response: Hello.",
        Parted("Hello.", " a "),
    ),
}


@pytest.mark.parametrize(("raw", "parted"), HABITS.values(), ids=HABITS)
def test_habit(raw: str, parted: Parted) -> None:
    assert both_ways(raw) == parted


CODE = {
    "tag_in_backticks_does_not_cut_the_reply": "Write `<think>` first. Then the answer.",
    "pair_in_backticks": "Between `<think>` and `</think>` it thinks.",
    "closer_alone_in_backticks": "It ends with `</think>`, always.",
    "whole_block_in_backticks": "So: `<think>hm</think>` and on.",
    "double_backticks": "So: ``<think> ` </think>`` and on.",
    "backticks_at_the_start": "`<think>` is a tag.",
    "fence": f"{FENCE}xml\n<think>\nhm\n</think>\n{FENCE}\nThat is it.",
    "fence_with_only_a_closer": f"See:\n{FENCE}\n</think>\n{FENCE}\nThat is it.",
    "fence_on_one_line": f"See {FENCE}<think>{FENCE} there.",
    "fence_with_other_forms": f"{FENCE}\n[THINK]◁think▷<|im_end|>\n{FENCE}",
    "fence_that_never_ends": f"See:\n{FENCE}\n<think>x</think> y",
    "single_backticks_in_a_fence": f"{FENCE}\n` <think>\n{FENCE}",
}


@pytest.mark.parametrize("raw", CODE.values(), ids=CODE)
def test_in_code_everything_is_text(raw: str) -> None:
    assert both_ways(raw) == Parted(raw)


def test_code_ends_where_it_ends() -> None:
    raw = f"`a` <think>b `c`</think>d {FENCE}e{FENCE} <think>f</think>g"
    assert both_ways(raw) == Parted(f"`a` d {FENCE}e{FENCE} g", "b `c`f")
    assert both_ways("a ` <think>b</think>c") == Parted("a ` c", "b")
    assert both_ways("a ` b\n<think>c</think>` d") == Parted("a ` b\n` d", "c")


def test_a_closer_that_the_thinking_quotes_does_not_end_it() -> None:
    raw = "<think>I may name `</think>` here.</think>Hello."
    assert both_ways(raw) == Parted("Hello.", "I may name `</think>` here.")
    assert both_ways("<think>use `x`</think>`x` it is") == Parted("`x` it is", "use `x`")


def test_unbalanced_code_in_the_thinking_does_not_hide_its_end() -> None:
    assert both_ways(f"<think>`a {FENCE} b</think>Hello.").text == "Hello."


FALSE_FRIENDS = {
    "longer_name": "<thinking-mode>x</thinking-mode>",
    "another_word": "<thinker>x",
    "comparison": "I <3 you < think > so, 5 < th",
    "thought_within_a_line": '*nods* <thought>A fool.</thought> "Hello!"',
    "thought_on_a_line_with_more": "*nods*\n<thought>A fool.</thought>\nHello!",
    "reason_within_a_line": "There is <reason> to stay.",
    "what_a_character_does": "<thinking about it> Maybe. <think twice>",
    "asterisks": "*thinking* Hmm. *thinks hard*",
    "bold_action": "**thinking** Well.",
    "bold_heading_without_a_reply": "**Thinking:** a skill. It grows.",
    "bold_answer_within_a_line": "**Thinking:** see the **Answer:** here",
    "granite_words_in_prose": "Well. Here is my response: no.",
    "granite_words_later": "I say: Here is my thought process: run.",
    "granite_response_alone": "Here is my response: no.",
    "word_analysis_first": "analysis is a branch of mathematics.",
    "word_analysis_capital": "Analysis Paralysis is real.",
    "word_analysis_alone": "analysis",
    "brackets_in_small_letters": "[think] hm [/think]",
    "brackets_within_a_line": "Say [THINK] aloud.",
    "other_brackets": "[OOC: brb] [x](https://example.org)",
    "emoji": "<:thinking:1234> <a:think:5678> <@1> <#2> <t:3:R>",
    "emoji_first": "<a:think:5678> Hm.",
    "html": "<b>Hi</b> <i>you</i> <s",
    "part_of_a_tag_at_the_end": "a <thi",
    "part_of_a_token_at_the_end": "a <|im_e",
    "unknown_token": "a <|dragon|> b",
    "here_and_there": "Here I am. Thoughts? to=you",
    "assistantfinal_alone": "the word assistantfinal is odd",
}


@pytest.mark.parametrize("raw", FALSE_FRIENDS.values(), ids=FALSE_FRIENDS)
def test_what_only_looks_like_thinking_is_text(raw: str) -> None:
    assert both_ways(raw) == Parted(raw)


def test_a_missing_opener_is_told_by_one_discard_and_the_text_again_as_reasoning() -> None:
    splitter = ReasoningSplitter()
    assert splitter.feed("hm") + splitter.feed(" hm") == [Piece("text", "hm"), Piece("text", " hm")]
    assert splitter.feed("</think>Hi.") == [
        Piece("discard"),
        Piece("reasoning", "hm hm"),
        Piece("text", "Hi."),
    ]
    assert splitter.feed("</think>") + splitter.finish() == []


def test_text_is_handed_out_as_soon_as_it_can_be_no_delimiter() -> None:
    splitter = ReasoningSplitter()
    chunks = ["One <", "thin", "gs", " ", "<3", " `a", "b` c", "``", "` d", "\n"]
    assert [[piece.text for piece in splitter.feed(chunk)] for chunk in chunks] == [
        ["One "],
        [],
        [],
        ["<things "],
        ["<3"],
        [" "],
        ["`ab` c"],
        [],
        ["``` d"],
        ["\n"],
    ]


def test_a_reply_can_be_finished_at_any_time_and_more_than_once() -> None:
    splitter = ReasoningSplitter()
    assert splitter.feed("<thi") == []
    assert splitter.finish() == [Piece("text", "<thi")]
    assert splitter.finish() == []
    assert splitter.unclosed is None
