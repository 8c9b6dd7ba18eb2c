"""The bot as one process: the parts that `bot.app` wires, on ports that end when the process is killed."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TypeVar

from bot import app
from bot.config import Config
from bot.errors import KeyUnusable
from bot.htx import HtxClient
from bot.model import AccountName, ContractCode, Incoming, IncomingTap, MassCancelId, Order, Platform, Scope
from bot.ports import HtxKey, InboxRow, TapAnswer
from bot.runtime.clock import ALPHABET
from bot.service import Delivery, Intake, World
from bot.store import NoJournal
from tests.truth.connection import Access
from tests.truth.disk import Disk
from tests.truth.network import Network
from tests.truth.screen import ANN, BO, DESK, Chat, Screen

T = TypeVar("T")

ACCESS_KEY: Final = "truth-access-key-51c0"
SECRET: Final = "truth-secret-key-a8d2"
WALL: Final = 1_731_639_600.0
"""What the wall clock shows when the loop's shows 0: 2024-11-15 03:00 UTC."""

PEOPLE: Final = {"ann": ANN, "bo": BO}

_OWNER: ContextVar["Process | None"] = ContextVar("owner", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What outlives the processes of one bot."""

    disk: Disk
    config: Config
    network: Network
    screen: Screen
    client: type["Watched"]
    """What the bot takes for its exchange client: the real one, or one that lies, to see the lie found."""
    chance: random.Random
    skew: float
    """Seconds this machine's clock is ahead of HTX's."""
    key_opens: Callable[[], bool]
    answered: dict[str, TapAnswer]
    """What each tap heard, by its id."""
    on_store: Callable[["Process", str], None]
    """Told before and after each transaction."""
    reads: list["Read"]


@dataclass(slots=True, kw_only=True)
class Read:
    """One reading of all open orders, as the bot has it."""

    process: int
    contract: str
    begun: float
    ended: float | None = None
    found: tuple[str, ...] | None = None
    """The ids; None where it failed or was given up."""


class Watched(HtxClient):
    """The real client; how each reading went is written down."""

    reads: list[Read]
    process: int

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        """As the bot gets it."""
        read = Read(process=self.process, contract=contract, begun=asyncio.get_running_loop().time())
        self.reads.append(read)
        try:
            rows = await super().open_orders(account, contract, urgent=urgent, sought=sought)
            read.found = tuple(row.order_id for row in rows)
        finally:
            read.ended = asyncio.get_running_loop().time()
        return rows


class Clock:
    """`bot.ports.Clock` on the loop's own time."""

    def __init__(self, process: "Process", offset: Callable[[], float]) -> None:
        self._process = process
        self._offset = offset

    def now(self) -> datetime:
        """UTC, corrected."""
        return datetime.fromtimestamp(self._process.machine_time() + self._offset(), UTC)

    def monotonic(self) -> float:
        """Seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait, unless the process is gone."""
        if self._process.dead:
            raise asyncio.CancelledError
        await asyncio.sleep(seconds)


class Keys:
    """`bot.ports.Keys` with one pair."""

    def __init__(self, opens: Callable[[], bool]) -> None:
        self._opens = opens

    @contextlib.contextmanager
    def htx(self, account: AccountName) -> Iterator[HtxKey]:
        """The pair, or none."""
        if not self._opens():
            raise KeyUnusable(account=account, why="WrongKey")
        yield HtxKey(access_key=ACCESS_KEY, secret=bytearray(SECRET.encode()))

    def tail(self, account: AccountName) -> str:
        """The last four characters."""
        del account
        return ACCESS_KEY[-4:]


class Ids:
    """`bot.ports.Ids` with seeded chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def mass_cancel(self) -> MassCancelId:
        """Five characters."""
        return MassCancelId("".join(self._chance.choices(ALPHABET, k=5)))

    def token(self) -> str:
        """As long as the real ones."""
        return f"{self._chance.getrandbits(128):032x}"


class Process:
    """One life of the bot, from its start until it is killed or the schedule ends."""

    def __init__(self, place: Place, number: int) -> None:
        self.place = place
        self.number = number
        self.dead = False
        self.ready = asyncio.Event()
        self.gone = asyncio.Event()
        self.tasks: dict[int, asyncio.Task[Any]] = {}
        self._access = Access(place.network)
        self._chat = Chat(place.screen, place.network.delay)
        self._parts: app.Parts | None = None
        self._intake: Intake | None = None
        self._context = copy_context()
        self._context.run(_OWNER.set, self)

    def machine_time(self) -> float:
        """What this machine takes for the time, Unix seconds."""
        return WALL + asyncio.get_running_loop().time() + self.place.skew

    def start(self) -> None:
        """Begin; `ready` is set once it takes updates."""
        self._spawn(self._live())

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(work, context=self._context)

    async def _live(self) -> None:
        """What `bot.app.running` does: clock, store, recovery, delivery, updates."""
        place = self.place
        clock = Clock(self, lambda: client.offset)
        client = place.client(
            urls=place.config.htx.hosts,
            keys=Keys(place.key_opens),
            clock=clock,
            system_now=self.machine_time,
            ssl_context=_context(),
            network=self._access,
        )
        client.reads, client.process = place.reads, self.number
        heartbeat = app.Heartbeat(client, clock)
        await heartbeat.begin()
        store = place.disk.store(clock.now, self._directly, f"p{self.number}")
        keys = Keys(place.key_opens)
        self._parts = parts = app.wired(
            place.config, keys, store, heartbeat, clock, NoJournal(), Ids(place.chance)
        )
        await parts.service.upkeep.recover()
        parts.courier.attach(self._chat)
        world = World(inbox=store, clock=clock, tasks=parts.tasks, rush=parts.rush)
        self._intake = Intake(Platform.TELEGRAM, world, self)
        await self._intake.resume()
        background = (
            parts.courier.run(),
            parts.service.upkeep.sweep(),
            parts.heartbeat.run(),
            parts.contracts.run(),
        )
        for work in background:
            asyncio.get_running_loop().create_task(work)
        self.ready.set()

    async def _directly(self, work: Callable[[], T], /) -> T:
        """The store, here and now, and never again once the process is dead."""
        if self.dead:
            raise asyncio.CancelledError
        self.place.on_store(self, "before")
        if self.dead:
            raise asyncio.CancelledError
        done = work()
        self.place.on_store(self, "after")
        if self.dead:
            raise asyncio.CancelledError
        return done

    async def brings(self, id_: str, payload: Mapping[str, Any]) -> bool:
        """The platform brings something; whether it was taken in."""
        assert self._intake is not None
        taking = self._spawn(self._intake.take(id_, payload))
        await asyncio.wait({taking})
        return not taking.cancelled() and taking.exception() is None

    async def work(self, delivery: Delivery) -> bool:
        """What an adapter does with it."""
        assert self._parts is not None
        said = delivery.payload
        who = PEOPLE[said["who"]]
        if "text" in said:
            await self._parts.service.hear(
                Incoming(
                    origin=delivery.origin,
                    identity=who,
                    conversation=DESK,
                    message=f"m{delivery.origin}",
                    text=said["text"],
                    sent_at=datetime.fromtimestamp(said["at"], UTC),
                    shown_name=said["who"],
                )
            )
            return True
        self._answered(delivery, await self._parts.service.tap(_tap(delivery)))
        return True

    async def at_once(self, delivery: Delivery, row: InboxRow) -> bool:
        """What an adapter does with a tap first."""
        assert self._parts is not None
        if "token" not in delivery.payload:
            return False
        answer = await self._parts.service.at_once(_tap(delivery), row)
        if answer is None:
            return False
        self._answered(delivery, answer)
        return True

    def _answered(self, delivery: Delivery, answer: TapAnswer) -> None:
        self.place.answered[delivery.origin.partition(":")[2]] = answer

    async def give_up(self, delivery: Delivery) -> bool:
        """The store of these schedules can always commit."""
        raise AssertionError(delivery)

    def kill(self) -> None:
        """The process is gone, wherever it stood: nothing of it goes on, nothing is put in order."""
        if self.dead:
            return
        self.dead = self._chat.dead = True
        self._access.die()
        asyncio.get_running_loop().call_soon(self._reap, context=copy_context())

    def _reap(self) -> None:
        for task in tuple(self.tasks.values()):
            task.cancel()
        if any(not task.done() for task in self.tasks.values()):
            asyncio.get_running_loop().call_later(0.001, self._reap)
            return
        if self._parts is not None:
            # What the kernel does: the lock is free, its file stays.
            self._parts.store.engine.dispose()
            self._parts.store.presence.handle.close()
        self.gone.set()


def _tap(delivery: Delivery) -> IncomingTap:
    said = delivery.payload
    return IncomingTap(
        origin=delivery.origin,
        identity=PEOPLE[said["who"]],
        conversation=DESK,
        token=said["token"],
        received_at=delivery.received_at,
        shown_name=said["who"],
        resumed=delivery.resumed,
    )


def owned(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":  # noqa: ANN401 asyncio's own
    """A task factory: every task of a process is known to it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
    context: Context | None = more.get("context")
    process = _OWNER.get() if context is None else context.get(_OWNER)
    if process is not None:
        process.tasks[id(task)] = task
        task.add_done_callback(lambda ended: process.tasks.pop(id(ended), None))
    return task


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
