"""Addresses of databases, as hosts write them."""

import pytest

from tzurot.storage.database import asyncpg_url
from tzurot.storage.errors import StorageError


@pytest.mark.parametrize(
    ("address", "rendered", "arguments"),
    [
        ("postgres://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d", {}),
        ("postgresql://h/d?sslmode=require", "postgresql+asyncpg://h/d", {"ssl": "require"}),
        (
            "postgresql://h/d?sslmode=require&channel_binding=require&connect_timeout=7",
            "postgresql+asyncpg://h/d",
            {"ssl": "require", "timeout": 7.0},
        ),
        (
            "postgres://h/d?application_name=me",
            "postgresql+asyncpg://h/d",
            {"server_settings": {"application_name": "me"}},
        ),
        ("postgres://u:p%40%3A@h/d", "postgresql+asyncpg://u:p%40%3A@h/d", {}),
        ("postgresql://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=%2Frun%2Fpg", {}),
    ],
)
def test_addresses(address: str, rendered: str, arguments: dict[str, object]) -> None:
    url, found = asyncpg_url(address)
    assert url.render_as_string(hide_password=False) == rendered
    assert found == arguments


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(StorageError, match="options that are not known here: colour"):
        asyncpg_url("postgres://h/d?colour=blue")


def test_what_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(StorageError, match="cannot be read") as caught:
        asyncpg_url("postgres://u:w@h:abc@host/d")
    assert "abc" not in str(caught.value)
