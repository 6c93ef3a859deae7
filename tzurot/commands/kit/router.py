"""Brings a press, a choice or a submitted form to its handler, whenever its message was made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import hikari
import lightbulb
from loguru import logger

from tzurot import customid, texts
from tzurot.commands.kit.access import Access, access_of, check
from tzurot.commands.kit.errors import sentence_for
from tzurot.commands.kit.services import Services
from tzurot.telemetry import bound

Pressed = hikari.ComponentInteraction
Submitted = hikari.ModalInteraction
ComponentHandler = Callable[..., Awaitable[None]]
Command = type[lightbulb.CommandBase]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and who may reach it; it takes the interaction, the services, the arguments."""

    handler: ComponentHandler
    access: Access


class Router:
    """Every button, select and form by the name in its custom id."""

    def __init__(self) -> None:
        self._components: dict[str, Route] = {}
        self._forms: dict[str, Route] = {}

    def component(
        self, name: str, command: Command
    ) -> Callable[[ComponentHandler], ComponentHandler]:
        """Declare what a button or select with this name does; who may use `command` may press."""
        return self._declare(self._components, name, command)

    def form(self, name: str, command: Command) -> Callable[[ComponentHandler], ComponentHandler]:
        """Declare what a form with this name does; who may use `command` may submit it."""
        return self._declare(self._forms, name, command)

    def names(self) -> tuple[list[str], list[str]]:
        """Return the names of all components, and of all forms."""
        return sorted(self._components), sorted(self._forms)

    @staticmethod
    def _declare(
        routes: dict[str, Route], name: str, command: Command
    ) -> Callable[[ComponentHandler], ComponentHandler]:
        def declare(handler: ComponentHandler) -> ComponentHandler:
            routes[name] = Route(handler, access_of(command))
            return handler

        return declare

    def attach(self, bot: hikari.GatewayBot, services: Services) -> None:
        """Listen to the presses and forms of `bot`."""

        async def on_component(event: hikari.ComponentInteractionCreateEvent) -> None:
            await self._handle(self._components, event.interaction, services)

        async def on_form(event: hikari.ModalInteractionCreateEvent) -> None:
            await self._handle(self._forms, event.interaction, services)

        bot.subscribe(hikari.ComponentInteractionCreateEvent, on_component)
        bot.subscribe(hikari.ModalInteractionCreateEvent, on_form)

    async def _handle(
        self, routes: dict[str, Route], interaction: Pressed | Submitted, services: Services
    ) -> None:
        with bound(user=interaction.user.id, channel=interaction.channel_id):
            said = customid.read(interaction.custom_id)
            route = None if said is None else routes.get(said.name)
            if said is None or route is None or said.version != customid.VERSION:
                logger.info("Pressed something unknown: {!r}", interaction.custom_id)
                await whisper(interaction, texts.OLD_BUTTON)
                return
            try:
                await check(route.access, interaction, services)
                await route.handler(interaction, services, *said.arguments)
            except Exception as error:  # noqa: BLE001  whatever it is, the person gets a word
                await whisper(interaction, sentence_for(error))


router = Router()
"""The one that all modules of commands declare their buttons and forms to."""


async def whisper(
    interaction: hikari.CommandInteraction | Pressed | Submitted,
    text: hikari.UndefinedOr[str] = hikari.UNDEFINED,
    *,
    embed: hikari.UndefinedOr[hikari.Embed] = hikari.UNDEFINED,
    rows: hikari.UndefinedOr[list[hikari.api.ComponentBuilder]] = hikari.UNDEFINED,
) -> None:
    """Answer for this person's eyes only, also when something was answered before."""
    flags = hikari.MessageFlag.EPHEMERAL
    try:
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, text, embed=embed, components=rows, flags=flags
        )
    except hikari.ClientHTTPResponseError as error:
        if error.code != _ALREADY_ANSWERED:
            raise
        await interaction.execute(text, embed=embed, components=rows, flags=flags)


_ALREADY_ANSWERED = 40060
