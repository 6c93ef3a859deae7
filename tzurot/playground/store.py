"""The SQLite file that keeps everything; what a transaction wrote survives a killed process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import Payload

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
    nonce TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of_channel ON messages (channel_id, id);
CREATE INDEX IF NOT EXISTS messages_by_nonce ON messages (author_id, nonce)
    WHERE nonce IS NOT NULL;
CREATE TABLE IF NOT EXISTS reactions (
    number INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, emoji TEXT NOT NULL,
    user_id INTEGER NOT NULL, UNIQUE (message_id, emoji, user_id)
);
"""


class DataInUseError(Exception):
    """Another playground has the data folder open."""


class Store:
    """Documents (guilds, channels, webhooks, ...), messages and reactions, as JSON in SQLite."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "playground.sqlite3", timeout=0, isolation_level=None)
        try:
            # One process only; this also keeps the write-ahead log's index in memory.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            # In WAL mode a commit then survives the process, if not a power cut.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_TABLES)
            with self.transaction():
                pass
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" not in str(error):
                raise
            message = f"another playground is using {folder}"
            raise DataInUseError(message) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything written inside, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Documents

    def documents(self, kind: str) -> dict[str, Payload]:
        """Return every document of a kind by its key."""
        rows = self._db.execute("SELECT key, body FROM documents WHERE kind = ?", (kind,))
        return {key: json.loads(body) for key, body in rows}

    def save(self, kind: str, key: str, body: object) -> None:
        """Write a document."""
        self._db.execute(
            "INSERT OR REPLACE INTO documents (kind, key, body) VALUES (?, ?, ?)",
            (kind, key, json.dumps(body)),
        )

    def remove(self, kind: str, key: str) -> None:
        """Delete a document."""
        self._db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    # Messages

    def newest_id(self) -> int:
        """Return the greatest message id, 0 when there is none."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0])

    def save_message(self, message: Payload) -> None:
        """Write a message, new or changed."""
        nonce = message.get("nonce")
        self._db.execute(
            "INSERT OR REPLACE INTO messages (id, channel_id, author_id, nonce, body)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                int(message["id"]),
                int(message["channel_id"]),
                int(message["author"]["id"]),
                None if nonce is None else str(nonce),
                json.dumps(message),
            ),
        )

    def message(self, channel_id: int, message_id: int) -> Payload | None:
        """Return a message of a channel."""
        row = self._db.execute(
            "SELECT body FROM messages WHERE id = ? AND channel_id = ?", (message_id, channel_id)
        ).fetchone()
        return _object(row)

    def message_by_nonce(self, author_id: int, nonce: str, since: int) -> Payload | None:
        """Return what an author said with this nonce at or after the id `since`."""
        row = self._db.execute(
            "SELECT body FROM messages WHERE author_id = ? AND nonce = ? AND id >= ?",
            (author_id, nonce, since),
        ).fetchone()
        return _object(row)

    def before(self, channel_id: int, message_id: int, limit: int) -> list[Payload]:
        """Return the messages next before an id, newest first."""
        rows = self._db.execute(
            "SELECT body FROM messages WHERE channel_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (channel_id, message_id, limit),
        )
        return [json.loads(body) for (body,) in rows]

    def after(self, channel_id: int, message_id: int, limit: int) -> list[Payload]:
        """Return the messages next after an id, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM messages WHERE channel_id = ? AND id > ? ORDER BY id LIMIT ?",
            (channel_id, message_id, limit),
        )
        return [json.loads(body) for (body,) in rows]

    def pinned(self, channel_id: int) -> list[Payload]:
        """Return a channel's pinned messages, newest first."""
        rows = self._db.execute(
            "SELECT body FROM messages WHERE channel_id = ?"
            " AND json_extract(body, '$.pinned') ORDER BY id DESC LIMIT 250",
            (channel_id,),
        )
        return [json.loads(body) for (body,) in rows]

    def remove_message(self, message_id: int) -> None:
        """Delete a message and its reactions."""
        self._db.execute("DELETE FROM reactions WHERE message_id = ?", (message_id,))
        self._db.execute("DELETE FROM messages WHERE id = ?", (message_id,))

    # Reactions

    def reactions(self, message_id: int) -> dict[str, list[int]]:
        """Return who reacted with what, both in the order in which they came."""
        found: dict[str, list[int]] = {}
        rows = self._db.execute(
            "SELECT emoji, user_id FROM reactions WHERE message_id = ? ORDER BY number",
            (message_id,),
        )
        for emoji, user_id in rows:
            found.setdefault(emoji, []).append(user_id)
        return found

    def react(self, message_id: int, emoji: str, user_id: int) -> bool:
        """Keep a reaction; False when it was there already."""
        return (
            self._db.execute(
                "INSERT OR IGNORE INTO reactions (message_id, emoji, user_id) VALUES (?, ?, ?)",
                (message_id, emoji, user_id),
            ).rowcount
            > 0
        )

    def unreact(self, message_id: int, emoji: str | None = None, user_id: int | None = None) -> int:
        """Take back the reactions that match and return how many there were."""
        return self._db.execute(
            "DELETE FROM reactions WHERE message_id = ?1"
            " AND (?2 IS NULL OR emoji = ?2) AND (?3 IS NULL OR user_id = ?3)",
            (message_id, emoji, user_id),
        ).rowcount


def _object(row: Any) -> Payload | None:  # noqa: ANN401 - sqlite3's own row type
    """Return the JSON object in a row's only column."""
    if row is None:
        return None
    found: Payload = json.loads(row[0])
    return found
