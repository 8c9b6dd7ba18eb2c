"""Plays one schedule: the whole bot, the exchange, the network and the people, on made-up time."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, Final

import structlog

from bot import config
from simulator.htx import Exchange
from simulator.htx.contracts import Contracts
from simulator.htx.limits import RateLimiter
from simulator.htx.pacing import Pacer
from tests.crash.truth import Truth
from tests.truth import virtual
from tests.truth.disk import Disk
from tests.truth.network import Network
from tests.truth.others import Others
from tests.truth.plan import CONTRACTS, HOSTS, Anchor, Asked, Deed, Kill, Plan, chance_of
from tests.truth.process import ACCESS_KEY, SECRET, WALL, Place, Process, Watched, owned
from tests.truth.screen import Screen, Shown
from tests.truth.story import Story, Tapped

PATIENCE: Final = 110.0
"""Seconds after all is well in which everything must have come to its end: 90, and a margin that is judged."""

_UNSETTLED: Final = """\
SELECT state, id FROM mass_cancel WHERE state IN ('pending', 'executing', 'unknown')
UNION ALL SELECT 'delivery', update_id FROM inbox WHERE settled_at IS NULL
UNION ALL SELECT 'message', id FROM outbox WHERE state = 'waiting'
"""
"""What is neither done nor told."""

_CONFIG: Final = """\
htx.hosts = {hosts}
telegram.chats = [-1002234567890]
limits.card_seconds = 60
[accounts.main]
[members.ann]
role = "operator"
telegram = 11
accounts = ["main"]
[members.bo]
role = "operator"
telegram = 12
accounts = ["main"]
"""


def play(plan: Plan, client: type[Watched] = Watched) -> Story:
    """Play a schedule.

    Args:
        plan: what happens.
        client: what the bot takes for its exchange client; another one lies, to see the lie found.
    """
    disk = _disk()
    disk.wipe()
    return virtual.run(_Stage(plan, disk, client).play())


class _Stage:
    """One schedule in the making."""

    def __init__(self, plan: Plan, disk: Disk, client: type[Watched]) -> None:
        self._plan = plan
        self._disk = disk
        self._client = client
        self._chance = chance_of(plan.seed, "deeds")
        self._ids = chance_of(plan.seed, "ids")
        self._anchors: dict[Anchor, asyncio.Event] = {}
        self._process: Process | None = None
        self._processes = 0
        self._kills = list(plan.kills)
        self._counting: list[tuple[Kill, list[int]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._deliveries = 0
        self._broken_key = False
        self._ending = False
        self._context = copy_context()

    async def play(self) -> Story:
        """From the first start to the last message."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(owned)
        self._set_up()
        with self._logs(), closing(sqlite3.connect(self._disk.file, isolation_level=None)) as self._db:
            await self._start()
            for kill in self._kills:
                self._beside(self._dies(kill))
            for deed in self._plan.deeds:
                self._beside(self._does(deed))
            await self._people()
            await self._until_quiet()
            self._story.over_at = loop.time()
            self._ending = True
            for task in tuple(self._tasks):
                task.cancel()
            if self._process is not None:
                self._process.kill()
                await self._process.gone.wait()
            await self._story.network.end()
            await self._pacer.stop()
        truth = Truth(self._disk.file)
        self._story.deeds, self._story.audit = truth.deeds(), truth.audit()
        return self._story

    def _set_up(self) -> None:
        plan, loop = self._plan, asyncio.get_running_loop()
        self._pacer = Pacer(asyncio.sleep)
        exchange = Exchange(
            clock=lambda: WALL + loop.time(),
            monotonic=loop.time,
            pacer=self._pacer,
            limiter=RateLimiter(limit=plan.rate_limit),
            contracts=Contracts(CONTRACTS),
        )
        account = exchange.add_account(uid=None, position_mode="single_side" if plan.one_way else "dual_side")
        account.add_key(ACCESS_KEY, SECRET)
        for name, value in plan.behaviour.items():
            setattr(exchange.behaviour, name, value)
        network = Network(exchange, chance_of(plan.seed, "network"), pace=plan.pace, zipped=plan.zipped)
        self._story = Story(plan=plan, exchange=exchange, account=account, network=network, screen=Screen())
        self._place = Place(
            disk=self._disk,
            config=_config(plan.hosts).model_copy(update={"limits": _limits(plan)}),
            network=network,
            screen=self._story.screen,
            client=self._client,
            chance=self._ids,
            skew=plan.skew,
            key_opens=lambda: not self._broken_key,
            answered=self._story.answered,
            on_store=self._on_store,
            reads=self._story.reads,
        )
        network.on_event = self._on_wire
        self._story.screen.on_event = self._note
        self._others = Others(plan, self._story, self._chance, self._note)

    # --- the story -------------------------------------------------------------------------------------------
    def _note(self, what: str) -> None:
        self._story.lines.append(f"{asyncio.get_running_loop().time() - virtual.START:9.4f} {what}")

    @contextmanager
    def _logs(self) -> Iterator[None]:
        """The bot's log goes into the story."""
        before = structlog.get_config()

        def keep(_logger: object, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
            said = " ".join(f"{name}={value}" for name, value in event.items() if name not in ("event", "ms"))
            self._note(f"log {method}: {event['event']} {said}")
            if method in ("exception", "critical") or "exc_info" in event:
                self._story.broke.append(f"{event['event']} {said} {_trace(event)}")
            raise structlog.DropEvent

        structlog.configure(processors=[keep], wrapper_class=structlog.stdlib.BoundLogger)
        try:
            yield
        finally:
            structlog.configure(**before)

    def _beside(self, work: Any) -> None:  # noqa: ANN401 a coroutine
        # In a context of the stage's own: what a process does would end with it.
        task = asyncio.get_running_loop().create_task(work, context=self._context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _anchor(self, name: Anchor) -> asyncio.Event:
        return self._anchors.setdefault(name, asyncio.Event())

    # --- the process -----------------------------------------------------------------------------------------
    async def _start(self) -> None:
        self._processes += 1
        self._process = Process(self._place, self._processes)
        self._note(f"start {self._processes}")
        self._process.start()
        await self._process.ready.wait()
        self._story.starts.append(asyncio.get_running_loop().time())
        self._note(f"ready {self._processes}")

    async def _dies(self, kill: Kill) -> None:
        await self._anchor(kill.since).wait()
        if kill.event != "time":
            self._counting.append((kill, [kill.count]))
            return
        await asyncio.sleep(kill.after)
        self._kill(kill)

    def _kill(self, kill: Kill) -> None:
        process = self._process
        if process is None or process.dead or self._ending or not process.ready.is_set():
            return
        self._note(f"killed {process.number}: {kill.event}")
        self._story.deaths.append(asyncio.get_running_loop().time())
        process.kill()
        self._beside(self._again(process, kill.down))

    async def _again(self, process: Process, down: float) -> None:
        await process.gone.wait()
        await asyncio.sleep(down)
        await self._start()

    def _count(self, event: str) -> None:
        for kill, left in self._counting:
            if kill.event == event and left[0] > 0:
                left[0] -= 1
                if left[0] == 0:
                    self._kill(kill)

    def _on_store(self, process: Process, when: str) -> None:
        del process
        self._count(f"store {when}")

    def _on_wire(self, what: str) -> None:
        self._note(what)
        self._count("wire")

    async def _does(self, deed: Deed) -> None:
        await self._anchor(deed.since).wait()
        await asyncio.sleep(deed.after)
        await self._others.do(deed)

    # --- the people ------------------------------------------------------------------------------------------
    async def _people(self) -> None:
        self._switch_on("asked")
        plan = self._plan
        card = await self._ask(plan.asked)
        if card is not None:
            self._switch_on("shown")
            await self._tap_all(card)
        await self._wait_for_calm(plan.calm)
        if plan.second is not None and card is not None:
            await self._second(plan)
        self._all_is_well()

    async def _wait_for_calm(self, seconds: float) -> None:
        """The faults go on so long, or until nothing is left that they could strike."""
        loop, pause = asyncio.get_running_loop(), 0.3
        end = loop.time() + seconds
        while loop.time() < end and not (self._is_quiet() and not self._tasks):
            await asyncio.sleep(min(pause, end - loop.time()))
            pause *= 1.5

    async def _second(self, plan: Plan) -> None:
        asked = plan.asked
        if plan.second == "other":
            asked = Asked(contract="ETH-USDT", side="sell", position_side=None)
        card = await self._ask(asked)
        if card is not None:
            await asyncio.sleep(self._chance.uniform(0.1, 2))
            await self._tap(card, "ann", keep=False)
            await asyncio.sleep(self._chance.uniform(0, 8))

    def _switch_on(self, anchor: Anchor) -> None:
        self._note(f"anchor {anchor}")
        for ill in self._plan.ills:
            if ill.since == anchor:
                self._story.exchange.faults.add(ill.fault, ill.path, times=ill.times, skip=ill.skip)
        self._story.network.arm(bad.trouble for bad in self._plan.bads if bad.since == anchor)
        self._broken_key = self._broken_key or (anchor == "tapped" and self._plan.key_breaks)
        self._anchor(anchor).set()

    def _all_is_well(self) -> None:
        self._note("all is well")
        self._story.exchange.faults.clear()
        self._story.network.calm()
        self._broken_key = False
        self._counting.clear()
        self._story.calm_at = asyncio.get_running_loop().time()

    def _deliver(self, payload: dict[str, Any]) -> str:
        """What people say reaches the bot as soon as it listens; the platform brings it until it is taken in."""
        self._deliveries += 1
        id_ = str(self._deliveries)
        self._beside(self._bring(id_, payload))
        return id_

    async def _bring(self, id_: str, payload: dict[str, Any]) -> None:
        while True:
            process = self._process
            listens = process is not None and process.ready.is_set() and not process.dead
            if process is not None and listens and await process.brings(id_, payload):
                return
            await asyncio.sleep(0.2)

    async def _ask(self, asked: Asked) -> Shown | None:
        now = asyncio.get_running_loop().time()
        before = len(self._story.screen.messages)
        id_ = self._deliver({"who": "ann", "text": asked.text, "at": WALL + now})
        self._note(f"ann asks {asked.text}")
        self._story.asked[f"telegram:{id_}"] = (now, asked)
        return await self._story.screen.until(
            lambda one: (int(one.id) > before and one.token("Cancel")) or one.token("Send"), 15.0
        )

    async def _tap_all(self, card: Shown) -> None:
        begun = asyncio.get_running_loop().time()
        for tap in self._plan.taps:
            wait = begun + tap.after - asyncio.get_running_loop().time()
            await asyncio.sleep(max(wait, 0))
            await self._tap(card, tap.who, keep=tap.keep)
            if not tap.keep and not self._anchor("tapped").is_set():
                self._switch_on("tapped")

    async def _tap(self, card: Shown, who: str, *, keep: bool) -> None:
        labels = ("Keep",) if keep else ("Cancel", "Send")
        token = next(filter(None, (card.token(label) for label in labels)), None)
        if token is None:
            return
        self._note(f"{who} taps {labels[0]} on {card.id}")
        id_ = self._deliver({"who": who, "token": token})
        now, number = asyncio.get_running_loop().time(), self._processes
        self._story.taps.append(Tapped(id=id_, at=now, card=card.id, confirm=not keep, process=number))
        await asyncio.sleep(0)

    # --- the end ---------------------------------------------------------------------------------------------
    async def _until_quiet(self) -> None:
        loop, pause = asyncio.get_running_loop(), 0.25
        end = loop.time() + PATIENCE
        while loop.time() < end:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 3.0)
            if self._is_quiet():
                await asyncio.sleep(0.5)
                if self._is_quiet():
                    break
        self._story.loose = self._loose()

    def _is_quiet(self) -> bool:
        process = self._process
        if process is None or process.dead or not process.ready.is_set() or self._story.network.busy:
            return False
        late = any(order.cancelling for order in self._story.account.open_orders())
        return not late and self._db.execute(_UNSETTLED).fetchone() is None

    def _loose(self) -> list[str]:
        return [f"{what} {which}" for what, which in self._db.execute(_UNSETTLED)]


def _trace(event: Mapping[str, Any]) -> str:
    found = event.get("exc_info")
    return repr(found) if found else ""


def _limits(plan: Plan) -> config.Limits:
    return _config(plan.hosts).limits.model_copy(update={"card_seconds": plan.card_seconds})


@cache
def _config(hosts: int) -> config.Config:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        urls = [f"https://{host}" for host in HOSTS[:hosts]]
        file.write_text(_CONFIG.format(hosts=urls), "utf-8")
        return config.load(file, {})


@cache
def _disk() -> Disk:
    return Disk()
