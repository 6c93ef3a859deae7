"""Commands of a bot that answers in every way that Discord knows."""

from __future__ import annotations

import asyncio

import hikari
import lightbulb

from tests.browser.apps.buttons import card, form, panel, poll, selects, sheet

NAMES = ("Aria", "Arno", "Bella")

loader = lightbulb.Loader()
character = lightbulb.Group("character", "Characters")
memory = character.subgroup("memory", "What they remember")
gate = asyncio.Event()
"""Answers that take long wait for it."""


async def complete(ctx: lightbulb.AutocompleteContext[str]) -> None:
    """Offer the names that begin with what is written."""
    start = str(ctx.focused.value).lower()
    await ctx.respond([name for name in NAMES if name.lower().startswith(start)])


async def befriend(ctx: lightbulb.AutocompleteContext[str]) -> None:
    """Offer each person a friend of their own; some names take long."""
    start = str(ctx.focused.value).lower()
    if start.startswith("ar"):
        await gate.wait()
    names = (*NAMES, f"Friend of {ctx.interaction.user.global_name}")
    await ctx.respond([name for name in names if name.lower().startswith(start)])


@loader.command
class Speak(lightbulb.SlashCommand, name="speak", description="Speak with a friend"):
    friend = lightbulb.string("friend", "Who", autocomplete=befriend)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond(f"{self.friend} listens")


@loader.command
class Everything(lightbulb.SlashCommand, name="everything", description="Every kind of option"):
    text = lightbulb.string("text", "Two to five letters", min_length=2, max_length=5)
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
        """Say what came, and give a file back."""
        given = {
            "text": self.text,
            "whole": self.whole,
            "number": self.number,
            "yes": self.yes,
            "who": self.who and self.who.username,
            "where": self.where and self.where.name,
            "role": self.role and self.role.name,
            "either": self.either,
            "file": self.file and self.file.filename,
            "colour": self.colour,
        }
        words = [f"{name} is {value}" for name, value in given.items() if value is not None]
        files = [hikari.Bytes(await self.file.read(), "back.txt")] if self.file else []
        await ctx.respond(", ".join(words), attachments=files)


@character.register
class Talk(lightbulb.SlashCommand, name="talk", description="Talk with somebody"):
    name = lightbulb.string("name", "Who", autocomplete=complete)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer at once."""
        await ctx.respond(f"{self.name} is here")


@memory.register
class Forget(lightbulb.SlashCommand, name="forget", description="Forget all"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer in the end, for everybody, in two messages."""
        await ctx.defer()
        await gate.wait()
        await ctx.respond("forgotten")
        await ctx.respond("for good")


loader.command(character)


@loader.command
class Slow(lightbulb.SlashCommand, name="slow", description="Thinks, then edits"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer in the end, for one person only, in two messages."""
        await ctx.defer(ephemeral=True)
        await gate.wait()
        notes = hikari.Bytes(b"what I thought", "notes.txt")
        await ctx.interaction.edit_initial_response("a thought", attachment=notes)
        extra = await ctx.interaction.execute("a second one", flags=hikari.MessageFlag.EPHEMERAL)
        await ctx.interaction.edit_message(extra, "a better second one")


@loader.command
class Passing(lightbulb.SlashCommand, name="passing", description="Says, corrects, takes back"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer, and change the answer each time the gate opens."""
        await ctx.respond("a slip of the tonge")
        await gate.wait()
        gate.clear()
        await ctx.interaction.edit_initial_response("a slip of the tongue")
        await gate.wait()
        await ctx.interaction.delete_initial_response()


@loader.command
class Silent(lightbulb.SlashCommand, name="silent", description="Never answers"):
    word = lightbulb.string("word", "What nobody hears")

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Say nothing."""


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
        """Answer."""
        await ctx.respond("order, please")


@loader.command
class Greet(lightbulb.UserCommand, name="Greet"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond(f"good day, {self.target.username}")


@loader.command
class Quote(lightbulb.MessageCommand, name="Quote this"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond(f"It was said: {self.target.content}")


@loader.command
class Panel(lightbulb.SlashCommand, name="panel", description="Buttons"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond("a panel", components=panel())


@loader.command
class Selects(lightbulb.SlashCommand, name="selects", description="Every kind of select"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond("choose", components=selects())


@loader.command
class Form(lightbulb.SlashCommand, name="form", description="A form"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Open it."""
        await ctx.interaction.create_modal_response("About you", "about", components=form())


@loader.command
class Poll(lightbulb.SlashCommand, name="poll", description="Another form"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Open it."""
        await ctx.interaction.create_modal_response("A picnic", "picnic", components=poll())


@loader.command
class Card(lightbulb.SlashCommand, name="card", description="An embed with all that it can have"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond(embed=card())


@loader.command
class Sheet(lightbulb.SlashCommand, name="sheet", description="A message of components only"):
    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context) -> None:
        """Answer."""
        await ctx.respond(components=sheet())
