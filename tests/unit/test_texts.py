"""What people are told is true: a command that a sentence names is there."""

from __future__ import annotations

import re

import hikari

from tests.support.playground import TOKEN
from tzurot import texts
from tzurot.commands import build_client
from tzurot.commands.kit.declared import declared

_NAMED = re.compile(r"(?<![\w/:<])/([a-z-]+)(?: ([a-z-]+))?")


async def test_every_command_that_is_named_is_there() -> None:
    client = await build_client(hikari.GatewayBot(TOKEN, banner=None, logs=None))
    there = {one.path for one in declared(client)}
    told = {name: each for name, each in vars(texts).items() if name.isupper()}
    sentences = [each for each in told.values() if isinstance(each, str)]
    found = [named for each in sentences for named in _NAMED.finditer(each)]
    assert {named[0] for named in found} >= {"/age", "/character create", "/help"}
    for named in found:
        assert {named[1], f"{named[1]} {named[2]}"} & there, named[0]
