"""Settings: what is taken, and what is said about a wrong value."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tzurot.settings import Settings, SettingsError, load_settings


def test_nothing_set_is_fine() -> None:
    settings = load_settings()
    assert settings.discord_token is None
    assert settings.openrouter_base_url == "https://openrouter.ai/api/v1"
    assert settings.shutdown_seconds == 10


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert load_settings().port is None
    assert load_settings().database_url is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("MIGRATE", "yes", "'auto', 'check' or 'off'"),
        ("LOG_LEVEL", "loud", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("PUBLIC_URL", "example.org", "begins with http:// or https://"),
        ("DISCORD_REST_URL", "ftp://example.org", "begins with http:// or https://"),
        ("OPENROUTER_BASE_URL", "https://me@example.org", "no user name"),
        ("DATABASE_URL", "mysql://host/db", "begins with postgres://"),
        ("OPENROUTER_BASE_URL", "http://host:abc/v1", "its port is no number"),
        ("DATABASE_URL", "postgres://me:pw@host:abc/db", "write @ : / as %40"),
        ("OPENROUTER_API_KEY", "sk-or-v1-…", "characters that no key has"),
        ("DISCORD_TOKEN", "two words", "characters that no key has"),
        ("ENCRYPTION_KEYS", "short", "key 1 is not 32 bytes"),
        ("BOT_OWNER_ID", "-4", "greater than 0"),
        ("SHUTDOWN_SECONDS", "-1", "greater than or equal to 0"),
        ("MAX_TURNS", "5000", "less than or equal to 1024"),
    ],
)
def test_a_wrong_value_is_named_with_the_reason_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert said in line
    assert f"Example: {name}=" in line
    assert value not in line.partition("Example")[0]


def test_each_wrong_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("MIGRATE", "y")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["MIGRATE", "PORT"]


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("DISCORD_TOKEN", "secret.token.here")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://me:password@host/db")
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{key},{key}")
    shown = repr(load_settings())
    for secret in ("secret.token", "sk-or-v1", "password", key):
        assert secret not in shown


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env = tmp_path / "dotenv"
    env.write_text("DEFAULT_MODEL=from-file\nLOG_LEVEL=debug\nUNRELATED=1\n")
    monkeypatch.setitem(Settings.model_config, "env_file", str(env))
    monkeypatch.setenv("DEFAULT_MODEL", "from-environment")
    settings = load_settings()
    assert settings.default_model == "from-environment"
    assert settings.log_level == "DEBUG"


def test_every_setting_has_a_description_and_an_example() -> None:
    assert set(Settings.examples) == set(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())
