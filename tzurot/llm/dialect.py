"""How a request is written for OpenRouter, and how for other OpenAI-compatible servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tzurot.llm.caching import Marks, marks
from tzurot.llm.messages import Attachment, Audio, ChatMessage, ChatRequest, Image, Json
from tzurot.llm.parameters import SAMPLERS
from tzurot.llm.service import Service
from tzurot.settings import ServerKind

STOPS_SENT: Final = 4
"""OpenAI, Azure and OpenRouter refuse more; the others are seen to here (`reply.py`)."""
LONGEST_SESSION_ID: Final = 256

# z.ai takes few parameters, and no temperature above 1. Source: its API reference, by way of the
# GLM formatter of agentscope.
_ZAI_SAMPLERS: Final = frozenset({"temperature", "top_p"})
_ONLY_OPENROUTER: Final = ("service_tier", "verbosity")


def body(service: Service, request: ChatRequest) -> dict[str, object]:
    """Return the JSON body of a request; strict servers refuse fields that only OpenRouter has."""
    marked = marks(request) if service.is_openrouter else Marks()
    result: dict[str, object] = {
        "model": request.model,
        "messages": _messages(service, request, marked),
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    result |= _samplers(service.kind, request.parameters)
    result |= _reasoning(service.kind, request.parameters)
    if stops := request.parameters.get("stop"):
        result["stop"] = list(stops[:STOPS_SENT])
    for name in ("logit_bias", "response_format"):
        if (value := request.parameters.get(name)) is not None:
            result[name] = value
    if request.tools:
        result |= _tools(service.kind, request)
    if service.is_openrouter:
        result |= _openrouter(request, marked)
    else:
        result["stream_options"] = {"include_usage": True}  # OpenRouter tells it unasked
    return result | dict(request.extra)


def _samplers(kind: ServerKind, parameters: Json) -> dict[str, object]:
    known = _ZAI_SAMPLERS if kind is ServerKind.ZAI else SAMPLERS
    found = {name: value for name, value in parameters.items() if name in known}
    if kind is ServerKind.ZAI and "temperature" in found:
        found["temperature"] = min(1, found["temperature"])
    if kind is ServerKind.LLAMACPP and "repetition_penalty" in found:
        found["repeat_penalty"] = found.pop("repetition_penalty")
    return found


def _reasoning(kind: ServerKind, parameters: Json) -> dict[str, object]:
    effort = parameters.get("reasoning_effort")
    tokens = parameters.get("reasoning_max_tokens")
    if kind is ServerKind.OPENROUTER:
        # Never both: they contradict each other.
        if effort is not None:
            return {"reasoning": {"effort": effort}}
        return {"reasoning": {"max_tokens": tokens}} if tokens is not None else {}
    if effort is None:
        return {}
    thinks = effort != "none"
    if kind in {ServerKind.ZAI, ServerKind.DEEPSEEK}:
        return {"thinking": {"type": "enabled" if thinks else "disabled"}}
    if kind in {ServerKind.VLLM, ServerKind.LLAMACPP}:
        # Templates name the switch differently, and ignore what they do not know.
        return {"chat_template_kwargs": {"enable_thinking": thinks, "thinking": thinks}}
    return {"reasoning_effort": effort}


def _tools(kind: ServerKind, request: ChatRequest) -> dict[str, object]:
    found: dict[str, object] = {"tools": list(request.tools)}
    if request.tool_choice is not None and kind is not ServerKind.ZAI:  # which only knows auto
        found["tool_choice"] = request.tool_choice
    if (parallel := request.parameters.get("parallel_tool_calls")) is not None:
        found["parallel_tool_calls"] = parallel
    return found


def _openrouter(request: ChatRequest, marked: Marks) -> dict[str, object]:
    compress = bool(request.parameters.get("context_compression"))
    found: dict[str, object] = {
        # Of itself it silently drops the middle of what is too long for a small model.
        "plugins": [{"id": "context-compression", "enabled": compress}]
    }
    if request.alternatives:
        found["models"] = [request.model, *request.alternatives]
    if request.provider:
        found["provider"] = dict(request.provider)
    if request.session_id:
        found["session_id"] = request.session_id[:LONGEST_SESSION_ID]
    if request.user:
        found["user"] = request.user
    if marked.top_level:
        found["cache_control"] = marked.control
    for name in _ONLY_OPENROUTER:
        if (value := request.parameters.get(name)) is not None:
            found[name] = value
    return found


# -- messages ----------------------------------------------------------------------------------


def _messages(service: Service, request: ChatRequest, marked: Marks) -> list[dict[str, Any]]:
    return [
        _message(service, message, marked.control if position in marked.positions else None)
        for position, message in enumerate(request.messages)
        # Providers refuse a message without content.
        if message.content.strip() or message.attachments or message.tool_calls
    ]


def _message(
    service: Service, message: ChatMessage, control: dict[str, Any] | None
) -> dict[str, Any]:
    text: list[dict[str, Any]] = []
    if message.content.strip():
        text = [{"type": "text", "text": message.content}]
        if control is not None:
            text[0]["cache_control"] = control
    parts = text + [_attached(one) for one in message.attachments]
    plain = not message.attachments and control is None
    found: dict[str, Any] = {"role": message.role, "content": message.content if plain else parts}
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        found["content"] = found["content"] or None
        found["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
        found |= _thoughts(service, message)
    return found


def _attached(attachment: Attachment) -> dict[str, Any]:
    if isinstance(attachment, Image):
        return {"type": "image_url", "image_url": {"url": attachment.url}}
    if isinstance(attachment, Audio):
        sound = {"data": attachment.data, "format": attachment.format}
        return {"type": "input_audio", "input_audio": sound}
    return {"type": "file", "file": {"filename": attachment.name, "file_data": attachment.data}}


# Source: the changelog of OpenRouter's provider for the AI SDK, 2.3.3 and 2.5.1.
_SIGNED: Final = ("anthropic-claude", "google-gemini")


def _thoughts(service: Service, message: ChatMessage) -> dict[str, Any]:
    """Return the thinking behind tool calls, which providers want back while the loop is open."""
    if message.reasoning_details is None:
        return {}
    details = [dict(entry) for entry in message.reasoning_details if not _lacks_signature(entry)]
    if service.is_openrouter:
        return {"reasoning_details": details}
    text = "".join(str(entry.get("text") or entry.get("summary") or "") for entry in details)
    return {"reasoning_content": text}


def _lacks_signature(entry: Mapping[str, Any]) -> bool:
    signed = str(entry.get("format", "")).startswith(_SIGNED)
    return signed and entry.get("type") == "reasoning.text" and not entry.get("signature")
