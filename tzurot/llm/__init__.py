"""The model client: asks OpenAI-compatible services, and knows no Discord and no database.

`ModelClient.stream(request, key)` yields `TextDelta`, `ReasoningDelta` and `TextDiscarded`, last
`Done`; `ModelClient.complete(request, key)` returns the `ChatResult` at once. Both raise
`ModelError` only.
"""

from tzurot.llm.attempts import Attempt, Usage
from tzurot.llm.catalogue import Catalogue
from tzurot.llm.client import ModelClient
from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.messages import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    Done,
    ReasoningDelta,
    TextDelta,
    TextDiscarded,
    Timings,
)
from tzurot.llm.policy import Patience
from tzurot.llm.service import Service, api_key
from tzurot.llm.transport import Transport

__all__ = [
    "Attempt",
    "Catalogue",
    "ChatMessage",
    "ChatRequest",
    "ChatResult",
    "Done",
    "ErrorKind",
    "ModelClient",
    "ModelError",
    "Patience",
    "ReasoningDelta",
    "Service",
    "TextDelta",
    "TextDiscarded",
    "Timings",
    "Transport",
    "Usage",
    "api_key",
]
