"""The model client: asks OpenAI-compatible chat completions, and knows no Discord and no database.

`ModelClient.stream(request)` yields `TextDelta`, `ReasoningDelta` and `TextDiscarded`, last `Done`;
`ModelClient.complete(request)` returns the `ChatResult` at once. Both raise `ModelError` only.
"""

from tzurot.llm.client import ModelClient, Patience
from tzurot.llm.errors import SENTENCES, ErrorKind, ModelError
from tzurot.llm.messages import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    Done,
    FinishReason,
    ReasoningDelta,
    Role,
    StreamEvent,
    TextDelta,
    TextDiscarded,
    Timings,
    Usage,
)

__all__ = [
    "SENTENCES",
    "ChatMessage",
    "ChatRequest",
    "ChatResult",
    "Done",
    "ErrorKind",
    "FinishReason",
    "ModelClient",
    "ModelError",
    "Patience",
    "ReasoningDelta",
    "Role",
    "StreamEvent",
    "TextDelta",
    "TextDiscarded",
    "Timings",
    "Usage",
]
