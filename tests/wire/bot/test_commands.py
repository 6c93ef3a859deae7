"""Commands, buttons and forms, as a person uses them."""

from __future__ import annotations

import io

import httpx
from PIL import Image

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, LOUNGE, TOKEN, Payload
from tests.wire.bot.conftest import World
from tzurot import customid
from tzurot.characters.store import CharacterStore
from tzurot.rules.denial import Denial, Mode, Party, Reach, Target
from tzurot.rules.denials import DenialStore
from tzurot.storage.database import Database

FORM = {
    "name": "Old Moss",
    "description": "{{char}} is a stone that talks to {{user}}.",
    "personality": "Slow.",
    "first_mes": "Hm.",
    "mes_example": "{{user}}: Hi\n{{char}}: Hm.",
}


def content(interaction: Payload) -> str:
    """Return what an interaction was answered with, title and text alike."""
    message = interaction["message"]
    assert message is not None, interaction
    embeds = "\n".join(str(embed) for embed in message["embeds"])
    return f"{message['content']}\n{embeds}"


def button(interaction: Payload, label: str) -> str:
    rows = interaction["message"]["components"]
    (found,) = [
        one["custom_id"] for row in rows for one in row["components"] if one.get("label") == label
    ]
    return str(found)


async def make(world: World, user: str = BEN, **values: str) -> Payload:
    opened = await world.playground.command(user, "character create")
    assert opened["modal"]["title"] == "A new character"
    return await world.playground.submit(user, opened, {**FORM, **values})


async def answered(world: World, interaction: Payload) -> Payload:
    """Wait until a deferred answer is there."""
    while interaction["status"] in {"waiting", "deferred"}:
        interaction = await world.playground.interaction(interaction, after=interaction["revision"])
    return interaction


async def test_ping_and_help(world: World) -> None:
    assert "I am awake" in content(await world.playground.command(ADA, "ping"))
    text = content(await world.playground.command(ADA, "help"))
    for path in ("/chat", "/character create", "/character browse", "/ping"):
        assert path in text


async def test_a_character_is_made_looked_at_changed_and_deleted(world: World) -> None:
    world.model.default = Reply.text("Hm.")
    made = await make(world)
    assert "**Old Moss** is here, for you alone" in content(made)
    answer = await world.playground.wait(await world.playground.say(BEN, "@Old Moss hello"))
    assert answer["author"]["username"] == "Old Moss"
    assert "Old Moss is a stone that talks to Ben." in str(world.model.requests[0].body)

    viewed = await world.playground.command(BEN, "character view", {"character": "old-moss"})
    assert "Slow." in content(viewed)
    opened = await world.playground.press(BEN, viewed["message"], button(viewed, "Edit"))
    saved = await world.playground.submit(BEN, opened, {**FORM, "personality": "Slower."})
    assert "**Old Moss** is saved." in content(saved)
    edited = await world.playground.command(BEN, "character edit", {"character": "old-moss"})
    inputs = [row["components"][0] for row in edited["modal"]["components"]]
    assert {one["custom_id"]: one.get("value") for one in inputs}["personality"] == "Slower."

    asked = await world.playground.press(BEN, viewed["message"], button(viewed, "Delete"))
    await world.playground.press(BEN, asked["message"], button(asked, "Keep"))
    asked = await world.playground.command(BEN, "character delete", {"character": "old-moss"})
    await world.playground.press(BEN, asked["message"], button(asked, "Delete"))
    gone = await world.playground.command(BEN, "character view", {"character": "old-moss"})
    assert "There is no character" in content(gone)


async def test_a_private_character_is_its_owners_alone_until_it_is_shown(world: World) -> None:
    await make(world)
    for command in ("view", "edit", "delete"):
        hidden = await world.playground.command(
            "3003", f"character {command}", {"character": "old-moss"}
        )
        assert "There is no character" in content(hidden)
    options = {"character": "moss"}
    for user, names in ((BEN, ["Old Moss"]), ("3003", [])):
        offered = await world.playground.autocomplete(user, "character view", "character", options)
        assert [one["name"] for one in offered] == names
    for command in ("edit", "delete", "avatar"):
        for user, names in ((BEN, ["Old Moss"]), ("3003", [])):
            found = await world.playground.autocomplete(
                user, f"character {command}", "character", options
            )
            assert [one["name"] for one in found] == names
    viewed = await world.playground.command(BEN, "character view", {"character": "old-moss"})
    await world.playground.press(BEN, viewed["message"], button(viewed, "Show to everybody"))
    seen = await world.playground.command("3003", "character view", {"character": "old-moss"})
    assert "stone" in content(seen)
    assert seen["message"]["components"] == []
    edit = await world.playground.command("3003", "character edit", {"character": "old-moss"})
    assert "Only the owner of Old Moss" in content(edit)


async def test_what_was_typed_is_kept_after_a_fault_and_over_a_restart(world: World) -> None:
    await make(world)
    refused = await make(world, description="A second stone.")
    assert "already have a character named Old Moss" in content(refused)
    assert "Nothing that you typed is lost." in content(refused)
    go_on = button(refused, "Go on writing")
    await world.bot.stop()
    await world.bot.start()
    await world.bot.logged("Connected as")
    again = await world.playground.press(BEN, refused["message"], go_on)
    values = {
        row["components"][0]["custom_id"]: row["components"][0].get("value")
        for row in again["modal"]["components"]
    }
    assert values["description"] == "A second stone."
    made = await world.playground.submit(BEN, again, {**FORM, "name": "New Moss"})
    assert "**New Moss** is here" in content(made)


async def test_a_list_in_pages(world: World) -> None:
    for number in range(11):
        await make(world, name=f"Stone {number:02}")
    listed = await world.playground.command(BEN, "character browse", {"query": "stone"})
    assert "Characters (11)" in content(listed)
    assert "Stone 10" not in content(listed)
    turned = await world.playground.press(BEN, listed["message"], button(listed, "▶"))
    assert "Stone 10" in content(turned)
    mine = await world.playground.command(BEN, "character browse", {"filter": "public"})
    assert "Juniper" in content(mine)
    assert "Stone" not in content(mine)
    menu = mine["message"]["components"][0]["components"][0]
    chosen = await world.playground.select(
        BEN, mine["message"], menu["custom_id"], [menu["options"][0]["value"]]
    )
    assert "Captain Sable" in content(chosen)


async def test_a_picture(world: World) -> None:
    await make(world)
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(out, "JPEG")
    options = {"character": "old-moss"}
    picture = {"image": ("moss.jpg", "image/jpeg", out.getvalue())}
    done = await world.playground.command(BEN, "character avatar", options, files=picture)
    done = await answered(world, done)
    assert "has a new picture" in str(await world.playground.messages(user=BEN))
    broken = {"image": ("moss.png", "image/png", b"no picture")}
    refused = await world.playground.command(BEN, "character avatar", options, files=broken)
    await answered(world, refused)
    assert "not a picture that I can read" in str(await world.playground.messages(user=BEN))


async def test_chat_shows_what_one_says_and_the_character_answers(world: World) -> None:
    world.model.default = Reply.text("Always.")
    options = {"character": "juniper", "message": "is there tea?"}
    said = await world.playground.command(ADA, "chat", options)
    assert "**Ada:** is there tea?" in content(said)
    answer = await world.playground.wait(said["message"])
    assert (answer["author"]["username"], answer["content"]) == ("Juniper", "Always.")
    assert "Ada: is there tea?" in str(world.model.requests[0].body["messages"][-1])


async def test_chat_offers_whom_one_may_speak_to_and_loses_no_words(world: World) -> None:
    offered = await world.playground.autocomplete(ADA, "chat", "character", {"character": "@ju"})
    assert [one["name"] for one in offered] == ["Juniper"]
    options = {"character": "nobody", "message": "a long\nand careful text"}
    refused = content(await world.playground.command(ADA, "chat", options))
    assert "no character “nobody”" in refused
    assert "a long\nand careful text" in refused


async def test_who_is_left_out_when_too_many_are_named_is_told(world: World) -> None:
    for number in range(5):
        await make(world, name=f"Stone {number}")
    world.model.default = Reply.text("Hm.")
    text = " ".join(f"@Stone {number}" for number in range(5))
    said = await world.playground.say(BEN, text)
    answers = [said]
    while len(answers) < 6:
        answers.append(await world.playground.wait(answers[-1]))
    told = [one["content"] for one in answers[1:] if one["content"].startswith("-#")]
    assert told == ["-# At most 4 characters answer one message. This time without: Stone 4."]
    speakers = sorted(one["author"]["username"] for one in answers[1:] if one["content"] == "Hm.")
    assert speakers == [f"Stone {number}" for number in range(4)]


async def test_an_unknown_or_old_button_gets_a_polite_line(world: World) -> None:
    made = await make(world)
    assert made["message"]
    old = customid.write("character.sing", "1").replace("tz1", "tz0")
    async with httpx.AsyncClient(headers={"Authorization": f"Bot {TOKEN}"}) as discord:
        row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": old}]}
        answer = await discord.post(
            f"{world.playground.rest_url}/channels/{LOUNGE}/messages",
            json={"content": "from long ago", "components": [row]},
        )
        message = answer.raise_for_status().json()
    pressed = await world.playground.press(BEN, message, old)
    assert "from an older version of me" in content(pressed)


async def test_joining_says_hello_once_and_the_first_reply_takes_one_step(world: World) -> None:
    world.model.default = Reply.text("Welcome.")
    guild = await world.playground.guild("The Workshop Club", ADA)
    for _ in range(2):
        await world.playground.add_bot(guild["id"])
        await world.bot.logged("Said hello in server")
        await world.playground.remove_bot(guild["id"])
    await world.playground.add_bot(guild["id"])
    state = await world.playground.state()
    (there,) = [one for one in state["guilds"] if one["id"] == guild["id"]]
    channel = there["channels"][0]["id"]
    hello = await world.playground.messages(channel)
    assert len(hello) == 1
    assert "Write `@Juniper hello`" in hello[0]["content"]
    answer = await world.playground.wait(await world.playground.say(ADA, "@Juniper hello", channel))
    assert answer["content"] == "Welcome."


async def test_a_character_that_one_is_denied_is_not_there(
    world: World, database: Database
) -> None:
    everybodys = await CharacterStore(database).visible_to(int(BEN))
    juniper = next(one for one in everybodys if one.slug == "juniper")
    by_juniper = Target(
        party=Party.USER, party_id=int(BEN), reach=Reach.CHARACTER, character_id=juniper.id
    )
    shown = await world.playground.command(BEN, "character browse")
    (choice,) = [
        one["custom_id"]
        for row in shown["message"]["components"]
        for one in row["components"]
        if "options" in one
    ]
    denial = Denial(target=by_juniper, mode=Mode.MUTE, by=int(ADA))
    await DenialStore(database).deny(denial, host_id=0)
    for user, seen in ((ADA, True), (BEN, False)):
        listed = await world.playground.command(user, "character browse")
        assert ("Juniper" in content(listed)) is seen
        assert "Captain Sable" in content(listed)
        for command in ("chat", "character view"):
            offered = await world.playground.autocomplete(
                user, command, "character", {"character": "j"}
            )
            assert ("juniper" in {one["value"] for one in offered}) is seen
    for command, more in (("chat", {"message": "hello"}), ("character view", {})):
        refused = await world.playground.command(BEN, command, {"character": "juniper", **more})
        assert "There is no character “juniper”" in content(refused)
    chosen = await world.playground.select(BEN, shown["message"], choice, [str(juniper.id)])
    assert "There is no character" in content(chosen)
