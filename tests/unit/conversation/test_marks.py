"""Discord's marks in words: what is known is named, and nothing else is given away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.conversation.marks import Meanings, Places, channels_in, readable, roles_in

KNOWN = Meanings(
    people={5: "Cleo"},
    places=Places(channels={7: "tavern", 8: "a <#7>\n room"}, roles={9: "Crew"}),
    zone="Europe/Berlin",
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("<@5> and <@!5>, not <@6>", "@Cleo and @Cleo, not @someone"),
        ("see <#7>, not <#6>", "see #tavern, not #unknown"),
        # A name is a name, whatever it looks like.
        ("<#8>", "#a <#7> room"),
        ("<@&9> or <@&6>", "@Crew or @unknown-role"),
        ("try </help:12> or </character edit:34>", "try /help or /character edit"),
        ("<:fox:123456789012345678><a:wave:123456789012345678>", ":fox::wave:"),
        ("at <t:1700000000>", "at 14 November 2023, 23:13"),
        ("at <t:1700000000:t>", "at 23:13"),
        ("at <t:1700000000:T>", "at 23:13:20"),
        ("on <t:1700000000:D>", "on 14 November 2023"),
        ("on <t:1700000000:F>", "on Tuesday, 14 November 2023, 23:13"),
        # Discord counts from now; what was read once stays as it was.
        ("<t:1700000000:R>", "14 November 2023, 23:13"),
        ("<t:-1:D>", "1 January 1970"),
        ("<t:9999999999999>", "<t:9999999999999>"),
        (
            "<t:1700000000:x> <#> <@&x> < #7> 1 < 2 > 0",
            "<t:1700000000:x> <#> <@&x> < #7> 1 < 2 > 0",
        ),
    ],
)
def test_marks_become_words(said: str, told: str) -> None:
    assert readable(said, KNOWN) == told


def test_what_is_mentioned_is_found() -> None:
    texts = ["<#7> and <#7> and <@&9>", "<#8>, <@5>"]
    assert (channels_in(texts), roles_in(texts)) == ({7, 8}, {9})


@given(st.text(alphabet="<>#@&:!t/aR0159-\n", max_size=60))
def test_any_text_is_read(text: str) -> None:
    told = readable(text, KNOWN)
    assert "<#7>" not in told
    assert "<@5>" not in told
