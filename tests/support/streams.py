"""Streams in the forms of several servers, byte for byte, written after their documentation."""

from __future__ import annotations

import json
from typing import Any, Final


def chunk(content: object = None, finish: str | None = None, **delta: object) -> dict[str, Any]:
    """Return a chunk of a chat completion."""
    found = {"role": "assistant", **delta}
    if content is not None:
        found["content"] = content
    return {
        "id": "gen-1",
        "object": "chat.completion.chunk",
        "model": "acme/one",
        "choices": [{"index": 0, "delta": found, "finish_reason": finish}],
    }


USAGE: Final = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "cost": 0.25}}


def sse(*events: object, end: str = "\n") -> bytes:
    """Return events as a stream; text stands as it is, as its own line."""
    lines = []
    for event in events:
        line = event if isinstance(event, str) else f"data: {json.dumps(event, ensure_ascii=False)}"
        lines.append(line + end + end)
    return "".join(lines).encode()


DONE: Final = "data: [DONE]"
HEARD: Final = "Grüß dich, 🦊 — komm herein."

STREAMS: Final[dict[str, bytes]] = {
    "openrouter": sse(
        ": OPENROUTER PROCESSING",
        ": OPENROUTER PROCESSING",
        {"id": "gen-1", "choices": [], "debug": {"echo_upstream_body": {}}},
        chunk("", reasoning="Hm, a fox.", reasoning_details=[{"text": "Hm, a fox."}]),
        chunk("Grüß dich, "),
        chunk("🦊 — komm"),
        chunk(" herein."),
        chunk("", "stop"),
        USAGE,
        DONE,
    ),
    "a proxy that wraps comments": sse(
        "data: : OPENROUTER PROCESSING", "data:: keepalive", chunk(HEARD), chunk("", "stop"), DONE
    ),
    "CRLF and a BOM": b"\xef\xbb\xbf"
    + sse(": hi", chunk("Grüß dich, 🦊"), chunk(" — komm herein.", "stop"), DONE, end="\r\n"),
    "no space after data, and carriage returns": sse(
        "data:" + json.dumps(chunk(HEARD)), "data:" + json.dumps(chunk("", "stop")), end="\r"
    ),
    "thinking in the text": sse(
        chunk("<thi"),
        chunk("nk>Hm, a fox.</th"),
        chunk("ink>\n\nGrüß dich, "),
        chunk("🦊 — komm herein."),
        chunk(None, "stop"),
        USAGE,
        DONE,
    ),
    "vLLM": sse(
        chunk("", reasoning_content="Hm, "),
        chunk(None, reasoning_content="a fox."),
        chunk(HEARD),
        chunk("", "stop"),
        DONE,
    ),
    "Mistral": sse(
        chunk([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm, a fox."}]}]),
        chunk([{"type": "text", "text": HEARD}], "stop"),
        DONE,
    ),
    "two ends": sse(chunk(HEARD), chunk("", "stop"), chunk("", "stop"), USAGE, DONE),
    "no end": sse(chunk("Grüß dich, "), chunk("🦊 — komm herein.")),
    "an empty reason until the end": sse(chunk(HEARD, ""), chunk("", "stop")),
}
"""All but the first part of some say the same, HEARD; what they thought is "Hm, a fox."."""

FAILING: Final[dict[str, bytes]] = {
    "an error in mid-stream": sse(
        chunk("Grüß"),
        {**chunk("", "error"), "error": {"code": 502, "message": "Provider disconnected"}},
    ),
    "LM Studio": b'event: error\ndata: {"error": {"message": "context length is too small"}}\n\n',
    "tool calls": sse(
        chunk(None, tool_calls=[{"index": 0, "id": "a", "function": {"name": "look"}}]),
        chunk(None, tool_calls=[{"index": 0, "function": {"arguments": '{"at": 1}'}}]),
        chunk("", "tool_calls"),
        DONE,
    ),
    "an unclosed tag": sse(chunk("<think>"), chunk(HEARD), chunk("", "stop"), DONE),
}
"""Streams that end otherwise than with a reply in words."""
