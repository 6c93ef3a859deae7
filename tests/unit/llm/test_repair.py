"""A refused request is changed so that it may be taken, and never without end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.chat_requests import (
    ABILITIES,
    LOOP,
    PAPER,
    PLAIN,
    RED,
    REQUESTS,
    SOUND,
    ask,
    say,
)
from tests.support.model_errors import error as body
from tests.support.model_errors import read
from tzurot.llm.adapt import adapt
from tzurot.llm.capabilities import Abilities
from tzurot.llm.errors import ErrorKind, ModelError, Symptom
from tzurot.llm.messages import ChatRequest
from tzurot.llm.repair import Repair, repair
from tzurot.llm.turns import CONTINUE

K, S = ErrorKind, Symptom
MANDATORY = Abilities(reasoning=True, reasoning_mandatory=True)


def failed(
    symptom: Symptom | None,
    limit: int | None = None,
    *names: str,
    kind: ErrorKind = K.BAD_PARAMETER,
    status: int = 400,
) -> ModelError:
    return ModelError(
        kind, "x", status=status, symptom=symptom, limit=limit, names=frozenset(names)
    )


def mended(request: ChatRequest, error: ModelError, known: Abilities | None = None) -> Repair:
    found = repair(request, error, known)
    assert found is not None
    assert found.what
    assert found.request != request
    return found


HI = say("user", "hi")
ASKED = ask(HI, parameters={"temperature": 1, "top_p": 0.9, "reasoning_effort": "none"})
SEEN = ask(say("user", "look", attachments=(RED,)), say("user", "and", attachments=(PLAIN,)))
LONG = "word " * 70  # a hundred tokens
TALK = ask(
    say("system", "be kind"),
    *(say("user" if n % 2 == 0 else "assistant", f"{n} {LONG}") for n in range(20)),
    say("system", "note"),
    say("user", "last"),
)

# Each symptom of the ladder whose repair is remembered: error, request, lesson.
LESSONS: list[tuple[str, ModelError, ChatRequest, Abilities]] = [
    ("no images", failed(S.NO_IMAGES), SEEN, Abilities(images=False)),
    ("at most one image", failed(S.TOO_MANY_IMAGES, 1), SEEN, Abilities(most_images=1)),
    ("too many images", failed(S.TOO_MANY_IMAGES), SEEN, Abilities(most_images=1)),
    ("no audio", failed(S.NO_AUDIO), ask(say("user", attachments=(SOUND,))),
     Abilities(audio=False)),
    ("no files", failed(S.NO_FILES), ask(say("user", attachments=(PAPER,))),
     Abilities(files=False)),
    ("no tools", failed(S.NO_TOOLS), ask(*LOOP, tools=({},)), Abilities(tools=False)),
    ("temperature deprecated", failed(S.PARAMETERS, None, "temperature"), ASKED,
     Abilities(refused=frozenset({"temperature"}))),
    ("penalties rejected", failed(S.PARAMETERS, None, "frequency_penalty", "presence_penalty"),
     ask(HI, parameters={"presence_penalty": 1}),
     Abilities(refused=frozenset({"frequency_penalty", "presence_penalty"}))),
    ("reasoning mandatory", failed(S.REASONING_MANDATORY), ASKED, MANDATORY),
    ("roles alternate", failed(S.ROLES), ask(HI, HI), Abilities(alternating=True)),
    ("last role user", failed(S.ROLES), ask(HI, say("assistant", "So")),
     Abilities(alternating=True, prefill=False)),
    ("roles with a system message", failed(S.ROLES), ask(say("system", "a"), HI),
     Abilities(alternating=True, system=False)),
    ("no system", failed(S.NO_SYSTEM), TALK, Abilities(system=False)),
    ("no prefill", failed(S.NO_PREFILL), ask(HI, say("assistant", "So")),
     Abilities(prefill=False)),
    ("stops", failed(S.TOO_MANY_STOPS, 4), ask(HI, parameters={"stop": tuple("abcdef")}),
     Abilities(most_stops=4)),
    ("stops, no number", failed(S.TOO_MANY_STOPS), ask(HI, parameters={"stop": tuple("abcdef")}),
     Abilities(most_stops=4)),
    ("max_tokens at least 16", failed(S.TOKENS_MINIMUM, 16), ask(HI, max_tokens=5),
     Abilities(least_tokens=16)),
    ("max_tokens too small", failed(S.TOKENS_MINIMUM), ask(HI, max_tokens=5),
     Abilities(least_tokens=16)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "request_", "lesson"), [row[1:] for row in LESSONS], ids=[row[0] for row in LESSONS]
)
def test_what_is_remembered(error: ModelError, request_: ChatRequest, lesson: Abilities) -> None:
    found = mended(request_, error)
    assert found.lesson == lesson
    assert found.request == adapt(request_, lesson)
    assert repair(found.request, error) is None


def test_a_value_is_left_out_for_once() -> None:
    error = failed(S.VALUES, None, "temperature")
    found = mended(ASKED, error)
    assert "temperature" not in found.request.parameters
    assert found.lesson is None
    assert repair(found.request, error) is None


def test_the_answer_is_as_long_as_the_credit_allows() -> None:
    error = failed(S.AFFORDABLE, 200, kind=K.NO_CREDIT, status=402)
    found = mended(ASKED, error)
    assert (found.request.max_tokens, found.lesson, found.what) == (200, None, "max_tokens 200")
    assert repair(found.request, error) is None
    assert repair(ASKED, failed(S.AFFORDABLE, 63, kind=K.NO_CREDIT)) is None


def test_the_answer_is_as_long_as_the_model_can() -> None:
    assert mended(ask(HI, max_tokens=9000), failed(S.TOKENS_MAXIMUM, 512)).request.max_tokens == 512
    assert mended(ask(HI, max_tokens=9000), failed(S.TOKENS_MAXIMUM)).request.max_tokens == 4096
    assert repair(ask(HI), failed(S.TOKENS_MAXIMUM)) is None


def contents(request: ChatRequest) -> list[str]:
    return [message.content.split(maxsplit=1)[0] for message in request.messages]


def test_the_prompt_is_trimmed_to_its_limit_by_whole_exchanges() -> None:
    error = read(402, body("Prompt tokens limit exceeded: 2200 > 1000", 402))
    found = mended(TALK, error)
    assert contents(found.request) == [
        "be", "12", "13", "14", "15", "16", "17", "18", "19", "note", "last",
    ]  # fmt: skip
    assert found.lesson is None
    assert found.request.max_tokens == TALK.max_tokens


def test_the_prompt_leaves_room_for_the_answer_in_the_context() -> None:
    error = read(400, body("This endpoint's maximum context length is 1600 tokens.", 400))
    found = mended(TALK, error)
    assert found.request.max_tokens == 400
    assert contents(found.request)[:2] == ["be", "12"]


def test_a_third_of_the_history_goes_where_no_limit_is_told() -> None:
    for error in (failed(S.CONTEXT_LIMIT), failed(S.PROMPT_LIMIT), failed(S.PROMPT_LIMIT, 10**6)):
        assert contents(mended(TALK, error).request)[:2] == ["be", "8"]
    unknown = failed(None, kind=K.CONTEXT_TOO_LONG, status=413)
    assert contents(mended(TALK, unknown).request)[:2] == ["be", "8"]


def test_of_many_who_spoke_the_newest_are_kept() -> None:
    crowd = ask(*(say("user", f"{n} {LONG}") for n in range(10)), say("user", "last"))
    kept = contents(mended(crowd, failed(S.PROMPT_LIMIT, 400)).request)
    assert kept == ["7", "8", "9", "last"]


def test_what_a_request_does_not_hold_is_not_blamed() -> None:
    assert repair(ask(HI, say("assistant", " ")), failed(S.NO_IMAGES)) is None


def test_wide_characters_count_for_more() -> None:
    talk = ask(say("user", "早" * 150), say("assistant", "上" * 150), say("user", "last"))
    assert len(mended(talk, failed(S.PROMPT_LIMIT, 150)).request.messages) == 1


def test_an_open_loop_of_tools_stays_whole() -> None:
    loop = ask(say("user", LONG), say("assistant", LONG), *LOOP, tools=({"x": LONG},))
    found = mended(loop, failed(S.PROMPT_LIMIT, 10))
    assert found.request.messages == LOOP
    assert repair(found.request, failed(S.PROMPT_LIMIT, 10)) is None
    assert repair(ask(say("assistant", "alone")), failed(S.PROMPT_LIMIT, 1)) is None


def test_attachments_go_first_where_a_request_has_too_many_bytes() -> None:
    error = read(413, b"<title>413 Request Entity Too Large</title>")
    once = mended(SEEN, error).request
    assert [len(message.attachments) for message in once.messages] == [0, 1]
    twice = mended(once, error).request
    assert [len(message.attachments) for message in twice.messages] == [0, 0]


def test_unusable_images_become_notes_for_once() -> None:
    found = mended(SEEN, failed(S.IMAGE_UNUSABLE))
    assert contents(found.request) == ["look", "and"]
    assert not any(message.attachments for message in found.request.messages)
    assert found.lesson is None


def test_blank_messages_go() -> None:
    found = mended(ask(HI, say("assistant", " "), HI), failed(S.EMPTY_CONTENT))
    assert found.request.messages == (HI, HI)
    assert repair(found.request, failed(S.EMPTY_CONTENT)) is None


FILTERED = ask(
    HI,
    provider={
        "only": ["acme"], "quantizations": ["fp8"], "data_collection": "deny", "zdr": True,
        "max_price": {"prompt": 1}, "ignore": ["bolt"], "order": ["acme"], "sort": "price",
    },
)  # fmt: skip


def test_filters_are_loosened_but_never_those_of_privacy() -> None:
    found = mended(FILTERED, failed(S.PROVIDER_FILTERS, kind=K.NO_ENDPOINT))
    assert found.request.provider == {
        "data_collection": "deny", "zdr": True, "max_price": {"prompt": 1}, "ignore": ["bolt"],
        "order": ["acme"], "sort": "price",
    }  # fmt: skip
    assert found.what == "providers without only, quantizations"
    assert repair(found.request, failed(S.PROVIDER_FILTERS)) is None


def test_only_the_filters_that_are_blamed_are_loosened() -> None:
    found = mended(FILTERED, failed(S.PROVIDER_FILTERS, None, "quantizations"))
    assert found.request.provider == {
        name: value for name, value in FILTERED.provider.items() if name != "quantizations"
    }
    for name in ("zdr", "data_collection", "max_price", "geo"):
        assert repair(FILTERED, failed(S.PROVIDER_FILTERS, None, name)) is None


def test_a_strict_schema_is_loosened_where_no_provider_takes_it() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "strict": True}}
    found = mended(ask(HI, parameters={"response_format": form}), failed(S.PROVIDER_FILTERS))
    assert found.request.parameters == {
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": False}}
    }
    plain = ask(HI, parameters={"response_format": {"type": "json_object"}})
    assert repair(plain, failed(S.PROVIDER_FILTERS)) is None


def test_calls_of_tools_are_told_where_their_thinking_cannot_come_back() -> None:
    request = ask(*LOOP, tools=({"type": "function"},))
    found = mended(request, failed(S.REASONING_BACK))
    assert not any(one.tool_calls or one.reasoning_details for one in found.request.messages)
    assert found.request.tools == request.tools
    assert repair(found.request, failed(S.REASONING_BACK)) is None


# -- empty replies -----------------------------------------------------------------------------

ATE = failed(S.THINKING_ATE_ALL, kind=K.EMPTY)
ONLY = failed(S.ONLY_THINKING, kind=K.EMPTY)


def test_thinking_that_ate_all_is_switched_off_then_given_room() -> None:
    request = ask(HI, parameters={"reasoning_max_tokens": 1024}, extra={"reasoning": {}})
    first = mended(request, ATE).request
    assert first.parameters == {"reasoning_effort": "none"}
    assert first.extra == {}
    seen = []
    while (found := repair(first, ATE)) is not None:
        first = found.request
        seen.append(first.max_tokens)
    assert seen == [3200, 8192]


@pytest.mark.parametrize("known", [MANDATORY, Abilities(refused=frozenset({"reasoning_effort"}))])
def test_thinking_that_cannot_be_switched_off_is_given_room(known: Abilities) -> None:
    assert mended(ask(HI), ATE, known).request == ask(HI, max_tokens=3200)
    assert repair(ask(HI), ONLY, known) is None


def test_a_reply_filed_as_thinking_is_asked_for_without() -> None:
    found = mended(ask(HI), ONLY)
    assert found.request.parameters == {"reasoning_effort": "none"}
    assert found.lesson is None
    assert repair(found.request, ONLY) is None


def test_a_legally_empty_reply_is_not_repaired() -> None:
    assert repair(TALK, failed(None, kind=K.EMPTY)) is None


# -- without end -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in K if kind is not K.CONTEXT_TOO_LONG])
def test_what_has_no_symptom_is_not_repaired(kind: ErrorKind) -> None:
    assert repair(TALK, failed(None, kind=kind)) is None


ERRORS = st.builds(
    failed,
    st.none() | st.sampled_from(Symptom),
    st.none() | st.integers(0, 10**12),
    st.sampled_from(["temperature", "stop", "only", "zdr"]),
    kind=st.sampled_from(ErrorKind),
)


@given(REQUESTS, ERRORS, ABILITIES)
@settings(deadline=None)
def test_repairs_have_an_end(request: ChatRequest, error: ModelError, known: Abilities) -> None:
    current = request
    for _ in range(12):
        found = repair(current, error, known)
        if found is None:
            break
        assert found.request != current
        current = found.request
    else:
        pytest.fail("no end")
    for name in ("zdr", "data_collection", "max_price"):
        assert current.provider.get(name) == request.provider.get(name)
    assert current.model == request.model


@given(REQUESTS, ERRORS)
@settings(deadline=None)
def test_the_last_word_of_the_user_stays(request: ChatRequest, error: ModelError) -> None:
    found = repair(replace(request, messages=(*request.messages, say("user", "last"))), error)
    if found is not None:
        assert "last" in found.request.messages[-1].content
        assert found.request.messages[-1].content != CONTINUE
