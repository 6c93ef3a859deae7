"""What the scripted model server may be told to answer, written from the protocol."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

Json = dict[str, Any]
Piece = str | Json
"""A text, or a whole `delta` for everything else: `tool_call()`, `detail()`, `{"refusal": "No."}`,
`{"annotations": [...]}`, `{"images": [...]}`."""
_JOINED: Final = {
    "arguments", "content", "data", "reasoning", "reasoning_content", "refusal", "summary", "text",
}  # fmt: skip
"""The fields whose deltas are parts of one text."""


@dataclass(frozen=True, kw_only=True)
class Wire:
    """How a stream's events are written and cut."""

    line_end: Literal["\n", "\r\n", "\r"] = "\n"
    bom: bool = False
    space: str = " "
    """What follows `data:`."""
    comment: str = ": OPENROUTER PROCESSING"
    """The line of a keep-alive; proxies make `data: : OPENROUTER PROCESSING` of it."""
    chatty: bool = False
    """A comment before every event."""
    multiline: bool = False
    """Spread each event's JSON over many `data:` lines."""
    escaped: bool = False
    """Write JSON in ASCII; else as UTF-8."""
    split_at: Sequence[int] = ()
    """Byte positions in the stream at which writes are cut."""
    split_seed: int | None = None
    """Cut every write at random positions."""

    def event(self, payload: object, name: str = "") -> bytes:
        """Write one event; what is no text becomes JSON."""
        if not isinstance(payload, str):
            indent = 1 if self.multiline else None
            payload = json.dumps(payload, ensure_ascii=self.escaped, indent=indent)
        lines = [self.comment, ""] if self.chatty else []
        lines += [f"event:{self.space}{name}"] if name else []
        lines += [f"data:{self.space}{line}" for line in payload.split("\n")]
        return self.line_end.join([*lines, "", ""]).encode()

    def cutter(self) -> Callable[[bytes], list[bytes]]:
        """Return what cuts the writes of one stream, given to it in order."""
        chance = random.Random(self.split_seed)  # noqa: S311 - any numbers do
        position = 0

        def cut(content: bytes) -> list[bytes]:
            nonlocal position
            places = {at - position for at in self.split_at if 0 < at - position < len(content)}
            if self.split_seed is not None and len(content) > 1:
                places.update(chance.choices(range(1, len(content)), k=chance.randint(1, 8)))
            position += len(content)
            bounds = itertools.pairwise([0, *sorted(places), len(content)])
            return [content[start:end] for start, end in bounds if start < end]

        return cut


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer. The default is a short, well-formed one.

    A stream sends, in this order: `before`, `keep_alives` comments, `reasoning` deltas, `chunks` of
    text, the `error` chunk, the finish chunk, the usage chunk, `[DONE]`. Without `stream` in the
    request the same makes one JSON object. Delays are in seconds.
    """

    chunks: Sequence[Piece] = ("Hello", " there.")
    reasoning: Sequence[Piece] = ()
    reasoning_in: Sequence[str] = ("reasoning",)
    """The fields that repeat it: also reasoning_content, reasoning_details, content (Mistral)."""
    listed: bool = False
    """Write text as a list of parts, as Mistral does."""
    before: Sequence[Json] = ()
    """Whole chunks at the start: `{"choices": [], "debug": {...}}`."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """In every chunk: `provider`, `service_tier`, `system_fingerprint`."""
    choice: Mapping[str, Any] = field(default_factory=dict)
    """In the choice that finishes: `native_finish_reason`, `logprobs`."""
    last: Mapping[str, Any] = field(default_factory=dict)
    """Beside the usage: `openrouter_metadata`, llama.cpp's `timings`."""
    first_delay: float = 0
    """Before the status line and headers."""
    chunk_delay: float = 0
    """Before each chunk of text after the first."""
    keep_alives: int = 0
    """Comments before the first delta; -1 for comments without end."""
    keep_alive_delay: float = 0
    """After each comment."""
    error: Json | str | None = None
    """The `error` of a chunk that ends the stream after the text."""
    error_as: Literal["chunk", "bare", "event"] = "chunk"
    """Within a chunk (or `choices[0]`), alone in its object, or LM Studio's `event: error`."""
    cut_after: int | None = None
    """Reset the connection after so many chunks of text; -1 before the headers."""
    hang_after: int | None = None
    """Say nothing more after so many chunks of text, and keep the connection open."""
    finish_reason: str | None = "stop"
    unfinished: str | None = None
    """The `finish_reason` of the chunks before the finish: old Ollama sends an empty text."""
    finishes: int = 1
    """How often the finish chunk comes."""
    usage: Json | None = field(
        default_factory=lambda: {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    )
    done: bool = True
    """Whether `data: [DONE]` ends the stream."""
    model: str | None = None
    """The model that answers; None echoes the request."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """`Retry-After`, `X-RateLimit-Reset` and the like; `X-Generation-Id` comes by itself."""
    body: bytes | str | Json | list[Any] | None = None
    """Sent whole instead of a completion: an error body, HTML, garbage, nothing (`b""`)."""
    padding: str = ""
    """Before the JSON of a completion: blank lines and spaces keep a connection alive."""
    raw: Sequence[bytes] | None = None
    """Sent as the stream's bytes, each element as its own write, `chunk_delay` between them."""
    wire: Wire = field(default_factory=Wire)

    @classmethod
    def text(cls, text: str, **more: Any) -> Self:  # noqa: ANN401 - any other field
        """Answer with a text, streamed word by word."""
        words = text.split(" ")
        return cls(chunks=[words[0], *(f" {word}" for word in words[1:])], **more)

    @classmethod
    def failure(
        cls,
        status: int,
        message: str = "It failed.",
        *,
        headers: Mapping[str, str] | None = None,
        **error: Any,  # noqa: ANN401 - any other field of the error object
    ) -> Self:
        """Answer with an HTTP status and an error body in OpenRouter's form."""
        body = {"error": {"code": status, "message": message, **error}}
        return cls(status=status, headers=headers or {}, body=body)

    def stream(self, head: Json) -> tuple[bytes, list[bytes], bytes]:
        """Return what comes before the text, the text piece by piece, and what follows it."""
        if self.raw is not None:
            return b"", list(self.raw), b""
        before = [self.wire.event(head | chunk) for chunk in self.before]
        thinking, text = (
            [self.wire.event(head | {"choices": [self._choice(delta)]}) for delta in deltas]
            for deltas in self._deltas()
        )
        return b"".join(before + thinking), text, self._end(head)

    def _end(self, head: Json) -> bytes:
        choice = {
            **self._choice({"content": ""}),
            "finish_reason": self.finish_reason,
            **self.choice,
        }
        if self.error is not None:
            failed = {"error": self.error, "choices": [choice | {"finish_reason": "error"}]}
            bare = {"error": self.error}
            name = "error" if self.error_as == "event" else ""
            return self.wire.event(head | failed if self.error_as == "chunk" else bare, name)
        finish = head | {"choices": [choice]}
        usage = {} if self.usage is None else {"usage": self.usage}
        last = head | {"choices": [], **usage, **self.last}
        events = [finish] * self.finishes if self.finish_reason else []
        events += [last] if usage or self.last else []
        done = self.wire.event("[DONE]") if self.done else b""
        return b"".join(map(self.wire.event, events)) + done

    def completion(self, head: Json) -> Json:
        """Return the answer as one object."""
        message: Json = {"role": "assistant", "content": "", "reasoning": None}
        for delta in itertools.chain(*self._deltas()):
            message = _merged(message, delta)
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        choice |= self.choice
        if self.error is not None:
            if self.error_as != "chunk":
                return {"error": self.error}
            choice |= {"finish_reason": "error", "error": self.error}
        return {**head, "choices": [choice], "usage": self.usage, **self.last}

    def _choice(self, delta: Json) -> Json:
        return {"index": 0, "delta": delta, "finish_reason": self.unfinished}

    def _deltas(self) -> tuple[list[Json], list[Json]]:
        """Return the deltas of the thinking and those of the text."""
        start = {"role": "assistant", "content": ""}
        thinking = [
            start | (_thought(piece, self.reasoning_in) if isinstance(piece, str) else piece)
            for piece in self.reasoning
        ]
        text = []
        for piece in self.chunks:
            content = _parts(piece) if self.listed and isinstance(piece, str) else piece
            text.append(content if isinstance(content, dict) else start | {"content": content})
        return thinking, text


def tool_call(name: str, *arguments: str, index: int = 0) -> list[Json]:
    """Return the deltas of a call whose arguments come in pieces; without any they are missing."""
    first: Json = {"index": index, "id": f"call_{index}", "type": "function"}
    first["function"] = {"name": name, **({"arguments": arguments[0]} if arguments else {})}
    rest = [{"index": index, "function": {"arguments": piece}} for piece in arguments[1:]]
    return [{"tool_calls": [call]} for call in (first, *rest)]


def detail(kind: str = "text", *, index: int = 0, **entry: Any) -> Json:  # noqa: ANN401 - any field
    """Return a delta with one of `reasoning_details`: text=, signature=, data= (encrypted)."""
    known = {"type": f"reasoning.{kind}", "format": "anthropic-claude-v1", "index": index}
    return {"reasoning_details": [known | entry]}


def model_entry(  # noqa: PLR0913 - what tells models apart
    name: str,
    prompt: str,
    completion: str,
    *,
    context: int = 131_072,
    sees: bool = False,
    takes: Sequence[str] = ("seed",),
    cache: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - any other field
) -> Json:
    """Return a model of the catalogue; prices are US dollars per token, as OpenRouter writes them.

    `takes` are the parameters besides those of every model; `cache` the prices of its cache.
    """
    return {
        "id": name,
        "canonical_slug": name.partition(":")[0],
        "name": name.partition("/")[2].replace("-", " ").title(),
        "created": 1_750_000_000,
        "context_length": context,
        "architecture": {
            "input_modalities": ["text", "image"] if sees else ["text"],
            "output_modalities": ["text"],
        },
        "pricing": {"prompt": prompt, "completion": completion, **(cache or {})},
        "top_provider": {"context_length": context, "max_completion_tokens": 16_384},
        "supported_parameters": ["max_tokens", "temperature", "top_p", "stop", *takes],
        "expiration_date": None,
        **more,
    }


def catalogue() -> list[Json]:
    """Return a small catalogue with each sort of model."""
    local, tools = ["top_k", "min_p", "repetition_penalty"], ["tools", "tool_choice"]
    agent = [*tools, "reasoning", "include_reasoning"]
    thinks = {"supported_efforts": ["high", "medium", "low"], "default_effort": "medium"}
    at_will = {"mandatory": False, "default_enabled": False, "supports_max_tokens": True}
    cache = {"input_cache_read": "0.0000003", "input_cache_write": "0.00000375"}
    return [
        model_entry("deepseek/deepseek-chat", "0.0000002", "0.0000008", takes=[*local, *tools]),
        model_entry("meta-llama/llama-3.3-70b-instruct:free", "0", "0", takes=local),
        model_entry(
            "google/gemini-2.5-flash", "0.0000003", "0.0000025",
            context=1_048_576, sees=True, takes=agent, reasoning=at_will,
        ),
        model_entry(
            "openai/gpt-5-mini", "0.00000025", "0.000002",
            context=400_000, sees=True, takes=agent, reasoning={"mandatory": True, **thinks},
        ),
        model_entry(
            "anthropic/claude-sonnet-4.5", "0.000003", "0.000015",
            context=1_000_000, sees=True, takes=agent, cache=cache, reasoning=at_will,
        ),
        model_entry(
            "sao10k/l3-lunaris-8b", "0.00000004", "0.00000005",
            context=8192, takes=local, expiration_date="2030-01-31",
        ),
        model_entry("openrouter/auto", "-1", "-1", context=2_000_000, takes=agent),
        {"id": "local-model"},
    ]  # fmt: skip


def _parts(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]


def _thought(text: str, names: Sequence[str]) -> Json:
    """Return the fields of a delta that repeat a piece of thinking."""
    forms: Json = {
        "reasoning": text,
        "reasoning_content": text,
        **detail(text=text),
        "content": [{"type": "thinking", "thinking": _parts(text)}],
    }
    return {name: forms[name] for name in names}


def _merged(old: Json, new: Json) -> Json:
    """Add a delta to what came before it."""
    merged = dict(old)
    for name, value in new.items():
        before = merged.get(name)
        if not before:
            merged[name] = before if value in ("", None) else value
        elif isinstance(before, dict):
            merged[name] = _merged(before, value)
        elif isinstance(before, list):
            added = _parts(value) if isinstance(value, str) else value
            merged[name] = _merged_entries(
                before, [part for part in added if part != _parts("")[0]]
            )
        elif isinstance(value, list):
            merged[name] = _parts(before) + value
        else:
            merged[name] = before + value if name in _JOINED else value
    return merged


def _merged_entries(old: list[Json], new: list[Json]) -> list[Json]:
    """Add to a list: entries with the same `index` are one."""
    known = {entry["index"]: entry for entry in old if "index" in entry}
    rest = [entry for entry in old if "index" not in entry]
    for entry in new:
        if "index" in entry:
            known[entry["index"]] = _merged(known.get(entry["index"], {}), entry)
        else:
            rest.append(entry)
    return [*known.values(), *rest]
