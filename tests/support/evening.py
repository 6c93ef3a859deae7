"""An evening in channels: who says what, who answers, and what each character reads of it.

An `Evening` keeps its own record of what everybody can see. After each step it compares that with
every prompt, line by line, so that nothing may be missing, nothing too much, and nobody misnamed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import select

from tests.support.model_script import Json, Reply
from tests.support.model_server import ModelServer
from tests.support.playground import LOUNGE, TOKEN, Payload, Playground
from tzurot.characters.store import CharacterStore
from tzurot.history.turns import UNFINISHED, TurnState
from tzurot.rules.cascade import Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database
from tzurot.storage.tables import JobRow, MessageRow, TurnPartRow, TurnRow

_PATIENCE_S: Final = 60
_IN_VIEW: Final = 100
_BURST: Final = 5
_BEGINS: Final = "[The chat begins here.]\n"
_NOTE: Final = re.compile(
    r"^(?:\[Write only [^\n]*\]\n)?\[It is (?:[^\n]*\]\n|.*?\n\]\n)", re.MULTILINE | re.DOTALL
)
_REMEMBERS: Final = re.compile(r"^[^\n]* remembers these earlier talks.*", re.MULTILINE | re.DOTALL)


@dataclass
class Line:
    """Something that stands in a channel. `who` is a person's id, or the name that is shown."""

    id: int
    who: str
    text: str
    stands_at: int


@dataclass(frozen=True)
class Prompt:
    """What a model was asked, taken apart."""

    name: str
    """Of the character."""
    system: str
    chat: str
    """What was said, without what is true for this turn alone; own lines begin with `>`."""
    note: str
    """What is true for this turn alone, without what is remembered."""
    remembered: str
    answered: str
    """The lines behind the note."""

    @property
    def told(self) -> str:
        """All but what is remembered."""
        return f"{self.system}\n{self.chat}\n{self.note}"

    def listed(self, head: str) -> list[str]:
        """Return the names in one of the lists of the system's message."""
        found = re.search(rf"^{re.escape(head)}.*\n((?:- .*\n?)*)", self.system, re.MULTILINE)
        lines = found[1].splitlines() if found else []
        # Up to what is told of them: pronouns, words of their own, roles.
        return [re.split(r"; | \((?!@|\d)|: ", line.removeprefix("- "))[0] for line in lines]


def named(system: str) -> str:
    """Return whose words are asked for; nothing when it is somebody else's prompt."""
    found = re.search(r"^You write what (.+?) says in a chat on Discord", system, re.MULTILINE)
    return found[1] if found else ""


def prompt_of(body: Json) -> Prompt:
    """Take a request apart."""
    system, *rest = [(each["role"], str(each["content"])) for each in body["messages"]]
    whole = "\n".join(f"> {text}" if role == "assistant" else text for role, text in rest)
    whole = whole.partition(_BEGINS)[2] if _BEGINS in whole else whole
    note = _NOTE.search(whole)
    assert note is not None, whole
    memories = _REMEMBERS.search(note[0])
    return Prompt(
        name=named(system[1]),
        system=system[1],
        chat=whole[: note.start()] + whole[note.end() :],
        note=note[0][: memories.start()] if memories else note[0],
        remembered=memories[0] if memories else "",
        answered=whole[note.end() :],
    )


def url_of(message: Payload, guild: str) -> str:
    """Return the link to a message; of a direct message the server is `@me`."""
    return f"https://discord.com/channels/{guild}/{message['channel_id']}/{message['id']}"


@dataclass
class Evening:
    """Lets things happen, one after the other, and looks at all that comes of it."""

    playground: Playground
    model: ModelServer
    database: Database
    called: dict[str, str] = field(default_factory=dict)
    """What people are called now, by their ids."""
    secrets: list[str] = field(default_factory=list)
    """What no prompt may hold from now on, not as a memory either."""
    hidden: dict[str, str] = field(default_factory=dict)
    """Words that prompts hold only for what one person says, by their id."""
    lines: dict[str, list[Line]] = field(default_factory=dict)
    cleared: dict[str, int] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)
    """Triggers and who answered them."""
    cancelled: int = 0
    ids: dict[str, UUID] = field(default_factory=dict)
    proxies: dict[str, str] = field(default_factory=dict)
    """The names under which people spoke through proxying bots, and who they are."""
    prompts: list[Prompt] = field(default_factory=list)
    """Of the last step."""
    _asked: int = 0

    async def begin(self, *owners: str) -> None:
        """Learn who is who, and let the characters answer so that each answer is unlike others."""
        # All of the evening is in view: how a window moves is tried elsewhere.
        await SettingsStore(self.database).set(Tier.HOST, None, "history_messages", _IN_VIEW)
        for owner in owners:
            found = await CharacterStore(self.database).names_visible_to(int(owner))
            self.ids |= {one.name: one.id for one in found}
        count = iter(range(1, 1000))
        self.model.default = lambda body: Reply.text(
            f"{prompt_of(body).name} speaks, number {next(count)}."
        )

    # What happens

    async def say(
        self,
        user: str,
        text: str,
        answers: str = "",
        *,
        room: str = LOUNGE,
        **more: Any,  # noqa: ANN401
    ) -> Payload:
        """Let somebody say something; `more` as for `happens`, and `to`: what it replies to."""
        to = more.pop("to", None)
        saying = self.playground.say(user, text, room, reply_to=to and to["id"])
        return await self.happens(saying, answers, **more)

    async def happens(
        self,
        doing: Awaitable[Payload],
        answers: str = "",
        *,
        reads: str | None = None,
        who: str | None = None,
        asks: int | None = None,
        **checks: Sequence[str],
    ) -> Payload:
        """Let a message be posted, and `answers` (names, one a line or after commas) follow.

        `reads` is what characters read of it, its text by default; `who` speaks, by default its
        author; `asks` counts the requests to the model. `checks` go to `look`.
        """
        said = await doing
        self._add(said, reads or said["content"], who)
        await self.settle(said, answers, asks=asks, **checks)
        return said

    async def proxied(
        self,
        user: str,
        text: str,
        name: str,
        answers: str,
        **more: Any,  # noqa: ANN401
    ) -> Payload:
        """Let somebody speak through a proxying bot."""
        async with self._held():
            both = await self.playground.proxy(user, text, name, **more)
            await self._until(lambda: self._is_proxied(both["proxied"]), "a proxied message")
        self._add(both["proxied"], text, name)
        self.proxies[name] = user
        # What was deleted before the copy came is not answered; the copy is.
        self.cancelled += more.get("order") == "delete_first"
        await self.settle(both["proxied"], answers, asks=-1)
        said: Payload = both["proxied"]
        return said

    async def burst(
        self, user: str, texts: Sequence[str], answers: str, *, to: Payload | None = None,
        **checks: Sequence[str],
    ) -> Payload:  # fmt: skip
        """Let somebody say more while the answer to the first is written; `to`: of the first."""
        async with self._held():
            for number, text in enumerate(texts, start=1):
                reply_to = to["id"] if to and number == 1 else None
                said = await self.playground.say(user, text, reply_to=reply_to)
                self._add(said, text)
                awaited = self._asked + number
                await self.model.until(lambda: len(self.model.requests) >= awaited)  # noqa: B023
        await self.settle(said, answers, asks=len(texts), **checks)
        return said

    async def slip(self, user: str, text: str, secret: str) -> None:
        """Let somebody take back what they said to a character while it is answered."""
        async with self._held():
            said = await self.playground.say(user, text)
            await self.model.until(lambda: len(self.model.requests) > self._asked)
            await self.playground.delete(user, said)
            await self._until(lambda: self._is_cancelled(said), "a cancelled turn")
        self._asked += 1
        self.cancelled += 1
        self.secrets.append(secret)

    async def edit(self, user: str, said: Payload, text: str, *, secret: str) -> None:
        """Let somebody change what they said; the secret is not in it any more."""
        await self.playground.edit(user, said, text)
        self._line(said).text = text
        await self._until(lambda: self._is_kept(said, text), "an edit")
        self.secrets.append(secret)

    async def unfold(self, said: Payload, embed: Payload, *, reads: str) -> Payload:
        """Show what stands behind a link that nobody waits for."""
        await self.playground.unfold(said, embed)
        self._line(said).text = reads
        await self._until(lambda: self._is_kept(said, reads), "an unfolded link")
        return said

    async def delete(self, user: str, said: Payload, *, secret: str) -> None:
        """Let somebody take back what they said."""
        await self.playground.delete(user, said)
        self.lines[said["channel_id"]].remove(self._line(said))
        await self._until(lambda: self._is_gone(said), "a deletion")
        self.secrets.append(secret)

    async def webhook(self, name: str, text: str, room: str = LOUNGE) -> Payload:
        """Let some other webhook of the channel speak, which is there already."""
        headers = {"Authorization": f"Bot {TOKEN}"}
        async with httpx.AsyncClient(base_url=self.playground.rest_url, headers=headers) as rest:
            hooks = (await rest.get(f"/channels/{room}/webhooks")).json()
            hook = next(one for one in hooks if one.get("application_id") is None)
            path = f"/webhooks/{hook['id']}/{hook['token']}"
            posted = await rest.post(
                path, params={"wait": "true"}, json={"content": text, "username": name}
            )
            said: Payload = posted.raise_for_status().json()
        return said

    def clear(self, said: Payload) -> None:
        """Take note that the history was cleared up to a message."""
        self.cleared[said["channel_id"]] = int(said["id"])

    async def quiet(self) -> None:
        """Wait until nothing is done in the background: all is remembered by then."""
        await self._until(self._nothing_to_do, "the end of the work in the background")

    # What comes of it

    async def settle(
        self, said: Payload, answers: str = "", *, asks: int | None = None, **checks: Sequence[str]
    ) -> None:
        """Wait until a message is dealt with; fail unless exactly these answered, in this order."""
        names = [name.strip() for name in answers.split(",") if name.strip()]
        room, after = said["channel_id"], int(said["id"])
        await self._until(lambda: self._is_dealt_with(said, len(names)), f"answers of {names}")
        posted = [
            one
            for one in reversed(await self.playground.messages(room, after=str(after)))
            if one["author"].get("bot")
        ]
        requests = self.model.requests[self._asked :]
        assert [_speaker(one) for one in posted] == names
        assert asks == -1 or len(requests) == (len(names) if asks is None else asks)
        self._asked = len(self.model.requests)
        requests = requests[len(requests) - len(names) :]
        self.prompts = [prompt_of(request.body) for request in requests]
        assert [prompt.name for prompt in self.prompts] == names
        for prompt, answer in zip(self.prompts, posted, strict=True):
            self.look(prompt, room, after, **checks)
            text = answer["content"].removeprefix(f"**{prompt.name}:** ")
            self.lines[room].append(Line(int(answer["id"]), prompt.name, text, after))
            self.answers.append((after, prompt.name))

    def look(
        self,
        prompt: Prompt,
        room: str,
        trigger: int,
        *,
        holds: Sequence[str] = (),
        lacks: Sequence[str] = (),
    ) -> None:
        """Compare a prompt with the record; `holds` and `lacks` are words of the whole of it."""
        lines = self._in_view(room)
        assert prompt.chat == "\n".join(self._shown(line, prompt.name) for line in lines)
        # What is new stands right before what is answered: all of it, and nothing else.
        at = next(number for number, line in enumerate(lines) if line.id == trigger)
        first = at
        while first > max(0, at - _BURST + 1) and lines[first - 1].who == lines[at].who:
            first -= 1
        answered = "\n".join(self._shown(line, prompt.name) for line in lines[first:])
        assert prompt.answered == answered
        known = self.called.keys() | self.proxies.keys()
        people = {self._name(one.who) for one in lines if one.who in known}
        assert sorted(prompt.listed("The people here")) == sorted(people)
        for words in holds:
            assert words in prompt.told
        for words in (*lacks, *self.secrets):
            assert words not in prompt.told
        for words in self.secrets:
            assert words not in prompt.remembered
        asker = lines[at].who
        for words, owner in self.hidden.items():
            assert owner in {asker, self.proxies.get(asker)} or words not in prompt.told

    async def end(self) -> None:
        """Check that the journal is at its end, and each message answered once by each."""
        names = {character_id: name for name, character_id in self.ids.items()}
        async with self.database.transaction() as session:
            turns = list(await session.scalars(select(TurnRow)))
            parts = list(await session.scalars(select(TurnPartRow)))
        states = [turn.state for turn in turns]
        assert not {state.value for state in UNFINISHED} & set(states)
        delivered = [turn for turn in turns if turn.state == TurnState.DELIVERED]
        assert states.count(TurnState.CANCELLED) == len(turns) - len(delivered) == self.cancelled
        found = [(turn.trigger_id, names[turn.character_id]) for turn in delivered]
        assert sorted(found) == sorted(self.answers)
        assert len(set(found)) == len(found)
        assert sorted(part.turn_id for part in parts) == sorted(turn.id for turn in delivered)
        assert len({part.message_id for part in parts}) == len(parts)

    # The record

    def _add(self, said: Payload, text: str, who: str | None = None) -> None:
        number = int(said["id"])
        line = Line(number, who or said["author"]["id"], text, number)
        self.lines.setdefault(said["channel_id"], []).append(line)

    def _line(self, said: Payload) -> Line:
        return next(one for one in self.lines[said["channel_id"]] if one.id == int(said["id"]))

    def _in_view(self, room: str) -> list[Line]:
        lines = [one for one in self.lines[room] if one.stands_at > self.cleared.get(room, 0)]
        lines = sorted(lines, key=lambda one: one.id)[-_IN_VIEW:]
        return sorted(lines, key=lambda one: (one.stands_at, one.id))

    def _shown(self, line: Line, name: str) -> str:
        if line.who == name:
            return f"> {line.text}"
        # Only what somebody begins to say stands at the margin.
        text = line.text.replace("\n", "\n  ")
        return f"{self._name(line.who)}: {text}"

    def _name(self, who: str) -> str:
        return self.called.get(who, who)

    # The bot

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """Let no answer be written meanwhile."""
        self.model.gate.clear()
        try:
            yield
        finally:
            self.model.gate.set()

    async def _until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for something in the database, where nothing tells of it."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not await holds():  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.02)
        except TimeoutError:
            message = f"{what} did not come"
            raise AssertionError(message) from None

    async def _kept(self, said: Payload) -> MessageRow | None:
        async with self.database.transaction() as session:
            return await session.get(MessageRow, (int(said["channel_id"]), int(said["id"])))

    async def _is_kept(self, said: Payload, text: str) -> bool:
        row = await self._kept(said)
        return row is not None and row.content == text

    async def _is_gone(self, said: Payload) -> bool:
        return await self._kept(said) is None

    async def _is_proxied(self, said: Payload) -> bool:
        row = await self._kept(said)
        return row is not None and row.proxied_as is not None

    async def _states(self, said: Payload) -> list[str]:
        query = select(TurnRow.state).where(TurnRow.trigger_id == int(said["id"]))
        async with self.database.transaction() as session:
            return list(await session.scalars(query))

    async def _is_cancelled(self, said: Payload) -> bool:
        return await self._states(said) == [TurnState.CANCELLED]

    async def _is_dealt_with(self, said: Payload, count: int) -> bool:
        """Whether a message was heard, and as many answers to it are at their end."""
        if await self._kept(said) is None:
            return False
        states = await self._states(said)
        return len(states) >= count and not {one.value for one in UNFINISHED} & set(states)

    async def _nothing_to_do(self) -> bool:
        query = select(JobRow.id).where(JobRow.state.in_(["waiting", "running"])).limit(1)
        async with self.database.transaction() as session:
            return await session.scalar(query) is None


def _speaker(message: Payload) -> str:
    """Return who speaks; in a direct message characters stand before their words."""
    if message.get("webhook_id"):
        return str(message["author"]["username"])
    return str(message["content"]).partition(":** ")[0].removeprefix("**")
