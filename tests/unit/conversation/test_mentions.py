"""Which characters a text names."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzurot.characters.character import Character
from tzurot.conversation.mentions import mentioned


def character(number: int, name: str, slug: str) -> Character:
    return Character(id=UUID(int=number), name=name, slug=slug, card={}, avatar=None)


JUNIPER = character(1, "Juniper", "juniper")
SABLE = character(2, "Captain Sable", "captain-sable")
CAPTAIN = character(3, "Captain", "captain")
DOT = character(4, "Dr. J. Watt", "dr-watt")
AMELIE = character(5, "Am\u00e9lie", "amelie")
CAST = [JUNIPER, SABLE, CAPTAIN, DOT, AMELIE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Juniper hello", [JUNIPER]),
        ("hello @juniper", [JUNIPER]),
        ("@JUNIPER, are you there?", [JUNIPER]),
        ("@Juniper's tea", [JUNIPER]),
        ("@Juniper’s tea", [JUNIPER]),  # noqa: RUF001
        ("**@Juniper**", [JUNIPER]),
        ("(@Juniper)", [JUNIPER]),
        ("@captain-sable, and @juniper", [SABLE, JUNIPER]),
        ("@Captain Sable at the helm", [SABLE]),
        ("@captain   sable!", [SABLE]),
        ("@Captain of another ship", [CAPTAIN]),
        ("@Dr. J. Watt hello", [DOT]),
        ("@Juniper and @Juniper again", [JUNIPER]),
        ("@Captain Sable @Captain", [SABLE, CAPTAIN]),
        ("@Juniper,hello", [JUNIPER]),
        ("“@Juniper”", [JUNIPER]),
        ("@Juniper。", [JUNIPER]),
        ("@Juniper—wait", [JUNIPER]),
        ("_@Juniper_", []),
        ("*@Juniper*", [JUNIPER]),
        ("@Ame\u0301lie hello", [AMELIE]),
        ("@Am\u00e9lie hello", [AMELIE]),
        ("``@Juniper`` @Captain ```", [CAPTAIN]),
        ("` @Juniper", [JUNIPER]),
        ("Juniper hello", []),
        ("someone@juniper.example", []),
        ("<@1234> hello", []),
        ("`@Juniper`", []),
        ("```\n@Juniper\n```", []),
        ("`code` @Juniper `more`", [JUNIPER]),
        ("@Junipers", []),
        ("@ Juniper", []),
        ("@", []),
        ("", []),
    ],
)
def test_mentions(text: str, expected: list[Character]) -> None:
    assert mentioned(text, CAST) == expected


@given(st.text(alphabet=st.sampled_from("@Juniper Captain Sable`'.\n"), max_size=80))
def test_never_fails_and_names_each_once(text: str) -> None:
    found = mentioned(text, CAST)
    assert len(found) == len({named.id for named in found})


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["`" * 4000, "` " * 2000, "`a``" * 1000, "@a " * 1300, "@" * 4000])
def test_no_message_takes_long(text: str) -> None:
    assert mentioned(f"{text} \n@Juniper", CAST) in ([], [JUNIPER])
