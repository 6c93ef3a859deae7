"""Pictures: shown to models that can see, told in words to those that cannot."""

from __future__ import annotations

from typing import Any

from tests.support.bot import Bot
from tests.support.drawn import BLUE, RED, near, plain, saved, shown
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import BEN, CLEO, GUILD, LOUNGE, TAVERN, Payload, Playground
from tests.wire.bot.conftest import World
from tzurot.characters.capabilities import ModelCapabilities
from tzurot.llm.capabilities import Abilities
from tzurot.rules.cascade import Cap, Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database

GREEN = (20, 160, 60)


def pictures(body: Payload) -> list[Any]:
    """Return the pictures that a model was shown, in their order."""
    return [
        shown(part["image_url"]["url"])
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


async def post(
    playground: Playground, text: str, colour: tuple[int, int, int], channel: str = LOUNGE
) -> Payload:
    file = ("boat.png", "image/png", saved(plain(colour), "PNG"))
    return await playground.say(BEN, text, channel, files=[file])


def link(message: Payload) -> str:
    return f"https://discord.com/channels/{GUILD}/{message['channel_id']}/{message['id']}"


async def test_a_model_sees_what_was_posted_now_and_before(world: World) -> None:
    await world.playground.wait(await post(world.playground, "@Juniper look", RED))
    (red,) = pictures(world.model.requests[0].body)
    assert near(red.getpixel((5, 5)), RED)
    assert "[image: boat.png]" in str(world.model.requests[0].body)
    await post(world.playground, "and this one", BLUE)
    await world.playground.wait(await world.playground.say(CLEO, "@Juniper which is bluer?"))
    red, blue = pictures(world.model.requests[1].body)
    assert near(red.getpixel((5, 5)), RED)
    assert near(blue.getpixel((5, 5)), BLUE)
    # What is linked to is seen as well, in front of the message's own; and marks are words.
    elsewhere = await post(world.playground, "my own boat", GREEN, TAVERN)
    text = f"@Juniper {link(elsewhere)} in <#{TAVERN}> at <t:1700000000:t>, or this?"
    await world.playground.wait(await post(world.playground, text, BLUE))
    red, blue, quoted, own = pictures(world.model.requests[2].body)
    assert near(quoted.getpixel((5, 5)), GREEN)
    assert near(own.getpixel((5, 5)), BLUE)
    told = str(world.model.requests[2].body)
    assert "my own boat [image: boat.png]" in told
    assert "in #tavern at 22:13, or this?" in told


async def test_as_many_as_are_set_and_none_where_they_are_off(
    world: World, database: Database
) -> None:
    settings = SettingsStore(database)
    await settings.set(Tier.CHANNEL, int(LOUNGE), "history_images", 1)
    await world.playground.wait(await post(world.playground, "@Juniper look", RED))
    await world.playground.wait(await post(world.playground, "@Juniper look", BLUE))
    (blue,) = pictures(world.model.requests[-1].body)
    assert near(blue.getpixel((5, 5)), BLUE)
    # The message's own comes first, then what it refers to, then what was there before.
    elsewhere = await post(world.playground, "my own boat", RED, TAVERN)
    await world.playground.wait(await post(world.playground, f"@Juniper {link(elsewhere)}", GREEN))
    (own,) = pictures(world.model.requests[-1].body)
    assert near(own.getpixel((5, 5)), GREEN)
    said = await world.playground.say(CLEO, f"@Juniper {link(elsewhere)}?")
    await world.playground.wait(said)
    (quoted,) = pictures(world.model.requests[-1].body)
    assert near(quoted.getpixel((5, 5)), RED)
    await settings.cap(Tier.HOST, None, "pictures", Cap(only=(False,)))
    await world.playground.wait(await world.playground.say(CLEO, "@Juniper and now?"))
    assert pictures(world.model.requests[-1].body) == []


async def test_a_model_that_cannot_see_is_told_once_and_what_fails_costs_no_answer(
    playground: Playground, model: ModelServer, database_url: str, database: Database
) -> None:
    blind = ModelCapabilities(database, model.url)
    await blind.set_override("scripted", Abilities(images=False))

    def answer(body: Payload) -> Reply:
        return Reply.text("A red boat." if body["model"] == "seer" else "Aye.")

    model.default = answer
    async with Bot(playground, database_url, model.url, VISION_MODEL="seer") as bot:
        await playground.wait(await post(playground, "@Juniper look", RED))
        await playground.wait(await playground.say(CLEO, "@Juniper what was it?"))
        await playground.wait(
            await playground.say(
                CLEO,
                f"@Juniper and this? {link(await post(playground, 'mine', BLUE, TAVERN))}",
                files=[("no.png", "image/png", b"not a picture")],
            )
        )
        assert bot.errors() == []
    asked = [one.body["model"] for one in model.requests]
    assert asked == ["seer", "scripted", "scripted", "seer", "scripted"]
    assert pictures(model.requests[1].body) == []
    for request in (model.requests[1], model.requests[2], model.requests[4]):
        assert "[image: boat.png: A red boat.]" in str(request.body)
    assert "[image: no.png]" in str(model.requests[4].body)
    assert "mine [image: boat.png: A red boat.]" in str(model.requests[4].body)
