"""Secrets at rest."""

from pathlib import Path

from cryptography.fernet import Fernet

from tzurot.settings import load_settings
from tzurot.storage.secrets import SecretBox, open_secret_box


def test_a_secret_comes_back_and_is_not_readable_meanwhile() -> None:
    box = SecretBox([Fernet.generate_key().decode()])
    sealed = box.seal("token")
    assert b"token" not in sealed
    assert box.open(sealed) == "token"


def test_a_new_key_in_front_still_reads_what_the_old_one_sealed() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = SecretBox([old]).seal("token")
    assert SecretBox([new, old]).open(sealed) == "token"
    assert SecretBox([new]).open(sealed) is None


def test_without_keys_one_is_made_once_and_is_private(tmp_path: Path) -> None:
    settings = load_settings(tzurot_data_dir=tmp_path / "new")
    sealed = open_secret_box(settings).seal("token")
    assert open_secret_box(settings).open(sealed) == "token"
    (file,) = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_setting_wins_over_the_file(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    box = open_secret_box(load_settings(tzurot_data_dir=tmp_path, encryption_keys=key))
    assert SecretBox([key]).open(box.seal("token")) == "token"
    assert list(tmp_path.iterdir()) == []
