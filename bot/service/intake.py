"""The way in: a delivery is committed to the inbox, then worked on in a task of its own, then settled.

A tap that fires is taken in by the commit of its licence. The same for every platform.

A delivery that cannot be committed is given up: a tap may still fire on the emergency journal's word; else people
are told "not run", and so it stays, however often the platform brings it again. Once they are told, the platform
may forget it, too: a tap must not fire after a restart when its person has heard that it did not.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from bot.errors import KnownDelivery, StoreUnavailable
from bot.model import Platform
from bot.ports import Clock, Inbox, InboxRow
from bot.service.rush import Rush
from bot.service.tasks import Tasks

_MOST: Final = 10_000
_PAUSE: Final = 1.0

PATIENCE: Final = 2.3
"""Seconds the inbox has: a tap has 10 s in all, and must not wait for its turn behind what is never taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing a platform brought."""

    origin: str
    """Its id in our inbox: `telegram:4711`."""
    payload: Mapping[str, Any]
    """As the platform sent it, parsed."""
    received_at: datetime
    """When it came in, UTC."""
    resumed: bool = False
    """Whether it was taken in by a process that is gone."""


class Worker(Protocol):
    """What an adapter does with deliveries."""

    async def work(self, delivery: Delivery) -> bool:
        """Give a delivery its effect; False: it cannot be read, and is set aside."""
        ...

    async def at_once(self, delivery: Delivery, row: InboxRow) -> bool:
        """Give a new delivery its effect and take it in, in one commit; False: neither was done.

        Raises:
            KnownDelivery: it was taken in before; nothing was done.
            StoreUnavailable: the store did not take it; `give_up` may act on it without.
        """
        ...

    async def give_up(self, delivery: Delivery) -> bool:
        """Nothing can be committed: act without, or tell its people that it was not run; whether they know.

        One that is `resumed` was given up before, and stays not run.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What an intake needs."""

    inbox: Inbox
    clock: Clock
    tasks: Tasks
    rush: Rush


class Intake:
    """Commits, works, settles."""

    def __init__(self, platform: Platform, world: World, worker: Worker) -> None:
        self._platform = platform
        self._inbox, self._clock, self._tasks, self._rush = world.inbox, world.clock, world.tasks, world.rush
        self._worker = worker
        self._given_up: OrderedDict[str, bool] = OrderedDict()
        """Deliveries that stay not run, and whether their people know."""
        self._giving_up: dict[str, asyncio.Future[bool]] = {}
        self._trying: dict[str, asyncio.Task[bool | StoreUnavailable]] = {}

    async def take(self, id_: str, payload: Mapping[str, Any]) -> None:
        """Commit one delivery, and begin to work on it unless it is known.

        Raises:
            StoreUnavailable: it was not committed and its people could not be told, so the platform must keep it.
        """
        self._rush.begin()
        now = self._clock.now()
        delivery = self._delivery(id_, payload, now)
        try:
            document = json.dumps(payload, separators=(",", ":")).encode()
            if await self._at_once(id_, delivery, document):
                return
            accepting = asyncio.ensure_future(self._inbox.accept(self._platform, id_, document, now))
            if await self._is_slow(accepting) and await self.give_up(id_, payload, now):
                self._tasks.start(self._came_late(accepting, id_), f"slow inbox {id_}", idle=True)
                return
            fresh = await accepting
        except StoreUnavailable:
            if await self.give_up(id_, payload, now):
                return
            raise
        if id_ in self._given_up:
            self._tasks.start(self._refuse(id_, delivery), delivery.origin)
        elif fresh:
            self._tasks.start(self._work(delivery), delivery.origin)

    async def _at_once(self, id_: str, delivery: Delivery, document: bytes) -> bool:
        """Whether it was taken in together with its effect, now or before."""
        if id_ in self._given_up:
            return False
        trying = self._trying.get(id_)
        if trying is None:  # else the same delivery came again meanwhile, and has the first one's outcome
            trying = self._tasks.start(self._try_at_once(delivery, document), delivery.origin)
            self._trying[id_] = trying
            trying.add_done_callback(lambda _: self._trying.pop(id_, None))
        # A task of its own: a stop, which ends this one, must not come between the commit and the request.
        outcome = await asyncio.shield(trying)
        if isinstance(outcome, StoreUnavailable):
            raise outcome
        return outcome

    async def _try_at_once(self, delivery: Delivery, document: bytes) -> bool | StoreUnavailable:
        row = InboxRow(origin=delivery.origin, payload=document, received_at=delivery.received_at)
        try:
            done = await self._worker.at_once(delivery, row)
        except KnownDelivery:
            return True
        except StoreUnavailable as error:
            return error
        if done:
            self._tasks.start(self._settle(delivery.origin, readable=True), delivery.origin)
        return done

    @staticmethod
    async def _is_slow(accepting: "asyncio.Future[bool]") -> bool:
        """Whether the inbox takes so long that the delivery must be settled without it."""
        try:
            done, _ = await asyncio.wait({accepting}, timeout=PATIENCE)
        except asyncio.CancelledError:
            accepting.cancel()
            raise
        return not done

    async def _came_late(self, accepting: "asyncio.Future[bool]", id_: str) -> None:
        """It was settled without the inbox: should the inbox have taken it after all, it must not act again."""
        with suppress(StoreUnavailable):
            await accepting
            await self._settle(f"{self._platform}:{id_}", readable=True)

    async def give_up(self, id_: str, payload: Mapping[str, Any], received_at: datetime | None = None) -> bool:
        """Nothing can be committed: acted on without, or told that it was not run, and so it stays; whether told.

        Args:
            id_: the platform's, of the delivery.
            payload: as the platform sent it.
            received_at: when it came, UTC; None: now.
        """
        running = self._giving_up.get(id_)
        if running is None:  # else the same delivery came again meanwhile: what comes of the first is its answer
            running = asyncio.ensure_future(self._give_up(id_, payload, received_at))
            self._giving_up[id_] = running
            running.add_done_callback(lambda _: self._giving_up.pop(id_, None))
        return await asyncio.shield(running)

    async def _give_up(self, id_: str, payload: Mapping[str, Any], received_at: datetime | None) -> bool:
        if not self._given_up.get(id_, False):
            again = id_ in self._given_up
            delivery = self._delivery(id_, payload, received_at or self._clock.now())
            delivery = replace(delivery, resumed=again)  # what was told "not run" must not act the second time
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
