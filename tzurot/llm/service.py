"""A model service: its address, and which kind of server is behind it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import SecretStr

from tzurot.settings import ServerKind

_HOSTS: Final = {
    "openrouter.ai": ServerKind.OPENROUTER,
    "ollama.com": ServerKind.OLLAMA,
    "z.ai": ServerKind.ZAI,
    "deepseek.com": ServerKind.DEEPSEEK,
}
_PORTS: Final = {11434: ServerKind.OLLAMA, 1234: ServerKind.LM_STUDIO}


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is (what stands before `/chat/completions`), and of which kind.

    `app_name` and `app_url` name this bot to OpenRouter, and to no other.
    """

    base: httpx.URL
    kind: ServerKind
    app_name: str = "tzurot"
    app_url: str | None = None

    @classmethod
    def at(
        cls, base_url: str, kind: ServerKind = ServerKind.AUTO, *, app_url: str | None = None
    ) -> Service:
        """Return the service at an address; raises `ValueError` if that is no web address.

        With the kind `auto` the address tells it, as far as it can.
        """
        with suppress(httpx.InvalidURL):
            url = httpx.URL(base_url.strip().rstrip("/"))
            if url.scheme in {"http", "https"} and url.host:
                return cls(url, _guess(url) if kind is ServerKind.AUTO else kind, app_url=app_url)
        msg = "the base URL must begin with http:// or https:// and name a host"
        raise ValueError(msg)

    @property
    def is_openrouter(self) -> bool:
        """Whether this is OpenRouter, whose own fields no other server is sent."""
        return self.kind is ServerKind.OPENROUTER

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return self.base.host in {"127.0.0.1", "::1", "localhost"}

    def url(self, path: str) -> httpx.URL:
        """Return the address of a path such as `/models`."""
        return self.base.copy_with(path=self.base.path.rstrip("/") + path)


def _guess(url: httpx.URL) -> ServerKind:
    host = url.host.lower()
    for name, kind in _HOSTS.items():
        if host == name or host.endswith(f".{name}"):
            return kind
    return _PORTS.get(url.port or 0, ServerKind.OTHER)


def api_key(text: str | None) -> SecretStr | None:
    """Return a key as it is handed to calls; raises `ValueError` if no header can hold it."""
    key = (text or "").strip()
    if not key:
        return None
    if not (key.isascii() and key.isprintable()):
        # Found here, because an HTTP library would quote the key in its error.
        msg = "the API key may hold visible ASCII characters only"
        raise ValueError(msg)
    return SecretStr(key)
