"""Slash commands, context menus and autocompletion, with a real bot's commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import hikari
import httpx
import lightbulb
import pytest

from tests.support.discord_bot import Listener
from tests.support.playground import (
    ADA,
    BEN,
    BOT,
    GUILD,
    HALL,
    LOUNGE,
    TAVERN,
    Payload,
    Playground,
    PlaygroundError,
)

NAMES = ("Aria", "Arno", "Bella")

loader = lightbulb.Loader()
character = lightbulb.Group("character", "Characters")
memory = character.subgroup("memory", "What they remember")
heard: list[dict[str, object]] = []


async def complete(ctx: lightbulb.AutocompleteContext[str]) -> None:
    """Offer the names that begin with what is written."""
    start = str(ctx.focused.value).lower()
    await ctx.respond([name for name in NAMES if name.lower().startswith(start)])


@loader.command
class Everything(lightbulb.SlashCommand, name="everything", description="Every kind of option"):
    text = lightbulb.string("text", "A text", min_length=2, max_length=5)
    whole = lightbulb.integer("whole", "A whole number", min_value=1, max_value=9)
    number = lightbulb.number("number", "A number", default=None)
    yes = lightbulb.boolean("yes", "Yes or no", default=None)
    who = lightbulb.user("who", "Somebody", default=None)
    where = lightbulb.channel("where", "Somewhere", default=None)
    role = lightbulb.role("role", "A role", default=None)
    either = lightbulb.mentionable("either", "A user or a role", default=None)
    file = lightbulb.attachment("file", "A file", default=None)
    colour = lightbulb.string(
        "colour", "One of two", choices=lightbulb.utils.to_choices(["red", "blue"]), default=None
    )

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        data = await self.file.read() if self.file else b""
        heard.append(
            {
                "text": self.text,
                "whole": self.whole,
                "number": self.number,
                "yes": self.yes,
                "who": self.who and self.who.username,
                "where": self.where and self.where.name,
                "role": self.role and self.role.name,
                "either": self.either and str(self.either),
                "file": data,
                "colour": self.colour,
                "permissions": ctx.member.permissions if ctx.member else None,
                "app": ctx.interaction.app_permissions,
            }
        )
        await ctx.respond("taken", ephemeral=True)


@character.register
class Talk(lightbulb.SlashCommand, name="talk", description="Talk with somebody"):
    name = lightbulb.string("name", "Who", autocomplete=complete)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.respond(f"{self.name} is here")


@memory.register
class Forget(lightbulb.SlashCommand, name="forget", description="Forget all"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.defer()
        await ctx.respond("forgotten")
        await ctx.respond("for good")


loader.command(character)


@loader.command
class Slow(lightbulb.SlashCommand, name="slow", description="Thinks, then edits"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.defer(ephemeral=True)
        await ctx.interaction.edit_initial_response(
            "thought", attachment=hikari.Bytes(b"notes", "notes.txt")
        )
        extra = await ctx.interaction.execute("a second one", flags=hikari.MessageFlag.EPHEMERAL)
        await ctx.interaction.edit_message(extra, "a better second one")
        await ctx.interaction.fetch_initial_response()


@loader.command
class Silent(lightbulb.SlashCommand, name="silent", description="Never answers"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Leave the answer to the test."""


@loader.command
class Moderate(
    lightbulb.SlashCommand,
    name="moderate",
    description="For moderators",
    default_member_permissions=hikari.Permissions.MANAGE_MESSAGES,
    contexts=[hikari.ApplicationContextType.GUILD],
):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.respond("order")


@loader.command
class Greet(lightbulb.UserCommand, name="Greet"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.respond(f"hello {self.target.username}")


@loader.command
class Quote(lightbulb.MessageCommand, name="Quote this"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        await ctx.respond(f"> {self.target.content}")


@pytest.fixture
async def commands(bot: Listener) -> AsyncIterator[Listener]:
    """A bot that has these commands."""
    heard.clear()
    await loader.add_to_client(bot.client)
    await bot.client.sync_application_commands()
    yield bot
    await loader.remove_from_client(bot.client)


async def test_every_kind_of_option_arrives(playground: Playground, commands: Listener) -> None:
    options = {
        "text": "abc",
        "whole": 3,
        "number": 0.5,
        "yes": True,
        "who": BEN,
        "where": TAVERN,
        "role": "2011",
        "either": "2012",
        "colour": "red",
    }
    files = {"file": ("a.txt", "text/plain", b"what is in it")}
    done = await playground.command("cleo", "everything", options, files=files)
    assert (done["status"], done["error"], done["message"]["content"]) == (
        "answered",
        None,
        "taken",
    )
    (got,) = heard
    permissions, app = got.pop("permissions"), got.pop("app")
    assert got == {
        **options,
        "who": "ben",
        "where": "tavern",
        "role": "Moderator",
        "file": b"what is in it",
    }
    assert isinstance(permissions, hikari.Permissions)
    assert isinstance(app, hikari.Permissions)
    assert permissions & hikari.Permissions.SEND_MESSAGES
    assert not permissions & hikari.Permissions.MANAGE_MESSAGES
    assert app & hikari.Permissions.MANAGE_WEBHOOKS
    assert commands.failures == []


WRONG: list[tuple[dict[str, object], str]] = [
    ({"whole": 3}, "text is required"),
    ({"text": "a", "whole": 3}, "text must have 2 to 5 characters"),
    ({"text": "ab", "whole": 10}, "whole must be from 1 to 9"),
    ({"text": "ab", "whole": 1.5}, "whole must be a whole number"),
    ({"text": "ab", "whole": True}, "whole must be a whole number"),
    ({"text": "ab", "whole": 1, "colour": "green"}, "colour must be one of red, blue"),
    ({"text": "ab", "whole": 1, "who": "77"}, "who: there is no user 77"),
    ({"text": "ab", "whole": 1, "role": ADA}, "role: there is no role"),
    ({"text": "ab", "whole": 1, "where": "2101"}, "where: there is no such channel"),
    ({"text": "ab", "whole": 1, "yes": "true"}, "yes must be true or false"),
    ({"text": "ab", "whole": 1, "mood": "x"}, "there is no option mood"),
]


async def test_options_are_checked(playground: Playground, commands: Listener) -> None:
    for options, sentence in WRONG:
        with pytest.raises(PlaygroundError, match=f"400: {sentence}"):
            await playground.command("ada", "everything", options)
    for name, sentence in (
        ("nothing", "there is no command nothing"),
        ("character", "character needs a sub-command"),
        ("character memory", "character memory needs a sub-command"),
        ("character sing", "character has no sub-command sing"),
    ):
        with pytest.raises(PlaygroundError, match=sentence):
            await playground.command("ada", name)
    assert heard == []
    assert commands.failures == []


async def test_sub_commands_and_autocompletion(playground: Playground, commands: Listener) -> None:
    choices = await playground.autocomplete("ada", "character talk", "name", {"name": "ar"})
    assert [each["value"] for each in choices] == ["Aria", "Arno"]
    done = await playground.command("ada", "character talk", {"name": "Aria"})
    message = done["message"]
    assert (message["content"], message["type"]) == ("Aria is here", 20)
    assert message["interaction_metadata"]["user"]["username"] == "ada"
    assert message["interaction"]["name"] == "character talk"
    event = await commands.hears("Aria is here")
    assert event.message.application_id == int(BOT)
    with pytest.raises(PlaygroundError, match="mood"):
        await playground.autocomplete("ada", "character talk", "mood")
    with pytest.raises(PlaygroundError, match="has no autocompletion"):
        await playground.autocomplete("ada", "everything", "text")


async def settled(playground: Playground, interaction: Payload, followups: int) -> Payload:
    """Wait until an interaction is answered and has this many follow-ups."""
    while interaction["status"] != "answered" or len(interaction["followups"]) < followups:
        after = interaction["revision"]
        interaction = await playground.interaction(interaction, after=after)
    return interaction


async def test_a_deferred_answer_is_filled_by_the_first_follow_up(
    playground: Playground, commands: Listener
) -> None:
    first = await playground.command("ada", "character memory forget")
    assert first["status"] == "deferred"
    done = await settled(playground, first, 1)
    assert done["message"]["content"] == "forgotten"
    assert done["message"]["flags"] == 0
    latest, original = await playground.messages()
    assert original["id"] == done["message"]["id"]
    assert (latest["id"], latest["content"]) == (done["followups"][0], "for good")
    assert latest["referenced_message"]["id"] == original["id"]
    metadata = latest["interaction_metadata"]
    assert metadata["original_response_message_id"] == original["id"]
    await commands.next(hikari.GuildMessageUpdateEvent)


async def test_ephemeral_answers_are_seen_by_one_person_only(
    playground: Playground, commands: Listener
) -> None:
    done = await settled(playground, await playground.command("ada", "slow"), 1)
    message = done["message"]
    assert (message["content"], message["flags"]) == ("thought", 64)
    assert message["attachments"][0]["filename"] == "notes.txt"
    seen = await playground.messages(user="ada")
    # The change of the follow-up may be under way still.
    assert [each["id"] for each in seen] == [done["followups"][0], message["id"]]
    for other in ({"user": "ben"}, {}):
        assert await playground.messages(**other) == []
    with pytest.raises(hikari.NotFoundError, match="10008"):
        await commands.rest.fetch_message(int(LOUNGE), int(message["id"]))
    assert await commands.rest.fetch_messages(int(LOUNGE)) == []
    # Discord tells the bot of them as if they were direct messages.
    told = await commands.next(hikari.DMMessageCreateEvent)
    assert told.message.flags & hikari.MessageFlag.EPHEMERAL
    assert commands.seen(hikari.GuildMessageCreateEvent) == []
    with pytest.raises(PlaygroundError, match="Unknown Message"):
        await playground.delete("ben", message)
    await playground.delete("ada", message)
    assert [each["id"] for each in await playground.messages(user="ada")] == done["followups"]


async def test_one_first_answer_of_the_right_kind_in_time(
    playground: Playground, commands: Listener
) -> None:
    using = asyncio.create_task(playground.command("ada", "silent"))
    interaction = (await commands.next(hikari.CommandInteractionCreateEvent)).interaction
    with pytest.raises(hikari.NotFoundError, match="10015"):
        await interaction.execute("too early")
    answer = f"{playground.rest_url}/interactions/{interaction.id}/{interaction.token}/callback"
    async with httpx.AsyncClient() as http:
        wrong = (await http.post(answer, json={"type": 7, "data": {}})).json()
        assert wrong["errors"]["type"]["_errors"][0]["message"] == "Value must be one of {4, 5, 9}."
        assert (await http.post(answer, json={"type": 4, "data": {}})).json()["code"] == 50006
        strange = await http.post(answer.replace(interaction.token, "x"), json={"type": 5})
        assert (strange.status_code, strange.json()["code"]) == (404, 10062)
    await interaction.create_initial_response(4, "oh")
    assert (await using)["message"]["content"] == "oh"
    with pytest.raises(hikari.BadRequestError, match="40060"):
        await interaction.create_initial_response(4, "again")
    await interaction.delete_initial_response()
    with pytest.raises(hikari.NotFoundError, match="10008"):
        await interaction.fetch_initial_response()
    assert (await playground.interaction(await using))["message"] is None
    assert await playground.messages() == []


async def test_without_an_answer_within_three_seconds_it_failed(
    playground: Playground, commands: Listener
) -> None:
    failed = await playground.command("ada", "silent")
    assert (failed["status"], failed["error"]) == ("failed", "The application did not respond")
    interaction = (await commands.next(hikari.CommandInteractionCreateEvent)).interaction
    with pytest.raises(hikari.NotFoundError, match="10062"):
        await interaction.create_initial_response(4, "too late")


async def test_menus_on_users_and_messages(playground: Playground, commands: Listener) -> None:
    assert commands.failures == []
    done = await playground.menu("cleo", "Greet", BEN)
    assert (done["message"]["content"], done["message"]["type"]) == ("hello ben", 23)
    assert done["message"]["interaction_metadata"]["target_user"]["username"] == "ben"
    said = await playground.say("ada", "wise words")
    done = await playground.menu("cleo", "Quote this", said)
    assert done["message"]["content"] == "> wise words"
    assert done["message"]["interaction_metadata"]["target_message_id"] == said["id"]


async def test_commands_are_listed_where_and_for_whom_they_are(
    playground: Playground, commands: Listener
) -> None:
    here = commands.rest.slash_command_builder("here", "Only in this server")
    await commands.rest.set_application_commands(int(BOT), [here], int(GUILD))

    async def names(user: str, channel: str = LOUNGE) -> set[str]:
        return {each["name"] for each in await playground.commands(user, channel)}

    everybody = {"character", "everything", "slow", "silent", "Greet", "Quote this"}
    assert await names("cleo") == everybody | {"here"}
    for moderator in ("ada", "ben", "dana"):
        assert await names(moderator) == everybody | {"here", "moderate"}
    direct = (await playground.dm("cleo"))["id"]
    assert await names("cleo", direct) == everybody
    done = await playground.command("cleo", "character talk", {"name": "x"}, direct)
    assert done["message"]["content"] == "x is here"
    with pytest.raises(PlaygroundError, match="may not use moderate"):
        await playground.command("cleo", "moderate")
    assert (await playground.command("ben", "moderate"))["message"]["content"] == "order"
    for stranger, channel in (("ada", direct), ("ben", HALL)):
        with pytest.raises(PlaygroundError, match="403"):
            await names(stranger, channel)
    assert await names("cleo", HALL) == set()  # the bot is not in that server


async def test_the_page_is_told_of_its_own_interactions(
    playground: Playground, commands: Listener
) -> None:
    assert commands.failures == []
    address = f"{playground.url}/playground/api/events"
    told: dict[str, list[Payload]] = {"ada": [], "ben": []}

    async def follow(user: str, http: httpx.AsyncClient) -> None:
        async with http.stream("GET", address, params={"user": user}) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data: "):
                    ready.release()
                    continue
                told[user].append(json.loads(line.removeprefix("data: ")))
                if told[user][-1]["data"].get("content") == "the end":
                    return

    ready = asyncio.Semaphore(0)
    async with httpx.AsyncClient() as http, asyncio.timeout(10), asyncio.TaskGroup() as group:
        for user in told:
            group.create_task(follow(user, http))
            await ready.acquire()
        await settled(playground, await playground.command("ada", "slow"), 1)
        await playground.say("ben", "the end")
    kinds = {user: [each["type"] for each in events] for user, events in told.items()}
    assert kinds["ben"] == ["MESSAGE_CREATE"]
    assert kinds["ada"].count("INTERACTION_UPDATE") >= 4
    updates = [each["data"] for each in told["ada"] if each["type"] == "INTERACTION_UPDATE"]
    assert [each["status"] for each in updates[:3]] == ["waiting", "deferred", "answered"]
    assert "INTERACTION_CREATE" not in kinds["ada"]
