"""The tables, as SQLAlchemy models; alembic/versions brings a database to them."""

from tzurot.storage.tables.base import Base
from tzurot.storage.tables.characters import (
    AliasRow,
    CharacterRow,
    PersonaChoiceRow,
    PersonaRow,
    PictureRow,
    StarterRow,
)
from tzurot.storage.tables.places import (
    ActivationRow,
    AgePromptRow,
    AgeRow,
    ChannelRow,
    DenialRow,
    GreetingRow,
    MatureInServerRow,
    RestrictionRow,
    SettingRow,
    WebhookRow,
)
from tzurot.storage.tables.talk import (
    ClearRow,
    MessageImageRow,
    MessageRow,
    PersonRow,
    TurnPartRow,
    TurnRow,
    TurnTriggerRow,
)
from tzurot.storage.tables.work import (
    DraftRow,
    JobRow,
    MemoryRow,
    ModelAbilitiesRow,
)

__all__ = [
    "ActivationRow",
    "AgePromptRow",
    "AgeRow",
    "AliasRow",
    "Base",
    "ChannelRow",
    "CharacterRow",
    "ClearRow",
    "DenialRow",
    "DraftRow",
    "GreetingRow",
    "JobRow",
    "MatureInServerRow",
    "MemoryRow",
    "MessageImageRow",
    "MessageRow",
    "ModelAbilitiesRow",
    "PersonRow",
    "PersonaChoiceRow",
    "PersonaRow",
    "PictureRow",
    "RestrictionRow",
    "SettingRow",
    "StarterRow",
    "TurnPartRow",
    "TurnRow",
    "TurnTriggerRow",
    "WebhookRow",
]
