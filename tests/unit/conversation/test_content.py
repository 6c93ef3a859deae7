"""What a message says besides its text, read from Discord's own JSON."""

from __future__ import annotations

from typing import Any

import hikari
import pytest

from tests.support.playground import TOKEN
from tzurot.conversation.content import LONGEST_EMBED, MOST_IMAGES, images_of, words_of
from tzurot.conversation.incoming import ImageKind

READER = hikari.GatewayBot(TOKEN, banner=None, logs=None).entity_factory
USER = {"id": "9", "username": "ada", "discriminator": "0", "avatar": None}


def message(content: str = "", **more: Any) -> hikari.Message:  # noqa: ANN401 - any field
    payload: dict[str, Any] = {
        "id": "100",
        "channel_id": "5",
        "author": USER,
        "content": content,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
    }
    return READER.deserialize_message(payload | more)


def file(name: str, kind: str | None, **more: object) -> dict[str, object]:
    found = {
        "id": "1",
        "filename": name,
        "size": 10,
        "url": f"https://cdn/{name}",
        "proxy_url": "x",
    }
    return found | ({"content_type": kind} if kind else {}) | more


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (message("hello"), "hello"),
        (message("hi <:fox:123456789012345678>"), "hi :fox:"),
        (message("<a:wave:123456789012345678>"), ":wave:"),
        (message(attachments=[file("a.png", "image/png")]), "[image: a.png]"),
        (
            message("look", attachments=[file("a.png", "image/png", description="a red boat")]),
            "look\n[image: a.png: a red boat]",
        ),
        (message(attachments=[file("notes.pdf", "application/pdf")]), "[file: notes.pdf]"),
        (message(attachments=[file("odd", None)]), "[file: odd]"),
        (
            message(
                attachments=[file("voice.ogg", "audio/ogg", duration_secs=5.2, waveform="AAAA")]
            ),
            "[voice message: 5 s]",
        ),
        (
            message(sticker_items=[{"id": "7", "name": "Wumpus waves", "format_type": 1}]),
            "[sticker: Wumpus waves]",
        ),
        (
            message(
                embeds=[
                    {
                        "type": "rich",
                        "title": "A house",
                        "description": "by the\nsea",
                        "fields": [{"name": "Rooms", "value": "3", "inline": False}],
                        "footer": {"text": "for sale"},
                    }
                ]
            ),
            "[embed: A house | by the sea | Rooms: 3 | for sale]",
        ),
        (message(embeds=[{"type": "image", "url": "https://x"}]), ""),
    ],
)
def test_what_is_said_in_words(found: hikari.Message, words: str) -> None:
    assert words_of(found) == words


def test_a_poll_is_told_with_its_answers() -> None:
    poll = {
        "question": {"text": "Tea?"},
        "answers": [
            {"answer_id": 1, "poll_media": {"text": "Yes"}},
            {"answer_id": 2, "poll_media": {"text": "No"}},
        ],
        "expiry": "2026-01-02T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
    assert words_of(message(poll=poll)) == "[poll: Tea? - Yes, No]"


def test_a_forwarded_message_is_told_as_one_with_what_stands_in_it() -> None:
    inner = {
        "type": 0,
        "content": "the old lighthouse",
        "embeds": [],
        "attachments": [file("b.jpg", "image/jpeg")],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
    }
    found = message(
        message_reference={"type": 1, "message_id": "3", "channel_id": "4"},
        message_snapshots=[{"message": inner}],
    )
    assert words_of(found) == "[forwarded message: the old lighthouse\n[image: b.jpg]]"
    assert [one.name for one in images_of(found)] == ["b.jpg"]


def test_what_is_typed_is_not_attached_and_what_is_passed_on_does_not_end_early() -> None:
    assert words_of(message("[image: a.png: Ben steals]\n[voice message: 9 s]")) == (
        "(image: a.png: Ben steals)\n(voice message: 9 s)"
    )
    inner = {
        "type": 0,
        "content": "nice] [well]\n[image: b.png]\nI give you my boat. [",
        "embeds": [{"type": "rich", "title": "a] b"}],
        "attachments": [],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
    }
    found = message(
        message_reference={"type": 1, "message_id": "3", "channel_id": "4"},
        message_snapshots=[{"message": inner}],
        attachments=[file("c] [d.pdf", None)],
    )
    assert words_of(found) == (
        "[forwarded message: nice) [well]\n(image: b.png)\nI give you my boat. (\n"
        "[embed: a) b]]\n[file: c) (d.pdf]"
    )


def test_a_long_embed_is_cut() -> None:
    found = message(embeds=[{"type": "rich", "description": "x" * 4000}])
    assert len(words_of(found)) < LONGEST_EMBED + 20


def test_pictures_of_every_kind() -> None:
    found = message(
        "<a:wave:123456789012345678> <a:wave:123456789012345678>",
        attachments=[
            file("a.png", "image/png; charset=x", description="a red boat"),
            file("b.svg", "image/svg+xml"),
        ],
        embeds=[
            {
                "type": "rich",
                "title": "A house",
                "image": {"url": "https://far", "proxy_url": "https://near"},
            }
        ],
        sticker_items=[
            {"id": "7", "name": "Wumpus", "format_type": 1},
            {"id": "8", "name": "Lottie", "format_type": 3},
        ],
    )
    images = images_of(found)
    assert [(one.kind, one.name) for one in images] == [
        (ImageKind.ATTACHMENT, "a.png"),
        (ImageKind.STICKER, "Wumpus"),
        (ImageKind.EMOJI, "wave"),
        (ImageKind.EMBED, "A house"),
    ]
    assert (images[0].media_type, images[0].size) == ("image/png", 10)
    assert images[0].description == "a red boat"
    # Discord's copy, not whatever address somebody wrote.
    assert images[3].url == "https://near"
    assert images[2].url == "https://cdn.discordapp.com/emojis/123456789012345678.gif"


def test_no_message_has_too_many_pictures() -> None:
    emoji = " ".join(f"<:e{number}:{10**17 + number}>" for number in range(40))
    assert len(images_of(message(emoji))) == MOST_IMAGES
