"""Who is answered: people, places, characters, denials and ways to speak, against one oracle.

The oracle is `tests/support/matrix.py`. Covered in full: person x place x denial x character, each
of them named, active and offered by autocompletion. Not in full, because each answer costs a tenth
of a second: by which of four names a character is named, whose message is replied to, and who is
asked by `/chat`. Those turn with the other sides, so that all three of person, denial and character
meet each of these ways; `test_what_is_not_tried_in_full_is_covered` counts that. There is no chance
in it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from tests.support.characters import make
from tests.support.matrix import (
    DENIED,
    KINDS,
    NAMING,
    PEOPLE,
    PLACES,
    TREES,
    Case,
    Denied,
    Kind,
    Person,
    Place,
    Way,
    answers,
    asked,
    cases,
    name_of,
    offered,
    replied,
    tree,
)
from tests.support.model_script import Json
from tests.support.model_server import Reply
from tests.support.playground import ADA, ANNEX, DANA, GUILD, HALL, Payload
from tests.wire.bot.conftest import World
from tzurot.characters.access import Actor
from tzurot.characters.aliases import AliasStore
from tzurot.characters.store import CharacterStore
from tzurot.history.turns import UNFINISHED
from tzurot.rules.ages import AgeStore
from tzurot.rules.cascade import Tier
from tzurot.rules.channels import ChannelStore
from tzurot.rules.denial import Denial, Mode, Party, Reach, Target
from tzurot.rules.denials import DenialStore
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database
from tzurot.storage.tables import MessageRow, TurnRow

_PATIENCE_S: Final = 100
"""How long an answer that must come is waited for; after one that did not come, nothing is tried:
what one person says while an answer is due is answered together."""


def test_what_is_not_tried_in_full_is_covered() -> None:
    everything = [case for turn in range(len(DENIED)) for case in cases(turn)]
    assert len(set(everything)) == len(PEOPLE) * len(PLACES) * len(DENIED)
    met = {(case.person, case.denied, kind, name_of(case, kind))
           for case in everything for kind in KINDS}  # fmt: skip
    assert met == set(itertools.product(PEOPLE, DENIED, KINDS, NAMING))
    for chosen in (replied, asked):
        triples = {(case.person, case.denied, chosen(case)) for case in everything}
        assert triples == set(itertools.product(PEOPLE, DENIED, KINDS))
        assert {(case.place, chosen(case)) for case in everything} == set(
            itertools.product(PLACES, KINDS)
        )


@dataclass
class Try:
    """Something that was said, and who must answer it."""

    about: str
    expected: set[str]
    got: set[str] = field(default_factory=set)


class Matrix:
    """Everything that stands fixed, and what came of each try."""

    def __init__(self, world: World, database: Database) -> None:
        self.playground = world.playground
        self.database = database
        self.ids: dict[str, UUID] = {}
        self.named_at: dict[Place, str] = {}
        self.active_at: dict[Place, str] = {}
        self.dms: dict[Person, str] = {}
        self.older: dict[tuple[str, str], str] = {}
        """By channel and character: a message of theirs."""
        self.tries: dict[str, Try] = {}
        self.faults: list[str] = []
        self._said: set[int] = set()
        self._is_over = False
        self._news = asyncio.Condition()

    # -- facts

    async def set_up(self) -> None:
        """Let everybody speak everywhere once; then make private and mature what is."""
        await self._make_places()
        for name in ("Pine", "Maple", "Willow"):
            await self._make_character(name, owner=1)
        for person, name in TREES.items():
            await self._make_character(name, owner=int(person.value))
        for person, kind in itertools.product(PEOPLE, KINDS):
            name = tree(person, kind)
            actor, store = Actor(int(person.value)), AliasStore(self.database)
            await store.add(actor, self.ids[name], f"My {name}", is_global=False)
        settings = SettingsStore(self.database)
        await settings.set(Tier.HOST, None, "most_characters", 10)
        await settings.set(Tier.HOST, None, "history_messages", 3)
        await self._let_all_speak()
        for person, name in TREES.items():
            owner = Actor(int(person.value))
            await CharacterStore(self.database).set_visibility(owner, self.ids[name], public=False)
        await CharacterStore(self.database).set_mature(Actor(1), self.ids["Maple"], is_mature=True)
        await AgeStore(self.database).confirm(int(Person.OF_AGE.value))
        await self._keep_out()

    async def _make_places(self) -> None:
        everybody = [person.value for person in PEOPLE]
        wanted: dict[Place, Payload] = {
            Place.OPEN: {},
            Place.PRIVATE: {"private_to": everybody},
            Place.KEPT_OUT: {},
            Place.AGE_RESTRICTED: {"nsfw": True},
        }
        # Whoever is named must not be active as well: each place is there twice.
        for at, suffix in ((self.named_at, "named"), (self.active_at, "active")):
            for place, more in wanted.items():
                made = await self.playground.channel(GUILD, f"{place.name}-{suffix}", **more)
                at[place] = made["id"]
            thread = await self.playground.thread(ADA, suffix, at[Place.OPEN])
            at[Place.THREAD] = thread["id"]
        for person in PEOPLE:
            self.dms[person] = (await self.playground.dm(person.value))["id"]
        await self.playground.set_member(GUILD, DANA, [])

    async def _make_character(self, name: str, owner: int) -> None:
        self.ids[name] = await make(self.database, f"Old {name}", owner)
        aliases = AliasStore(self.database)
        await aliases.add(Actor(owner), self.ids[name], f"{name} Tree", is_global=True)

    async def _let_all_speak(self) -> None:
        channels = [(ADA, channel, list(self.ids)) for channel in self.named_at.values()]
        # From then on all that is said there is kept, and so known to have been heard.
        channels += [(ADA, channel, ["Willow"]) for channel in self.active_at.values()]
        channels += [
            (person.value, self.dms[person], [tree(person, kind) for kind in KINDS])
            for person in PEOPLE
        ]
        async with asyncio.TaskGroup() as group:
            for user, channel, names in channels:
                group.create_task(self._let_speak(user, channel, names))
        assert not self.report(), self.report()

    async def _let_speak(self, user: str, channel: str, names: list[str]) -> None:
        words = ", ".join(f"@Old {name}" for name in names)
        await self.say("first words", set(names), user=user, channel=channel, words=words)

    async def _keep_out(self) -> None:
        channels = ChannelStore(self.database)
        kept = [int(at[Place.KEPT_OUT]) for at in (self.named_at, self.active_at)]
        await channels.keep_out_of(int(GUILD), kept)
        for place, channel in self.active_at.items():
            if place is Place.THREAD:
                continue  # it has those of its channel
            await SettingsStore(self.database).set(
                Tier.CHANNEL, int(channel), "channel_rule", "list"
            )
            for character_id in self.ids.values():
                await channels.activate(int(channel), None, character_id, by=int(ADA))

    def targets(self, person: Person, denied: Denied) -> list[Target]:
        """Return what is denied, and what has nothing to do with it: other places and people."""
        party, user_id = Party.USER, int(person.value)
        found = [
            Target(party=party, party_id=user_id, reach=Reach.SERVER, place_id=int(ANNEX)),
            Target(party=party, party_id=user_id, reach=Reach.CHANNEL, place_id=int(HALL)),
            Target(party=Party.SERVER, party_id=int(ANNEX)),
            Target(party=party, party_id=user_id + 1000),
        ]
        if denied is Denied.CHANNEL:
            # Not the threads: a channel's denial holds in them.
            at = [*self.named_at.items(), *self.active_at.items(), (Place.DM, self.dms[person])]
            found += [
                Target(party=party, party_id=user_id, reach=Reach.CHANNEL, place_id=int(channel))
                for place, channel in at
                if place is not Place.THREAD
            ]
        elif denied is Denied.SERVER:
            found.append(
                Target(party=party, party_id=user_id, reach=Reach.SERVER, place_id=int(GUILD))
            )
        elif denied is Denied.BOT:
            found.append(Target(party=party, party_id=user_id))
        elif denied is Denied.CHARACTER:
            found += [
                Target(
                    party=party,
                    party_id=user_id,
                    reach=Reach.CHARACTER,
                    character_id=self.ids[tree(person, kind)],
                )
                for kind in KINDS
                if kind is not Kind.WITNESS
            ]
        return found

    # -- tries

    async def say(  # noqa: PLR0913  whose each is, is written where it is called
        self,
        about: str,
        expected: set[str],
        *,
        user: str,
        channel: str,
        words: str,
        reply_to: str | None = None,
    ) -> None:
        """Say something and wait for those who must answer; who else does is seen at the end."""
        if self._is_over:
            return
        token, one = self._begin(about, expected)
        said = await self.playground.say(user, f"{words} {token}", channel, reply_to=reply_to)
        self._said.add(int(said["id"]))
        await self._answered(one)

    def _begin(self, about: str, expected: set[str]) -> tuple[str, Try]:
        token = f"t{len(self.tries)}x"
        one = self.tries[token] = Try(about, expected)
        return token, one

    async def _answered(self, one: Try) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S), self._news:
                await self._news.wait_for(lambda: one.expected <= one.got)
        except TimeoutError:
            self._is_over = True

    async def run(self, case: Case) -> None:
        """Speak in every way, one after the other: what one person says in a row is one talk."""
        person, place, denied = case.person, case.place, case.denied
        user = person.value
        if place is Place.DM:
            channel = self.dms[person]
            await self._name(case, channel, [Kind.WITNESS])
            await self._reply(case, channel)
            await self._name(case, channel, [Kind.WITNESS])
            everybody = self._expected(case, Way.LISTENING, [])
            await self.say(
                f"{case}, {Way.LISTENING}", everybody, user=user, channel=channel, words="well?"
            )
            await self._name(case, channel, [one for one in KINDS if one is not Kind.WITNESS])
        else:
            channel = self.named_at[place]
            await self._name(case, channel, KINDS)
            await self._reply(case, channel)
        await self._chat(case, channel)
        if self._is_over:
            return
        found = await self.playground.autocomplete(
            user, "chat", "character", {"character": ""}, channel
        )
        names = {str(one["name"]) for one in found}
        for name in names ^ offered(person, denied, place):
            said = "is offered" if name in names else "is not offered"
            self.faults.append(f"{case}, {Way.OFFERED}: {name} {said}")

    async def run_active(self, case: Case) -> None:
        """Speak to nobody where all are active."""
        if case.place is not Place.DM:
            expected = self._expected(case, Way.ACTIVE, KINDS)
            at = self.active_at[case.place]
            await self.say(
                f"{case}, {Way.ACTIVE}",
                expected,
                user=case.person.value,
                channel=at,
                words="well?",
            )

    def _expected(self, case: Case, way: Way, kinds: Iterable[Kind]) -> set[str]:
        found = answers(case.person, case.denied, case.place, way, kinds)
        return {tree(case.person, kind) for kind in found}

    async def _name(self, case: Case, channel: str, kinds: list[Kind]) -> None:
        words = []
        for kind in kinds:
            name = tree(case.person, kind)
            called = {
                Way.NAME: f"Old {name}",
                Way.SLUG: f"old-{name.lower()}",
                Way.ALIAS: f"{name} Tree",
                Way.OWN_ALIAS: f"My {name}",
            }
            words.append(f"@{called[name_of(case, kind)]}")
        about = f"{case}, {', '.join(words)}"
        expected = self._expected(case, Way.NAME, kinds)
        await self.say(
            about, expected, user=case.person.value, channel=channel, words=", ".join(words)
        )

    async def _reply(self, case: Case, channel: str) -> None:
        kind = replied(case)
        about = f"{case}, {Way.REPLY} to {tree(case.person, kind)} ({kind})"
        expected = self._expected(case, Way.REPLY, [kind])
        older = self.older[channel, tree(case.person, kind)]
        await self.say(
            about,
            expected,
            user=case.person.value,
            channel=channel,
            words="so?",
            reply_to=older,
        )

    async def _chat(self, case: Case, channel: str) -> None:
        if self._is_over:
            return
        kind = asked(case)
        name = tree(case.person, kind)
        about = f"{case}, {Way.CHAT} to {name} ({kind})"
        token, one = self._begin(about, self._expected(case, Way.CHAT, [kind]))
        options = {"character": f"old-{name.lower()}", "message": f"well, {token}"}
        shown = (await self.playground.command(case.person.value, "chat", options, channel))[
            "message"
        ]
        is_refused = bool(shown["flags"] & 64)
        if is_refused is bool(one.expected):
            self.faults.append(f"{about}: {shown['content']}")
        if not is_refused:
            self._said.add(int(shown["id"]))
        await self._answered(one)

    # -- what comes of it

    async def listen(self, ready: asyncio.Event) -> None:
        """Take note of all that the bot says."""
        address = f"{self.playground.url}/playground/api/events"
        async with (
            httpx.AsyncClient(timeout=_PATIENCE_S) as http,
            http.stream("GET", address) as stream,
        ):
            async for line in stream.aiter_lines():
                ready.set()
                if line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    if event["type"] == "MESSAGE_CREATE":
                        await self._heard(event["data"])

    async def _heard(self, message: Payload) -> None:
        found = re.fullmatch(r"(?:\*\*(.+):\*\* )?(t\d+x) from Old (\w+)", message["content"])
        if found is None or not message["author"].get("bot"):
            return
        label, token, name = found.groups()
        shown = message["author"]["username"] if message.get("webhook_id") else label
        if shown != f"Old {name}":
            self.faults.append(f"{name} speaks as {shown}")
        self.older.setdefault((message["channel_id"], name), message["id"])
        one = self.tries[token]
        if name in one.got:
            self.faults.append(f"{one.about}: {name} answers twice")
        one.got.add(name)
        async with self._news:
            self._news.notify_all()

    async def settle(self) -> None:
        """Wait until all that was said is heard and answered; where characters are, all is kept."""
        heard = select(func.count()).where(MessageRow.id.in_(self._said))
        states = [state.value for state in UNFINISHED]
        working = select(func.count()).where(TurnRow.state.in_(states))
        async with asyncio.timeout(_PATIENCE_S):
            for _ in range(2):
                while True:
                    async with self.database.transaction() as session:
                        left = len(self._said) - (await session.scalar(heard) or 0)
                        if not left + (await session.scalar(working) or 0):
                            break
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.1)
        self._said.clear()

    def report(self) -> list[str]:
        """Return every combination that was not as the rules say."""
        found = list(self.faults)
        for one in self.tries.values():
            found += [f"{one.about}: {name} answers" for name in sorted(one.got - one.expected)]
            found += [f"{one.about}: no {name}" for name in sorted(one.expected - one.got)]
        return found


def _echo(body: Json) -> Reply:
    """Say what is answered, and who answers."""
    told = json.dumps(body["messages"])
    name = re.search(r"You write what (Old \w+) says", body["messages"][0]["content"])
    return Reply.text(f"{re.findall(r't[0-9]+x', told)[-1]} from {name[1] if name else '?'}")


@pytest.fixture
async def matrix(world: World, database: Database) -> AsyncIterator[Matrix]:
    world.model.default = _echo
    found = Matrix(world, database)
    ready = asyncio.Event()
    task = asyncio.create_task(found.listen(ready))
    await ready.wait()
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.timeout(900)
async def test_who_is_answered_and_who_is_offered_is_as_the_rules_say(matrix: Matrix) -> None:
    await matrix.set_up()
    denials = DenialStore(matrix.database)
    for turn in range(len(DENIED)):
        now = cases(turn)
        targets = [
            target
            for person, denied in {(case.person, case.denied): None for case in now}
            for target in matrix.targets(person, denied)
        ]
        for target in targets:
            # Without a host: one was denied something before they were the host.
            await denials.deny(Denial(target=target, mode=Mode.MUTE, by=1), host_id=0)
        async with asyncio.TaskGroup() as group:
            for case in now:
                group.create_task(matrix.run(case))
                group.create_task(matrix.run_active(case))
        await matrix.settle()
        for target in targets:
            await denials.lift(target)
    report = matrix.report()
    assert not report, "\n".join(report)
