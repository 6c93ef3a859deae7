"""The delimiters that models put around their thinking, each declared once with who writes it.

The forms were gathered from the reasoning parsers of SGLang and vLLM (below: SGL, VLLM), from the
default tags of Open WebUI, the presets of SillyTavern, and bug reports of chat clients.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Final, Literal

from tzurot.llm.reasoning_patterns import Pattern, ahead, maybe, one_of, seq, some, word


class Where(Enum):
    """Where an opener counts; elsewhere it is text that somebody wrote on purpose."""

    ANYWHERE = auto()
    LINE = auto()
    """At the start of the message or of a line."""
    OWN_LINE = auto()
    """At the start of the message, or alone on its line: characters may well have a `<thought>`
    in the middle of what they say."""
    HEAD = auto()
    """At the start of the message: nothing but blank space and thinking stands before it."""


@dataclass(frozen=True, slots=True)
class Family:
    """One pair of delimiters.

    `closer` proves that all before it was thinking, even if no opener was seen; `end` only ends
    what was opened. `starts`: what the two may begin with, beside the marks of tags and tokens.
    `heading`: the closer counts at the start of a line alone.
    """

    name: str
    where: Where
    opener: Pattern
    closer: Pattern
    end: Pattern | None = None
    starts: str = ""
    heading: bool = False


Role = Literal[
    "open", "close", "stray", "over", "wrap", "unwrap", "code", "fence", "note", "maybe", "proof"
]
Row = tuple[Role, Family | None, Pattern]


@dataclass(frozen=True, slots=True)
class Rules:
    """What to look for: `hot` finds where any of it may begin, `roles` says what a group is."""

    hot: re.Pattern[str]
    part: re.Pattern[str]
    full: re.Pattern[str]
    roles: Mapping[str | None, tuple[Role, Family | None]]
    longest: int
    """As many characters decide; nothing waits for more."""


# --- Tags ---

_BLANKS: Final = some(r"[ \t]", 0, 8)
# Only `name=value` is an attribute, so that `<thinking about it>` stays what a character does.
_ATTRIBUTES: Final = seq(
    some(r"\s", 1, 4), some("[A-Za-z]", 1, 12), word("="), some("[^<>]", 0, 40)
)
_NAMESPACE: Final = seq(some("[A-Za-z]", 1, 1), some("[A-Za-z0-9_]", 0, 9), some("[:|]", 1, 1))


# `<think>`: DeepSeek, Qwen, GLM, Kimi, MiniMax, Nemotron and many more (SGL, VLLM); `<thinking>`:
# prompted models and distillates (Open WebUI); `<seed:think>`: Seed-OSS (VLLM); `<mm:think>`:
# MiniMax M3; `<ifm|think_fast>`: K2 Horizon (SGL).
_THINK_NAMES: Final = ("think", "thinking", "ant_thinking", "think_fast", "think_faster")
# `<thought>`: EXAONE Deep, Gemini; `<reason>`, `<reasoning>`: fine-tunes (Open WebUI); the rest:
# formats that prompts ask for.
_WORDS: Final = (
    *("thought", "reasoning", "reason"),
    *("reflection", "scratchpad", "analysis", "inner_monologue"),
)
_BUDGET_NAME: Final = "cot_budget_reflect"
_WRAPPER_NAMES: Final = ("answer", "response", "output")  # Hunyuan (VLLM), ERNIE, Reflection


def _any_tag(before: Pattern, names: Pattern, after: Pattern) -> Pattern:
    return seq(
        before,
        maybe(_NAMESPACE),
        names,
        one_of(_ATTRIBUTES, some(r"\s", 0, 4)),
        maybe(word("/")),
        word(">"),
        after,
    )


_NOTHING: Final = Pattern("", "", 0)
# One for all tags: each with its own would make the expression many times as large.
_PART_OF_A_TAG: Final = _any_tag(
    word("<", "</"),
    word(*_THINK_NAMES, *_WORDS, _BUDGET_NAME, *_WRAPPER_NAMES),
    _BLANKS,
)


def _tag(before: str, *names: str, after: Pattern = _NOTHING) -> Pattern:
    full = _any_tag(word(before), word(*names), after).full
    return Pattern(full, _PART_OF_A_TAG.part, _PART_OF_A_TAG.longest)


_THINK: Final = Family("think", Where.ANYWHERE, _tag("<", *_THINK_NAMES), _tag("</", *_THINK_NAMES))
# Seed-OSS counts its tokens in it, within the thinking and beside it (VLLM).
_BUDGET: Final = Family(
    _BUDGET_NAME, Where.ANYWHERE, _tag("<", _BUDGET_NAME), _tag("</", _BUDGET_NAME)
)


def _word_tag(name: str) -> Family:
    opener, closer = _tag("<", name, after=_BLANKS), _tag("</", name)
    # Models that mix the two families end their thinking with the tag they were trained on.
    return Family(name, Where.OWN_LINE, opener, closer, _THINK.closer)


_WORD_TAGS: Final = tuple(map(_word_tag, _WORDS))


def _brackets(name: str) -> Family:
    # In capitals only: these are tokens of a model, and `[think]` is what people write.
    opener, closer = word(f"[{name}]", fold=False), word(f"[/{name}]", fold=False)
    return Family(name, Where.LINE, opener, closer)


# --- Tokens of one model; nobody writes them by hand, so they count anywhere ---


def _tokens(name: str, opener: str, closer: str, *reply: str) -> Family:
    return Family(name, Where.ANYWHERE, word(opener), word(closer, *reply))


_START: Final = word("<|start|>assistant")
_HEADER: Final = seq(
    maybe(seq(some(r"\s", 0, 2), word("to="), some("[A-Za-z0-9_.]", 1, 20))),
    maybe(seq(some(r"\s", 0, 1), word("<|constrain|>"), some("[A-Za-z]", 1, 8))),
    word("<|message|>"),
)


def _channel(*names: str) -> Pattern:
    return seq(maybe(_START), word("<|channel|>"), word(*names), _HEADER)


_HARMONY: Final = Family(  # gpt-oss (SGL, VLLM); commentary is where it calls tools
    "harmony",
    Where.ANYWHERE,
    _channel("analysis", "commentary"),
    _channel("final"),
    word("<|end|>", "<|return|>", "<|call|>"),
)
_TO_USER: Final = seq(some("[ ]", 0, 2), word("to=user<|message|>"))
_MUSE: Final = Family(  # Muse Glimmer (SGL)
    "muse",
    Where.HEAD,
    seq(maybe(seq(_START, some("[ ]", 0, 2))), word("to=self<|message|>")),
    seq(_START, _TO_USER),
    seq(word("<|eom|>"), maybe(_START), maybe(_TO_USER)),
)
_TOKENS: Final = (
    _HARMONY,
    _MUSE,
    _tokens("kimi", "◁think▷", "◁/think▷"),  # Kimi-VL Thinking, Kimi-Dev (SGL)
    _tokens(  # Kimi K3 (SGL)
        "kimi_k3",
        "<|open|>think<|sep|>",
        "<|close|>think<|sep|>",
        "<|open|>response<|sep|>",
    ),
    Family(  # Gemma 4 (SGL, SillyTavern)
        "gemma",
        Where.ANYWHERE,
        seq(word("<|channel>thought"), maybe(word("\n"))),
        word("<channel|>"),
    ),
    _tokens(  # Command A Reasoning (SGL, VLLM)
        "cohere",
        "<|START_THINKING|>",
        "<|END_THINKING|>",
        "<|START_RESPONSE|>",
        "<|START_TEXT|>",
    ),
    _tokens("apertus", "<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus (SGL)
    Family(  # Inkling (SGL); the end of a reply looks like the end of the thinking
        "inkling",
        Where.ANYWHERE,
        word("<|content_thinking|>"),
        word("<|content_text|>"),
        word("<|end_message|>"),
    ),
    _tokens(  # OpenThoughts, Sky-T1 (Open WebUI)
        "openthoughts",
        "<|begin_of_thought|>",
        "<|end_of_thought|>",
        "<|begin_of_solution|>",
    ),
    _brackets("THINK"),  # Magistral, Ministral 3 (SGL, VLLM)
    _brackets("REASONING"),  # fine-tunes, seen in clients
)

# --- Plain words ---


def _granite(noun: str) -> Pattern:
    heres = word("Here is", "Here's", "Here\u2019s", fold=False)
    return seq(heres, word(f" my {noun}:", fold=False))


def _bold(*titles: str) -> Pattern:
    marks = word(":**", "**:")
    return seq(word("**"), word(*titles), marks)


_PLAIN_CHANNEL: Final = word("analysis", "commentary", fold=False)
_PLAIN_FINAL: Final = word("assistantfinal", fold=False)
_PLAIN: Final = (
    # Granite 3.2 (VLLM). Within its thinking the answer may begin in the middle of a line.
    Family(
        "granite",
        Where.HEAD,
        _granite("thought process"),
        _granite("response"),
        starts="H",
    ),
    # gpt-oss where its special tokens were dropped: `analysisWe must greet.assistantfinalHello`.
    Family(
        "plain_harmony",
        Where.HEAD,
        seq(_PLAIN_CHANNEL, ahead("[A-Z]")),
        one_of(_PLAIN_FINAL, _channel("final")),
        starts="a",
    ),
)
_UNCERTAIN: Final = (
    # The same, but a reply may begin with this word.
    Family(
        "plain_harmony",
        Where.HEAD,
        seq(_PLAIN_CHANNEL, ahead("[^A-Za-z]")),
        _PLAIN_FINAL,
        starts="a",
    ),
    # Headings learnt from the pages of chat sites, seen in clients.
    Family(
        "headings",
        Where.HEAD,
        _bold("Thinking", "Thoughts", "Thought process", "Reasoning"),
        _bold("Response", "Answer", "Reply", "Final answer", "Final response"),
        starts="*",
        heading=True,
    ),
)
_NOTE: Final = seq(  # "Thought for 12 seconds" on a line of its own, from the same pages
    some("[*_]", 0, 2),
    word("Thought for ", "Reasoned for "),
    one_of(some("[0-9]", 1, 4), word("a few", "a couple of")),
    word(" second", " seconds", " minute", " minutes"),
    some("[*_.:]", 0, 3),
    _BLANKS,
    ahead(r"\n"),
)

# --- What stands around the reply itself ---

_WRAPPERS: Final = tuple(
    Family(name, Where.HEAD, _tag("<", name), _tag("</", name)) for name in _WRAPPER_NAMES
)
_BAR: Final = "\uff5c"  # DeepSeek's tokens have wide bars and a low block for the space
_BLOCK: Final = "\u2581"
_TURN_START: Final = word(
    *("<|im_start|>", "<|start_header_id|>", "<|start|>", "<start_of_turn>", "<|turn>")
)
# Behind these a model plays somebody else's message: there the reply is over.
_NEXT_TURN: Final = one_of(
    seq(_TURN_START, word("user", "system", "tool", "ipython", "observation")),
    word("<|user|>", "<|observation|>", f"<{_BAR}User{_BAR}>"),
)
# Templates leak them (SGL's lists of what to leave out).
_NAMES_BETWEEN_BARS: Final = (
    *("im_end", "im_sep", "endoftext", "endofprompt", "pad", "eos"),
    *("eot_id", "eom_id", "end_header_id", "begin_of_text", "end_of_text"),
    *("end", "return", "call", "channel", "message", "constrain"),
    *("user", "assistant", "system", "observation"),
    *("eot", "eom", "open", "close", "sep"),
    *("end_message", "message_model", "content_text"),
    *("begin_of_solution", "end_of_solution"),
    *("start_response", "end_response", "start_text", "end_text"),
    *("start_of_turn_token", "end_of_turn_token", "chatbot_token"),
)
_STRAY: Final = one_of(
    seq(_TURN_START, maybe(word("assistant", "model"))),
    word(
        *(f"<|{name}|>" for name in _NAMES_BETWEEN_BARS),
        *("<|close|>response<|sep|>", "<end_of_turn>", "<turn|>", "<|channel>"),
        *("<eos>", "<bos>", "<eop>", "<sop>", "</s>", "[gMASK]", "[INST]", "[/INST]"),
        *(f"<{_BAR}{name}{_BLOCK}of{_BLOCK}sentence{_BAR}>" for name in ("begin", "end")),
        *(f"<{_BAR}{name}{_BAR}>" for name in ("Assistant", "User")),
    ),
)

# --- Code, where all of these are only spoken about ---

_FENCE: Final = some("`", 3, 20)
_SPAN: Final = one_of(
    seq(word("`"), some(r"[^`\n]", 1, 96), word("`")),
    seq(
        word("``"),
        ahead("[^`]"),
        Pattern(r"(?:`?[^`\n]){1,47}", r"(?:`?[^`\n]){0,47}`?", 95),
        word("``"),
    ),
)
_SPAN_WITHOUT_TAG: Final = seq(word("`"), some(r"[^`\n<]", 1, 96), word("`"))


# --- What to look for, by where the text has come to ---


def _rules(rows: list[Row], hot: str) -> Rules:
    named = {f"{row[0]}_{index}": row for index, row in enumerate(rows)}
    return Rules(
        hot=re.compile(hot),
        part=re.compile(f"(?:{'|'.join(dict.fromkeys(row[2].part for row in rows))})\\Z"),
        full=re.compile("|".join(f"(?P<{name}>{row[2].full})" for name, row in named.items())),
        roles={name: row[:2] for name, row in named.items()},
        longest=max(row[2].longest for row in rows),
    )


def _hot(starts: str = "") -> str:
    # Less than, hearts, mentions and the like are passed over at once.
    return f"[◁`\\[{starts}]|<(?=[A-Za-z/|{_BAR}]|\\Z)"


_FAMILIES: Final = (_THINK, _BUDGET, *_WORD_TAGS, *_TOKENS, *_PLAIN)
_BODY_ROWS: Final[list[Row]] = [
    *(("open", each, each.opener) for each in _FAMILIES if each.where is not Where.HEAD),
    *(("close", each, each.closer) for each in (_THINK, _BUDGET, *_WORD_TAGS, *_TOKENS)),
    *(("unwrap", each, each.closer) for each in _WRAPPERS),
    ("fence", None, _FENCE),
    ("code", None, _SPAN),
    ("over", None, _NEXT_TURN),
    ("stray", None, _STRAY),
]
HEAD: Final = _rules(
    [
        *(("open", each, each.opener) for each in _FAMILIES if each.where is Where.HEAD),
        *(("maybe", each, each.opener) for each in _UNCERTAIN),
        *(("wrap", each, each.opener) for each in _WRAPPERS),
        ("note", None, _NOTE),
        ("stray", None, _TO_USER),
        *_BODY_ROWS,
    ],
    r"\S",
)
"""Nothing to be seen has come yet."""
BODY: Final = _rules(_BODY_ROWS, _hot())
"""In the reply."""
FENCED: Final = _rules([("fence", None, _FENCE)], "`")
"""In a code block of the reply."""


# Made when they are needed: there are many, and each model has but one.
@cache
def inside(family: Family) -> Rules:
    """Return what to look for in the thinking that this family opened."""
    ends = one_of(family.closer, *filter(None, [family.end]))
    rows: list[Row] = [
        ("close", family, ends),
        # A tag that the thinking quotes does not end it; other code in it may well be unbalanced.
        ("code", None, seq(word("`"), ends, word("`"))),
        ("code", None, _SPAN_WITHOUT_TAG),
        ("stray", None, _STRAY),
    ]
    if family.where is not Where.HEAD:
        rows.append(("open", family, family.opener))
    return _rules(rows, _hot(family.starts))


@cache
def doubtful(family: Family) -> Rules:
    """Return what to look for in what is the reply if the closer of this family does not come."""
    return _rules([("proof", family, family.closer), *_BODY_ROWS], _hot(family.starts))
