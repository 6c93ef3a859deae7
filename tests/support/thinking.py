"""Reads the pieces of a reply as its consumer does, and lists the forms that thinking comes in."""

from __future__ import annotations

from typing import Final, NamedTuple

from tzurot.llm.reasoning import ReasoningSplitter


class Parted(NamedTuple):
    """A reply after its end."""

    text: str
    reasoning: str = ""
    unclosed: str | None = None


def read(*chunks: str) -> Parted:
    """Feed the chunks and put the pieces together."""
    splitter = ReasoningSplitter()
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)]
    text: list[str] = []
    reasoning: list[str] = []
    for piece in pieces + splitter.finish():
        if piece.kind == "discard":
            text.clear()
        else:
            assert piece.text
            (text if piece.kind == "text" else reasoning).append(piece.text)
    return Parted("".join(text), "".join(reasoning), splitter.unclosed)


WIDE_END: Final = "<\uff5cend\u2581of\u2581sentence\uff5c>"

FORMS: Final = {
    "deepseek_qwen_glm": ("<think>", "</think>"),
    "claude_style": ("<thinking>", "</thinking>"),
    "ant_thinking": ("<ant_thinking>", "</ant_thinking>"),
    "any_namespace": ("<ns:thinking>", "</ns:thinking>"),
    "exaone_gemini": ("<thought>", "</thought>"),
    "exaone_capital": ("<Thought>", "</Thought>"),
    "reasoning": ("<reasoning>", "</reasoning>"),
    "reason": ("<reason>", "</reason>"),
    "reflection": ("<reflection>", "</reflection>"),
    "scratchpad": ("<scratchpad>", "</scratchpad>"),
    "analysis": ("<analysis>", "</analysis>"),
    "inner_monologue": ("<inner_monologue>", "</inner_monologue>"),
    "seed_oss": ("<seed:think>", "</seed:think>"),
    "seed_oss_budget": ("<seed:cot_budget_reflect>", "</seed:cot_budget_reflect>"),
    "minimax_m3": ("<mm:think>", "</mm:think>"),
    "ifm": ("<ifm|think>", "</ifm|think>"),
    "ifm_fast": ("<ifm|think_fast>", "</ifm|think_fast>"),
    "ifm_faster": ("<ifm|think_faster>", "</ifm|think_faster>"),
    "kimi_vl": ("◁think▷", "◁/think▷"),
    "kimi_k3": ("<|open|>think<|sep|>", "<|close|>think<|sep|><|open|>response<|sep|>"),
    "magistral": ("[THINK]", "[/THINK]"),
    "reasoning_brackets": ("[REASONING]", "[/REASONING]"),
    "gpt_oss": (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    "gpt_oss_with_start": (
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|channel|>final <|constrain|>json<|message|>",
    ),
    "gpt_oss_tool_call": (
        "<|channel|>commentary to=functions.roll <|constrain|>json<|message|>",
        "<|call|>",
    ),
    "gemma_4": ("<|channel>thought\n", "<channel|>"),
    "cohere_response": ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    "cohere_text": ("<|START_THINKING|>", "<|END_THINKING|>\n<|START_TEXT|>"),
    "apertus": ("<|inner_prefix|>", "<|inner_suffix|>"),
    "muse_glimmer": (" to=self<|message|>", "<|eom|><|start|>assistant to=user<|message|>"),
    "muse_glimmer_short": (" to=self<|message|>", "<|eom|> to=user<|message|>"),
    "inkling": ("<|content_thinking|>", "<|end_message|><|content_text|>"),
    "granite_is": ("Here is my thought process:", "\n\nHere is my response:"),
    "granite_short": ("Here's my thought process:", "Here's my response:"),
    "hunyuan": ("<think>\n", "\n</think>\n<answer>\n"),
    "ernie": ("<think>", "</think>\n<response>\n"),
    "openthoughts": ("<|begin_of_thought|>", "<|end_of_thought|>\n\n<|begin_of_solution|>"),
}
"""What stands before the thinking, and what between it and the reply, by model or habit."""
