"""/help, /ping and /chat."""

from __future__ import annotations

from dataclasses import replace

import hikari
import lightbulb

from tzurot import texts
from tzurot.characters.errors import CharacterError
from tzurot.commands.age import question
from tzurot.commands.kit.access import thread_parent
from tzurot.commands.kit.declared import declared
from tzurot.commands.kit.errors import UserError
from tzurot.commands.kit.services import Services
from tzurot.commands.people import anyone, find, visible
from tzurot.conversation.directory import is_age_restricted
from tzurot.conversation.incoming import Incoming

loader = lightbulb.Loader()


@loader.command
class Ping(lightbulb.SlashCommand, name="ping", description="See whether I am awake"):
    """Answers with the time that a heartbeat takes."""

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        latency = services.bot.heartbeat_latency
        await ctx.respond(texts.PONG.format(ms=round(latency * 1000)), ephemeral=True)


@loader.command
class Help(lightbulb.SlashCommand, name="help", description="What I can do, and how to begin"):
    """Lists the commands, from their declarations."""

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        characters = await visible(services, ctx.interaction)
        lines = [f"`/{one.path}` - {one.description}" for one in declared(services.client)]
        name = characters[0].name if characters else "Name"
        embed = hikari.Embed(
            title=texts.HELP_TITLE, description=texts.HELP_BEGIN.format(name=name)
        ).add_field(texts.HELP_COMMANDS, "\n".join(lines))
        await ctx.respond(embed=embed, ephemeral=True)


@loader.command
class Chat(lightbulb.SlashCommand, name="chat", description="Speak with a character here"):
    """Shows what somebody says, and lets the character answer."""

    character = lightbulb.string("character", "Who should answer", autocomplete=anyone)
    message = lightbulb.string("message", "What you say", max_length=1900)

    @lightbulb.invoke
    async def invoke(self, ctx: lightbulb.Context, services: Services) -> None:
        """Answer."""
        try:
            character = await find(services, ctx.interaction, self.character)
        except CharacterError as error:
            raise self._not_said(str(error)) from error
        said = self._said(ctx, services)
        if not await services.rooms.may_answer(said):
            raise self._not_said(texts.NOT_IN_THIS_CHANNEL)
        if await services.rooms.too_young_for(said, said.author_id, [character]):
            first = self._not_said(texts.AGE_FIRST.format(name=character.name))
            await ctx.respond(str(first), components=question(), ephemeral=True)
            return
        await ctx.respond(f"**{said.author_name}:** {self.message}")
        shown = await ctx.interaction.fetch_initial_response()
        services.conversation.ask(character, replace(said, message_id=int(shown.id)))

    def _not_said(self, fault: str) -> UserError:
        """Return why nothing was said, with what was written: typed text is never lost."""
        return UserError(texts.CHAT_NOT_SAID.format(fault=fault, message=self.message))

    def _said(self, ctx: lightbulb.Context, services: Services) -> Incoming:
        member, channel = ctx.member, ctx.interaction.channel
        return Incoming(
            message_id=0,
            channel_id=int(ctx.channel_id),
            guild_id=None if ctx.guild_id is None else int(ctx.guild_id),
            author_id=int(ctx.user.id),
            author_name=member.display_name if member else (ctx.user.display_name or "Someone"),
            username=ctx.user.username,
            is_person=True,
            content=self.message,
            parent_channel_id=thread_parent(channel),
            is_age_restricted=is_age_restricted(services.bot, ctx.channel_id),
        )
