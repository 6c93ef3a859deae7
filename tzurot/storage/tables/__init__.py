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
from tzurot.storage.tables.guidance import AuthorNoteRow, DirectiveRow, SidecarRow
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
    AllowanceRow,
    ClearRow,
    MessageImageRow,
    MessageRow,
    NoticeRow,
    PersonRow,
    TurnPartRow,
    TurnRecordRow,
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
    "AllowanceRow",
    "AuthorNoteRow",
    "Base",
    "ChannelRow",
    "CharacterRow",
    "ClearRow",
    "DenialRow",
    "DirectiveRow",
    "DraftRow",
    "GreetingRow",
    "JobRow",
    "MatureInServerRow",
    "MemoryRow",
    "MessageImageRow",
    "MessageRow",
    "ModelAbilitiesRow",
    "NoticeRow",
    "PersonRow",
    "PersonaChoiceRow",
    "PersonaRow",
    "PictureRow",
    "RestrictionRow",
    "SettingRow",
    "SidecarRow",
    "StarterRow",
    "TurnPartRow",
    "TurnRecordRow",
    "TurnRow",
    "TurnTriggerRow",
    "WebhookRow",
]
