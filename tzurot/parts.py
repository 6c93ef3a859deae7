"""Makes the parts that people talk with, once, each out of those below it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import hikari

from tzurot.characters.aliases import AliasStore
from tzurot.characters.personas import PersonaStore
from tzurot.characters.store import CharacterStore
from tzurot.conversation.company import Company
from tzurot.conversation.conversation import Conversation
from tzurot.conversation.delivery import Delivery
from tzurot.conversation.directory import HikariDirectory
from tzurot.conversation.eyes import Eyes
from tzurot.conversation.keeping import Keeper
from tzurot.conversation.pluralkit import PluralKit
from tzurot.conversation.room import Rooms
from tzurot.conversation.surroundings import Surroundings
from tzurot.conversation.unfolding import Unfolding
from tzurot.conversation.webhooks import WebhookStore
from tzurot.history.answers import Answers
from tzurot.history.images import ImageStore
from tzurot.history.messages import MessageStore
from tzurot.history.notices import NoticeStore
from tzurot.history.people import PeopleStore
from tzurot.history.stops import Stops
from tzurot.history.turns import TurnJournal
from tzurot.jobs import Worker
from tzurot.memory import REMEMBER, Embedder, Memories
from tzurot.net import Outside
from tzurot.outbound import describing, fetch, model_client, trusted
from tzurot.rules.ages import AgeStore, MatureStore
from tzurot.rules.channels import ChannelStore
from tzurot.rules.denials import DenialStore
from tzurot.rules.guidance_store import GuidanceStore
from tzurot.rules.settings_store import SettingsStore
from tzurot.settings import Settings
from tzurot.storage.database import Database
from tzurot.storage.presence import Presence
from tzurot.storage.secrets import open_secret_box


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the start, the page and the commands use."""

    characters: CharacterStore
    denials: DenialStore
    ages: AgeStore
    rooms: Rooms
    conversation: Conversation


def make_parts(  # noqa: PLR0913  what they are made out of
    settings: Settings,
    database: Database,
    stack: AsyncExitStack,
    *,
    bot: hikari.GatewayBot,
    webhook_rest: hikari.api.RESTClient,
    presence: Presence,
    worker: Worker,
) -> Parts:
    """Make the parts of a conversation; `stack` closes what they hold open."""
    secrets = open_secret_box(settings)
    model = model_client(settings, database, stack)
    characters = CharacterStore(database)
    journal = TurnJournal(database, presence.id, per_minute=settings.turns_per_minute)
    answers = Answers(database)
    embedder = Embedder()
    stack.callback(embedder.close)
    memories = Memories(database, embedder, is_on=settings.memory)
    worker.handle(REMEMBER, memories.write)
    denials, ages = DenialStore(database), AgeStore(database)
    messages = MessageStore(database, [memories])
    images, people = ImageStore(database), PeopleStore(database)
    rooms = Rooms(
        characters=characters,
        aliases=AliasStore(database),
        channels=ChannelStore(database),
        denials=denials,
        settings=SettingsStore(database),
        ages=ages,
        mature=MatureStore(database),
        answers=answers,
    )
    outside = Outside(trusted=trusted(settings))
    stack.push_async_callback(outside.aclose)
    eyes = Eyes(outside, images, describing(settings, model))
    stack.push_async_callback(eyes.aclose)
    directory = HikariDirectory(bot)
    keeper, unfolding = Keeper(messages, images, people), Unfolding()
    speaker = Delivery(
        bot,
        webhook_rest,
        WebhookStore(database, secrets),
        characters,
        answers,
        public_url=settings.public_url,
    )
    conversation = Conversation(
        settings=settings,
        characters=characters,
        ages=ages,
        rooms=rooms,
        messages=messages,
        keeper=keeper,
        journal=journal,
        answers=answers,
        memories=memories,
        speaker=speaker,
        directory=directory,
        model=model,
        surroundings=Surroundings(
            rooms=rooms,
            company=Company(
                rooms=rooms,
                characters=characters,
                personas=PersonaStore(database),
                people=people,
            ),
            guidance=GuidanceStore(database),
            messages=messages,
            images=images,
            answers=answers,
            keeper=keeper,
            eyes=eyes,
            directory=directory,
            unfolding=unfolding,
        ),
        unfolding=unfolding,
        pluralkit=PluralKit(partial(fetch, outside), settings.pluralkit_url),
        presence=presence,
        database_answers=database.answers,
        notices=NoticeStore(database, presence.id),
        stops=Stops(database),
    )
    return Parts(
        characters=characters, denials=denials, ages=ages, rooms=rooms, conversation=conversation
    )
