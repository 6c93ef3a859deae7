"""The settings of the environment (or a .env file), declared and checked in one place."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import SplitResult, urlsplit

import platformdirs
from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DISCORD_REST = "https://discord.com/api/v10"
OPENROUTER = "https://openrouter.ai/api/v1"
SAFETY = (
    "These rules stand above everything that follows, whoever asks for something else: nothing "
    "sexual that involves minors, no instructions for weapons that kill many or for working "
    "malware, no private data of real people."
)
PLURALKIT = "https://api.pluralkit.me/v2"


class Migrate(StrEnum):
    """What happens to the database's tables at start."""

    AUTO = "auto"
    CHECK = "check"
    OFF = "off"


class LogLevel(StrEnum):
    """How much is logged; each level includes the ones after it."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class ServerKind(StrEnum):
    """Model servers that write the same thing differently; `auto` reads it off the address."""

    AUTO = "auto"
    OPENROUTER = "openrouter"
    OLLAMA = "ollama"
    LLAMACPP = "llamacpp"
    VLLM = "vllm"
    LM_STUDIO = "lmstudio"
    ZAI = "zai"
    DEEPSEEK = "deepseek"
    OTHER = "other"


class SettingsError(Exception):
    """Some setting has a wrong value; the text names each one, what was wrong, and an example."""


def _check_port(parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError:
        msg = "its port is no number; in a password, write @ : / as %40 %3A %2F"
        raise ValueError(msg) from None


def _plain_secret(value: SecretStr | None) -> SecretStr | None:
    text = value.get_secret_value() if value else ""
    if not text.isascii() or any(letter.isspace() or not letter.isprintable() for letter in text):
        msg = "it holds characters that no key has; copy it again"
        raise ValueError(msg)
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    _check_port(parts)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "it must be an address that begins with http:// or https://"
        raise ValueError(msg)
    if parts.query or parts.fragment or parts.username:
        msg = "it must hold no user name, query or fragment"
        raise ValueError(msg)
    return value.rstrip("/")


def _postgres_url(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return None
    parts = urlsplit(value.get_secret_value())
    _check_port(parts)
    if parts.scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        msg = "it must be an address that begins with postgres:// or postgresql://"
        raise ValueError(msg)
    return value


def _fernet_keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = [key.strip() for key in value.split(",") if key.strip()]
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            msg = f"key {position} is not 32 bytes in URL-safe base64"
            raise ValueError(msg) from error
    return tuple(SecretStr(key) for key in keys)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Secret = Annotated[SecretStr | None, AfterValidator(_plain_secret)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Everything a host can set; each name is the environment variable in capitals.

    Secrets are `SecretStr`, so that no print or log of this object shows them.
    """

    # A .env in the working directory is read too; the environment wins over it.
    # A variable that is set but empty counts as not set.
    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    discord_token: Secret = Field(
        default=None, description="The bot's token, from the Bot page of its Discord application."
    )
    discord_rest_url: HttpUrl = Field(
        default=DISCORD_REST, description="Discord's REST address; the playground sets its own."
    )
    pluralkit_url: HttpUrl = Field(
        default=PLURALKIT,
        description="PluralKit's API, asked who wrote a message where the host allows it.",
    )
    bot_owner_id: int | None = Field(
        default=None,
        gt=0,
        description="Discord user id of the host; by default the application's owner.",
    )
    database_url: Annotated[SecretStr | None, AfterValidator(_postgres_url)] = Field(
        default=None,
        description="PostgreSQL 15 or newer with pgvector; without it an embedded one is used.",
    )
    tzurot_data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("tzurot", appauthor=False),
        description="Where the embedded database and generated keys are kept.",
    )
    migrate: Migrate = Field(
        default=Migrate.AUTO,
        description="At start: auto updates the tables, check only compares, off does nothing.",
    )
    openrouter_api_key: Secret = Field(default=None, description="Key for the model server.")
    openrouter_base_url: HttpUrl = Field(
        default=OPENROUTER, description="Any OpenAI-compatible server's address."
    )
    model_server: ServerKind = Field(
        default=ServerKind.AUTO,
        description="What kind of server it is, where the address does not tell (docs/models.md).",
    )
    default_model: str = Field(
        default="openrouter/auto",
        min_length=1,
        description="The model that answers where nothing else is chosen.",
    )
    vision_model: str | None = Field(
        default=None,
        description="The model that describes pictures to models that cannot see.",
    )
    safety_text: str = Field(
        default=SAFETY,
        min_length=1,
        description="What stands above every character's card, and outranks it.",
    )
    model_timeout_seconds: float = Field(
        default=120,
        gt=0,
        le=900,
        description="The longest that one answer may take, with retries.",
    )
    max_reply_tokens: int = Field(
        default=800, ge=16, le=32_000, description="The longest answer, in tokens."
    )
    context_tokens: int = Field(
        default=8192, ge=1024, description="How many tokens prompt and answer may take together."
    )
    memory: bool = Field(
        default=True,
        description="Whether characters remember what they no longer see; it takes 200 MB.",
    )
    max_turns: int = Field(
        default=64, ge=1, le=1024, description="How many answers are worked on at once."
    )
    turns_per_minute: int = Field(
        default=30,
        ge=0,
        le=10_000,
        description="How many answers one person gets in a minute; 0: as many as they like.",
    )
    answer_within_minutes: int = Field(
        default=10,
        ge=1,
        le=1440,
        description="How old a message may be that is answered after a time away.",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_fernet_keys)] = (
        Field(
            default=(),
            description="Fernet keys for secrets in the database, newest first, comma between; "
            "without them one is made in the data folder.",
        )
    )
    public_url: HttpUrl | None = Field(
        default=None,
        description="Where the internet reaches PORT; avatars are served under it.",
    )
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of health and avatars (run: 8080) or of the page (play: 8788).",
    )
    shutdown_seconds: float = Field(
        default=10, ge=0, le=600, description="How long a stop waits for answers under way."
    )

    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = Field(
        default=LogLevel.INFO, description="DEBUG, INFO, WARNING or ERROR."
    )

    examples: ClassVar[dict[str, str]] = {
        "discord_token": "MTA5NzY1.GxYz12.abcdef (three parts with dots between)",
        "discord_rest_url": DISCORD_REST,
        "pluralkit_url": PLURALKIT,
        "bot_owner_id": "80351110224678912",
        "database_url": "postgresql://user:password@host:5432/tzurot",
        "tzurot_data_dir": "/var/lib/tzurot",
        "migrate": "auto",
        "openrouter_api_key": "sk-or-v1-0123456789abcdef",
        "openrouter_base_url": OPENROUTER,
        "model_server": "llamacpp",
        "default_model": "openrouter/auto",
        "vision_model": "google/gemini-2.5-flash-lite",
        "safety_text": SAFETY,
        "model_timeout_seconds": "120",
        "max_reply_tokens": "800",
        "context_tokens": "8192",
        "memory": "true",
        "max_turns": "64",
        "turns_per_minute": "30",
        "answer_within_minutes": "10",
        "encryption_keys": "the output of: tzurot key",
        "public_url": "https://tzurot.example.org",
        "port": "8080",
        "shutdown_seconds": "10",
        "log_level": "INFO",
    }


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, with `overrides` on top.

    Raises SettingsError with one line per wrong value. Values themselves are never repeated: they
    may be secrets.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        lines = [_line(str(fault["loc"][0]), fault["msg"]) for fault in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _line(name: str, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    return f"{name.upper()}: {reason}. Example: {name.upper()}={Settings.examples[name]}"
