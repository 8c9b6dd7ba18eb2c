"""The order of starting and stopping.

Start: lock, journal, clock, store, recovery (expire, orphans, check, report), delivery, and only then updates.
Stop: no more updates, what is being executed is carried to its verdict, what is to be told is told.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import structlog

from bot.app.chats import serving_chats
from bot.app.keys import OpenKeys
from bot.app.parts import MakeClock, Parts, emergency_journal, put_together
from bot.config import Config
from bot.errors import StoreUnavailable
from bot.runtime.clock import SystemClock
from bot.runtime.pulse import Pulse
from bot.runtime.signals import has_terminal
from bot.service.tasks import end
from bot.store import run_lock

_PRUNE_EVERY: Final = 3600.0
_DRAIN: Final = 25.0
"""Seconds a stop waits for what is being executed: longer than any execution takes."""

_FLUSH: Final = 5.0

Working = set["asyncio.Future[Any]"]
"""What runs for ever; one that ends has died."""


@asynccontextmanager
async def armed(
    config: Config,
    data_dir: Path,
    keys: OpenKeys,
    make_clock: MakeClock = SystemClock,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[tuple[Parts, Working]]:
    """A bot that works while the context lasts, and is stopped in order at its end.

    Raises:
        AlreadyRunning: another `run` holds this data directory.
        ConfigFaults: no chat can be used, or HTX's roots cannot.
        StoreUnavailable: the store cannot be opened, or the emergency journal cannot be read.
    """
    with run_lock(data_dir), emergency_journal(config, data_dir) as journal:
        async with put_together(config, data_dir, keys, make_clock, journal) as parts:
            await parts.service.upkeep.recover()
            async with serving_chats(parts, config, keys, environ, data_dir) as intake:
                background = (
                    parts.courier.run(),
                    parts.service.upkeep.sweep(),
                    parts.heartbeat.run(),
                    parts.contracts.run(),
                    _prune(parts),
                    Pulse(data_dir, parts.clock, parts.courier).run(),
                )
                working: Working = {*intake, *(asyncio.ensure_future(work) for work in background)}
                try:
                    yield parts, working
                finally:
                    await _stop(parts, intake, working)


async def _stop(parts: Parts, intake: Working, working: Working) -> None:
    """No more updates; then what is being executed gets its verdict; then what is to be told is told."""
    await end(intake)
    await parts.tasks.drain(_DRAIN)
    await parts.courier.settle(_FLUSH)
    await end(working)


async def run(config: Config, data_dir: Path, keys: OpenKeys, environ: Mapping[str, str]) -> None:
    """Run the bot until it is told to stop. A part that dies takes the bot down: a supervisor restarts it.

    Raises:
        Exception: what `armed` raises, or what killed a part.
    """
    for account in keys.unusable(config.accounts):  # no reason not to start: it would disarm the others
        fix = "run `cancelall keys list` and `keys verify`"
        structlog.get_logger().error("no usable key: nothing can be cancelled", account=account, fix=fix)
    stop = asyncio.Event()
    _obey(stop)
    async with armed(config, data_dir, keys, environ=environ) as (_, working):
        structlog.get_logger().info("ready")
        _leave_alone()
        waiting = asyncio.ensure_future(stop.wait())
        done, _ = await asyncio.wait({waiting, *working}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        structlog.get_logger().info("stopping")
    for work in done - {waiting}:
        work.result()


def _obey(stop: asyncio.Event) -> None:
    """SIGTERM and Ctrl-C stop it; SIGHUP, too, where it is the terminal that goes away, and not with `nohup`."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop.set if has_terminal() else _ignored)


def _ignored() -> None:
    structlog.get_logger().warning("SIGHUP ignored", fix="to read the configuration anew, restart")


def _leave_alone() -> None:
    """What is there now lives as long as the bot: a full collection, 10 ms, must not meet a tap on its way."""
    gc.collect()
    gc.freeze()


async def _prune(parts: Parts) -> None:
    while True:
        try:
            await parts.store.prune(parts.clock.now())
        except StoreUnavailable as error:
            structlog.get_logger().warning("old records not removed", why=error.why)
        await parts.clock.sleep(_PRUNE_EVERY)
