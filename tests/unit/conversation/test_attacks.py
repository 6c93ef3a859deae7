"""Whatever somebody writes, and wherever it comes in: the prompt has the same parts as ever.

Each attack is told in each place. The prompt is compared with that of a harmless word there: as
many messages of the same roles, the same lines at the margin, and the attack where the word stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import hikari
import pytest

from tests.support.attacks import ATTACKS, TOKENS, Attack, at_the_margin, unseen_in
from tests.unit.conversation.test_content import file, message
from tzurot.characters.character import Character
from tzurot.characters.personas import Persona
from tzurot.conversation.content import words_of
from tzurot.conversation.marks import Meanings, Places
from tzurot.conversation.prompt import Draft, Limits
from tzurot.conversation.prompt.filling import Filling
from tzurot.conversation.references import Way
from tzurot.conversation.scene import (
    Companion,
    Participant,
    PersonKey,
    Quote,
    Scene,
    Where,
    called_of,
    lines_of,
    names_of,
)
from tzurot.history.messages import AuthorKind, Message
from tzurot.llm.messages import ChatMessage
from tzurot.memory import Recalled
from tzurot.memory.windows import line_of, windows
from tzurot.plain import alike, name_of
from tzurot.rules.guidance import Guidance, Note

TWIN: Final = "Harmless"
EVE, BEN, WEBHOOK = 4, 2, 9
MIRA_ID, JUNIPER = UUID(int=1), UUID(int=7)
MIRA: Final[dict[str, Any]] = {
    "description": "{{char}} keeps a lighthouse.",
    "personality": "Dry.",
    "scenario": "A storm.",
    "mes_example": "<START>\n{{user}}: Lonely?\n{{char}}: No.",
}


class World:
    """What a prompt is written of, as the bot puts it together; a test changes one thing in it."""

    def __init__(self) -> None:
        self.card: dict[str, Any] = dict(MIRA)
        self.eve = "Eve"
        self.juniper = "Juniper"
        self.webhook = "Weather"
        self.said = "good evening"
        self.before = "what a storm"
        self.own = "Mind the step."
        self.other = "Tea?"
        self.forecast = "Rain."
        self.about = "I sail."
        self.pronouns = "she/her"
        self.role = "Keeper"
        self.companion = "Keeps a tea house."
        self.sidecar = "Tease me."
        self.note = "It is the night of the regatta."
        self.where = Where(server="Harbour", channel="lounge", thread="a corner")
        self.quoted = "The pier is closed."
        self.quoted_by = "Cleo"
        self.quoted_in = Where(server="Inn", channel="notices")
        self.remembered = "I bought a boat."
        self.reminded = "Good."
        self.mentioned = "Dana"
        self.pinged = "staff"

    def prompt(self) -> tuple[ChatMessage, ...]:
        character = Character(id=MIRA_ID, name="Mira", slug="mira", card=self.card, avatar=None)
        messages = [
            _message(1, AuthorKind.PERSON, BEN, "Ben", self.before),
            _message(2, AuthorKind.CHARACTER, WEBHOOK, "Mira", self.own, MIRA_ID),
            _message(3, AuthorKind.CHARACTER, WEBHOOK, self.juniper, self.other, JUNIPER),
            _message(4, AuthorKind.BOT, WEBHOOK, self.webhook, self.forecast),
            _message(5, AuthorKind.PERSON, BEN, "Ben", "<@11> <@&12>?"),
            _message(6, AuthorKind.PERSON, EVE, "Eve", self.said),
        ]
        found = [Companion(self.juniper, self.companion, JUNIPER)]
        called = called_of(character, messages, found)
        companions = [replace(one, name=called[JUNIPER, one.name]) for one in found]
        personas: dict[PersonKey, Persona] = {(EVE, None): _persona(self.eve)}
        names = names_of(character, messages, personas, {}, companions)
        meanings = Meanings(people={11: self.mentioned}, places=Places(roles={12: self.pinged}))
        scene = Scene(
            character=character,
            user_name=names[EVE, None],
            lines=lines_of(MIRA_ID, messages, names, meanings, {}),
            trigger_id=6,
            people=(
                Participant(name=names[BEN, None], user_id=BEN, local_time="noon (Asia/Tokyo)"),
                Participant(
                    name=names[EVE, None],
                    user_id=EVE,
                    pronouns=self.pronouns,
                    about=self.about,
                    roles=(self.role, "Bard"),
                    joined=date(2024, 5, 31),
                    local_time="night (Europe/Paris)",
                ),
            ),
            companions=tuple(companions),
            where=self.where,
            now="Thursday, 26 November 2026, 16:00 (UTC)",
            quotes=(
                Quote(way=Way.REPLY, message_id=1, referred_by=6),
                Quote(way=Way.LINK, message_id=2, referred_by=6),
                Quote(
                    way=Way.LINK,
                    message_id=80,
                    referred_by=6,
                    speaker=name_of(self.quoted_by),
                    text=self.quoted,
                    where=self.quoted_in,
                ),
            ),
            guidance=Guidance(
                sidecars={BEN: "Be brief.", EVE: self.sidecar},
                notes={"channel": Note(text=self.note, depth=3)},
            ),
        )
        own = alike("Mira")
        lines = [
            line_of(self.eve, self.remembered, own=own, is_self=False),
            line_of("Mira", self.reminded, own=own, is_self=True),
        ]
        memories = [
            Recalled(
                id=UUID(int=number),
                text=text,
                said_at=datetime(2026, 11, 1, tzinfo=UTC),
                score=1.0,
                message_ids=(),
            )
            for number, text in enumerate(windows(lines)[:1])
        ]
        draft = Draft(scene, Filling(scene), Limits(tokens=60_000))
        return draft.prompt(memories).messages


def _message(  # noqa: PLR0913, PLR0917  who said what
    number: int,
    kind: AuthorKind,
    author_id: int,
    name: str,
    content: str,
    character_id: UUID | None = None,
) -> Message:
    return Message(
        channel_id=1,
        id=number,
        author_kind=kind,
        author_id=author_id,
        author_name=name,
        content=content,
        character_id=character_id,
    )


def _persona(name: str) -> Persona:
    return Persona(
        id=UUID(int=5),
        user_id=EVE,
        name=name,
        pronouns="",
        about="",
        is_default=True,
        member_id=None,
    )


Entry = Callable[[World, str], None]


def field(name: str) -> Entry:
    return lambda world, text: setattr(world, name, text)


def of_card(name: str, around: str = "{}") -> Entry:
    return lambda world, text: world.card.update({name: around.replace("{}", text)})


def place(name: str, part: str) -> Entry:
    def put(world: World, text: str) -> None:
        setattr(world, name, replace(getattr(world, name), **{part: text}))

    return put


def attached(make: Callable[[str], hikari.Message]) -> Entry:
    def put(world: World, text: str) -> None:
        world.said = words_of(make(text))

    return put


def brought_in(macro: str) -> Entry:
    """Let a card's every text bring in what somebody said last, as authors may do."""

    def put(world: World, text: str) -> None:
        text = text if text.strip() else TWIN
        world.said = text
        world.about = text
        world.card |= {
            "description": f"Hears: {macro}\n{macro}",
            "post_history_instructions": f"Heed this:\n{macro}",
            "mes_example": f"{{{{user}}}}: Well?\n{{{{char}}}}: No.\n{macro}\n{macro}",
        }
        world.note = f"Somebody said\n{macro}"

    return put


def depth_prompt(world: World, text: str) -> None:
    world.card["extensions"] = {"depth_prompt": {"prompt": text, "depth": 2}}


def own_depth_prompt(world: World, text: str) -> None:
    prompt = {"prompt": text, "depth": 2, "role": "assistant"}
    world.card["extensions"] = {"depth_prompt": prompt}


ENTRIES: Final[dict[str, Entry]] = {
    "the message": field("said"),
    "a message before": field("before"),
    "the character's own words": field("own"),
    "another character's words": field("other"),
    "another bot's words": field("forecast"),
    "a person's name": field("eve"),
    "another character's name": field("juniper"),
    "a webhook's name": field("webhook"),
    "what a persona says": field("about"),
    "pronouns": field("pronouns"),
    "a role": field("role"),
    "a mentioned person": field("mentioned"),
    "a mentioned role": field("pinged"),
    "a companion's card": field("companion"),
    "a sidecar": field("sidecar"),
    "a channel's note": field("note"),
    "a channel": place("where", "channel"),
    "a server": place("where", "server"),
    "a thread": place("where", "thread"),
    "a quoted message": field("quoted"),
    "who is quoted": field("quoted_by"),
    "a quoted channel": place("quoted_in", "channel"),
    "a quoted server": place("quoted_in", "server"),
    "a memory": field("remembered"),
    "a remembered reply": field("reminded"),
    "a description": of_card("description", "Mira keeps a lighthouse. {}"),
    "all of a description": of_card("description"),
    "a personality": of_card("personality"),
    "a scenario": of_card("scenario"),
    "a system prompt": of_card("system_prompt"),
    "instructions after the history": of_card("post_history_instructions"),
    "a card's note": depth_prompt,
    "a card's note in its own voice": own_depth_prompt,
    "a macro for the last message": brought_in("{{lastMessage}}"),
    "a macro for a persona": brought_in("{{persona}}"),
    "a forwarded message": attached(
        lambda text: message(
            message_reference={"type": 1, "message_id": "3", "channel_id": "4"},
            message_snapshots=[{"message": _snapshot(text)}],
        )
    ),
    "an embed": attached(
        lambda text: message("see", embeds=[{"type": "rich", "title": text, "description": text}])
    ),
    "a file's name": attached(
        lambda text: message("see", attachments=[file(text, "application/pdf")])
    ),
    "a picture's words": attached(
        lambda text: message(
            "see", attachments=[file("a.png", "image/png", description=text)]
        )
    ),
    "a sticker": attached(
        lambda text: message(
            "see", sticker_items=[{"id": "7", "name": text, "format_type": 1}]
        )
    ),
    "a poll": attached(lambda text: message("see", poll=_poll(text))),
    "a typed message": attached(message),
}  # fmt: skip


def _snapshot(text: str) -> dict[str, object]:
    return {
        "type": 0,
        "content": text,
        "embeds": [],
        "attachments": [],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
    }


def _poll(text: str) -> dict[str, object]:
    return {
        "question": {"text": text},
        "answers": [{"answer_id": 1, "poll_media": {"text": text}}],
        "expiry": "2026-01-02T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }


def told(entry: Entry, text: str) -> tuple[ChatMessage, ...]:
    world = World()
    entry(world, text)
    return world.prompt()


def _plainly(content: str) -> str:
    """Return a text without what tells two of one name apart."""
    return re.sub(r" \((?:\d+|character)\)", "", content)


def is_alike(found: str, twin: str) -> bool:
    """Whether a line is the twin's, but for the attack in place of each of the twin's words."""
    # A channel of several words stands in quotes, and what stands in quotes does not close them.
    pattern = re.escape(twin).replace(rf"\#{TWIN}", "(?:“#[^“”\r]*”|#[^“”:\r]*)")
    pattern = pattern.replace(f"“{TWIN}", "“[^“”\r]*").replace(TWIN, ".*")
    return re.fullmatch(pattern, found, re.DOTALL) is not None


def faults_of(attack: Attack, entry: Entry, twins: tuple[ChatMessage, ...]) -> list[str]:
    found = told(entry, attack.text)
    if [one.role for one in found] != [one.role for one in twins]:
        return [f"roles: {[one.role for one in found]}"]
    faults = []
    for message_, twin in zip(found, twins, strict=True):
        faults += [f"token: {one}" for one in TOKENS if one in message_.content]
        faults += [f"unseen: {sign!r}" for sign in unseen_in(message_.content)]
        if message_.role == "assistant":
            # A role of its own: nobody else speaks there, whatever stands in it.
            continue
        lines, expected = (at_the_margin(_plainly(one.content)) for one in (message_, twin))
        if len(lines) != len(expected):
            faults.append(f"{len(lines)} lines at the margin, not {len(expected)}: {lines}")
            continue
        pairs = zip(lines, expected, strict=True)
        faults += [f"{one!r} is not {other!r}" for one, other in pairs if not is_alike(one, other)]
    return faults


@pytest.mark.parametrize("name", ENTRIES)
def test_no_attack_forges_anything(name: str) -> None:
    entry = ENTRIES[name]
    twins = told(entry, TWIN)
    assert any(TWIN in one.content for one in twins)
    faults = {
        attack.name: found for attack in ATTACKS if (found := faults_of(attack, entry, twins))
    }
    assert faults == {}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_examples_end_where_we_say_so(attack: Attack) -> None:
    """A card writes as many examples as it likes, and nothing of the chat behind them."""
    for around in ("{}", "<START>\n{}", "{{user}}: {}\n{{char}}: {}", "{{char}}: {}\n{{user}}: {}"):
        found = told(of_card("mes_example", around), attack.text)
        whole = "\n".join(f"\n{one.role}\n{one.content}" for one in found[1:])
        ends = re.findall(r"^\[\s*The chat begins here\.\]$", whole, re.MULTILINE | re.IGNORECASE)
        examples, end, chat = whole.partition("\n[The chat begins here.]\n")
        assert len(ends) == len([end] if end else [])
        assert chat.startswith("Ben: what a storm") or not end
        if not end:
            continue
        for one in found[1:]:
            margin = at_the_margin(one.content.partition("[The chat begins here.]")[0])
            if one.role == "user" and one.content in examples:
                assert not any(line.startswith("[") for line in margin)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_a_nickname_is_a_name(attack: Attack) -> None:
    (system, *_) = told(of_card("nickname"), attack.text)
    first = re.search(
        r"^You write what (.*) says in a chat on Discord with ", system.content, re.MULTILINE
    )
    assert first is not None
    assert not re.search(r"[\[\]“”:;@\n]", first[1])


def test_names_stay_apart_from_everybody_elses() -> None:
    for attack in ATTACKS:
        (system, *_, last) = told(field("eve"), attack.text)
        listed = re.findall(
            r"^- ([^:;\n]+?)(?: \(she/her\))?(?:;|:|$)", system.content, re.MULTILINE
        )
        shapes = [alike(name) for name in {*listed, "Mira"}]
        assert len(shapes) == len(set(shapes)), attack.name
        speakers = re.findall(r"^(\S[^:\n]*): ", last.content, re.MULTILINE)
        assert speakers[-1] in listed, attack.name


def test_macros_are_read_in_what_an_author_wrote_and_nowhere_else() -> None:
    for name in ("the message", "a person's name", "a sidecar", "what a persona says", "a memory"):
        text = "\n".join(one.content for one in told(ENTRIES[name], "{{char}} {{newline}} x"))
        assert "{{char}} {{newline}} x" in text, name
    for name in ("a macro for the last message", "a macro for a persona"):
        text = "\n".join(one.content for one in told(ENTRIES[name], "{{char}}\n{{newline}}"))
        assert "Heed this:\n  {{char}} {{newline}}\n" in text, name
