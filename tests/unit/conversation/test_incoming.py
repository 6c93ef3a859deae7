"""A message in the journal comes out as it went in, also when an older process wrote it."""

from __future__ import annotations

import json

from tzurot.conversation.incoming import ImageKind, ImageLink, Incoming, Member

FIRST = {
    "message_id": 100,
    "channel_id": 5,
    "guild_id": 7,
    "author_id": 9,
    "author_name": "Ada",
    "is_person": True,
    "content": "@Aria hello",
    "reply_to_id": None,
    "replies_to_us": False,
}
"""What version 1 wrote."""


def test_a_message_comes_back_whole() -> None:
    picture = ImageLink(url="https://cdn/a.png", kind=ImageKind.ATTACHMENT, name="a.png", size=10)
    incoming = Incoming(
        message_id=2**60,
        channel_id=5,
        guild_id=None,
        author_id=9,
        author_name="Ada",
        is_person=True,
        content="look",
        mentions=((3, "Ben"),),
        images=(picture,),
        member=Member(nickname="A.", roles=("Moderator",), joined="2024-05-31"),
    )
    assert Incoming.from_payload(json.loads(json.dumps(incoming.to_payload()))) == incoming


def test_what_an_older_process_wrote_is_read() -> None:
    found = Incoming.from_payload(FIRST)
    assert (found.content, found.images, found.member) == ("@Aria hello", (), None)
