"""Polls in messages, as Discord's requests make them; nobody votes here.

Source: https://discord.com/developers/docs/resources/poll
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from .errors import Payload
from .forms import Form

_QUESTION: Final = 300
_ANSWER: Final = 55
_MOST_ANSWERS: Final = 10
_HOURS: Final = 24
_MOST_HOURS: Final = 768
_LAYOUT: Final = 1


def read(form: Form) -> Payload:
    """Return the `poll` field of a message, nothing when the body has none."""
    if form.body.get("poll") is None:
        return {}
    inner = form.part(form.body["poll"], "poll")
    question = _media(inner, inner.body.get("question"), "question", _QUESTION)
    answers = []
    for number, given in enumerate(inner.items("answers", _MOST_ANSWERS)):
        answer = inner.part(given, f"answers.{number}")
        media = _media(answer, answer.body.get("poll_media"), "poll_media", _ANSWER)
        answers.append({"answer_id": number + 1, "poll_media": media})
    if not answers:
        inner.wrong("answers", "BASE_TYPE_REQUIRED", "This field is required")
    hours = inner.whole("duration", 1, _MOST_HOURS) or _HOURS
    ends = datetime.now(UTC) + timedelta(hours=hours)
    poll = {
        "question": question,
        "answers": answers,
        "expiry": ends.isoformat(timespec="microseconds"),
        "allow_multiselect": inner.flag("allow_multiselect"),
        "layout_type": _LAYOUT,
        "results": {"answer_counts": [], "is_finalized": False},
    }
    return {"poll": poll}


def _media(form: Form, given: object, name: str, longest: int) -> Payload:
    inner = form.part(given, name)
    inner.required("text")
    found: Payload = {"text": inner.text("text", longest, 1)}
    if emoji := inner.body.get("emoji"):
        found["emoji"] = {"id": None, "name": None, **emoji}
    return found
