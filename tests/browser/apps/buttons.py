"""What a bot's messages and forms are made of, and what it does when people use them."""

from __future__ import annotations

from typing import Any

import hikari
from hikari.impl import (
    ContainerComponentBuilder,
    FileComponentBuilder,
    InteractiveButtonBuilder,
    MediaGalleryItemBuilder,
    MessageActionRowBuilder,
    SectionComponentBuilder,
    ThumbnailComponentBuilder,
)

from tests.browser.test_page import png
from tests.support.discord_bot import Listener
from tests.support.playground import Payload

Rows = list[hikari.api.ComponentBuilder]
KINDS = hikari.ComponentType


def panel(presses: int = 0) -> Rows:
    """Return buttons of every kind."""
    row = MessageActionRowBuilder()
    row.add_interactive_button(1, f"count:{presses}", label="Count")
    row.add_interactive_button(2, "later", label="Later")
    row.add_interactive_button(3, "whisper", label="Whisper")
    row.add_interactive_button(4, "silence", label="Silence")
    row.add_interactive_button(4, "never", label="Never", is_disabled=True)
    second = MessageActionRowBuilder().add_link_button("https://more.example/", label="More")
    return [row, second]


def selects() -> Rows:
    """Return every kind of select."""
    texts = MessageActionRowBuilder()
    menu = texts.add_text_menu("colour", placeholder="Colours", min_values=1, max_values=2)
    for name in ("red", "green", "blue"):
        menu.add_option(name.title(), name, description=f"as {name} as it gets")
    rows: Rows = [texts]
    for kind in (KINDS.USER_SELECT_MENU, KINDS.ROLE_SELECT_MENU, KINDS.MENTIONABLE_SELECT_MENU):
        rows.append(MessageActionRowBuilder().add_select_menu(kind, kind.name.lower()))
    place = MessageActionRowBuilder()
    place.add_channel_menu("channel_select_menu", channel_types=[hikari.ChannelType.GUILD_TEXT])
    return [*rows, place]


class Label(hikari.api.ComponentBuilder):
    """A label around a component, which hikari does not have."""

    def __init__(self, label: str, component: Payload) -> None:
        self._payload = {"type": 18, "label": label, "component": component}

    @property
    def type(self) -> int:
        """The type of a label."""
        return 18

    @property
    def id(self) -> hikari.UndefinedType:
        """No number of its own."""
        return hikari.UNDEFINED

    def build(self) -> tuple[Payload, tuple[()]]:
        """Return the payload; it has no files."""
        return self._payload, ()


def form() -> list[Label]:
    """Return what a form asks for."""
    tones = [{"label": each.title(), "value": each} for each in ("warm", "cold")]
    return [
        Label("Name", {"type": 4, "custom_id": "name", "style": 1, "max_length": 20}),
        Label("Tone", {"type": 3, "custom_id": "tone", "required": False, "options": tones}),
        Label("Friend", {"type": 5, "custom_id": "friend"}),
        Label("Picture", {"type": 19, "custom_id": "file", "required": False}),
        Label("I have read it", {"type": 23, "custom_id": "agreed"}),
    ]


def poll() -> list[Label]:
    """Return what else a form can ask for."""
    days = [{"label": each.title(), "value": each} for each in ("friday", "sunday")]
    food = [{"label": each.title(), "value": each} for each in ("soup", "bread", "cake")]
    return [
        Label("Day", {"type": 21, "custom_id": "day", "options": days}),
        Label("Food", {"type": 22, "custom_id": "food", "options": food, "max_values": 2}),
    ]


def card() -> hikari.Embed:
    """Return an embed with everything that it can have."""
    found = hikari.Embed(
        title="A card", url="https://card.example/", description="of **some** use", color=0x336699
    )
    found.set_author(name="The author", url="https://author.example/").set_footer("the small print")
    found.add_field("Age", "old", inline=True).add_field("Height", "tall", inline=True)
    found.add_field("Story", "||it ended||")
    return found.set_image(hikari.Bytes(png(6, 4), "image.png"))


def sheet() -> Rows:
    """Return a message of components only."""
    section = SectionComponentBuilder(
        accessory=InteractiveButtonBuilder(
            style=hikari.ButtonStyle.SUCCESS, custom_id="sheet", label="Turn it"
        )
    )
    section.add_text_display("# A sheet")
    pictured = SectionComponentBuilder(
        accessory=ThumbnailComponentBuilder(media=hikari.Bytes(png(2, 2), "thumb.png"))
    )
    pictured.add_text_display("with a picture")
    box = ContainerComponentBuilder(accent_color=hikari.Color(0x336699))
    box.add_component(section).add_component(pictured).add_separator()
    items = [
        MediaGalleryItemBuilder(media=hikari.Bytes(png(5, 3), "first.png"), description="First"),
        MediaGalleryItemBuilder(media=hikari.Bytes(png(5, 3), "second.png"), spoiler=True),
    ]
    box.add_media_gallery(items)
    box.add_component(FileComponentBuilder(file=hikari.Bytes(b"all of it", "whole.txt")))
    return [box]


def react(bot: Listener) -> None:
    """Let the bot do something whenever one of these is used."""

    async def used(event: hikari.ComponentInteractionCreateEvent) -> None:
        name, _, number = event.interaction.custom_id.partition(":")
        if name in _PRESSED:
            await _PRESSED[name](event.interaction, number)
        elif name != "silence":
            await _chosen(event.interaction)

    async def submitted(event: hikari.ModalInteractionCreateEvent) -> None:
        names = {4: "value", 21: "value", 23: "value"}
        found = []
        for label in _raw.pop(event.interaction.id):
            inner = label["component"]
            found.append(f"{inner['custom_id']} is {inner[names.get(inner['type'], 'values')]}")
        if "name is Nobody" in found:
            return
        await event.interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, ", ".join(found)
        )

    async def keep(event: hikari.ShardPayloadEvent) -> None:
        # hikari reads no labels.
        if event.name == "INTERACTION_CREATE" and event.payload["type"] == 5:
            _raw[int(event.payload["id"])] = event.payload["data"]["components"]

    bot.bot.subscribe(hikari.ComponentInteractionCreateEvent, used)
    bot.bot.subscribe(hikari.ModalInteractionCreateEvent, submitted)
    bot.bot.subscribe(hikari.ShardPayloadEvent, keep)


_raw: dict[int, Any] = {}
"""The components of forms, as they came, by interaction."""


async def _count(interaction: hikari.ComponentInteraction, number: str) -> None:
    presses = int(number) + 1
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_UPDATE, f"pressed {presses}", components=panel(presses)
    )


async def _later(interaction: hikari.ComponentInteraction, _: str) -> None:
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)
    await interaction.edit_initial_response("changed later")


async def _whisper(interaction: hikari.ComponentInteraction, _: str) -> None:
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE,
        f"a word for {interaction.user.username}",
        flags=hikari.MessageFlag.EPHEMERAL,
    )


async def _turn(interaction: hikari.ComponentInteraction, _: str) -> None:
    box = ContainerComponentBuilder()
    box.add_text_display(f"turned by {interaction.user.mention}")
    await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, components=[box])


_PRESSED = {"count": _count, "later": _later, "whisper": _whisper, "sheet": _turn}


async def _chosen(interaction: hikari.ComponentInteraction) -> None:
    words = f"{interaction.custom_id}: {', '.join(interaction.values)}"
    if interaction.custom_id != "colour":
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, words)
        return
    # The message stays as it is, and with it what is shown as chosen.
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)
    await interaction.execute(words)
