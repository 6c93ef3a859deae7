"""Slash commands, menus and buttons: one module per command group."""

from __future__ import annotations

import hikari
import lightbulb

from tzurot.commands import age, character, general, joining, stop
from tzurot.commands.kit.command import check_access, on_error
from tzurot.commands.kit.router import router
from tzurot.commands.kit.services import Services


async def build_client(bot: hikari.GatewayBot) -> lightbulb.GatewayEnabledClient:
    """Return the lightbulb client with all commands in it.

    Starting it makes Discord's list of commands equal to ours.
    """
    client = lightbulb.client_from_app(bot, hooks=[check_access])
    client.error_handler(on_error)
    for loader in (general.loader, age.loader, character.loader, stop.loader):
        await loader.add_to_client(client)
    return client


def attach(client: lightbulb.GatewayEnabledClient, services: Services) -> None:
    """Hand the rooms below to the commands, and listen to buttons, forms and new servers."""
    client.di.registry_for(lightbulb.di.Contexts.DEFAULT).register_value(Services, services)
    router.attach(services.bot, services)

    async def on_join(event: hikari.GuildJoinEvent) -> None:
        await joining.greet(event, services)

    services.bot.subscribe(hikari.GuildJoinEvent, on_join)
