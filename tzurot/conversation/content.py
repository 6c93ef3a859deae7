"""What a Discord message says besides its text, in words and as pictures that can be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import hikari

from tzurot.conversation.incoming import ImageKind, ImageLink
from tzurot.conversation.marks import CUSTOM_EMOJI
from tzurot.plain import bracketed, one_line, typed

LONGEST_EMBED: Final = 1500
"""Characters told of one embed."""
MOST_EMBEDS: Final = 5
MOST_IMAGES: Final = 10
_PICTURE_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")
_CDN: Final = "https://cdn.discordapp.com"
_NO_PICTURE: Final = {hikari.StickerFormatType.LOTTIE}


def words_of(message: hikari.PartialMessage) -> str:
    """Return what was said in words: the text, and a line for all else that stands in it."""
    parts = [_with_emoji_named(message.content or "")]
    parts += _forwarded(message)
    parts += [_file(one) for one in message.attachments or ()]
    parts += [bracketed("sticker", one_line(one.name)) for one in message.stickers or ()]
    if message.poll:
        parts.append(_poll(message.poll))
    parts += [_embed(one) for one in list(message.embeds or ())[:MOST_EMBEDS]]
    return "\n".join(part for part in parts if part)


def images_of(message: hikari.PartialMessage) -> tuple[ImageLink, ...]:
    """Return the pictures of a message, a forwarded one's too, in an order that stays."""
    found = [*_attached(message.attachments or ())]
    for snapshot in message.message_snapshots or ():
        found += _attached(snapshot.attachments or ())
    found += [
        ImageLink(url=str(one.make_url()), kind=ImageKind.STICKER, name=one.name)
        for one in message.stickers or ()
        if one.format_type not in _NO_PICTURE
    ]
    found += [
        ImageLink(
            url=f"{_CDN}/emojis/{emoji[3]}.{'gif' if emoji[1] else 'png'}",
            kind=ImageKind.EMOJI,
            name=emoji[2],
        )
        for emoji in CUSTOM_EMOJI.finditer(message.content or "")
    ]
    # Last, because links unfold later: what stood before keeps its place.
    found += _embedded(message.embeds or ())
    return tuple({one.url: one for one in found}.values())[:MOST_IMAGES]


def _with_emoji_named(text: str) -> str:
    return CUSTOM_EMOJI.sub(lambda emoji: f":{emoji[2]}:", typed(text))


def _forwarded(message: hikari.PartialMessage) -> Iterator[str]:
    for snapshot in message.message_snapshots or ():
        said = [_with_emoji_named(snapshot.content or "")]
        said += [_file(one) for one in snapshot.attachments or ()]
        said += [_embed(one) for one in list(snapshot.embeds or ())[:MOST_EMBEDS]]
        text = "\n".join(part for part in said if part)
        yield bracketed("forwarded message", text) if text else "[forwarded message]"


def _file(attachment: hikari.Attachment) -> str:
    kind = (attachment.media_type or "").split(";")[0]
    if attachment.duration:
        return f"[voice message: {attachment.duration:.0f} s]"
    word = "image" if kind in _PICTURE_TYPES else "file"
    told = [attachment.filename, attachment.description or ""]
    return bracketed(word, ": ".join(part for part in map(one_line, told) if part))


def _poll(poll: hikari.Poll) -> str:
    answers = ", ".join(answer.poll_media.text for answer in poll.answers if answer.poll_media.text)
    return bracketed("poll", one_line(f"{poll.question.text or ''} - {answers}"))


def _embed(embed: hikari.Embed) -> str:
    parts = [
        embed.author.name if embed.author else None,
        embed.title,
        embed.description,
        *(f"{field.name}: {field.value}" for field in embed.fields),
        embed.footer.text if embed.footer else None,
    ]
    text = " | ".join(one_line(part) for part in parts if part)
    return bracketed("embed", text[:LONGEST_EMBED]) if text else ""


def _attached(attachments: Iterable[hikari.Attachment]) -> Iterator[ImageLink]:
    for one in attachments:
        kind = (one.media_type or "").split(";")[0]
        if kind in _PICTURE_TYPES:
            yield ImageLink(
                url=one.url,
                kind=ImageKind.ATTACHMENT,
                name=one.filename,
                media_type=kind,
                size=one.size,
                description=one.description or "",
            )


def _embedded(embeds: Iterable[hikari.Embed]) -> Iterator[ImageLink]:
    for embed in embeds:
        picture = embed.image or embed.thumbnail
        if picture is not None:
            # Discord's own copy: the address itself is whatever somebody wrote.
            link = getattr(picture, "proxy_url", None) or picture.url
            yield ImageLink(url=str(link), kind=ImageKind.EMBED, name=embed.title or "embed")
