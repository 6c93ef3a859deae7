"""Discord's error answers: HTTP status, JSON code and message.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes
"""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import Any

Payload = dict[str, Any]
"""A JSON object in Discord's own shape."""


class Problem(Enum):
    """What can be wrong with a request, as (HTTP status, JSON code, message)."""

    NOT_FOUND = (404, 0, "404: Not Found")
    UNAUTHORIZED = (401, 0, "401: Unauthorized")
    UNKNOWN_APPLICATION = (404, 10002, "Unknown Application")
    UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
    UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
    UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
    UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
    UNKNOWN_ROLE = (404, 10011, "Unknown Role")
    UNKNOWN_USER = (404, 10013, "Unknown User")
    UNKNOWN_EMOJI = (400, 10014, "Unknown Emoji")
    UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
    UNKNOWN_STICKER = (404, 10060, "Unknown sticker")
    UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
    UNKNOWN_COMMAND = (404, 10063, "Unknown application command")
    TOO_MANY_WEBHOOKS = (400, 30007, "Maximum number of webhooks reached (15)")
    TOO_MANY_REACTIONS = (400, 30010, "Maximum number of reactions reached (20)")
    TOO_MANY_COMMANDS = (400, 30032, "Maximum number of application commands reached (100)")
    TOO_LARGE = (413, 40005, "Request entity too large")
    ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
    MISSING_ACCESS = (403, 50001, "Missing Access")
    WRONG_CHANNEL_KIND = (400, 50024, "Cannot execute action on this channel type")
    NOT_THE_AUTHOR = (403, 50005, "Cannot edit a message authored by another user")
    EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
    CANNOT_DM = (403, 50007, "Cannot send messages to this user")
    MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
    BULK_DELETE_COUNT = (
        400,
        50016,
        "Provided too few or too many messages to delete. Must provide at least 2 and at most 100",
    )
    SYSTEM_MESSAGE = (403, 50021, "Cannot execute action on a system message")
    INVALID_WEBHOOK_TOKEN = (401, 50027, "Invalid Webhook Token")
    INVALID_FORM = (400, 50035, "Invalid Form Body")
    VOICE_WITH_CONTENT = (400, 50159, "Voice messages do not support additional content.")
    VOICE_NEEDS_AUDIO = (400, 50160, "Voice messages must have a single audio attachment.")
    VOICE_NEEDS_METADATA = (400, 50161, "Voice messages must have supporting metadata.")
    VOICE_IS_FINAL = (400, 50162, "Voice messages cannot be edited.")
    THREAD_ARCHIVED = (400, 50083, "Thread is archived")
    INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
    THREAD_EXISTS = (400, 160004, "A thread has already been created for this message")


class DiscordError(Exception):
    """A request that Discord would refuse."""

    def __init__(self, problem: Problem, errors: Payload | None = None) -> None:
        status, code, message = problem.value
        super().__init__(message)
        self.problem = problem
        self.status: int = status
        self.body: Payload = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


class RateLimitedError(Exception):
    """A request that came too early."""

    status = HTTPStatus.TOO_MANY_REQUESTS.value

    def __init__(self, retry_after: float, scope: str) -> None:
        super().__init__("You are being rate limited.")
        self.body: Payload = {
            "message": "You are being rate limited.",
            "retry_after": round(retry_after, 3),
            "global": scope == "global",
            "code": 0,
        }
        self.headers = {
            "Retry-After": str(max(1, int(retry_after + 0.999))),
            "X-RateLimit-Scope": scope,
        }
        if scope == "global":
            self.headers["X-RateLimit-Global"] = "true"
