"""Texts of people, cards and models, for where they stand in a prompt of ours; pure.

What is ours begins at the margin of a prompt's line. What others say stands behind their name, in
quotes on one line, or two spaces in from the margin, and is otherwise left as it is.
"""

from __future__ import annotations

import re
from typing import Final

DATA: Final = "\ufdd0"
"""Stands around what people said where a macro brings it into a text that is still to be read.

It is one of the code points that no text may hold. `cleaned`, and thus all else here, takes it out.
"""

_MARGIN: Final = "  "
_FLAG: Final = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f"
# What nobody sees and no script needs: controls, breaks of words, directions, and the signs in
# which a text is hidden in another. The flags of some countries are written in these.
_UNSEEN: Final = re.compile(
    rf"({_FLAG})"
    "|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
    "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# What models' templates are written in. Where a server reads such a token in a text, a turn ends.
_TOKEN: Final = re.compile(
    r"[<\uff1c](?=[|\uff5c][^<>|\uff1c\uff1e\uff5c\s]{1,60}[|\uff5c][>\uff1e])"
    r"|<(?=/?(?:s|bos|eos|pad|unk|mask|sop|eop|think|tools?|tool_calls?|tool_responses?|image|audio"
    r"|video|(?:start|end)_of_\w{1,20}|fim_\w{1,20}|[a-z]{1,10}_soft_token|(?:BOS|EOS|PAD)_TOKEN"
    r"|(?:unused|reserved_|extra_id_|special_)\d{1,4})>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|THINK"
    r"|ARGS|CALL_ID|IMG|IMG_BREAK|IMG_END|AUDIO|PREFIX|SUFFIX|MIDDLE|CLS|SEP|MASK|PAD|UNK|g?MASK"
    r"|sMASK)\])"
)
_QUOTES: Final = str.maketrans("“”", '""')
_BRACKETS: Final = str.maketrans("[]", "()")
# How what is attached to a message is told.
_ATTACHED: Final = re.compile(
    r"\[(\s*(?:image|embed picture|emoji|file|sticker|voice message|poll|embed|forwarded message)"
    r"\s*(?::[^\[\]\n]*|(?=\](?!\()))\s*)(\]?)",
    re.IGNORECASE,
)


def cleaned(text: str) -> str:
    """Return a text without what nobody sees, its lines ended by newlines, all tokens broken.

    A space within `< |im_start|>` or `[ INST]` makes it words: it can be read, and means nothing to
    a model's template.
    """
    if text.isascii() and text.isprintable() and "<" not in text and "[" not in text:
        return text
    text = "\n".join(_UNSEEN.sub(r"\1", text).splitlines())
    return _TOKEN.sub(r"\g<0> ", text)


def one_line(text: str) -> str:
    """Return a text on one line, so that it cannot begin another."""
    return " ".join(cleaned(text).split())


def quoted(text: str, longest: int | None = None) -> str:
    """Return a text of at most so many characters on one line, in quotes that it cannot close."""
    line = one_line(text).translate(_QUOTES)
    if longest is not None and len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return f"“{line}”"


def set_off(text: str, *, first: bool = False) -> str:
    """Return a text whose lines begin away from the margin, all but the `first` or all of them.

    So no line of it can pass for another speaker's, for a heading, or for a note of ours.
    """
    break_ = f"\n{_MARGIN}"
    lines = break_.join(cleaned(text).splitlines())
    return f"{_MARGIN}{lines}" if first and lines else lines


def bracketed(label: str, text: str) -> str:
    """Return what is attached to a message in brackets that it cannot close: `[embed: text]`."""
    opened: list[int] = []
    lone: set[int] = set()
    for place, sign in enumerate(text):
        if sign == "[":
            opened.append(place)
        elif sign == "]" and opened:
            opened.pop()
        elif sign == "]":
            lone.add(place)
    lone.update(opened)
    held = "".join(
        sign.translate(_BRACKETS) if place in lone else sign for place, sign in enumerate(text)
    )
    return f"[{label}: {held}]"


def typed(text: str) -> str:
    """Return what somebody wrote, so that none of it looks as if it was attached."""
    return _ATTACHED.sub(lambda found: f"({found[1]}" + (")" if found[2] else ""), text)
