"""The way in: a delivery is committed to the inbox, then worked on in a task of its own, then settled.

The same for every platform. A delivery that cannot be committed is given up: people are told "not run", and so it
stays, however often the platform brings it again. Once they are told, the platform may forget it, too: a tap must
not fire after a restart when its person has heard that it did not.
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
_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing a platform brought."""

    origin: str
    """Its id in our inbox: `telegram:4711`."""
    payload: Mapping[str, Any]
    """As the platform sent it, parsed."""
    received_at: datetime
    """When it was committed, UTC."""
    resumed: bool = False
    """Whether it was taken in by a process that is gone."""


class Worker(Protocol):
    """What an adapter does with deliveries."""

    async def work(self, delivery: Delivery) -> bool:
        """Give a delivery its effect; False: it cannot be read, and is set aside."""
        ...

    async def give_up(self, delivery: Delivery) -> bool:
        """Nothing can be committed: tell whoever is behind the delivery that it was not run; whether they know."""
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
        self._given_up: OrderedDict[str, bool] = OrderedDict()
        """Deliveries that stay not run, and whether their people know."""

    async def take(self, id_: str, payload: Mapping[str, Any]) -> None:
        """Commit one delivery, and begin to work on it unless it is known.

        Raises:
            StoreUnavailable: it was not committed and its people could not be told, so the platform must keep it.
        """
        now = self._clock.now()
        try:
            document = json.dumps(payload, separators=(",", ":")).encode()
            fresh = await self._inbox.accept(self._platform, id_, document, now)
        except StoreUnavailable:
            if await self.give_up(id_, payload):
                return
            raise
        delivery = self._delivery(id_, payload, now)
        if id_ in self._given_up:
            self._tasks.start(self._refuse(id_, delivery), delivery.origin)
        elif fresh:
            self._tasks.start(self._work(delivery), delivery.origin)

    async def give_up(self, id_: str, payload: Mapping[str, Any]) -> bool:
        """Nothing can be committed: people are told, and it stays not run; whether they know."""
        if not self._given_up.get(id_, False):
            delivery = self._delivery(id_, payload, self._clock.now())
            self._given_up[id_] = False  # from now on, whatever comes of telling them
            self._given_up[id_] = await self._worker.give_up(delivery)
            if len(self._given_up) > _MOST:
                self._given_up.popitem(last=False)
        return self._given_up.get(id_, True)

    async def resume(self) -> None:
        """Work on what was taken in and never settled: what a crash left behind."""
        for row in await self._inbox.unsettled(self._platform):
            payload = json.loads(row.payload)
            delivery = Delivery(origin=row.origin, payload=payload, received_at=row.received_at, resumed=True)
            self._tasks.start(self._work(delivery), row.origin)

    def _delivery(self, id_: str, payload: Mapping[str, Any], at: datetime) -> Delivery:
        return Delivery(origin=f"{self._platform}:{id_}", payload=payload, received_at=at)

    async def _refuse(self, id_: str, delivery: Delivery) -> None:
        """People were told "not run", or are now: settled without any effect."""
        while not await self.give_up(id_, delivery.payload):
            await self._clock.sleep(_PAUSE)
        await self._settle(delivery.origin, readable=True)

    async def _work(self, delivery: Delivery) -> None:
        readable = await self._worker.work(delivery)
        await self._settle(delivery.origin, readable=readable)

    async def _settle(self, origin: str, *, readable: bool) -> None:
        """Note that a delivery has had its effect, as soon as it can be noted."""
        while True:
            try:
                await self._inbox.settle(origin, unreadable=not readable)
            except StoreUnavailable:
                await self._clock.sleep(_PAUSE)
                continue
            return
