"""What is made once, for all who ask, and kept while there is space."""

import asyncio

import pytest

from tzurot.conversation.once import Once


async def test_the_oldest_goes() -> None:
    once = Once(10)

    async def give(text: str) -> str:
        return text

    for key in "ab":
        await once.make(key, lambda key=key: give(key * 4))  # type: ignore[misc]
    assert once.get("a") == "aaaa"
    await once.make("c", lambda: give("cccc"))
    assert (once.get("a"), once.get("b"), once.get("c")) == ("aaaa", None, "cccc")
    assert await once.make("d", lambda: give("d" * 11)) == "d" * 11
    assert once.get("d") is None


async def test_it_is_made_to_the_end() -> None:
    once, go = Once(10), asyncio.Event()

    async def slow() -> str:
        await go.wait()
        return "done"

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(once.make("a", slow), 0.01)
    go.set()
    assert await once.make("a", slow) == "done"


async def test_a_failure_is_not_kept() -> None:
    once = Once(10)

    async def fail() -> str:
        raise LookupError

    async def give() -> str:
        return "now"

    both = await asyncio.gather(*(once.make("a", fail) for _ in "12"), return_exceptions=True)
    assert all(isinstance(one, LookupError) for one in both)
    assert await once.make("a", give) == "now"


async def test_closing_stops_what_is_made() -> None:
    once = Once(10)
    waiting = asyncio.create_task(once.make("a", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await once.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
