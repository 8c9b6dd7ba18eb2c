"""The whole bot in this process, over real HTTP on loopback, against the simulators, on a clock that moves.

async with World(folder=tmp_path) as world:
    world.place(14)
    world.ann.says(world.desk, "/cancelall BTC-USDT-241115 buy long")
    card = await world.telegram.wait_for(world.desk, "🛑")
"""

import asyncio
import gc
import time
import warnings
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

from bot import app, config
from bot.app.running import Working
from bot.ports import Clock
from bot.store import AuditReport, open_engine, verify
from simulator.htx import Account, HtxSimulator, Record
from simulator.telegram import Call, Group, Message, Person, TelegramSimulator
from tests import fair
from tests.e2e.clock import Crashed, MovableClock
from tests.e2e.setting import (
    ANNEX,
    ASK,
    CANCEL,
    CONTRACT,
    DESK,
    LOBBY,
    PATIENCE,
    SLACK,
    STOP,
    TIMESTAMP,
    TOKEN,
    Setting,
    access_key,
    opened_keys,
    secret_key,
    written,
)
from tests.e2e.slack_side import SlackSide


class World:
    """The simulators, a keystore, a configuration, and the bot: stopped, killed and started at will."""

    left_open: ClassVar = False
    """Whether a crash has left sockets to the collector."""

    def __init__(self, setting: Setting | None = None, *, folder: Path) -> None:
        self.setting = setting or Setting()
        self.shift = 0.0
        self._withheld = fair.withheld()
        self.moved = asyncio.Event()
        self.folder = folder
        self.htx = HtxSimulator(clock=self.now, monotonic=fair.monotonic, rate_limit=self.setting.rate_limit)
        self.telegram = TelegramSimulator(TOKEN, clock=self.now, webhook_retry_s=0.05)
        self.slack = SlackSide(self.now)
        self.awaited: tuple[str, ...] = self.setting.chats
        """The platforms that a start waits for: not those that are down."""
        self.accounts: dict[str, Account] = {
            name: self.htx.add_account(position_mode=mode, access_key=access_key(name), secret=secret_key(name))
            for name, mode in self.setting.accounts.items()
        }
        meet = self.telegram.person
        self.ann = meet(id=11, first_name="Ann", last_name="Lee", username="ann")
        self.bo = meet(id=12, first_name="Bo")
        self.vic = meet(id=13, first_name="Vic")
        self.cy = meet(id=14, first_name="Cy")
        self.eve = meet(id=15, first_name="Eve")
        self.robot = meet(id=16, first_name="Robot", is_bot=True)
        group = -4001 if self.setting.basic else DESK
        self.desk: Group = self.telegram.group(id=group, title="Desk", forum=self.setting.forum)
        self.annex: Group = self.telegram.group(id=ANNEX, title="Annex")
        self.lobby: Group = self.telegram.group(id=LOBBY, title="Lobby")
        self.parts: app.Parts | None = None
        self._working: Working = set()
        self._running: AbstractAsyncContextManager[tuple[app.Parts, Working]] | None = None
        self._clock: MovableClock | None = None

    @property
    def account(self) -> Account:
        """The first account."""
        return next(iter(self.accounts.values()))

    @property
    def data(self) -> Path:
        """The bot's data directory."""
        return self.folder / "data"

    def now(self) -> float:
        """Unix seconds, for the bot and both simulators."""
        return time.time() - (fair.withheld() - self._withheld) + self.setting.ahead + self.shift

    async def __aenter__(self) -> Self:
        await self.htx.start()
        if "telegram" in self.setting.chats:
            await self.telegram.start()
        if "slack" in self.setting.chats:
            await self.slack.sim.start()
        self._keys = opened_keys(tuple(name for name in self.accounts if name not in self.setting.keyless))
        self._config = self._configured()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.telegram.faults.clear()
        self.slack.sim.faults.clear()
        self.slack.sim.sockets.thaw()
        self.htx.faults.clear()
        await (self.stop() if kind is None else self.crash())
        await self.telegram.stop()
        await self.slack.sim.stop()
        await self.htx.stop()

    def _configured(self) -> config.Config:
        file = self.folder / "config.toml"
        urls = (self.htx.url, self.telegram.url, self.desk.id, self.slack.sim.api_url)
        file.write_text(written(self.setting, *urls), "utf-8")
        return config.load(file, {})

    async def start(self, make_clock: app.MakeClock | None = None) -> None:
        """Start the bot on the data directory as it is, and wait until it takes updates."""
        before, opened = len(self.telegram.calls), self.slack.sim.sockets.opened
        self._running = app.armed(self._config, self.data, self._keys, make_clock or self._new_clock)
        self.parts, self._working = await self._running.__aenter__()
        if "telegram" in self.awaited:
            await self.until(lambda: any(map(self._listens, self.telegram.calls[before:])), "Telegram is polled")
        if "slack" in self.awaited:
            await self._slack_is_ready(opened)

    async def _slack_is_ready(self, opened: int) -> None:
        if self.setting.slack_http is not None:
            await self.slack.sim.use_http(f"http://{self.setting.slack_http}/slack/events")
            return
        await self.until(lambda: self.slack.sim.sockets.opened >= opened + 2, "two sockets to Slack")

    @staticmethod
    def _listens(call: Call) -> bool:
        """A poll that is held open, or a webhook that is being set."""
        held = call.method == "getUpdates" and str(call.params.get("timeout", "0")) != "0"
        return held or call.method == "setWebhook"

    def _new_clock(self, offset: Callable[[], float]) -> Clock:
        del offset  # the shift is the truth at once, the measured offset only after the next measurement
        self._clock = MovableClock(self)
        return self._clock

    async def stop(self) -> None:
        """SIGTERM: what is being done is finished. A part that had died by itself raises here."""
        if self._running is None:
            return
        running, self._running = self._running, None
        for work in self._working:
            if work.done():
                work.result()
        async with asyncio.timeout(STOP):
            await running.__aexit__(None, None, None)

    async def noted(self) -> None:
        """The bot has noted what it has said: a crash before that makes it say it again, rightly."""
        parts = self.parts
        for _ in range(1000):
            if parts is None or not await parts.store.queued():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("something is still to be said")

    async def crash(self) -> None:
        """All that the bot was doing ends where it stands: nothing is finished, nobody is told."""
        if self._running is None or self.parts is None:
            return
        running, self._running = self._running, None
        for work in self._working:
            work.cancel()
        _, going_on = await asyncio.wait(self._working, timeout=STOP)
        assert not going_on, f"cancelled, and goes on: {going_on}"
        await self.parts.tasks.drain(0)
        await self.parts.courier.settle(0)
        if self._clock is not None:
            self._clock.dead = True
        with suppress(Crashed):
            await running.__aexit__(None, None, None)
        World.left_open = True
        with warnings.catch_warnings():  # most of what it left goes now, not in the middle of what follows
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    def jump(self, seconds: float) -> None:
        """Time has passed; whatever slept shorter wakes up."""
        self.shift += seconds
        moved, self.moved = self.moved, asyncio.Event()
        moved.set()

    async def move(self, seconds: float) -> None:
        """Let time pass for the bot and both platforms.

        The bot signs with the time it has measured at HTX, which may be minutes off: a longer move waits for the
        next measurement, a shorter one only lets it happen.
        """
        before = len(self.htx.requests(TIMESTAMP))
        self.jump(seconds)
        if self._running is None or seconds < 20:
            return
        with nullcontext() if seconds >= 200 else suppress(AssertionError):
            await self.until(
                lambda: any(r.answer for r in self.htx.requests(TIMESTAMP)[before:]),
                "HTX's clock is measured",
                seconds=PATIENCE if seconds >= 200 else 1.0,
            )
            await asyncio.sleep(0.02)  # the answer is on its way

    async def until(self, holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait for a condition.

        Raises:
            AssertionError: it did not come to hold within so many real seconds.
        """
        end = fair.monotonic() + seconds
        while not holds():
            assert fair.monotonic() < end, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.004)

    def place(
        self,
        n: int = 1,
        *,
        account: str = "main",
        contract: str = CONTRACT,
        side: Literal["buy", "sell"] = "buy",
        position_side: Literal["long", "short", "both"] = "long",
        **more: Any,  # noqa: ANN401 the fields of an order
    ) -> list[str]:
        """Put n resting orders on the book, prices apart; returns their ids."""
        book, first = self.accounts[account], int(more.pop("price", 61_200))
        where: dict[str, Any] = {"contract": contract, "side": side, "position_side": position_side, **more}
        return [book.place(price=str(first + 50 * i), volume="50", **where) for i in range(n)]

    def place_triggers(
        self,
        n: int = 1,
        *,
        account: str = "main",
        **where: Any,  # noqa: ANN401 the fields of an order
    ) -> list[str]:
        """Let n orders wait for a price, 70,000 and up, in the usual scope; returns their ids."""
        book = self.accounts[account]
        usual: dict[str, Any] = {"contract": CONTRACT, "side": "buy", "position_side": "long"}
        return [book.place_algo(**usual | where, trigger_price=str(70_000 + 500 * i)) for i in range(n)]

    def posts(self) -> tuple[Record, ...]:
        """The cancel requests so far."""
        return self.htx.posts(CANCEL)

    async def ask(self, text: str = ASK, who: Person | None = None) -> Message:
        """Somebody asks in the desk's group; returns the card."""
        said = (who or self.ann).says(self.desk, text)
        return await self.telegram.wait_for(self.desk, "🛑", after=said.id, timeout=PATIENCE)

    async def say(self, text: str, what: str, who: Person | None = None) -> Message:
        """Somebody says something in the desk's group; returns the newest answer that holds a text."""
        said = (who or self.ann).says(self.desk, text)
        return await self.telegram.wait_for(self.desk, what, after=said.id, timeout=PATIENCE)

    async def shown(self, what: str | Callable[[Message], bool], after: int = 0) -> Message:
        """The newest message in the desk's group that holds a text, or of which something is true."""
        return await self.telegram.wait_for(self.desk, what, after=after, timeout=PATIENCE)

    async def run(self, text: str = ASK) -> Message:
        """Ann asks and taps; returns the result."""
        card = await self.ask(text)
        self.ann.taps(card, card.labels[0])
        return await self.shown(lambda message: "· log " in message.text, after=card.id)

    def audit(self, expected: str | None = None) -> AuditReport:
        """The check of the audit chain."""
        engine = open_engine(self.data)
        try:
            return verify(engine, expected)
        finally:
            engine.dispose()

    def written(self) -> bytes:
        """Every byte in the data directory."""
        return b"".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())

    def secrets(self) -> tuple[str, ...]:
        """What must never be written: the bot token, access keys, secret keys."""
        pairs = [(account.access_key, account.secret) for account in self.accounts.values()]
        return (self.telegram.token, *SLACK, *(value for pair in pairs for value in pair))
