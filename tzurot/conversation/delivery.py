"""Speaks for characters: through one webhook per channel, or as the bot itself in DMs."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import aiohttp
import hikari
from loguru import logger

from tzurot.characters.character import Character
from tzurot.characters.scope import Venue
from tzurot.characters.store import CharacterStore
from tzurot.conversation.directory import is_ours, told
from tzurot.conversation.ports import Button, DeliveryError
from tzurot.conversation.webhooks import Webhook, WebhookStore
from tzurot.history.answers import Answers

TYPING_EVERY_S: Final = 8
POST_TRIES: Final = 4
LOOK_TRIES: Final = 3
WEBHOOK_NAME: Final = "tzurot"
# Discord's JSON error codes.
_UNKNOWN_WEBHOOK: Final = 10015
_MAX_WEBHOOKS: Final = 30007
# Words that Discord does not take in a webhook's name.
_RESERVED = re.compile(r"(?<=d)(?=iscord)|(?<=c)(?=lyde)", re.IGNORECASE)
# After these nobody knows whether Discord stored the message.
_UNCLEAR = (hikari.HTTPError, aiohttp.ClientError, TimeoutError)


_Thread = hikari.UndefinedOr[hikari.Snowflake]


class NoWebhookError(Exception):
    """This channel does not let us have a webhook."""


class Delivery:
    """The speaker over Discord's REST API.

    `rest` is the bot's client. `webhook_rest` must not retry by itself: a repeated POST could post
    twice, so what happens after a fault is decided here.
    """

    def __init__(  # noqa: PLR0913  built once, by the composition root
        self,
        bot: hikari.GatewayBot,
        webhook_rest: hikari.api.RESTClient,
        webhooks: WebhookStore,
        characters: CharacterStore,
        answers: Answers,
        *,
        public_url: str | None,
    ) -> None:
        self._bot = bot
        self._rest = bot.rest
        self._webhook_rest = webhook_rest
        self._webhooks = webhooks
        self._characters = characters
        self._answers = answers
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
    async def typing(self, venue: Venue) -> AsyncIterator[Callable[[], object]]:
        """Show the typing indicator for as long as the context lasts; it gives what ends it."""
        task = asyncio.create_task(self._keep_typing(venue.channel_id))
        try:
            yield task.cancel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_typing(self, channel_id: int) -> None:
        try:
            while True:
                await self._rest.trigger_typing(channel_id)
                await asyncio.sleep(TYPING_EVERY_S)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.debug("Typing could not be shown: {}", told(error))

    async def say(
        self, venue: Venue, text: str, *, nonce: str, button: Button | None = None
    ) -> int:
        """Post one message in the bot's own name; return its id. Raises DeliveryError."""
        row: hikari.UndefinedOr[hikari.api.ComponentBuilder] = hikari.UNDEFINED
        if button is not None:
            row = hikari.impl.MessageActionRowBuilder()
            row.add_interactive_button(
                hikari.ButtonStyle.SECONDARY, button.custom_id, label=button.label
            )
        with _delivery_errors():
            return await self._post_plainly(venue, text, nonce, row)

    async def find_ours(self, venue: Venue, text: str, *, after: int) -> int | None:
        """Return the id of this text if the bot itself said it. Raises DeliveryError."""
        with _delivery_errors():
            found = await self._rest.fetch_messages(venue.channel_id, after=after).limit(100)
        ours = (one for one in found if one.author.id == self.account_id)
        return next((int(one.id) for one in ours if one.content == text), None)

    async def ask_in_private(
        self, user_id: int, text: str, *, label: str, custom_id: str
    ) -> tuple[int, int]:
        """Ask somebody something in their direct messages, with a button to answer."""
        row = hikari.impl.MessageActionRowBuilder()
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, custom_id, label=label)
        with _delivery_errors():
            channel = await self._rest.create_dm_channel(user_id)
            message = await self._rest.create_message(channel, text, component=row)
        return int(channel.id), int(message.id)

    async def remove(self, channel_id: int, message_id: int) -> None:
        """Take a message of ours away; that it cannot be taken away costs only that."""
        try:
            await self._rest.delete_message(channel_id, message_id)
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("A message of ours could not be taken away: {}", told(error))

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
                return await self._post_plainly(venue, _labelled(character, text), nonce)

    async def edit(
        self, venue: Venue, character: Character, message_id: int, text: str, *, tries: int
    ) -> bool:
        """Let a message of ours say something else; False when it is not there any more."""

        async def by_webhook(webhook: Webhook, thread: _Thread) -> None:
            await self._webhook_rest.edit_webhook_message(
                webhook.id, webhook.token, message_id, text, thread=thread
            )

        async def plainly() -> None:
            said = text if venue.is_dm else _labelled(character, text)
            await self._rest.edit_message(venue.channel_id, message_id, said)

        return await self._change(venue, by_webhook, plainly, tries)

    async def take_back(self, venue: Venue, message_id: int) -> None:
        """Take a message of ours away, whoever seems to have said it. Raises DeliveryError."""

        async def by_webhook(webhook: Webhook, thread: _Thread) -> None:
            await self._webhook_rest.delete_webhook_message(
                webhook.id, webhook.token, message_id, thread=thread
            )

        async def plainly() -> None:
            await self._rest.delete_message(venue.channel_id, message_id)

        await self._change(venue, by_webhook, plainly, POST_TRIES)

    async def _change(
        self,
        venue: Venue,
        by_webhook: Callable[[Webhook, _Thread], Awaitable[None]],
        plainly: Callable[[], Awaitable[None]],
        tries: int,
    ) -> bool:
        """Do to a message what can be done twice; False when there is no such message."""
        for tried in range(tries):
            await asyncio.sleep(0.5 * tried)
            with _delivery_errors():
                try:
                    webhook = None if venue.is_dm else await self._known_webhook(venue)
                    if webhook is not None:
                        with suppress(hikari.NotFoundError):  # then it was said without a webhook
                            await by_webhook(*webhook)
                            return True
                    await plainly()
                except hikari.NotFoundError:
                    return False
                except hikari.ClientHTTPResponseError:
                    raise
                except _UNCLEAR as error:
                    logger.warning("A message could not be changed: {}", told(error))
                else:
                    return True
        msg = "Discord did not change the message, or did not say so"
        raise DeliveryError(msg, is_final=False)

    async def _known_webhook(self, venue: Venue) -> tuple[Webhook, _Thread] | None:
        """Return the webhook that speaks there, if there is one, and the thread to name to it."""
        home = await self._home_of(venue)
        webhook = await self._webhooks.get(home)
        return None if webhook is None else (webhook, _thread(venue, home))

    async def find(
        self, venue: Venue, character: Character, text: str, *, after: int
    ) -> int | None:
        """Return the id of this text if it was posted as the character after message `after`."""
        with _delivery_errors(is_final=False):
            found = await self._rest.fetch_messages(venue.channel_id, after=after).limit(100)
        by_webhook = {(text, webhook_username(character.name))}
        candidates = [
            int(message.id)
            for message in found
            if is_ours(self._bot, message)
            and (
                (message.content, message.author.username) in by_webhook
                if message.webhook_id
                else message.content in {text, _labelled(character, text)}
            )
        ]
        taken = await self._answers.speakers(venue.channel_id, candidates)
        return next((one for one in candidates if one not in taken), None)

    async def _post_plainly(
        self,
        venue: Venue,
        text: str,
        nonce: str,
        row: hikari.UndefinedOr[hikari.api.ComponentBuilder] = hikari.UNDEFINED,
    ) -> int:
        # The nonce lets Discord itself drop a repeated try.
        nonce = hashlib.sha256(nonce.encode()).hexdigest()[:25]
        message = await self._rest.create_message(
            venue.channel_id, text, nonce=nonce, component=row
        )
        return int(message.id)

    async def _post_by_webhook(
        self, venue: Venue, character: Character, text: str, after: int
    ) -> int:
        home = await self._home_of(venue)
        thread = _thread(venue, home)
        async with self._turn_at[home]:
            for tried in range(POST_TRIES):
                if tried:
                    await asyncio.sleep(0.5 * tried)
                try:
                    webhook = await self._dressed(home, await self._webhook(home), character)
                    message = await self._webhook_rest.execute_webhook(
                        webhook.id,
                        webhook.token,
                        text,
                        thread=thread,
                        username=webhook_username(character.name),
                        avatar_url=self._avatar_url(character),
                    )
                except hikari.NotFoundError as error:
                    if error.code != _UNKNOWN_WEBHOOK:
                        raise
                    await self._webhooks.forget(home)
                except hikari.ClientHTTPResponseError:
                    raise
                except _UNCLEAR as error:
                    logger.warning("Unclear whether a message was posted: {}", told(error))
                    found = await self._look(venue, character, text, after)
                    if found is not None:
                        return found
                else:
                    return int(message.id)
        msg = "Discord did not take the message, or did not say so"
        raise DeliveryError(msg, is_final=False)

    async def _look(self, venue: Venue, character: Character, text: str, after: int) -> int | None:
        """Look for a message that may be there. Raises DeliveryError when nobody can tell."""
        for tried in range(LOOK_TRIES):
            await asyncio.sleep(0.5 * tried)
            try:
                return await self.find(venue, character, text, after=after)
            except DeliveryError as error:
                logger.warning("Nor could the channel be read: {}", error)
        # To post again now might be to post twice: the next start looks once more.
        msg = "it is unclear whether the message was posted, and the channel cannot be read"
        raise DeliveryError(msg, is_final=False)

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
            found = await self._existing_webhook(channel_id)
            if found is None:
                try:
                    found = await self._webhook_rest.create_webhook(channel_id, WEBHOOK_NAME)
                except hikari.ClientHTTPResponseError:
                    raise
                except _UNCLEAR:
                    # It may have been made all the same.
                    found = await self._existing_webhook(channel_id)
                    if found is None:
                        raise
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

    async def _existing_webhook(self, channel_id: int) -> hikari.IncomingWebhook | None:
        for hook in await self._rest.fetch_channel_webhooks(channel_id):
            if (
                isinstance(hook, hikari.IncomingWebhook)
                and hook.application_id == self.account_id
                and hook.token
            ):
                return hook
        return None

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
        # Unknown until it is done: whoever speaks next must not take it for their own.
        webhook = await self._webhooks.set_picture(channel_id, webhook, None)
        try:
            await self._rest.edit_webhook(
                webhook.id,
                token=webhook.token,
                avatar=hikari.Bytes(picture.content, "avatar", mimetype=picture.media_type)
                if picture
                else None,
            )
        except hikari.NotFoundError:
            raise
        except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
            logger.warning("The picture could not be changed: {}", told(error))
            return webhook
        return await self._webhooks.set_picture(channel_id, webhook, character.avatar)


def _thread(venue: Venue, home: int) -> _Thread:
    return hikari.UNDEFINED if home == venue.channel_id else hikari.Snowflake(venue.channel_id)


def _labelled(character: Character, text: str) -> str:
    return f"**{character.name}:** {text}"


@contextmanager
def _delivery_errors(*, is_final: bool = True) -> Iterator[None]:
    try:
        yield
    except (hikari.HikariError, aiohttp.ClientError, TimeoutError) as error:
        # Not raised from it: its text and its traceback hold addresses with tokens in them.
        final = is_final and isinstance(error, hikari.ClientHTTPResponseError)
        raise DeliveryError(told(error), is_final=final) from None


def webhook_username(name: str) -> str:
    """Return a name that Discord takes for a webhook: 1 to 80 characters, no reserved word.

    Source: Discord's documentation, Create Webhook. A hair space breaks a reserved word unseen.
    """
    return _RESERVED.sub("\u200a", name)[:80].strip() or "Character"
