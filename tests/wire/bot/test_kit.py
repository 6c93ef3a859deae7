"""The kit of commands alone: who may use what on every way in, and a word on every fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import hikari
import lightbulb
import pytest
from hikari import impl
from loguru import logger

from tests.support.clock import Clock
from tests.support.discord_bot import Listener, listening
from tests.support.playground import (
    ADA,
    BEN,
    CLEO,
    DANA,
    GUILD,
    LOUNGE,
    TAVERN,
    Payload,
    Playground,
)
from tzurot import customid, texts
from tzurot.characters.drafts import DraftStore
from tzurot.characters.store import CharacterStore
from tzurot.commands.kit.access import Access
from tzurot.commands.kit.command import check_access, on_error, suggesting
from tzurot.commands.kit.router import Pressed, Router, Submitted, whisper
from tzurot.commands.kit.services import Services
from tzurot.conversation.conversation import Conversation
from tzurot.conversation.room import Rooms
from tzurot.rules.ages import AgeStore
from tzurot.rules.denial import Denial, Mode, Party, Reach, Target
from tzurot.rules.denials import DenialStore
from tzurot.rules.greetings import GreetingStore
from tzurot.storage.database import Database

HOST = CLEO  # who has no role anywhere
ALLOWED = {
    Access.EVERYONE: {ADA, BEN, CLEO, DANA},
    Access.MODERATOR: {ADA, BEN, DANA, HOST},
    Access.SERVER_MANAGER: {ADA, DANA, HOST},  # the server is Ada's
    Access.HOST: {HOST},
}
REFUSED = "This is for {} only."


@suggesting
async def suggest(
    _: lightbulb.AutocompleteContext[str], services: Services
) -> list[tuple[str, str]]:
    return [("Host", str(services.host_id))]


@suggesting
async def suggest_badly(
    _: lightbulb.AutocompleteContext[str], services: Services
) -> list[tuple[str, str]]:
    raise ZeroDivisionError(services.host_id)


def guarded(router: Router, needed: Access) -> type[lightbulb.SlashCommand]:
    """Return a command that asks for a right, with a button, and a form that anyone can open."""
    word = needed.name.lower().replace("_", "-")

    class Guarded(lightbulb.SlashCommand, name=f"for-{word}", description="A test"):
        access = needed
        who = lightbulb.string("who", "Somebody", autocomplete=suggest)

        @lightbulb.invoke
        async def invoke(self, ctx: lightbulb.Context) -> None:
            await whisper(ctx.interaction, f"done: {self.who}")

    @router.component(f"press-{word}", Guarded)
    async def on_press(interaction: Pressed, _: Services, argument: str) -> None:
        await whisper(interaction, f"pressed: {argument}")

    @router.component(f"open-{word}", Anyone)
    async def on_open(interaction: Pressed, _: Services) -> None:
        row = impl.ModalActionRowBuilder()
        row.add_text_input("words", "Words")
        await interaction.create_modal_response(
            "A form", customid.write(f"form-{word}", "7"), components=[row]
        )

    @router.form(f"form-{word}", Guarded)
    async def on_form(interaction: Submitted, _: Services, argument: str) -> None:
        await whisper(interaction, f"taken: {argument}")

    return Guarded


class Anyone(lightbulb.SlashCommand, name="anyone", description="A test"):
    who = lightbulb.string("who", "Somebody", autocomplete=suggest_badly)
    late = lightbulb.boolean("late", "After an answer was promised", default=False)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        if self.late:
            await ctx.defer(ephemeral=True)
        raise ZeroDivisionError(self.who)


@dataclass
class Kit:
    playground: Playground
    listener: Listener
    router: Router
    log: list[str]
    denials: DenialStore
    clock: Clock

    async def post(
        self, name: str, *arguments: object, channel: str = LOUNGE
    ) -> tuple[Payload, str]:
        """Show everybody a button."""
        written = customid.write(name, *arguments)
        row = impl.MessageActionRowBuilder()
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, written, label="Press")
        posted = await self.listener.rest.create_message(int(channel), "here", component=row)
        return {"id": str(posted.id), "channel_id": channel}, written

    async def deny(
        self,
        party_id: str,
        party: Party = Party.USER,
        reach: Reach = Reach.BOT,
        place: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Deny somebody something, for ever or for a while; the host is Ada for this."""
        place_id = None if place is None else int(place)
        target = Target(party=party, party_id=int(party_id), reach=reach, place_id=place_id)
        until = None if seconds is None else self.clock.wall() + seconds
        expires_at = None if until is None else datetime.fromtimestamp(until, UTC)
        one = Denial(target=target, mode=Mode.MUTE, by=int(ADA), expires_at=expires_at)
        await self.denials.deny(one, host_id=int(ADA))

    async def is_answered(self, user: str, channel: str = LOUNGE) -> bool:
        """Whether somebody gets through; it is the same on all four ways, or this fails."""
        options = {"who": "me"}
        button, press = await self.post("press-everyone", "x", channel=channel)
        opener, opening = await self.post("open-everyone", channel=channel)
        opened = await self.playground.press(user, opener, opening)
        answers = [
            said(await self.playground.command(user, "for-everyone", options, channel)),
            said(await self.playground.press(user, button, press)),
        ]
        if opened.get("modal") is not None:
            answers.append(said(await self.playground.submit(user, opened, {"words": "x"})))
        else:
            answers.append(said(opened))
        offered = await self.playground.autocomplete(user, "for-everyone", "who", options, channel)
        denied = [answer == texts.DENIED for answer in answers] + [offered == []]
        assert len(set(denied)) == 1, answers
        return not denied[0]


@pytest.fixture
async def kit(playground: Playground, database: Database) -> AsyncIterator[Kit]:
    router = Router()
    log: list[str] = []
    clock = Clock()
    denials = DenialStore(database, wall=clock.wall)
    sink = logger.add(lambda message: log.append(str(message)), level="ERROR")

    async def prepare(listener: Listener) -> None:
        services = Services(
            bot=listener.bot,
            client=listener.client,
            characters=CharacterStore(database),
            denials=denials,
            drafts=DraftStore(database),
            greetings=GreetingStore(database),
            # No command here speaks.
            conversation=cast("Conversation", None),
            rooms=cast("Rooms", None),
            ages=AgeStore(database),
            host_id=int(HOST),
        )
        registry = listener.client.di.registry_for(lightbulb.di.Contexts.DEFAULT)
        registry.register_value(Services, services)
        listener.client.error_handler(on_error)
        commands: list[type[lightbulb.SlashCommand]] = [Anyone]
        commands += [guarded(router, needed) for needed in Access]
        for command in commands:
            listener.client.register(command)
        router.attach(listener.bot, services)

    async with listening(playground, hooks=[check_access], prepare=prepare) as listener:
        yield Kit(playground, listener, router, log, denials, clock)
    logger.remove(sink)


def said(interaction: Payload) -> str:
    message = interaction["message"]
    assert message is not None, interaction
    assert message["flags"] & hikari.MessageFlag.EPHEMERAL
    return str(message["content"])


@pytest.mark.parametrize("needed", Access)
async def test_a_right_is_asked_for_on_every_way_in(kit: Kit, needed: Access) -> None:
    word = needed.name.lower().replace("_", "-")
    button, press = await kit.post(f"press-{word}", "a:b c")
    opener, opening = await kit.post(f"open-{word}")
    for user in (ADA, BEN, CLEO, DANA):
        may = user in ALLOWED[needed]
        options = {"who": "me"}
        done = await kit.playground.command(user, f"for-{word}", options)
        assert said(done) == ("done: me" if may else REFUSED.format(needed.value))
        offered = await kit.playground.autocomplete(user, f"for-{word}", "who", options)
        assert [one["value"] for one in offered] == ([HOST] if may else [])
        pressed = await kit.playground.press(user, button, press)
        assert said(pressed) == ("pressed: a:b c" if may else REFUSED.format(needed.value))
        opened = await kit.playground.press(user, opener, opening)
        taken = await kit.playground.submit(user, opened, {"words": "x"})
        assert said(taken) == ("taken: 7" if may else REFUSED.format(needed.value))
    assert kit.log == []


async def test_in_a_direct_message_only_the_host_has_rights(kit: Kit) -> None:
    for user in (ADA, HOST):
        channel = (await kit.playground.dm(user))["id"]
        options = {"who": "me"}
        done = await kit.playground.command(user, "for-server-manager", options, channel)
        assert said(done).startswith("done" if user == HOST else "This is for server managers")


async def test_a_right_that_was_taken_away_is_gone_at_once(kit: Kit) -> None:
    button, press = await kit.post("press-moderator", "x")
    assert said(await kit.playground.press(BEN, button, press)) == "pressed: x"
    await kit.playground.set_member(GUILD, BEN, [])
    assert said(await kit.playground.press(BEN, button, press)) == REFUSED.format("moderators")


@pytest.mark.parametrize("late", [False, True])
async def test_a_fault_gives_a_reference_that_the_log_knows(kit: Kit, *, late: bool) -> None:
    failed = await kit.playground.command(ADA, "anyone", {"who": "Bo", "late": late})
    while failed["status"] == "deferred":
        failed = await kit.playground.interaction(failed, after=failed["revision"])
    text = said(failed)
    assert text.startswith(texts.COMMAND_FAILED.split("{", maxsplit=1)[0])
    reference = text.split("reference ")[1].split(")")[0]
    (story,) = kit.log
    assert reference in story
    assert "ZeroDivisionError: Bo" in story


async def test_suggestions_that_fail_are_an_empty_list(kit: Kit) -> None:
    offered = await kit.playground.autocomplete(ADA, "anyone", "who", {"who": "B"})
    assert offered == []
    assert len(kit.log) == 1


async def test_a_button_whose_arguments_do_not_fit_is_answered(kit: Kit) -> None:
    button, press = await kit.post("press-everyone")
    text = said(await kit.playground.press(ADA, button, press))
    assert "reference" in text
    assert "TypeError" in kit.log[0]


@pytest.mark.parametrize("custom_id", ["nothing-of-ours", "tz1", "tz1:unheard-of:1", "tz0:press"])
async def test_what_is_unknown_gets_a_polite_line(kit: Kit, custom_id: str) -> None:
    row = impl.MessageActionRowBuilder()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id, label="Press")
    posted = await kit.listener.rest.create_message(int(LOUNGE), "here", component=row)
    message = {"id": str(posted.id), "channel_id": LOUNGE}
    assert said(await kit.playground.press(ADA, message, custom_id)) == texts.OLD_BUTTON
    assert kit.log == []


async def test_who_is_denied_gets_one_quiet_line_on_every_way_in(kit: Kit) -> None:
    assert await kit.is_answered(BEN)
    await kit.deny(BEN)
    assert not await kit.is_answered(BEN)
    assert not await kit.is_answered(BEN, (await kit.playground.dm(BEN))["id"])
    assert await kit.is_answered(DANA)
    await kit.deny(HOST)
    assert await kit.is_answered(HOST)
    assert kit.log == []


async def test_a_form_that_was_open_already_is_not_taken(kit: Kit) -> None:
    opener, opening = await kit.post("open-everyone")
    opened = await kit.playground.press(BEN, opener, opening)
    await kit.deny(BEN)
    assert said(await kit.playground.submit(BEN, opened, {"words": "x"})) == texts.DENIED


async def test_a_right_does_not_help_who_is_denied(kit: Kit) -> None:
    await kit.deny(DANA)
    done = await kit.playground.command(DANA, "for-server-manager", {"who": "me"})
    assert said(done) == texts.DENIED


async def test_a_denial_that_is_over_is_over(kit: Kit) -> None:
    await kit.deny(BEN, seconds=60)
    assert not await kit.is_answered(BEN)
    kit.clock.pass_(60)
    assert await kit.is_answered(BEN)


async def test_a_denial_in_one_server_is_for_that_alone(kit: Kit) -> None:
    await kit.deny(BEN, reach=Reach.SERVER, place=GUILD)
    assert not await kit.is_answered(BEN)
    assert await kit.is_answered(BEN, (await kit.playground.dm(BEN))["id"])


async def test_a_denied_server_answers_nobody_but_the_host(kit: Kit) -> None:
    await kit.deny(GUILD, Party.SERVER)
    assert not await kit.is_answered(BEN)
    assert await kit.is_answered(HOST)
    assert await kit.is_answered(BEN, (await kit.playground.dm(BEN))["id"])


async def test_a_denial_in_one_channel_holds_in_its_threads(kit: Kit) -> None:
    thread = (await kit.playground.thread(ADA, "Aside", TAVERN))["id"]
    await kit.deny(BEN, reach=Reach.CHANNEL, place=TAVERN)
    assert not await kit.is_answered(BEN, TAVERN)
    assert not await kit.is_answered(BEN, thread)
    assert await kit.is_answered(BEN, LOUNGE)
    assert await kit.is_answered(DANA, thread)
