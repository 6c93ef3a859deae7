"""What macros stand for, and that what people say is never read as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.macros import MACROS, expanded, most_of
from tzurot.conversation.prompt.macros import Macros, expand


@pytest.mark.parametrize(
    ("text", "result"),
    [
        # Names and the card.
        ("{{char}} and {{user}}", "Juniper and Ada"),
        ("{{ CHAR }}{{User}}{{\tuser\n}}", "JuniperAdaAda"),
        ("<USER> <user> <BOT> <CHAR>", "Ada Ada Juniper Juniper"),
        ("{{group}} / <GROUP>", "Juniper, Sable, Moss / Juniper, Sable, Moss"),
        ("{{groupNotMuted}}", "Juniper, Sable, Moss"),
        ("{{notChar}}", "Sable, Moss, Ada"),
        ("[{{charIfNotGroup}}]", "[]"),
        ("{{persona}}", "I paint."),
        ("{{description}}", "Juniper minds a lighthouse."),
        ("{{charDescription}}", "Juniper minds a lighthouse."),
        ("{{personality}} {{charPersonality}}", "calm calm"),
        ("{{scenario}} {{charScenario}}", "A night with Ada. A night with Ada."),
        ("{{charFirstMessage}}", "Hello, Ada."),
        ("{{mesExamples}}", "Juniper: Aye."),
        ("{{charPrompt}}", "Be Juniper."),
        ("{{charInstruction}}", "Stay calm."),
        ("{{charVersion}} {{char_version}}", "1.2 1.2"),
        ("{{original}}", "the host's words"),
        # The chat and the model.
        ("{{input}} {{lastMessage}}", "What now? What now?"),
        ("{{lastUserMessage}} {{lastCharMessage}}", "Is it late? Aye, it is."),
        ("{{model}} {{maxContext}} {{maxPrompt}} {{maxResponse}}", "small-1 3500 3000 500"),
        # Space.
        ("a{{newline}}b{{newline::2}}c", "a\nb\n\nc"),
        ("a{{space}}b{{space::3}}c", "a b   c"),
        ("a{{noop}}b", "ab"),
        ("a \n\r\n{{trim}}\n\n b", "a  b"),
        ("a\n{{noop}}\n{{trim}}\n{{noop}}\n{{user}}", "aAda"),
        ("{{trim}}\n{{trim}}\na", "a"),
        # Time.
        ("{{time}}", "5:05 PM"),
        ("{{date}}", "November 3, 2025"),
        ("{{weekday}} {{isotime}} {{isodate}}", "Monday 17:05 2025-11-03"),
        ("{{time_UTC+2}} {{time_utc-10}} {{time::UTC+0}}", "6:05 PM 6:05 AM 4:05 PM"),
        ("{{datetimeformat::DD.MM.YYYY HH:mm}}", "03.11.2025 17:05"),
        ("{{datetimeformat dddd, MMMM Do [at] h A}}", "Monday, November 3rd at 5 PM"),
        ("{{datetimeformat::ddd dd d E MMM M YY Q D}}", "Mon Mo 1 1 Nov 11 25 4 3"),
        ("{{datetimeformat::DDDD DDD}}", "307 307"),
        ("{{datetimeformat::H hh a m s ss W WW Z ZZ}}", "17 05 pm 5 9 09 45 45 +01:00 +0100"),
        ("{{datetimeformat::LLLL}}", "Monday, November 3, 2025 5:05 PM"),
        ("{{datetimeformat::L LT}} {{datetimeformat::LTS}}", "11/03/2025 5:05 PM 5:05:09 PM"),
        ("{{idleDuration}} {{idle_duration}}", "7 minutes 7 minutes"),
        ("{{timeDiff::2025-01-02::2025-01-01}}", "in a day"),
        ("{{timeDiff::2025-01-01 10:00::2025-01-01 12:00}}", "2 hours ago"),
        # Chance; here it always chooses from the middle.
        ("{{random:A,B,C}} {{random::A::B::C}} {{random A, B ,C}}", "B B B"),
        (r"{{random:a\,b}} {{random::a,b::c,d}}", "a,b c,d"),
        (r"{{pick:a\,b}} {{pick::x}}", "a,b x"),
        ("{{roll:6}} {{roll:d6}} {{roll 1d6}} {{roll::3d6}} {{roll:2D6+3}}", "4 4 4 12 11"),
        # Notes.
        ("a{{// a note: {{user}} }}b{{//c}}d", "abd"),
        ("a{{comment: x}}b{{hidden_key:x}}c{{hidden_key::x::y}}d", "abcd"),
        ("a{{//}}\n{{setvar::x::1}}\n{{///}}b{{getvar::x}}", "ab"),
        ("{{reverse:abc}} {{reverse::a::b}}", "cba b::a"),
        # Variables.
        ("{{setvar::x::{{user}}!}}{{getvar::x}} {{getvar x}}", "Ada! Ada!"),
        ("{{ setvar :: x :: a::b }}{{getvar::x}}[{{getvar::y}}]", "a::b[]"),
        ("{{addvar::x::2}}{{addvar::x::1.5}}{{getvar::x}}", "3.5"),
        ("{{addvar::x::a}}{{addvar::x::b}}{{getvar::x}}", "ab"),
        ("{{incvar::x}} {{incvar::x}} {{decvar::x}} {{decvar::y}}", "1 2 1 -1"),
        ("{{setvar::Juniper_mood::glad}}{{getvar::{{char}}_mood}}", "glad"),
        # Scopes.
        ("{{setvar x}}\n  a\n    b\n  c\n{{/setvar}}{{getvar::x}}", "a\n  b\nc"),
        ("{{#setvar x}} a {{/setvar}}[{{getvar::x}}]", "[ a ]"),
        ("{{ reverse }}\n  Hello\n{{ / reverse }}", "olleH"),
        (
            "{{if description}}\n  # Who\n  {{description}}\n{{/if}}",
            "# Who\nJuniper minds a lighthouse.",
        ),
        ("{{if !personality}}none{{else}}some{{/if}}", "some"),
        ("{{if ! persona }}a{{else}}b{{/if}}{{if persona::c}}", "bc"),
        ("{{if no}}a{{/if}}{{if FALSE}}b{{/if}}{{if 0}}c{{/if}}{{if off}}d{{/if}}", ""),
        ("{{if yes}}a{{/if}}{{if 1}}b{{/if}}{{#if 00}} c {{/if}}", "ab c "),
        ("{{if {{getvar::x}}}}a{{ else }}b{{ /if }}", "b"),
        ("{{if !{{getvar::x}}}}a{{/if}}", "a"),
        ("{{if 1}}{{if 0}}a{{else}}b{{/if}}{{else}}c{{/if}}", "b"),
        ("{{if 0}}{{setvar::x::1}}{{/if}}[{{getvar::x}}]", "[]"),
        ("{{if 1}}{{setvar x}}{{/if}}", "{{setvar x}}"),
        # Nesting and braces.
        ("{{random::{{char}}::{{user}}}}", "Ada"),
        ("{{random:{{char}},{{reverse:{{user}}}}}}", "adA"),
        ("{{{char}}} {{{{char}}", "{Juniper} {{Juniper"),
        ("{{char}}}} }} {{char", "Juniper}} }} {{char"),
        ("{{ {{user}} {{", "{{ Ada {{"),
        (r"\{\{char\}\} \{{char}}", "{{char}} {{char}}"),
        (r"{{reverse:\{a\}}}}", "}a{}"),
        (r"C:\n \\ \,", r"C:\n \\ \,"),
    ],
)  # fmt: skip
def test_a_macro_stands_for(text: str, result: str) -> None:
    assert expanded(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "{{}}",
        "{{ }}",
        "{{:}}",
        "{{unknown}}",
        "{{unknown::{{user}}::b}}",
        r"{{getglobalvar::\{x\}}}",
        "{{#when::{{user}}}}a{{/when}}",
        "{{user's}}",
        "{{user::x}}",
        "{{user name}}",
        "{{{{char}}}}",
        "{{{{char}}::a}}",
        "{{char {{user}}}}",
        "{{random}}",
        "{{roll}}",
        "{{roll:0}}",
        "{{roll:many}}",
        "{{roll:0d6}}",
        "{{roll:101d6}}",
        "{{roll:٣}}",
        "{{space::21}}",
        "{{newline::x}}",
        "{{setvar::x}}",
        "{{incvar}}",
        "{{time::UTC+15}}",
        "{{time_UTC}}",
        "{{time_UTC+2::x}}",
        "{{timeDiff::now::then}}",
        "{{timeDiff::0001-01-01::}}",
        "{{datetimeformat}}",
        "{{if}}",
        "{{if x}}",
        "{{else}}",
        "{{/if}}",
        "{{if}}a{{/if}}",
        "{{reverse}}",
        "{{reverse}}x{{/roll}}",
        "{{.x}}{{$y}}",
        "<USERS> <x>",
        "{{trim x}}",
        "{{reverse:" * 20 + "x" + "}}" * 20,
    ],
)
def test_what_is_unknown_or_malformed_stays_as_it_is_written(text: str) -> None:
    assert expanded(text) == text


HOSTILE = "{{char}}{{getvar::x}},::<USER>\\{{{description}}{{/if}}{{else}}"


@pytest.mark.parametrize(
    "text",
    [
        "{{user}}",
        "{{persona}}",
        "{{lastMessage}}",
        "{{input}}",
        "{{lastUserMessage}}",
        "{{lastCharMessage}}",
        "{{original}}",
        "{{model}}",
        "<USER>",
        "{{random:{{user}}}}",
        "{{pick::{{user}}}}",
        "{{reverse:{{reverse:{{user}}}}}}",
        "{{setvar::v::{{user}}}}{{getvar::v}}",
        "{{setvar v}} {{user}} {{/setvar}}{{getvar::v}}",
        "{{addvar::v::{{persona}}}}{{getvar::v}}",
        "{{setvar::{{user}}::{{user}}}}{{getvar::{{user}}}}",
        "{{if {{user}}}}{{user}}{{else}}b{{/if}}",
        "{{scenario}}",
    ],
)
def test_what_people_say_is_no_macro(text: str) -> None:
    macros = replace(
        MACROS,
        user=HOSTILE,
        persona=HOSTILE,
        last_message=HOSTILE,
        last_user_message=HOSTILE,
        last_char_message=HOSTILE,
        original=HOSTILE,
        model=HOSTILE,
        card={"scenario": "{{user}}", "description": "secret"},
        variables={"x": "secret"},
    )
    assert expand(text, macros) == HOSTILE


def test_names_of_others_are_no_macros() -> None:
    macros = replace(MACROS, char="{{user}}", group=(HOSTILE,))
    assert expand("{{group}}", macros) == f"{{{{user}}}}, {HOSTILE}"
    assert expand("{{notChar}}", macros) == f"{HOSTILE}, Ada"


def test_a_condition_looks_up_no_name_that_people_wrote() -> None:
    macros = replace(MACROS, user="noop")
    assert expand("{{if {{user}}}}a{{else}}b{{/if}}", macros) == "a"


def test_variables_are_shared_by_the_texts_of_one_prompt_and_no_others() -> None:
    macros, other = replace(MACROS, variables={}), replace(MACROS, variables={})
    assert expand("{{setvar::x::1}}", macros) == ""
    assert expand("{{getvar::x}}", macros) == "1"
    assert expand("{{getvar::x}}", other) == ""
    assert Macros(char="", user="", now=MACROS.now, chat="").variables == {}


def test_idle_before_anything_was_said() -> None:
    assert expand("{{idleDuration}}", replace(MACROS, idle=None)) == "just now"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=44), "a few seconds"),
        (timedelta(seconds=45), "a minute"),
        (timedelta(minutes=44), "44 minutes"),
        (timedelta(minutes=45), "an hour"),
        (timedelta(hours=21), "21 hours"),
        (timedelta(hours=22), "a day"),
        (timedelta(days=25), "25 days"),
        (timedelta(days=26), "a month"),
        (timedelta(days=300), "10 months"),
        (timedelta(days=330), "a year"),
        (timedelta(days=3000), "8 years"),
    ],
)
def test_a_span_in_words(span: timedelta, words: str) -> None:
    assert expand("{{idleDuration}}", replace(MACROS, idle=span)) == words


def test_a_pick_stays_and_depends_on_chat_text_and_place() -> None:
    letters = "{{pick:a,b,c,d,e,f,g,h}}"
    picked = expanded(letters * 50)
    assert picked == expanded(letters * 50)
    assert set(picked) == set("abcdefgh")
    assert picked != expanded(letters * 49 + letters + ".")[:-1]
    assert picked != expand(letters * 50, replace(MACROS, chat="channel 6"))


@pytest.mark.parametrize(("chance", "result"), [(0.0, "a 1"), (0.999, "c 6"), (1.0, "a 1")])
def test_the_ends_of_chance(chance: float, result: str) -> None:
    macros = replace(MACROS, chance=lambda: chance)
    assert expand("{{random:a,b,c}} {{roll:6}}", macros) == result


def test_texts_of_the_card_that_hold_each_other_end() -> None:
    card = {"description": "a{{personality}}", "personality": "b{{description}}c"}
    assert expand("{{description}}", replace(MACROS, card=card)) == "abc"


FIELDS = ["description", "personality", "scenario", "charFirstMessage", "mesExamples"]
KEYS = ["description", "personality", "scenario", "first_mes", "mes_example"]


@pytest.mark.parametrize(
    "text",
    [
        "{{description}}" * 1000,
        "{{persona}}" * 10_000,
        "{{setvar::x::abc}}" + "{{setvar::x::{{getvar::x}}{{getvar::x}}}}" * 100 + "{{getvar::x}}",
        "{{addvar::x::{{persona}}}}" * 5000 + "{{getvar::x}}",
        "{{datetimeformat::" + "LLLL" * 10_000 + "}}",
        "{{newline::20}}{{space::20}}" * 5000,
    ],
)
@pytest.mark.timeout(10)
def test_bombs_end(text: str) -> None:
    card = {
        key: f"{{{{{name}}}}}" * 10
        for key, name in zip(KEYS, [*FIELDS[1:], FIELDS[0]], strict=True)
    }
    macros = replace(MACROS, card=card, persona="p" * 10_000, variables={})
    for _ in range(3):
        assert len(expand(text, macros)) <= most_of(text, macros)
    assert all(len(value) <= most_of(text, macros) for value in macros.variables.values())


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 50_000,
        "}}" * 50_000,
        "{{" * 50_000 + "}}" * 50_000,
        "{{x" * 30_000 + "}}" * 30_000,
        "{{user::" * 30_000 + "}}" * 30_000,
        "{{reverse:" * 20_000 + "}}" * 20_000,
        ("{{reverse:" * 16 + "x" + "}}" * 16) * 1000,
        "{{if 1}}" * 20_000,
        "{{/if}}" * 20_000,
        "{{else}}" * 20_000,
        "{{if 1}}" * 20_000 + "{{/if}}" * 20_000,
        "{{if 1}}" + "{{setvar x}}{{reverse}}" * 10_000 + "{{/if}}" * 10_000,
        "{{if 1}}a{{else}}b{{/if}}" * 10_000,
        "{{" + " " * 100_000 + "}}",
        "{{#" + " " * 100_000 + "}}",
        "{{user" + " " * 100_000 + "x}}",
        "{{///" + " " * 100_000 + "x}}",
        "{{/" + " " * 100_000 + "if}}",
        "{{" + "a" * 100_000 + "}}",
        "{{random:" + "," * 100_000 + "}}",
        "{{random" + "::" * 50_000 + "}}",
        "{{random:" + "\\," * 50_000 + "}}",
        "{{pick:a,b}}" * 10_000,
        "{{roll:100d6}}" * 2000,
        "{{trim}}\n" * 20_000,
        "\n" * 100_000 + "{{trim}}" * 10_000,
        "{{addvar::x::y}}" * 10_000,
        "{{datetimeformat::" + "[" * 100_000 + "}}",
        "\\{" * 50_000,
        "<user" * 20_000,
        "{" * 100_001 + "char" + "}" * 100_001,
    ],
)
@pytest.mark.timeout(60)
def test_hostile_texts_take_no_long_time(text: str) -> None:
    assert len(expanded(text)) <= most_of(text, MACROS)


def test_the_deepest_nesting_in_the_deepest_card_is_no_recursion_error() -> None:
    card = {
        key: "{{if 1}}" * 8 + "{{reverse:" * 8 + f"{{{{{name}}}}}" + "}}" * 8 + "{{/if}}" * 8
        for key, name in zip(KEYS, [*FIELDS[1:], "user"], strict=True)
    }
    assert isinstance(expand("{{description}}", replace(MACROS, card=card)), str)
