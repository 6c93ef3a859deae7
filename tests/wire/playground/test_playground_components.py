"""Buttons, selects, modals and messages of components, pressed and filled in by people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import hikari
import pytest
from hikari.impl import (
    ContainerComponentBuilder,
    MessageActionRowBuilder,
    ModalActionRowBuilder,
    SectionComponentBuilder,
)

from tests.support.discord_bot import Listener
from tests.support.playground import (
    ADA,
    BEN,
    BOT,
    LOUNGE,
    TAVERN,
    Payload,
    Playground,
    PlaygroundError,
)

Component = hikari.ComponentInteraction
Reaction = Callable[[Component], Awaitable[object]]


def row() -> MessageActionRowBuilder:
    """Return a row with two buttons, a disabled one and a link."""
    found = MessageActionRowBuilder()
    for name in ("yes", "no"):
        found.add_interactive_button(hikari.ButtonStyle.PRIMARY, name, label=name)
    found.add_interactive_button(hikari.ButtonStyle.DANGER, "never", label="x", is_disabled=True)
    return found.add_link_button("http://127.0.0.1/", label="more")


def react(bot: Listener, reaction: Reaction) -> None:
    """Let the bot do something whenever a component is used."""

    async def listen(event: hikari.ComponentInteractionCreateEvent) -> None:
        await reaction(event.interaction)

    bot.bot.subscribe(hikari.ComponentInteractionCreateEvent, listen)


def react_to_modals(
    bot: Listener, reaction: Callable[[hikari.ModalInteraction], Awaitable[object]]
) -> None:
    """Let the bot do something whenever a modal is submitted."""

    async def listen(event: hikari.ModalInteractionCreateEvent) -> None:
        await reaction(event.interaction)

    bot.bot.subscribe(hikari.ModalInteractionCreateEvent, listen)


async def offer(playground: Playground, bot: Listener, *rows: Any) -> Payload:  # noqa: ANN401
    """Let the bot send a message with components; return it as people see it."""
    sent = await bot.rest.create_message(int(LOUNGE), "choose", components=rows)
    (shown,) = await playground.messages(limit=1)
    assert shown["id"] == str(sent.id)
    return shown


async def test_a_button_answers_updates_or_defers(playground: Playground, bot: Listener) -> None:
    async def reaction(interaction: Component) -> None:
        if interaction.custom_id == "yes":
            await interaction.create_initial_response(
                hikari.ResponseType.MESSAGE_UPDATE, "chosen", components=[]
            )
            await interaction.execute("noted", flags=hikari.MessageFlag.EPHEMERAL)
        else:
            await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)
            await interaction.edit_initial_response("not chosen")

    react(bot, reaction)
    first, second = await offer(playground, bot, row()), await offer(playground, bot, row())
    done = await playground.press("ada", first, "yes")
    assert (done["status"], done["message"]["id"]) == ("answered", first["id"])
    assert (done["message"]["content"], done["message"]["components"]) == ("chosen", [])
    while not done["followups"]:
        done = await playground.interaction(done, after=done["revision"])
    (noted,) = [each for each in await playground.messages(user="ada") if each["flags"] & 64]
    assert noted["id"] in done["followups"]
    assert noted["interaction_metadata"]["interacted_message_id"] == first["id"]
    done = await playground.press("ben", second, "no")
    assert (done["status"], done["message"]["id"]) == ("answered", second["id"])
    while done["message"]["content"] != "not chosen":
        done = await playground.interaction(done, after=done["revision"])
    assert len(done["message"]["components"][0]["components"]) == 4
    for custom_id, sentence in (("never", "is disabled"), ("maybe", "nothing like that")):
        with pytest.raises(PlaygroundError, match=sentence):
            await playground.press("ada", second, custom_id)
    said = await playground.say("ada", "no buttons here")
    with pytest.raises(PlaygroundError, match="not the bot's"):
        await playground.press("ada", said, "yes")


async def test_the_answer_to_a_button_refers_to_its_message(
    playground: Playground, bot: Listener
) -> None:
    async def reaction(interaction: Component) -> None:
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE,
            "pressed",
            flags=hikari.MessageFlag.EPHEMERAL,
            components=[row()] if interaction.custom_id == "yes" else [],
        )

    react(bot, reaction)
    shown = await offer(playground, bot, row())
    done = await playground.press("ada", shown, "yes")
    answer = done["message"]
    assert (answer["type"], answer["referenced_message"]["id"]) == (19, shown["id"])
    with pytest.raises(PlaygroundError, match="does not see"):
        await playground.press("ben", answer, "no")
    again = await playground.press("ada", answer, "no")  # a button of an ephemeral message
    assert again["message"]["interaction_metadata"]["interacted_message_id"] == answer["id"]
    # It is there for the person, so it is no message that was deleted.
    assert again["message"]["referenced_message"]["id"] == answer["id"]


async def test_every_select(playground: Playground, bot: Listener) -> None:
    seen: list[Component] = []

    async def reaction(interaction: Component) -> None:
        seen.append(interaction)
        await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_UPDATE)

    react(bot, reaction)
    kinds = hikari.ComponentType
    texts = MessageActionRowBuilder()
    menu = texts.add_text_menu("text", min_values=1, max_values=2)
    for name in ("red", "green", "blue"):
        menu.add_option(name.title(), name)
    rows = [texts]
    for custom_id, kind in (
        ("user", kinds.USER_SELECT_MENU),
        ("role", kinds.ROLE_SELECT_MENU),
        ("either", kinds.MENTIONABLE_SELECT_MENU),
    ):
        rows.append(MessageActionRowBuilder().add_select_menu(kind, custom_id, max_values=2))
    place = MessageActionRowBuilder()
    place.add_channel_menu("place", channel_types=[hikari.ChannelType.GUILD_TEXT])
    shown = await offer(playground, bot, *rows, place)
    for custom_id, values in (
        ("text", ["red", "blue"]),
        ("user", [BEN, BOT]),
        ("role", ["2011"]),
        ("either", ["2012", ADA]),
        ("place", [TAVERN]),
    ):
        done = await playground.select("cleo", shown, custom_id, values)
        assert done["status"] == "answered"
        assert list(seen[-1].values) == values
    text, user, role, either, place_of = (each.resolved for each in seen)
    assert text is None
    assert user is not None
    assert {each.username for each in user.users.values()} == {"ben", "tzurot"}
    assert user.members[hikari.Snowflake(BEN)].role_ids[0] == 2011
    assert role is not None
    assert role.roles[hikari.Snowflake(2011)].name == "Moderator"
    assert either is not None
    assert (len(either.roles), len(either.users)) == (1, 1)
    assert place_of is not None
    assert place_of.channels[hikari.Snowflake(TAVERN)].name == "tavern"
    for custom_id, values, sentence in (
        ("text", [], "choose 1 to 2, not 0"),
        ("text", ["red", "green", "blue"], "choose 1 to 2, not 3"),
        ("text", ["pink"], "pink is not among"),
        ("text", ["red", "red"], "the same value twice"),
        ("place", ["2101"], "no such channel"),
        ("user", ["77"], "there is no user 77"),
    ):
        with pytest.raises(PlaygroundError, match=sentence):
            await playground.select("cleo", shown, custom_id, values)


async def test_a_modal_of_rows(playground: Playground, bot: Listener) -> None:
    async def reaction(interaction: Component) -> None:
        rows = [
            ModalActionRowBuilder().add_text_input("name", "Name", min_length=2, max_length=10),
            ModalActionRowBuilder().add_text_input(
                "more", "More", style=hikari.TextInputStyle.PARAGRAPH, required=False, value="old"
            ),
        ]
        await interaction.create_modal_response("About you", "about:7", components=rows)

    async def read(interaction: hikari.ModalInteraction) -> None:
        values = [
            f"{each.custom_id}={each.value}" for line in interaction.components for each in line
        ]
        assert interaction.message is not None
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_UPDATE, f"{interaction.custom_id} {' '.join(values)}"
        )

    react(bot, reaction)
    react_to_modals(bot, read)
    shown = await offer(playground, bot, row())
    opened = await playground.press("ada", shown, "yes")
    modal = opened["modal"]
    assert (opened["status"], opened["message"], modal["title"]) == ("answered", None, "About you")
    assert modal["components"][1]["components"][0]["value"] == "old"
    for values, sentence in (
        ({}, "Name is required"),
        ({"name": "x"}, "Name must have 2 to 10 characters, it has 1"),
        ({"name": "x" * 11}, "Name must have 2 to 10"),
        ({"name": "Ada", "mood": "x"}, "the modal has no field mood"),
    ):
        with pytest.raises(PlaygroundError, match=sentence):
            await playground.submit("ada", opened, values)
    with pytest.raises(PlaygroundError, match="no such interaction"):
        await playground.submit("ben", opened, {"name": "Ben"})
    done = await playground.submit("ada", opened, {"name": "Ada"})
    assert done["message"]["id"] == shown["id"]
    assert done["message"]["content"] == "about:7 name=Ada more=old"
    with pytest.raises(PlaygroundError, match="no open modal"):
        await playground.submit("ada", opened, {"name": "Ada"})


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


LABELS = [
    Label("Name", {"type": 4, "custom_id": "name", "style": 1, "max_length": 20}),
    Label(
        "Tone",
        {
            "type": 3,
            "custom_id": "tone",
            "required": False,
            "options": [
                {"label": "Warm", "value": "warm", "default": True},
                {"label": "Cold", "value": "cold"},
            ],
        },
    ),
    Label("Friend", {"type": 5, "custom_id": "friend"}),
    Label("Picture", {"type": 19, "custom_id": "file", "required": False}),
    Label("Agreed", {"type": 23, "custom_id": "agreed"}),
]


async def test_a_modal_of_labels(playground: Playground, bot: Listener) -> None:
    payloads: list[Any] = []

    async def reaction(interaction: Component) -> None:
        await interaction.create_modal_response("Labels", "labels", components=LABELS)

    async def keep(event: hikari.ShardPayloadEvent) -> None:
        if event.name == "INTERACTION_CREATE":
            payloads.append(event.payload)

    async def read(interaction: hikari.ModalInteraction) -> None:
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "thanks")

    react(bot, reaction)
    react_to_modals(bot, read)
    bot.bot.subscribe(hikari.ShardPayloadEvent, keep)
    opened = await playground.press("ada", await offer(playground, bot, row()), "yes")
    assert [each["type"] for each in opened["modal"]["components"]] == [18] * 5
    upload = {"filename": "a.txt", "content_type": "text/plain", "base64": "aGk="}
    values = {"name": "Aria", "friend": [BEN], "file": [upload], "agreed": True}
    with pytest.raises(PlaygroundError, match="Friend: choose 1 to 1, not 0"):
        await playground.submit("ada", opened, {**values, "friend": []})
    done = await playground.submit("ada", opened, values)
    assert (done["message"]["content"], done["message"]["type"]) == ("thanks", 19)
    data = payloads[-1]["data"]
    inner = {each["component"]["custom_id"]: each["component"] for each in data["components"]}
    assert all(isinstance(each["id"], int) for each in data["components"])
    assert inner["name"]["value"] == "Aria"
    assert inner["tone"]["values"] == ["warm"]
    assert inner["friend"]["values"] == [BEN]
    assert inner["agreed"]["value"] is True
    (file_id,) = inner["file"]["values"]
    assert data["resolved"]["attachments"][file_id]["filename"] == "a.txt"
    assert data["resolved"]["members"][BEN]["permissions"].isdecimal()


async def test_a_message_of_components_only(playground: Playground, bot: Listener) -> None:
    async def reaction(interaction: Component) -> None:
        box = ContainerComponentBuilder(accent_color=hikari.Color(0x123456))
        box.add_text_display("you pressed it")
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_UPDATE, components=[box]
        )

    react(bot, reaction)
    button = hikari.impl.InteractiveButtonBuilder(
        style=hikari.ButtonStyle.SUCCESS, custom_id="go", label="Go"
    )
    section = SectionComponentBuilder(accessory=button)
    section.add_text_display("# A card")
    box = ContainerComponentBuilder()
    box.add_component(section)
    box.add_separator()
    box.add_media_gallery([hikari.impl.MediaGalleryItemBuilder(media=hikari.Bytes(b"x", "x.png"))])
    sent = await bot.rest.create_message(int(LOUNGE), components=[box])
    (shown,) = await playground.messages()
    assert shown["flags"] & 1 << 15
    done = await playground.press("ada", shown, "go")
    assert done["message"]["components"][0]["components"][0]["content"] == "you pressed it"
    with pytest.raises(hikari.BadRequestError, match="cannot be used when using"):
        await bot.rest.edit_message(int(LOUNGE), sent, "words")
    plain = await bot.rest.create_message(int(LOUNGE), "words")
    with pytest.raises(hikari.BadRequestError, match="cannot be used when using"):
        await bot.rest.edit_message(int(LOUNGE), plain, components=[box])
    changed = await bot.rest.edit_message(int(LOUNGE), plain, None, components=[box])
    assert changed.content is None
