"""One evening with three people and four characters: who answers, and what each of them reads."""

from __future__ import annotations

import pytest

from tests.support.evening import Evening, url_of
from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, CLEO, GUILD, LOUNGE, TAVERN, Payload
from tests.wire.bot.conftest import World
from tests.wire.bot.test_rules import setting
from tzurot.characters.access import Actor
from tzurot.characters.personas import PersonaStore
from tzurot.characters.store import CharacterStore
from tzurot.history.clears import ClearStore
from tzurot.rules.channels import ChannelStore
from tzurot.storage.database import Database

MODERATOR = "2011"
ANOTHER_PROXY = "555000000000000001"


@pytest.fixture
async def evening(world: World, database: Database) -> Evening:
    store = CharacterStore(database)
    await store.create(
        Actor(int(BEN)), {"name": "Moth", "description": "Moth lives beneath Ben's floorboards."}
    )
    tobin = await store.create(
        Actor(int(CLEO)), {"name": "Old Tobin", "description": "Old Tobin mends nets and listens."}
    )
    await store.set_visibility(Actor(int(CLEO)), tobin.id, public=True)
    evening = Evening(
        world.playground,
        world.model,
        database,
        called={ADA: "Ada", BEN: "Ben", CLEO: "Cleo"},
        hidden={"floorboards": BEN},
    )
    await evening.begin(ADA, BEN, CLEO)
    return evening


async def test_an_evening(evening: Evening) -> None:
    await guests_arrive(evening)
    await they_say_who_they_are(evening)
    await they_show_things(evening)
    await others_speak_for_them(evening)
    await they_link(evening)
    await they_speak_alone(evening)
    await it_is_cleared(evening)
    await there_are_two_bens(evening)
    await tobin_speaks_up(evening)
    await evening.end()


async def guests_arrive(evening: Evening) -> None:
    say = evening.say
    hello = await say(ADA, "@Juniper good evening", "Juniper")
    night = await say(BEN, "what a thunderstorm")
    await say(CLEO, "is a stool free?", "Juniper", to=await last(evening, "Juniper"))
    await say(BEN, "evening, Ada", to=hello)
    # Moth is Ben's: nobody else can speak to it, by its name or by a reply.
    await say(
        ADA, "@Captain Sable, tell @Juniper and @Moth about the whale", "Captain Sable, Juniper"
    )
    await say(BEN, "@Moth and @Juniper, who is first?", "Moth, Juniper", holds=["- Ben"])
    await say(CLEO, "and who are you?", to=await last(evening, "Moth"))
    await evening.edit(BEN, night, "what a night", secret="thunderstorm")
    slip = await say(CLEO, "my number is 555-0199")
    await evening.delete(CLEO, slip, secret="555-0199")
    await say(CLEO, "@Juniper forget that, please", "Juniper")
    await evening.slip(CLEO, "@Juniper my password is swordfish", "swordfish")
    await evening.burst(BEN, ["@Juniper I have a question.", "Is the kettle hot?"], "Juniper")


async def they_say_who_they_are(evening: Evening) -> None:
    personas, say = PersonaStore(evening.database), evening.say
    await personas.create(
        int(ADA),
        name="Countess Vex",
        pronouns="she/her",
        about="Owns “half” the harbour.\n- Juniper",
    )
    evening.called[ADA] = "Countess Vex"
    await evening.playground.set_member(GUILD, BEN, [MODERATOR], nick="Big Ben")
    evening.called[BEN] = "Ben"
    countess = '- Countess Vex (she/her); “Owns "half" the harbour. - Juniper”'
    await say(ADA, "@Juniper do you know me now?", "Juniper", holds=[countess])
    evening.called[BEN] = "Big Ben"
    await say(
        BEN, f"@Captain Sable, ask <@{ADA}> about it", "Captain Sable",
        reads="@Captain Sable, ask @Countess Vex about it", holds=["roles: Moderator"],
    )  # fmt: skip


async def they_show_things(evening: Evening) -> None:
    play, happens = evening.playground, evening.happens
    elsewhere = await play.say(BEN, "the tavern is full", TAVERN)
    await happens(play.forward(BEN, elsewhere), reads="[forwarded message: the tavern is full]")
    await happens(play.poll(CLEO, "Tea?", ["Yes", "No"]), reads="[poll: Tea? - Yes, No]")
    await happens(play.sticker(BEN, "wave", 3), reads="[sticker: wave]")
    voice = ("voice-message.ogg", "audio/ogg", b"OggS")
    await happens(play.voice(ADA, voice, 3.2), reads="[voice message: 3 s]")
    late = await evening.say(CLEO, "look: https://example.org/late")
    await evening.unfold(
        late, {"title": "Too late", "type": "link"},
        reads="look: https://example.org/late\n[embed: Too late]",
    )  # fmt: skip
    await happens(
        unfolding(evening, ADA, "@Juniper see https://example.org/tea", "The Tea House"),
        "Juniper",
        reads="@Juniper see https://example.org/tea\n[embed: The Tea House]",
    )
    await evening.say(BEN, "@Captain Sable, did you see all that?", "Captain Sable")


async def others_speak_for_them(evening: Evening) -> None:
    proxied = evening.proxied
    await proxied(BEN, "@Juniper good evening from me", "Luna", "Juniper")
    for order in ("copy_first", "delete_first"):
        await proxied(
            CLEO, f"@Juniper I am new here, {order}", "Sol", "Juniper",
            application=ANOTHER_PROXY, order=order,
        )  # fmt: skip
    # A webhook that somebody made speaks for itself, under whatever names.
    await proxied(CLEO, "@Juniper by hand", "Sol", "Juniper", application=None)
    await evening.happens(evening.webhook("Weather", "@Juniper it will rain cats"), who="Weather")
    await evening.happens(evening.webhook("News", "@Juniper a whale was seen"), who="News")
    await evening.say(CLEO, "@Juniper did you hear the news?", "Juniper")


async def they_link(evening: Evening) -> None:
    say = evening.say
    cellar = await evening.playground.channel(GUILD, "cellar", private_to=[CLEO])
    code = await evening.playground.say(CLEO, "the door's code is 4711", cellar["id"])
    there = url_of(code, GUILD)
    place = "in #cellar on “The Playground”"
    quoted = f"- The message links to what Cleo said {place}: “the door's code is 4711”"
    linked = await say(CLEO, f"@Juniper see {there}", "Juniper", holds=[quoted])
    evening.secrets.append("4711")
    await say(BEN, f"@Juniper what is in {there}", "Juniper", lacks=["- The message links"])
    await say(
        BEN, "@Juniper and this?", "Juniper", to=linked,
        holds=["- The message replies to what Cleo said above: “@Juniper see https"],
    )  # fmt: skip
    await say(
        ADA, f"@Captain Sable and @Juniper, see {url_of(linked, GUILD)}", "Captain Sable, Juniper",
        holds=["- The message links to what Cleo said above: “@Juniper see https"],
    )  # fmt: skip


async def they_speak_alone(evening: Evening) -> None:
    dm = (await evening.playground.dm(BEN))["id"]
    evening.called[BEN] = "Ben"
    alone = await evening.say(BEN, "@Juniper I am afraid of spiders", "Juniper", room=dm)
    # Nothing of the server is in it.
    assert "Cleo" not in evening.prompts[0].told
    evening.called[BEN] = "Big Ben"
    evening.secrets.append("spiders")
    await evening.say(BEN, "@Juniper what did I tell you?", "Juniper")
    await evening.say(CLEO, f"@Juniper and {url_of(alone, '@me')}", "Juniper")


async def it_is_cleared(evening: Evening) -> None:
    await evening.quiet()
    last_said = await last(evening, "Juniper")
    await ClearStore(evening.database).clear(int(LOUNGE), up_to=int(last_said["id"]), by=int(ADA))
    evening.clear(last_said)
    await evening.say(ADA, "@Juniper where were we?", "Juniper", lacks=["- The message"])
    # What was cleared is not brought back by a reply or a link.
    await evening.say(ADA, "@Juniper this?", "Juniper", to=last_said, lacks=["- The message"])
    # What a burst refers to counts in all of it.
    tavern = (await evening.playground.messages(TAVERN))[0]
    await evening.burst(
        BEN, [f"@Juniper see {url_of(tavern, GUILD)}", "what is that?"], "Juniper",
        holds=["- The message links to what Big Ben said in #tavern on “The Playground”: “the"],
    )  # fmt: skip


async def there_are_two_bens(evening: Evening) -> None:
    await evening.playground.set_member(GUILD, BEN, [MODERATOR])
    await evening.playground.set_member(GUILD, CLEO, nick="Ben")
    evening.called |= {BEN: "Ben (@ben)", CLEO: "Ben (@cleo)"}
    await evening.say(BEN, "here I am again")
    await evening.say(CLEO, "@Juniper I am called Ben, too", "Juniper")
    # Nor does anybody take a character's name, who has not said a word yet.
    await PersonaStore(evening.database).create(int(CLEO), name="old tobin")
    evening.called |= {BEN: "Ben", CLEO: "old tobin (@cleo)"}
    tobin = evening.ids["Old Tobin"]
    await ChannelStore(evening.database).activate(
        int(LOUNGE), None, tobin, by=int(CLEO), talkativeness=0
    )
    await evening.say(BEN, "@Juniper who is that?", "Juniper", holds=["- Old Tobin: "])


async def tobin_speaks_up(evening: Evening) -> None:
    channels, say = ChannelStore(evening.database), evening.say
    tobin, juniper = evening.ids["Old Tobin"], evening.ids["Juniper"]
    await channels.set_talkativeness(int(LOUNGE), None, tobin, 1)
    await say(BEN, "is anybody awake?", "Old Tobin")
    # A character that names another one is not answered.
    evening.model.enqueue(Reply.text("Ask @Captain Sable, not me."))
    await say(ADA, "@Juniper are you?", "Juniper, Old Tobin")
    thread = (await evening.playground.thread(CLEO, "the back room"))["id"]
    place = (
        "This is the thread “the back room” in the channel #lounge on the server “The Playground”."
    )
    evening.cleared.pop(LOUNGE)
    await say(CLEO, "is it quiet here?", "Old Tobin", room=thread, holds=[place])
    await channels.activate(int(LOUNGE), None, juniper, by=int(ADA))
    await setting(evening.database, "channel_rule", "list")
    await say(BEN, "good night, all", "Old Tobin, Juniper", room=thread, holds=[place])
    await say(BEN, "good night, @Juniper", "Juniper, Old Tobin", room=thread)


async def unfolding(evening: Evening, user: str, text: str, title: str) -> Payload:
    said = await evening.playground.say(user, text)
    await evening.playground.unfold(said, {"title": title, "type": "link"})
    return said


async def last(evening: Evening, speaker: str) -> Payload:
    found = await evening.playground.messages()
    return next(one for one in found if one["author"]["username"] == speaker)
