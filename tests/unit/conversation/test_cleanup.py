"""What is taken off a model's reply."""

from time import process_time

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
        ("Captain Sable: Aye.", "Aye."),
        ("Sable: Aye.", "Aye."),
        ("**Captain:** Aye.", "Aye."),
        ("Old Salt: Aye.", "Aye."),  # its nickname
        ("Salt: Aye.", "Aye."),
        ("I am {{char}}.", "I am Old Salt."),
        ("Old: a word for me.", "a word for me."),
        ("Aye.\nSable: And more.", "Aye.\nSable: And more."),  # a part counts at the beginning
    ],
)
def test_a_character_goes_by_its_nickname_and_by_parts_of_its_name(
    text: str, expected: str
) -> None:
    found = clean(text, name="Captain Sable", nickname="Old Salt", user_name="Ada", others=())
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "Water it.\nNote: twice a day.",
        "We meet at noon.\n12:30 is late.",
        "See this.\nhttp://example.org",
        "He said so.\nadA: is that a name?",
        "The end.\nTip: there is none.",
    ],
)
def test_a_name_that_is_a_word_or_a_number_ends_no_reply(text: str) -> None:
    others = {"Note", "12", "http", "Tip", "Ada"}
    assert clean(text, name="Aria", user_name="Ada", others=others) == text


def test_who_is_called_as_the_character_is_does_not_end_it() -> None:
    assert clean("Hi.\nAria: so", name="aria", user_name="Aria", others={"Aria"}) == "Hi.\nAria: so"


def test_a_scene_that_goes_on_stays_whole() -> None:
    scene = "Ada: Left!\nBen: Right!"
    more = "Ada: Left, I said!\nBen: That is right."

    def cleaned(asked: str, last_reply: str) -> str:
        return clean(
            more, name="Aria", user_name="Ada", others={"Ben"},
            user_message=asked, last_reply=last_reply,
        )  # fmt: skip

    assert cleaned("go on!", scene) == more
    assert cleaned("thanks", scene) == "Left, I said!"
    assert cleaned("go on!", "I like tea.") == "Left, I said!"


@pytest.mark.parametrize(
    "part",
    [
        *(
            "[",
            "`",
            "``` ",
            "*",
            " ",
            "\n",
            "<message ",
            "<message>",
            "</message>\n",
            "<|",
            "(1/2) ",
        ),
        *(
            "Aria: ",
            "\nAda: x",
            "\n\nAria:\n\n",
            "> a\n",
            "[21:04] ",
            "x:\n",
            "{{ ",
            "a.\n\n---\n\n",
        ),
        *("[It is Thursday, 26 November 2026, 16:00\n", "[For x's next message:\n", "\nGrog: y"),
    ],
)
def test_the_time_grows_with_the_length_only(part: str) -> None:
    text = (part * 16_000)[:16_000]
    begun = process_time()
    clean(text, name="Aria", user_name="Ada", others={"Ben"}, user_message=text[:4000])
    assert process_time() - begun < 2


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
