"""The clients of what lies outside, as the settings want them: models, pictures, PluralKit."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http.client import NOT_FOUND
from typing import Final
from urllib.parse import urlsplit

from loguru import logger
from pydantic import SecretStr

from tzurot.characters.capabilities import ModelCapabilities
from tzurot.conversation.eyes import Describe
from tzurot.llm import (
    Catalogue,
    ChatRequest,
    ChatResult,
    ModelClient,
    ModelError,
    Patience,
    Service,
    Transport,
)
from tzurot.llm.messages import Image
from tzurot.llm.vision import describe_image
from tzurot.net import FetchError, Outside
from tzurot.settings import DISCORD_REST, PLURALKIT, Settings
from tzurot.storage.database import Database

_LARGEST_ANSWER: Final = 2**16
"""Bytes of PluralKit's answers."""
_KEY_LOOKED_AT_S: Final = 3600


def trusted(settings: Settings) -> list[str]:
    """Return the origins that the host's own settings name instead of Discord's and PluralKit's."""
    urls = (settings.discord_rest_url, settings.pluralkit_url)
    parts = [urlsplit(url) for url in urls if url not in {DISCORD_REST, PLURALKIT}]
    return [f"{one.scheme}://{one.netloc}" for one in parts]


async def fetch(outside: Outside, url: str) -> bytes | None:
    """Return what is at an address, None when nothing is. Raises FetchError for all else."""
    try:
        fetched = await outside.get(url, most_bytes=_LARGEST_ANSWER, timeout_s=5)
    except FetchError as error:
        if error.status == NOT_FOUND:
            return None
        raise
    return fetched.content


def describing(settings: Settings, client: ModelClient) -> Describe | None:
    """Return what asks the model that sees, if the host named one."""
    model = settings.vision_model
    if model is None:
        return None

    async def ask(request: ChatRequest) -> ChatResult:
        return await client.complete(request, settings.openrouter_api_key)

    async def describe(image: Image) -> str:
        return await describe_image(ask, image, model=model)

    return describe


def model_client(settings: Settings, database: Database, stack: AsyncExitStack) -> ModelClient:
    """Return the client; what the service tells of its models and our key is read beside."""
    service = Service.at(
        settings.openrouter_base_url, settings.model_server, app_url=settings.public_url
    )
    transport = Transport(service)
    stack.push_async_callback(transport.aclose)
    catalogue = Catalogue(transport)
    client = ModelClient(
        transport,
        patience=Patience.within(settings.model_timeout_seconds),
        catalogue=catalogue,
        capabilities=ModelCapabilities(database, str(service.base)),
    )
    # OpenRouter lists its models for everybody, most others only for who has a key.
    list_key = None if service.is_openrouter else settings.openrouter_api_key
    beside = [asyncio.create_task(catalogue.run(list_key))]
    if service.is_openrouter and settings.openrouter_api_key is not None:
        beside.append(asyncio.create_task(_look_at_key(client, settings.openrouter_api_key)))
    for task in beside:
        stack.callback(task.cancel)
    return client


async def _look_at_key(client: ModelClient, key: SecretStr) -> None:
    """Tell the host what nobody should find out from a failed answer, and again when it changes.

    What is left of free requests is read with it, so credit that was bought counts within the hour.
    """
    told = None
    while True:
        try:
            info = await client.look_at(key)
        except ModelError as error:
            news = f"The model key was not confirmed: {error.host_sentence}"
            level = "WARNING"
        else:
            news, level = "The model key is good", "INFO"
            if info.limit_remaining is not None:
                news += f"; it may still spend {info.limit_remaining:.2f} US dollars"
        if news != told:
            logger.log(level, "{}", news)
            told = news
        await asyncio.sleep(_KEY_LOOKED_AT_S)
