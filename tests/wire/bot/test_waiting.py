"""What holds in a place is looked at again when a turn has waited."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from tests.support.model_server import Reply
from tests.support.playground import ADA, BEN, CLEO, LOUNGE, Payload
from tests.wire.bot.conftest import World
from tests.wire.bot.test_bursts import after, asked
from tests.wire.bot.test_rules import who
from tzurot.history.turns import TurnState
from tzurot.rules.denial import Denial, Mode, Party, Reach, Target
from tzurot.rules.denials import DenialStore
from tzurot.storage.database import Database


async def test_who_is_denied_while_the_answer_waits_gets_none(
    world: World, database: Database
) -> None:
    world.model.default = Reply.text("Yes.")
    denials, juniper = DenialStore(database), await who(database, "Juniper")
    world.model.gate.clear()
    first = await world.playground.say(CLEO, "@Juniper one")
    await asked(world, 1)
    # In the queue.
    queued = await world.playground.say(BEN, "@Juniper two")
    third = await world.playground.say(ADA, "@Juniper three")
    await turn_is(database, third, TurnState.QUEUED)
    here = Target(party=Party.USER, party_id=int(BEN), reach=Reach.CHANNEL, place_id=int(LOUNGE))
    await denials.deny(Denial(target=here, mode=Mode.MUTE, by=int(ADA)), host_id=int(ADA))
    world.model.gate.set()
    await turn_is(database, third, TurnState.DELIVERED)
    await turn_is(database, queued, TurnState.CANCELLED)
    assert len(world.model.requests) == 2
    # Written, and held while its author types on.
    world.model.gate.clear()
    held = await world.playground.say(CLEO, "@Juniper wait,")
    await asked(world, 3)
    await world.playground.type(CLEO)
    world.model.gate.set()
    await turn_is(database, held, TurnState.GENERATED)
    she = Target(party=Party.USER, party_id=int(CLEO), reach=Reach.CHARACTER, character_id=juniper)
    await denials.deny(Denial(target=she, mode=Mode.BLOCK, by=int(ADA)), host_id=int(ADA))
    # It joins what is answered, which is looked at anew with it.
    on = await world.playground.say(CLEO, "are you there?")
    await turn_is(database, on, TurnState.CANCELLED)
    assert len(await after(first, world)) == 2


async def turn_is(database: Database, said: Payload, state: TurnState) -> None:
    """Wait until the turn that answers a message is so far."""
    query = text("SELECT state FROM turns WHERE trigger_id = :id").bindparams(id=int(said["id"]))
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as session:
                if await session.scalar(query) == state.value:
                    return
            await asyncio.sleep(0.02)
