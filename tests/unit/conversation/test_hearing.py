"""Nobody answers where it is not known which rules hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from tzurot.conversation.hearing import Hearing
from tzurot.conversation.incoming import Incoming

SAID = Incoming(
    message_id=1,
    channel_id=51,
    guild_id=9,
    author_id=3,
    author_name="Ben",
    is_person=True,
    content="@Juniper hello",
)


@dataclass
class Around:
    """Stands for all that hearing asks; `parent` is None where the place is not known."""

    parent: int | None
    viewed: list[Incoming] = field(default_factory=list)
    kept: list[Incoming] = field(default_factory=list)

    async def placed(self, said: Incoming) -> Incoming | None:
        return None if self.parent is None else replace(said, parent_channel_id=self.parent)

    async def view(self, said: Incoming, *, in_burst: bool) -> None:
        assert not in_burst
        self.viewed.append(said)

    async def keep_if_followed(self, said: Incoming) -> None:
        self.kept.append(said)

    def pending(self, *_: int) -> dict[Any, Any]:
        return {}


async def heard(around: Around) -> None:
    rest: dict[str, Any] = dict.fromkeys(
        ("journal", "speaker", "age_gate", "unfolding", "pluralkit")
    )
    parts: dict[str, Any] = dict.fromkeys(("rooms", "keeper", "directory"), around)
    answering: Any = SimpleNamespace(bursts=around)
    await Hearing(**rest, **parts, answering=answering).hear(SAID)


async def test_what_is_said_in_a_thread_counts_as_said_in_its_channel() -> None:
    around = Around(parent=50)
    await heard(around)
    assert around.viewed == around.kept == [replace(SAID, parent_channel_id=50)]


async def test_where_that_cannot_be_found_out_it_is_heard_and_no_more() -> None:
    around = Around(parent=None)
    await heard(around)
    assert around.viewed == []
    assert around.kept == [SAID]
