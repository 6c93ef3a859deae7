"""Errors as model services write them."""

from __future__ import annotations

import json

from tzurot.llm.errors import ModelError
from tzurot.llm.failures import failure_from_body


def error(message: str, code: object = None, **more: object) -> dict[str, object]:
    return {"error": {"message": message, "code": code, **more}}


def read(status: int, body: object, headers: dict[str, str] | None = None) -> ModelError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure_from_body(status, headers or {}, raw)


def upstream(raw: object, code: int = 400, provider: str = "Acme") -> dict[str, object]:
    text = raw if isinstance(raw, str) else json.dumps(raw)
    metadata = {"raw": text, "provider_name": provider, "is_byok": False}
    return error("Provider returned error", code, metadata=metadata)
