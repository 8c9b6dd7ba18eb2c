"""The composition root: builds the running bot out of its parts, and knows in which order it starts and stops.

Start: lock, store, clock, recovery (expire, orphans, check, report), delivery, and only then updates.
Stop: no more updates, what is being executed is carried to its verdict, what is to be told is told.
"""

import asyncio
import contextlib
import os
import pwd
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

import keystore
from bot.config import Config, Telegram, to_policy
from bot.errors import CancelallError, ConfigFaults, KeyUnusable, ReadFailed, StoreUnavailable
from bot.htx import HtxClient
from bot.model import AccountName, Conversation, Identity, Platform
from bot.ports import Clock, HtxKey
from bot.runtime.clock import RandomIds, SystemClock
from bot.runtime.courier import Courier
from bot.runtime.pulse import Pulse
from bot.runtime.web import serving
from bot.service import Desk, Service, Tasks
from bot.store import SqlStore, on_executor, open_store, run_lock
from handlers.telegram import Inlet, Poller, RawUpdates, TelegramChat, Webhook, World, make_bot
from keystore import Keystore, KeystoreError, Masked, Passphrase

_CLOCK_EVERY: Final = 20.0
"""Seconds between looks at HTX's clock; they also keep its connection warm."""

_PRUNE_EVERY: Final = 3600.0
_DRAIN: Final = 25.0
"""Seconds a stop waits for what is being executed: longer than any execution takes."""

_FLUSH: Final = 5.0


@dataclass(kw_only=True, eq=False)
class KeysLocked(CancelallError):  # noqa: N818 it reads as the sentence it becomes
    """The keystore does not open."""

    sentence: str
    """What is wrong and what to do, for a person."""


class OpenKeys:
    """`bot.ports.Keys` over the opened keystore."""

    def __init__(self, store: Keystore) -> None:
        self._store = store

    @contextmanager
    def htx(self, account: AccountName) -> Iterator[HtxKey]:
        """One key pair, for one signing."""
        with contextlib.ExitStack() as stack:
            try:
                secret = stack.enter_context(self._store.open_entry(account, "htx"))
            except KeystoreError as error:
                raise KeyUnusable(account=account, why=type(error).__name__) from None
            yield HtxKey(access_key=secret.access_key.decode(), secret=secret.secret)

    def tail(self, account: AccountName) -> str:
        """The last four characters of the access key."""
        try:
            return self._store.entry(account).tail or "????"
        except KeystoreError:
            return "????"

    def public_values(self, accounts: Iterable[str]) -> Iterator[str]:
        """What must not be logged although it is no secret by itself: access keys and the bot token.

        Secret keys are not among them: they never leave the signing, and to know them would keep them in memory.
        """
        with contextlib.suppress(ConfigFaults):
            yield self.telegram_token()
        for account in accounts:
            with contextlib.suppress(KeyUnusable), self.htx(AccountName(account)) as key:
                yield key.access_key

    def telegram_token(self) -> str:
        """The bot token: it lives as long as the bot does.

        Raises:
            ConfigFaults: the keystore has none.
        """
        try:
            with self._store.open_entry("telegram", "telegram") as secret:
                return secret.token.decode()
        except KeystoreError as error:
            fault = f"keystore: {error} Add it with `cancelall keys add telegram --kind telegram`."
            raise ConfigFaults(faults=(fault,)) from None


def open_keys(
    environ: Mapping[str, str], path: Path | None, warn: Callable[[str], None], ask: Callable[[], str] | None
) -> OpenKeys:
    """Open the keystore, once, at the start: not at the moment of firing.

    Args:
        environ: usually `os.environ`.
        path: what `--keystore` said.
        warn: takes a line for stderr.
        ask: asks a person for the passphrase; None where nobody can be asked.

    Raises:
        KeysLocked: there is none, or nothing opens it.
    """
    where = path or keystore.default_path(environ)
    prompt = None if ask is None else lambda: Passphrase(value=Masked(ask().encode("utf-8", "surrogateescape")))
    try:
        keystore.inspect(where)  # that there is none is told before anybody is asked for a passphrase
        unlock = keystore.find_unlock(environ, fd=None, ask=prompt, warn=warn)
        return OpenKeys(Keystore.open(where, unlock))
    except KeystoreError as error:
        raise KeysLocked(sentence=str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A bot that is put together and does nothing yet."""

    service: Service
    courier: Courier
    store: SqlStore
    exchange: HtxClient
    clock: Clock
    tasks: Tasks


MakeClock = Callable[[Callable[[], float]], Clock]
"""From "how far is HTX's clock ahead" (seconds) to a clock: tests pass one they can move."""


@asynccontextmanager
async def put_together(
    config: Config, data_dir: Path, keys: OpenKeys, make_clock: MakeClock = SystemClock
) -> AsyncIterator[Parts]:
    """Build the parts; close them at the end.

    Raises:
        StoreUnavailable: the store cannot be opened.
    """
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
    clock = make_clock(lambda: exchange.offset)
    exchange = HtxClient(urls=config.htx.hosts, keys=keys, clock=clock, system_now=time.time)
    try:
        await _measure_clock(exchange)
        store = open_store(data_dir, clock.now, on_executor(executor))
        try:
            yield _parts(config, keys, store, exchange, clock)
        finally:
            store.close()
    finally:
        await exchange.aclose()
        executor.shutdown()


def _parts(config: Config, keys: OpenKeys, store: SqlStore, exchange: HtxClient, clock: Clock) -> Parts:
    policy, ids, tasks = to_policy(config), RandomIds(), Tasks()
    group = next((Conversation(platform=p, chat=c, thread=None, private=False) for p, c in policy.chats), None)
    courier = Courier(store, clock, ids, group)
    desk = Desk(
        policy=policy,
        exchange=exchange,
        store=store,
        keys=keys,
        clock=clock,
        ids=ids,
        messenger=courier,
        tasks=tasks,
        card_seconds=config.limits.card_seconds,
        started_at=clock.now(),
    )
    return Parts(service=Service(desk), courier=courier, store=store, exchange=exchange, clock=clock, tasks=tasks)


Working = set["asyncio.Future[Any]"]
"""What runs for ever; one that ends has died."""


@asynccontextmanager
async def armed(
    config: Config, data_dir: Path, keys: OpenKeys, make_clock: MakeClock = SystemClock
) -> AsyncIterator[tuple[Parts, Working]]:
    """A bot that works while the context lasts, and is stopped in order at its end.

    Raises:
        AlreadyRunning: another `run` holds this data directory.
        ConfigFaults: the keystore has no bot token.
        StoreUnavailable: the store cannot be opened.
    """
    token = keys.telegram_token()
    with run_lock(data_dir):
        async with put_together(config, data_dir, keys, make_clock) as parts:
            await parts.service.upkeep.recover()
            async with _serving_telegram(parts, config.telegram, token) as intake:
                background = (
                    parts.courier.run(),
                    parts.service.upkeep.sweep(),
                    _keep_clock(parts),
                    _prune(parts),
                    Pulse(data_dir, parts.clock, parts.courier.health).run(),
                )
                working: Working = {intake, *(asyncio.ensure_future(work) for work in background)}
                try:
                    yield parts, working
                finally:
                    await _stop(parts, intake, working)


async def _stop(parts: Parts, intake: "asyncio.Future[Any]", working: Working) -> None:
    """No more updates; then what is being executed gets its verdict; then what is to be told is told."""
    intake.cancel()
    await parts.tasks.drain(_DRAIN)
    await parts.courier.settle(_FLUSH)
    for work in working:
        work.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def run(config: Config, data_dir: Path, keys: OpenKeys) -> None:
    """Run the bot until SIGTERM or SIGINT. A part that dies takes the bot down: a supervisor restarts it.

    Raises:
        Exception: what `armed` raises, or what killed a part.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with armed(config, data_dir, keys) as (_, working):
        structlog.get_logger().info("armed")
        waiting = asyncio.ensure_future(stop.wait())
        done, _ = await asyncio.wait({waiting, *working}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        structlog.get_logger().info("stopping")
    for work in done - {waiting}:
        work.result()


@asynccontextmanager
async def _serving_telegram(parts: Parts, config: Telegram, token: str) -> "AsyncIterator[asyncio.Future[None]]":
    """Take updates by polling or webhook while the context lasts; yields the task that does."""
    request = RawUpdates()
    bot = make_bot(token, config.base_url, request)
    world = World(inbox=parts.store, clock=parts.clock, tasks=parts.tasks)
    await bot.request.initialize()
    await request.initialize()
    try:
        if config.mode == "webhook":
            hook = Webhook(bot, parts.clock, config.public_url or "")
            inlet = _inlet(parts, TelegramChat(bot, hook.health), world)
            await inlet.resume()
            route = {hook.path: lambda headers, body: hook.receive(headers, body, inlet)}
            async with serving(config.listen or "", route):
                yield asyncio.ensure_future(hook.run())
        else:
            poller = Poller(bot, request, parts.clock)
            inlet = _inlet(parts, TelegramChat(bot, poller.health), world)
            await inlet.resume()
            yield asyncio.ensure_future(poller.run(inlet))
    finally:
        await bot.request.shutdown()
        await request.shutdown()


def _inlet(parts: Parts, chat: TelegramChat, world: World) -> Inlet:
    parts.courier.attach(chat)
    return Inlet(chat, parts.service, world)


async def _measure_clock(exchange: HtxClient) -> None:
    try:
        offset = await asyncio.wait_for(exchange.clock_offset(), 5.0)
    except (ReadFailed, TimeoutError) as error:
        structlog.get_logger().warning("HTX clock not measured", error=repr(error))
    else:
        structlog.get_logger().info("HTX clock measured", offset=round(offset, 3))


async def _keep_clock(parts: Parts) -> None:
    while True:
        await parts.clock.sleep(_CLOCK_EVERY)
        await _measure_clock(parts.exchange)


async def _prune(parts: Parts) -> None:
    while True:
        try:
            await parts.store.prune(parts.clock.now())
        except StoreUnavailable as error:
            structlog.get_logger().warning("not pruned", why=error.why)
        await parts.clock.sleep(_PRUNE_EVERY)


def host_identity() -> Identity:
    """Who runs this process, by the user id: names in the environment can be made up."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user without a name
        name = str(number)
    return Identity(platform=Platform.HOST, user=name)
