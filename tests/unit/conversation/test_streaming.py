"""What of a reply is shown before it is whole: always the beginning of what it comes to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.conversation.test_cleanup_corpora import EVENING, HONEST, LEAKY, cleaned
from tzurot.conversation.chunking import closed
from tzurot.conversation.streaming import stable

NAMES = ["Mira", "Ada", "Ben", "Juniper"]

# What replies are made of, honest or not.
PIECES = [
    "Mira", "Ada", "Ben", "Miranda", ": ", ":", "**", "*", "_", "`", "```", "\n", "\n\n", " ",
    "Hello there. ", "The lamp burned low", "12:30", "[12:30] ", "(12:30) ", "[", "]", "(", ")",
    "<", ">", "</", "<message>", "</message>", "<x-y>", "<@3001>", "<|im_end|>", "<|", "{{user}}",
    "{{", "}}", "||", "---", "# ", "- ", "> ", '"', "Note", "https://a.example/b", "~~", "\\",
    "Good evening.", "a < b", "\u3042\u3044", "é", "🙂",
]  # fmt: skip
replies = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def shown(text: str, reply: dict[str, str] | None = None) -> str:
    reply = reply or {}
    return stable(
        text,
        lambda so_far: cleaned(reply, so_far),
        names=NAMES,
        asked=reply.get("asked", EVENING),
    )


@pytest.mark.parametrize("reply", [*HONEST, *LEAKY])
def test_each_beginning_shows_a_beginning_of_the_whole(reply: dict[str, Any]) -> None:
    text, whole = reply["text"], cleaned(reply, reply["text"])
    for end in range(1, len(text) + 1, 1 + len(text) // 120):
        assert whole.startswith(shown(text[:end], reply)), text[:end]


# What may be made of such pieces is endless, and some of it fools everybody: it is the same here
# each time, so that it tells of changes.
@settings(derandomize=True, max_examples=400)
@given(replies, replies)
@example("Mira```````<|im_end|>Hello there. ", "```````")
@example("Hello there. ", "\nAda: Hello there.")
@example("Hello there. `", "` <x-y>")
def test_whatever_follows(begun: str, more: str) -> None:
    assert cleaned({}, begun + more).startswith(shown(begun))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello the", "Hello"),
        ("Hello there, ", "Hello"),
        ("Mira", ""),
        ("Mira: Hello there, you", "Hello there,"),
        ("Hello there.\nAda", "Hello"),
        ("Hello there.\nAda: and", "Hello"),
        ("Hello there. <@30", "Hello there."),
        ("Hello there, <@3001> and", "Hello there, <@3001>"),
        ("Hello there, ||the key is", "Hello there,"),
        ("Hello there, ||the key|| is", "Hello there, ||the key||"),
        ("See [the map](https://a.exam", "See"),
        ("Say `ls -l and", "Say"),
        ("Hello {{us", "Hello"),
        ("Good even", ""),
    ],
)
def test_nothing_is_shown_by_half(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_long_reply_is_shown_but_for_its_last_words() -> None:
    text = "The lamp burned low, and nobody spoke of it for a while. " * 60
    for end in range(100, len(text), 331):
        assert len(shown(text[:end])) > end - 20


def test_code_that_is_open_is_closed_for_now() -> None:
    text = "Look:\n```python\nprint(1)\nprint("
    assert closed(shown(text)) == "Look:\n```python\nprint(1)\n```"
