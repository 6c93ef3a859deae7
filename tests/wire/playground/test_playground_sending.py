"""What people send beside plain words: forwards, links, polls, stickers, recordings, typing."""

from __future__ import annotations

import hikari
import httpx
import pytest

from tests.support.discord_bot import INTENTS, Listener, listening
from tests.support.interactions import attachment
from tests.support.playground import (
    ADA,
    BEN,
    GUILD,
    LOUNGE,
    TAVERN,
    TOKEN,
    Payload,
    Playground,
    PlaygroundError,
)

OGG = ("voice-message.ogg", "audio/ogg", b"OggS")
CAT = ("cat.txt", "text/plain", b"meow")


async def test_a_message_is_passed_on(playground: Playground, bot: Listener) -> None:
    source = await playground.say("ada", f"hey <@{BEN}>", TAVERN, files=[CAT])
    sent = await playground.forward("ben", source)
    heard = await bot.next(hikari.GuildMessageCreateEvent, lambda event: event.author_id == 3002)
    assert (heard.content, heard.channel_id) == (None, int(LOUNGE))
    reference = sent["message_reference"]
    assert reference == {
        "type": 1,
        "guild_id": GUILD,
        "channel_id": TAVERN,
        "message_id": source["id"],
    }
    (snapshot,) = heard.message.message_snapshots
    assert snapshot.content == f"hey <@{BEN}>"
    assert [each.filename for each in snapshot.attachments or ()] == ["cat.txt"]
    assert sent["flags"] & 1 << 14
    assert "referenced_message" not in sent
    # What is passed on once more is still the first.
    again = await playground.forward("ada", sent, TAVERN)
    assert again["message_snapshots"] == sent["message_snapshots"]


async def test_only_what_one_may_read_is_passed_on(playground: Playground) -> None:
    vault = await playground.channel(GUILD, "vault", private_to=[BEN])
    secret = await playground.say("ben", "secret", vault["id"])
    with pytest.raises(PlaygroundError, match="403: cleo cannot see that channel"):
        await playground.forward("cleo", secret)
    for more, sentence in (
        ({"forward": "x"}, "forward must be an object"),
        ({"forward": {"channel": LOUNGE}}, "message must be an id"),
        ({"forward": {"channel": LOUNGE, "message": "77"}}, "Unknown message"),
        ({"forward": {"channel": LOUNGE, "message": "7"}, "content": "x"}, "no words of one's own"),
    ):
        with pytest.raises(PlaygroundError, match=f"400: .*{sentence}"):
            await playground.send("ben", **more)


async def test_a_link_is_unfolded(playground: Playground, bot: Listener) -> None:
    said = await playground.say("ada", "https://example.com/a")
    card = {
        "title": "An example",
        "description": "of a page",
        "url": "https://example.com/a",
        "provider": {"name": "Example", "url": "https://example.com"},
    }
    shown = await playground.unfold(said, card, {**card, "type": "article"})
    assert [each["type"] for each in shown["embeds"]] == ["link", "article"]
    assert shown["edited_timestamp"] is None
    changed = await bot.next(hikari.GuildMessageUpdateEvent)
    assert changed.message.edited_timestamp is None
    assert changed.message.content == said["content"]
    assert [each.title for each in changed.message.embeds or ()] == ["An example"] * 2
    with pytest.raises(PlaygroundError, match=r"400: embeds\.0\.title"):
        await playground.unfold(said, {"title": "x" * 257})
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with httpx.AsyncClient(base_url=playground.rest_url, headers=headers) as http:
        path = f"/channels/{LOUNGE}/messages/{said['id']}"
        assert (await http.patch(path, json={"flags": 1 << 2})).status_code == 200
    with pytest.raises(PlaygroundError, match="400: that message shows nothing"):
        await playground.unfold(said, card)


async def test_a_poll(playground: Playground, bot: Listener) -> None:
    sent = await playground.poll("ada", "Tea?", ["Yes", "No"])
    heard = await bot.next(hikari.GuildMessageCreateEvent)
    poll = heard.message.poll
    assert poll is not None
    assert poll.question.text == "Tea?"
    assert [each.poll_media.text for each in poll.answers] == ["Yes", "No"]
    assert sent["content"] == ""
    for poll_body in ({"question": "Tea?"}, {"question": "", "answers": ["Yes"]}, {"answers": [1]}):
        with pytest.raises(PlaygroundError, match=r"400: poll\."):
            await playground.send("ada", poll=poll_body)


async def test_a_poll_is_content(playground: Playground) -> None:
    blind = INTENTS & ~hikari.Intents.MESSAGE_CONTENT
    async with listening(playground, blind) as bot:
        await playground.poll("ada", "Tea?", ["Yes", "No"])
        assert (await bot.next(hikari.GuildMessageCreateEvent)).message.poll is None


async def test_stickers(playground: Playground, bot: Listener) -> None:
    kinds = {1: "image/png", 2: "image/png", 3: "application/json", 4: "image/gif"}
    for kind, content_type in kinds.items():
        sent = await playground.sticker("ada", f"wave {kind}", kind)
        (item,) = sent["sticker_items"]
        heard = await bot.next(hikari.GuildMessageCreateEvent)
        bot.forget()
        assert [each.name for each in heard.message.stickers] == [f"wave {kind}"]
        assert heard.message.stickers[0].format_type == kind
        async with httpx.AsyncClient(base_url=playground.url) as http:
            picture = await http.get(f"/cdn/stickers/{item['id']}.png")
            assert picture.headers["content-type"].split(";")[0] == content_type
            headers = {"Authorization": f"Bot {TOKEN}"}
            found = await http.get(f"/api/v10/stickers/{item['id']}", headers=headers)
            assert found.json()["name"] == item["name"]
            for unknown in ("77", "x"):
                assert (await http.get(f"/cdn/stickers/{unknown}.png")).status_code == 404
            missing = await http.get("/api/v10/stickers/77", headers=headers)
            assert missing.json()["code"] == 10060
    again = await playground.sticker("ben", "wave 4", 4)
    assert again["sticker_items"] == [item]
    passed = await playground.forward("ben", again)
    assert passed["message_snapshots"][0]["message"]["sticker_items"] == [item]
    for wrong in ([{"name": "x"}], [{"name": "x", "format_type": 5}], "x"):
        with pytest.raises(PlaygroundError, match="400: stickers"):
            await playground.send("ada", stickers=wrong)


async def test_a_voice_message(playground: Playground, bot: Listener) -> None:
    sent = await playground.voice("ada", OGG, 2.5)
    heard = await bot.next(hikari.GuildMessageCreateEvent)
    assert heard.message.flags & hikari.MessageFlag.IS_VOICE_MESSAGE
    (recording,) = heard.message.attachments
    assert (recording.duration, recording.waveform) == (2.5, "AAECAwQ=")
    with pytest.raises(PlaygroundError, match="400: Voice messages cannot be edited"):
        await playground.edit("ada", sent, "words")
    whole: Payload = attachment(OGG, duration_secs=1, waveform="AA==")
    for attachments, content, sentence in (
        ([whole], "words", "do not support additional content"),
        ([whole, whole], "", "must have a single audio attachment"),
        ([attachment(CAT, duration_secs=1, waveform="AA==")], "", "must have a single audio"),
        ([attachment(OGG, waveform="AA==")], "", "must have supporting metadata"),
        ([attachment(OGG, duration_secs="1", waveform="AA==")], "", "must be a number"),
    ):
        with pytest.raises(PlaygroundError, match=f"400: .*{sentence}"):
            await playground.send("ada", content=content, attachments=attachments)


async def test_a_file_is_described(playground: Playground, bot: Listener) -> None:
    await playground.say("ada", "look", files=[attachment(CAT, description="A cat, speaking")])
    (file,) = (await bot.hears("look")).message.attachments
    assert file.description == "A cat, speaking"
    with pytest.raises(PlaygroundError, match="400: the description of an attachment"):
        await playground.say("ada", "look", files=[attachment(CAT, description=5)])


async def test_an_emoji_of_a_server_stays_text(playground: Playground, bot: Listener) -> None:
    await playground.say("ada", "<:wave:123> <a:dance:456>")
    await bot.hears("<:wave:123> <a:dance:456>")


async def test_who_types_is_told(playground: Playground) -> None:
    async with listening(playground, INTENTS | hikari.Intents.DM_MESSAGE_TYPING) as bot:
        await playground.type("ben")
        here = await bot.next(hikari.GuildTypingEvent)
        assert (here.user_id, here.channel_id) == (int(BEN), int(LOUNGE))
        assert here.member.username == "ben"
        direct = await playground.dm("ada")
        await playground.type("ada", direct["id"])
        there = await bot.next(hikari.DMTypingEvent)
        assert (there.user_id, there.channel_id) == (int(ADA), int(direct["id"]))
    async with listening(playground, INTENTS & ~hikari.Intents.GUILD_MESSAGE_TYPING) as bot:
        await playground.type("ben")
        await playground.say("ben", "done")
        await bot.hears("done")
        assert bot.seen(hikari.GuildTypingEvent) == []
