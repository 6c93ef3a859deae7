"""Secrets at rest: encrypted before they reach a table, with keys that can be changed."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from loguru import logger

from tzurot.settings import Settings
from tzurot.storage.errors import StorageError


class SecretBox:
    """Encrypts with the newest key and decrypts with any of them."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> bytes:
        """Return the secret encrypted."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str | None:
        """Return the secret, or None when no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None


def open_secret_box(settings: Settings) -> SecretBox:
    """Use ENCRYPTION_KEYS, or a key file in the data folder that is made once.

    Raises StorageError.
    """
    if settings.encryption_keys:
        return SecretBox([key.get_secret_value() for key in settings.encryption_keys])
    path = settings.tzurot_data_dir / "encryption.key"
    try:
        return _from_file(path, settings)
    except OSError as error:
        msg = f"the key file {path} cannot be used: {error.strerror}. Set ENCRYPTION_KEYS"
        raise StorageError(msg) from error
    except ValueError as error:
        msg = f"{path} holds no key. Restore it, or set ENCRYPTION_KEYS"
        raise StorageError(msg) from error


def _from_file(path: Path, settings: Settings) -> SecretBox:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_once(path, Fernet.generate_key())
    except FileExistsError:
        pass
    else:
        if settings.database_url is not None:
            logger.warning(
                "ENCRYPTION_KEYS is not set: a key was made in {}. Set it to that file's content, "
                "or what is encrypted in the database is lost with this disk",
                path,
            )
    return SecretBox([path.read_text().strip()])


def _write_once(path: Path, content: bytes) -> None:
    """Write a private file that appears whole or not at all. Raises FileExistsError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(draft, path)
    finally:
        draft.unlink()
