"""What is taken off a model's reply."""

import pytest

from tzurot.conversation.cleanup import clean, whole_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", "Hello there."),
        ("  Hello.\n", "Hello."),
        ("Aria: Hello.", "Hello."),
        ("**Aria:** Hello.", "Hello."),
        ("**Aria**: Hello.", "Hello."),
        ("[Aria]: Hello.", "Hello."),
        ("aria: Aria: Hello.", "Hello."),
        ("Ariadne: a name", "Ariadne: a name"),
        ("Hello.<|im_end|>", "Hello."),
        ("Hello.<|im_end|>\n<|im_start|>user\nMore", "Hello."),
        ("Hello.</s>", "Hello."),
        ("Hello {{user}}, I am {{char}}.", "Hello Ada, I am Aria."),
        ("Hello {{ USER }}.", "Hello Ada."),
        ("Hello.\nAda: Hi!\nAria: Bye", "Hello."),
        ("Hello.\n**Ben:** Hi!", "Hello."),
        ("Ada: Hello.", "Hello."),
        ("**Ada:** hello", "hello"),
        ("Ada: hi\nBen: yo", "hi"),
        ("a\0b\ud800c", "abc"),
        ("I told Ada: no.", "I told Ada: no."),
        ("Note: this stays.", "Note: this stays."),
        ("<|im_end|>", ""),
        ("a < b and b > a", "a < b and b > a"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text, name="Aria", user_name="Ada", others={"Ben", "Ada"}) == expected


def test_a_name_with_pattern_characters_is_only_a_name() -> None:
    assert clean("(.*): hi", name="(.*)", user_name="[a", others={"+"}) == "hi"


def test_nobody_else_is_there() -> None:
    assert clean("Hello: you", name="Aria", user_name="", others=()) == "Hello: you"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two. Thr", "One. Two."),
        ("One! *She smiles.* And th", "One! *She smiles.*"),
        ("*She smiles. And th", "*She smiles.*"),
        ('"One." "Two." "Thr', '"One." "Two."'),
        ("One. " + "and then " * 9, "One. " + "and then " * 9),
        ("no end at all", "no end at all"),
        ("Done. ```python\nx = 1. and", "Done. ```python\nx = 1. and"),
        ("All is well.", "All is well."),
        ("It costs 3.5 and 4. 5", "It costs 3.5 and 4. 5"),
        ("**Bold.** Then mo", "**Bold.**"),
    ],
)
def test_whole_sentences(text: str, expected: str) -> None:
    assert whole_sentences(text) == expected
