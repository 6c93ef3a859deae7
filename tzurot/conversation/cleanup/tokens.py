"""Takes off what chat templates leak: special tokens, and the turns that begin with them; pure."""

from __future__ import annotations

import re

from tzurot.conversation.cleanup.prose import before, without

# Tokens such as <|im_end|>, with a word in them: faces and operators have none. DeepSeek's bars are
# wide.
_TOKEN = re.compile(
    r"<[|\uff5c](?=[^<>|\uff5c\n]{0,37}[A-Za-z]{3})[\w\u2581]{3,40}[|\uff5c]>"
    r"|<(?:end|start)_of_turn>|<(?:eop|eos|bos)>|\[gMASK\]"
)
# People write <s> for what is struck through: of the token's kind it is at either end only.
_AT_AN_END = re.compile(r"\A\s*(?:<s>|\[/INST\])|(?:</s>|\[/INST\])\s*\Z")
_OWN_TURN = re.compile(
    r"\A\s*(?:(?:<\|im_start\|>|<start_of_turn>)(?:assistant|model)?\s*\n"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|assistant\|>|###\s?Response:)\s*"
)
# From such a token on, a model plays the next message of the chat by itself.
_NEXT_TURN = re.compile(
    r"<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>|<\|(?:user|system|observation)\|>"
    r"|<\uff5cUser\uff5c>|\[INST\]"
    r"|^###\s?(?:Human|Instruction):",
    re.MULTILINE,
)


def without_tokens(text: str, asked: str) -> str:
    """Return the reply without special tokens, up to where it begins another's turn.

    Where the person asks about such tokens, they are what the reply is about.
    """
    text = _AT_AN_END.sub("", _OWN_TURN.sub("", text))
    if "<|" in asked or "###" in asked or "[INST]" in asked or _TOKEN.search(asked):
        return text
    return without(before(text, _NEXT_TURN), _TOKEN)
