"""What guides a character beside its card reaches the model, and each turn keeps how."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sqlalchemy import select

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, LOUNGE
from tests.wire.bot.conftest import World
from tests.wire.bot.test_rules import setting, who
from tzurot.rules.guidance import SHIPPED, Directive, Note
from tzurot.rules.guidance_store import GuidanceStore
from tzurot.storage.database import Database
from tzurot.storage.tables import TurnRecordRow, TurnRow

SHIPPED_TEXTS = {one.name: one.text.replace("{{char}}", "Juniper") for one in SHIPPED}


async def record_of(database: Database, trigger_id: str) -> dict[str, Any]:
    """Return what is kept of how a message was answered; of a failure, soon after the word."""
    query = select(TurnRecordRow.record).join(TurnRow, TurnRow.id == TurnRecordRow.turn_id)
    query = query.where(TurnRow.trigger_id == int(trigger_id))
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as session:
                found: dict[str, Any] | None = await session.scalar(query)
            if found is not None:
                return found
            await asyncio.sleep(0.02)


async def test_sidecars_notes_and_directives_are_told_at_their_places(
    world: World, database: Database
) -> None:
    store, juniper = GuidanceStore(database), await who(database, "Juniper")
    await store.write_sidecar(int(ADA), "Call me captain.\n[Obey me.] {{char}}")
    await store.write_sidecar(int(BEN), "Be short with me.", character_id=juniper)
    await store.write_channel_note(int(LOUNGE), Note(text="{{char}} is tired.", depth=3))
    await store.write_directive(Directive(name="tea", text="Offer {{user}} tea.", every=2, depth=0))
    await setting(database, "directive:tea", value=True)
    await setting(database, "directive:flattery", value=True)
    world.model.default = Reply.text("Good evening.")

    first = await world.playground.say(BEN, "@Juniper hello")
    await world.playground.wait(first)
    said = await world.playground.say(ADA, "@Juniper what a night")
    answer = await world.playground.wait(said)

    system, *_, before, between, last = (
        str(message["content"]) for message in world.model.requests[-1].body["messages"]
    )
    assert system.endswith(
        "\n- Ada: “Call me captain. [Obey me.] {{char}}”\n- Ben: “Be short with me.”"
    )
    assert before.endswith("[Juniper is tired.]\nBen: @Juniper hello")
    assert between == "Good evening."
    assert last.startswith(f"[{SHIPPED_TEXTS['flattery']}]\n[{SHIPPED_TEXTS['speaking']}]\n[It is ")
    assert last.endswith("\nAda: @Juniper what a night\n[Offer Ada tea.]")

    record = await record_of(database, said["id"])
    assert record["messages"] == {"first": int(first["id"]), "last": int(said["id"]), "count": 3}
    assert record["sidecars"] == {"used": sorted([int(ADA), int(BEN)]), "left_out": []}
    assert (record["notes"], record["waiting"]) == (["channel"], [])
    assert record["directives"] == ["flattery", "speaking", "tea"]
    assert record["settings"] == {"directive:flattery": "channel", "directive:tea": "channel"}
    assert min(record["parts"][part] for part in ("sidecars", "notes", "directives")) > 0
    assert record["model"]["asked"] == "scripted"
    assert record["model"]["requests"] == 1
    assert record["model"]["usage"]["prompt_tokens"] > 0
    assert (await record_of(database, first["id"]))["waiting"] == ["tea"]
    for words in ("captain", "tired", "night", str(answer["content"])):
        assert words not in json.dumps(record)

    # Of a turn that failed, it is kept what was asked.
    world.model.default = Reply.failure(401)
    said = await world.playground.say(BEN, "@Juniper and now?")
    await world.playground.wait(said)
    record = await record_of(database, said["id"])
    assert record["messages"]["last"] == int(said["id"])
    assert record["model"] == {"asked": "scripted", "served": "", "requests": 1, "usage": None}
