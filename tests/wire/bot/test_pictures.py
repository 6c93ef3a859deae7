"""Pictures: shown to models that can see, told in words to those that cannot."""

from __future__ import annotations

from typing import Any

from tests.support.bot import Bot
from tests.support.drawn import BLUE, RED, near, plain, saved, shown
from tests.support.model_server import ModelServer, Reply
from tests.support.playground import BEN, CLEO, LOUNGE, Payload, Playground
from tests.wire.bot.conftest import World
from tzurot.characters.capabilities import ModelCapabilities
from tzurot.llm.capabilities import Abilities
from tzurot.rules.cascade import Cap, Tier
from tzurot.rules.settings_store import SettingsStore
from tzurot.storage.database import Database


def pictures(body: Payload) -> list[Any]:
    """Return the pictures that a model was shown, in their order."""
    return [
        shown(part["image_url"]["url"])
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


async def post(playground: Playground, text: str, colour: tuple[int, int, int]) -> Payload:
    file = ("boat.png", "image/png", saved(plain(colour), "PNG"))
    return await playground.say(BEN, text, LOUNGE, files=[file])


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


async def test_as_many_as_are_set_and_none_where_they_are_off(
    world: World, database: Database
) -> None:
    settings = SettingsStore(database)
    await settings.set(Tier.CHANNEL, int(LOUNGE), "history_images", 1)
    await world.playground.wait(await post(world.playground, "@Juniper look", RED))
    await world.playground.wait(await post(world.playground, "@Juniper look", BLUE))
    (blue,) = pictures(world.model.requests[-1].body)
    assert near(blue.getpixel((5, 5)), BLUE)
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
                CLEO, "@Juniper and this?", files=[("no.png", "image/png", b"not a picture")]
            )
        )
        assert bot.errors() == []
    asked = [one.body["model"] for one in model.requests]
    assert asked == ["seer", "scripted", "scripted", "scripted"]
    assert pictures(model.requests[1].body) == []
    for request in model.requests[1:]:
        assert "[image: boat.png: A red boat.]" in str(request.body)
    assert "[image: no.png]" in str(model.requests[3].body)
