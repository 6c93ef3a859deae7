"""The models that a service has, kept fresh in the background and looked up without waiting."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from loguru import logger
from pydantic import SecretStr

from tzurot.llm.errors import ErrorKind, ModelError
from tzurot.llm.model_info import ModelInfo, Prices, read_models
from tzurot.llm.transport import Transport

_VARIANTS: Final = frozenset({"free", "nitro", "floor", "online", "exacto", "thinking", "extended"})
"""What may follow the id of a model at OpenRouter, whether or not the list has it."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """The list, by id and by dated name."""

    by_id: dict[str, ModelInfo] = field(default_factory=dict)
    by_slug: dict[str, ModelInfo] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Iterable[ModelInfo]) -> _Listed:
        by_id = {info.id: info for info in models}
        # Variants and aliases share the dated name of their model, which is the one that is meant.
        own = (info for info in by_id.values() if ":" not in info.id and not info.alias_target)
        return cls(by_id, {info.slug: info for info in own if info.slug})


class Catalogue:
    """What is known of a service's models: nothing until the list came, then its last good state.

    `every_s` and `retry_s` are seconds: between two readings, and before the first new try after
    one that failed; the pause doubles up to `every_s`.
    """

    def __init__(
        self, transport: Transport, *, every_s: float = 6 * 3600, retry_s: float = 30
    ) -> None:
        self._transport = transport
        self._every_s = every_s
        self._retry_s = retry_s
        self._listed = _Listed()
        self._healthy: bool | None = None

    async def refresh(self, key: SecretStr | None = None) -> None:
        """Read the list now; raises `ModelError`, and then what was known stays."""
        answer = await self._transport.ask("GET", "/models", key=key, patience_s=60)
        listed = await asyncio.to_thread(_read, answer.body)
        if listed is None or (self._listed.by_id and not listed.by_id):
            msg = f"HTTP {answer.status} without a list of models"
            raise ModelError(ErrorKind.PROVIDER_DOWN, msg, status=answer.status)
        self._listed = listed

    async def run(self, key: SecretStr | None = None) -> None:
        """Keep the list fresh until cancelled; whatever goes wrong is logged once and outlived.

        OpenRouter needs no key for it, most other services do.
        """
        failures = 0
        while True:
            failures = 0 if await self._refreshed(key) else failures + 1
            pause = self._every_s
            if failures:
                pause = min(self._retry_s * 2 ** min(failures - 1, 16), pause)
            # Processes that started together need not ask together for ever.
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  no secret

    def find(self, model: str) -> ModelInfo | None:
        """Return what is known of a model by the name that a request gives it, or None.

        An alias gives its target. A variant that is not listed gives what is known of its base,
        under the variant's id; its prices are unknown when it is the free one.
        """
        if found := self._exact(model):
            return found
        base, _, variant = model.rpartition(":")
        found = self._exact(base) if variant in _VARIANTS else None
        if found is None:
            return self._listed.by_slug.get(model)
        return replace(found, id=model, prices=Prices() if variant == "free" else found.prices)

    def search(self, words: str, limit: int = 25) -> list[ModelInfo]:
        """Return the models whose id or name has all the words; first those that begin with one.

        Otherwise the order is the service's own.
        """
        wanted = words.casefold().split()
        found = (
            info
            for info in self._listed.by_id.values()
            if all(word in f"{info.id} {info.name}".casefold() for word in wanted)
        )
        return heapq.nsmallest(limit, found, key=lambda info: _rank(info, wanted))

    def _exact(self, model: str) -> ModelInfo | None:
        found = self._listed.by_id.get(model)
        if found is None or found.alias_target is None:
            return found
        return self._listed.by_id.get(found.alias_target, found)

    async def _refreshed(self, key: SecretStr | None) -> bool:
        was, self._healthy = self._healthy, False
        try:
            await self.refresh(key)
        except ModelError as error:
            if was is not False:
                logger.warning("The list of models cannot be read: {}", error.host_sentence)
            return False
        except Exception:  # noqa: BLE001  the list is a convenience: no fault in it ends anything
            if was is not False:
                logger.exception("The list of models cannot be read")
            return False
        self._healthy = True
        if was is not True:
            logger.info("The service lists {} models", len(self._listed.by_id))
        return True


def _read(body: bytes) -> _Listed | None:
    models = read_models(body)
    return None if models is None else _Listed.of(models)


def _rank(info: ModelInfo, wanted: list[str]) -> int:
    """Return 0 for an id, its part behind the author, or a name that begins with the first word."""
    names = (info.id, info.id.partition("/")[2], info.name, info.name.partition(": ")[2])
    first = "".join(wanted[:1])
    return 0 if any(name.casefold().startswith(first) for name in names) else 1
