"""The way in: a delivery is committed to the inbox, then worked on in a task of its own, then settled.

The same for every platform. A delivery that cannot be committed is given up: people are told "not run", and so it
stays, however often the platform brings it again.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from bot.errors import StoreUnavailable
from bot.model import Platform
from bot.ports import Clock, Inbox
from bot.service.tasks import Tasks

_MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing a platform brought."""

    origin: str
    """Its id in our inbox: `telegram:4711`."""
    payload: Mapping[str, Any]
    """As the platform sent it, parsed."""
    received_at: datetime
    """When it was committed, UTC."""


class Worker(Protocol):
    """What an adapter does with deliveries."""

    async def work(self, delivery: Delivery) -> bool:
        """Give a delivery its effect; False: it cannot be read, and is set aside."""
        ...

    async def give_up(self, delivery: Delivery) -> None:
        """Nothing can be committed: tell whoever is behind the delivery that it was not run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What an intake needs."""

    inbox: Inbox
    clock: Clock
    tasks: Tasks


class Intake:
    """Commits, works, settles."""

    def __init__(self, platform: Platform, world: World, worker: Worker) -> None:
        self._platform = platform
        self._inbox, self._clock, self._tasks = world.inbox, world.clock, world.tasks
        self._worker = worker
        self._given_up: OrderedDict[str, None] = OrderedDict()

    async def take(self, id_: str, payload: Mapping[str, Any]) -> None:
        """Commit one delivery, and begin to work on it unless it is known.

        Raises:
            StoreUnavailable: it was not committed, so the platform must not be told that we have it.
        """
        now = self._clock.now()
        try:
            document = json.dumps(payload, separators=(",", ":")).encode()
            fresh = await self._inbox.accept(self._platform, id_, document, now)
        except StoreUnavailable:
            await self.give_up(id_, payload)
            raise
        delivery = self._delivery(id_, payload, now)
        if id_ in self._given_up:  # people were told "not run": settled without any effect
            self._tasks.start(self._inbox.settle(delivery.origin), f"settle {delivery.origin}")
        elif fresh:
            self._tasks.start(self._work(delivery), delivery.origin)

    async def give_up(self, id_: str, payload: Mapping[str, Any]) -> None:
        """Nothing can be committed: people are told, once a delivery, and it stays not run."""
        if id_ in self._given_up:
            return
        self._given_up[id_] = None
        if len(self._given_up) > _MOST:
            self._given_up.popitem(last=False)
        await self._worker.give_up(self._delivery(id_, payload, self._clock.now()))

    async def resume(self) -> None:
        """Work on what was taken in and never settled: what a crash left behind."""
        for row in await self._inbox.unsettled(self._platform):
            payload = json.loads(row.payload)
            delivery = Delivery(origin=row.origin, payload=payload, received_at=row.received_at)
            self._tasks.start(self._work(delivery), row.origin)

    def _delivery(self, id_: str, payload: Mapping[str, Any], at: datetime) -> Delivery:
        return Delivery(origin=f"{self._platform}:{id_}", payload=payload, received_at=at)

    async def _work(self, delivery: Delivery) -> None:
        readable = await self._worker.work(delivery)
        await self._inbox.settle(delivery.origin, unreadable=not readable)
