"""How a request is written for OpenRouter, and how for every other OpenAI-compatible server."""

from __future__ import annotations

from typing import Final

import httpx

from tzurot.llm.messages import ChatRequest

MOST_STOPS: Final = 4
_SAMPLING: Final = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "seed",
)


def is_openrouter(url: httpx.URL) -> bool:
    """Return whether the address is OpenRouter's, one of its regions included."""
    return url.host == "openrouter.ai" or url.host.endswith(".openrouter.ai")


def headers(
    url: httpx.URL, api_key: str | None, app_name: str | None, app_url: str | None
) -> dict[str, str]:
    """Return the headers of a request; only OpenRouter is told which app asks."""
    result = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    if api_key:
        result["Authorization"] = f"Bearer {api_key}"
    if app_url and is_openrouter(url):  # a name without an address counts for nothing there
        result["HTTP-Referer"] = app_url
        result["X-OpenRouter-Title"] = app_name or "tzurot"
    return result


def body(url: httpx.URL, request: ChatRequest) -> dict[str, object]:
    """Return the JSON body of a request; strict servers refuse fields that only OpenRouter has."""
    result: dict[str, object] = {
        "model": request.model,
        "messages": [
            {"role": message.role, "content": message.content} for message in request.messages
        ],
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    for name in _SAMPLING:
        if (value := getattr(request, name)) is not None:
            result[name] = value
    if request.stop:
        result["stop"] = list(request.stop[:MOST_STOPS])
    if is_openrouter(url):
        result |= {"session_id": request.session_id} if request.session_id else {}
        result |= {"user": request.user} if request.user else {}
    else:
        result["stream_options"] = {"include_usage": True}  # OpenRouter tells it unasked
    return result | dict(request.extra)
