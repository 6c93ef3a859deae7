"""Keys, codes and verifiers reach no log and no error, whatever services echo."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator

import pytest
from loguru import logger
from pydantic import SecretStr

from tests.support.model_server import ModelServer, Reply
from tzurot.llm.embeddings import embed
from tzurot.llm.errors import ModelError
from tzurot.llm.keys import check_key, finish_link
from tzurot.llm.pictures import paint
from tzurot.llm.speech import speak, transcribe
from tzurot.llm.transport import Transport

SECRET = "sk-or-v1-5ec7e75ec7e75ec7e75ec7e75ec7e7"
CODE = "c0dec0dec0de"
VERIFIER = "verifierverifierverifierverifierverifierverifier"
KEY = SecretStr(SECRET)
SAID = f"Header Authorization: Bearer {SECRET}, key {SECRET}, code {CODE}, verifier {VERIFIER}"
ECHOES = [
    Reply.failure(401, SAID, metadata={"raw": json.dumps({"error": {"message": SAID}})}),
    Reply.failure(400, SAID),
    Reply.failure(502, SAID, headers={"Retry-After": "0"}),
    Reply(body={"error": SAID}),
    Reply(body={"data": [{"url": SAID}], "detail": SAID}),
    Reply(body=f"<html><title>{SAID}</title>", status=503),
    Reply(body=SAID),
    Reply(body={"message": SAID, "key": f"{SECRET}\n\u2028{CODE}"}, status=500),
]

Call = Callable[[Transport], Awaitable[object]]
CALLS: dict[str, Call] = {
    "key": lambda to: check_key(to, KEY),
    "link": lambda to: finish_link(to, CODE, SecretStr(VERIFIER)),
    "transcript": lambda to: transcribe(to, b"?", format="wav", model="m", key=KEY),
    "speech": lambda to: speak(to, "Hm.", model="m", voice="v", key=KEY),
    "picture": lambda to: paint(to, "A boat", model="m", key=KEY),
    "embedding": lambda to: embed(to, ["a"], model="m", key=KEY),
}
PATHS = ["/key", "/auth/keys", "/audio/transcriptions", "/audio/speech", "/images", "/embeddings"]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Return all that loguru writes, and let everything else write all it can."""
    caplog.set_level(logging.DEBUG)
    written: list[str] = []
    sink = logger.add(written.append, level=0, diagnose=False)
    yield written
    logger.remove(sink)


@pytest.mark.parametrize("reply", ECHOES, ids=range(len(ECHOES)))
@pytest.mark.parametrize("name", CALLS)
async def test_no_secret_gets_out(  # noqa: PLR0913, PLR0917  fixtures
    server: ModelServer,
    openrouter: Transport,
    lines: list[str],
    caplog: pytest.LogCaptureFixture,
    name: str,
    reply: Reply,
) -> None:
    server.defaults = dict.fromkeys(PATHS, reply)
    with pytest.raises(ModelError) as caught:
        await CALLS[name](openrouter)
    error = caught.value
    logger.opt(exception=error).warning("It failed: {} {!r}", error.host_sentence, error)
    told = [*lines, caplog.text, repr(error), str(error), repr(vars(error)), error.sentence]
    told += traceback.format_exception(error)
    seen: BaseException | None = error
    while seen is not None:
        told.append(repr(seen))
        seen = seen.__cause__ or seen.__context__
    everything = "\n".join(told)
    assert server.calls
    assert caplog.records
    assert SECRET not in everything
    assert SECRET[-12:] not in everything
    if name == "link":
        assert CODE not in everything
        assert VERIFIER not in everything
