"""Speaks for characters: through one webhook per channel, or as the bot itself in DMs."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import aiohttp
import hikari
from loguru import logger

from tzurot.characters.character import Character
from tzurot.characters.scope import Venue
from tzurot.characters.store import CharacterStore
from tzurot.conversation.ports import DeliveryError
from tzurot.conversation.webhooks import Webhook, WebhookStore

TYPING_EVERY_S: Final = 8
POST_TRIES: Final = 4
WEBHOOK_NAME: Final = "tzurot"
# Discord's JSON error codes.
_UNKNOWN_WEBHOOK: Final = 10015
_MAX_WEBHOOKS: Final = 30007
# Words that Discord does not take in a webhook's name.
_RESERVED = re.compile(r"(?<=d)(?=iscord)|(?<=c)(?=lyde)", re.IGNORECASE)
# After these nobody knows whether Discord stored the message.
_UNCLEAR = (hikari.HTTPError, aiohttp.ClientError, TimeoutError)


class NoWebhookError(Exception):
    """This channel does not let us have a webhook."""


class Delivery:
    """The speaker over Discord's REST API.

    `rest` is the bot's client. `webhook_rest` must not retry by itself: a repeated POST could post
    twice, so what happens after a fault is decided here.
    """

    def __init__(
        self,
        bot: hikari.GatewayBot,
        webhook_rest: hikari.api.RESTClient,
        webhooks: WebhookStore,
        characters: CharacterStore,
        *,
        public_url: str | None,
    ) -> None:
        self._bot = bot
        self._rest = bot.rest
        self._webhook_rest = webhook_rest
        self._webhooks = webhooks
        self._characters = characters
        self._public_url = public_url
        # One at a time per webhook's channel: it is made once, and wears one picture at a time.
        self._turn_at: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def account_id(self) -> int:
        """The bot's own user id."""
        me = self._bot.get_me()
        if me is None:
            msg = "the bot is not connected yet"
            raise DeliveryError(msg)
        return int(me.id)

    @asynccontextmanager
    async def typing(self, venue: Venue) -> AsyncIterator[None]:
        """Show the typing indicator for as long as the context lasts."""
        task = asyncio.create_task(self._keep_typing(venue.channel_id))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_typing(self, channel_id: int) -> None:
        try:
            while True:
                await self._rest.trigger_typing(channel_id)
                await asyncio.sleep(TYPING_EVERY_S)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.debug("Typing could not be shown: {}", error)

    async def say(self, venue: Venue, text: str, *, nonce: str) -> int:
        """Post one message in the bot's own name; return its id. Raises DeliveryError."""
        with _delivery_errors():
            return await self._post_plainly(venue, text, nonce)

    async def post(
        self, venue: Venue, character: Character, text: str, *, nonce: str, after: int
    ) -> int:
        """Post one message as the character; return its id. Raises DeliveryError."""
        with _delivery_errors():
            if venue.is_dm:
                return await self._post_plainly(venue, text, nonce)
            try:
                return await self._post_by_webhook(venue, character, text, after)
            except NoWebhookError as error:
                logger.warning("Speaking without a webhook: {}", error)
                return await self._post_plainly(venue, f"**{character.name}:** {text}", nonce)

    async def find(
        self, venue: Venue, character: Character, text: str, *, after: int
    ) -> int | None:
        """Return the id of this text if it was posted as the character after message `after`."""
        texts = {text, f"**{character.name}:** {text}"}
        async for message in self._rest.fetch_messages(venue.channel_id, after=after).limit(100):
            by_us = (message.application_id or message.author.id) == self.account_id
            if by_us and message.content in texts:
                return int(message.id)
        return None

    async def _post_plainly(self, venue: Venue, text: str, nonce: str) -> int:
        # The nonce lets Discord itself drop a repeated try.
        nonce = hashlib.sha256(nonce.encode()).hexdigest()[:25]
        message = await self._rest.create_message(venue.channel_id, text, nonce=nonce)
        return int(message.id)

    async def _post_by_webhook(
        self, venue: Venue, character: Character, text: str, after: int
    ) -> int:
        home = await self._home_of(venue)
        thread: hikari.UndefinedOr[hikari.Snowflake] = hikari.UNDEFINED
        if home != venue.channel_id:
            thread = hikari.Snowflake(venue.channel_id)
        async with self._turn_at[home]:
            tries = 0
            while True:
                tries += 1
                webhook = await self._webhook(home)
                webhook = await self._dressed(home, webhook, character)
                try:
                    message = await self._webhook_rest.execute_webhook(
                        webhook.id,
                        webhook.token,
                        text,
                        thread=thread,
                        username=webhook_username(character.name),
                        avatar_url=self._avatar_url(character),
                    )
                except hikari.NotFoundError as error:
                    if error.code != _UNKNOWN_WEBHOOK or tries >= POST_TRIES:
                        raise
                    await self._webhooks.forget(home)
                except hikari.ClientHTTPResponseError:
                    raise
                except _UNCLEAR as error:
                    if tries >= POST_TRIES:
                        raise
                    logger.warning("Unclear whether a message was posted, looking: {}", error)
                    await asyncio.sleep(0.5 * tries)
                    found = await self.find(venue, character, text, after=after)
                    if found is not None:
                        return found
                else:
                    return int(message.id)

    async def _home_of(self, venue: Venue) -> int:
        """Return the channel whose webhook speaks here: a thread's is its parent's."""
        channel = self._bot.cache.get_thread(venue.channel_id)
        if channel is not None:
            return int(channel.parent_id)
        if self._bot.cache.get_guild_channel(venue.channel_id) is not None:
            return venue.channel_id
        fetched = await self._rest.fetch_channel(venue.channel_id)
        if isinstance(fetched, hikari.GuildThreadChannel):
            return int(fetched.parent_id)
        return venue.channel_id

    async def _webhook(self, channel_id: int) -> Webhook:
        """Return the channel's webhook; find it, or make it, if it is not known."""
        if (known := await self._webhooks.get(channel_id)) is not None:
            return known
        try:
            hooks = await self._rest.fetch_channel_webhooks(channel_id)
            ours = (
                hook
                for hook in hooks
                if isinstance(hook, hikari.IncomingWebhook)
                and hook.application_id == self.account_id
                and hook.token
            )
            found = next(ours, None) or await self._rest.create_webhook(channel_id, WEBHOOK_NAME)
        except hikari.ForbiddenError as error:
            msg = "the permission Manage Webhooks is missing in this channel"
            raise NoWebhookError(msg) from error
        except hikari.BadRequestError as error:
            if error.code != _MAX_WEBHOOKS:
                raise
            msg = "this channel has as many webhooks as Discord allows"
            raise NoWebhookError(msg) from error
        webhook = Webhook(int(found.id), str(found.token), picture=None)
        await self._webhooks.put(channel_id, webhook)
        return webhook

    def _avatar_url(self, character: Character) -> str | hikari.UndefinedType:
        if self._public_url is None or character.avatar is None:
            return hikari.UNDEFINED
        return f"{self._public_url}/avatars/{character.avatar}"

    async def _dressed(self, channel_id: int, webhook: Webhook, character: Character) -> Webhook:
        """Without a public address the webhook itself carries the picture of who speaks."""
        if self._public_url is not None or webhook.picture == character.avatar:
            return webhook
        picture = None
        if character.avatar is not None:
            picture = await self._characters.picture(character.avatar)
        await self._rest.edit_webhook(
            webhook.id,
            avatar=hikari.Bytes(picture.content, "avatar", mimetype=picture.media_type)
            if picture
            else None,
        )
        return await self._webhooks.set_picture(channel_id, webhook, character.avatar)


@contextmanager
def _delivery_errors() -> Iterator[None]:
    try:
        yield
    except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
        msg = f"Discord did not take the message: {error}"
        raise DeliveryError(msg) from error


def webhook_username(name: str) -> str:
    """Return a name that Discord takes for a webhook: 1 to 80 characters, no reserved word.

    Source: Discord's documentation, Create Webhook. A hair space breaks a reserved word unseen.
    """
    return _RESERVED.sub("\u200a", name)[:80].strip() or "Character"
