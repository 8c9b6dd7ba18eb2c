"""Everything but the chats: exchange, store, courier, service."""

import os
import pwd
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app.heartbeat import Heartbeat
from bot.app.keys import OpenKeys
from bot.app.trust import htx_trust
from bot.config import Config, to_policy
from bot.htx import HtxClient
from bot.model import Identity, Platform
from bot.ports import Clock, Ids, Journal, Keys
from bot.runtime.clock import RandomIds, SystemClock
from bot.runtime.courier import Courier
from bot.runtime.standard import lost_lines
from bot.service import Contracts, Desk, Licences, Rush, Service, Tasks, Ways
from bot.store import JOURNAL, FileJournal, NoJournal, SqlStore, on_executor, open_journal, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A bot that is put together and does nothing yet."""

    service: Service
    courier: Courier
    store: SqlStore
    journal: Journal
    heartbeat: Heartbeat
    contracts: Contracts
    clock: Clock
    tasks: Tasks
    rush: Rush


MakeClock = Callable[[Callable[[], float]], Clock]
"""From "how far is HTX's clock ahead" (seconds) to a clock: tests pass one they can move."""


@asynccontextmanager
async def put_together(
    config: Config,
    data_dir: Path,
    keys: OpenKeys,
    make_clock: MakeClock = SystemClock,
    journal: Journal | None = None,
) -> AsyncIterator[Parts]:
    """Build the parts; close them at the end. Without a journal nothing is sent while the store cannot commit.

    Raises:
        ConfigFaults: `htx.ca_file` cannot be used.
        StoreUnavailable: the store cannot be opened.
    """
    trusted = htx_trust(config.htx.ca_file)
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
    clock = make_clock(lambda: exchange.offset)
    exchange = HtxClient(urls=config.htx.hosts, keys=keys, clock=clock, system_now=time.time, ssl_context=trusted)
    try:
        heartbeat = Heartbeat(exchange, clock)
        await heartbeat.begin()
        store = open_store(data_dir, clock.now, on_executor(executor))
        try:
            yield wired(config, keys, store, heartbeat, clock, journal or NoJournal(), RandomIds())
        finally:
            store.close()
    finally:
        await exchange.aclose()
        executor.shutdown()


@contextmanager
def emergency_journal(config: Config, data_dir: Path) -> Iterator[FileJournal]:
    """The journal, on a thread of its own: what hangs may be the store's.

    Raises:
        StoreUnavailable: it is there and cannot be read, or another process has it.
    """
    path = data_dir / JOURNAL if config.store.journal is None else config.store.journal
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
    try:
        journal = open_journal(path, data_dir, on_executor(executor))
    except BaseException:
        executor.shutdown()
        raise
    try:
        yield journal
    finally:
        executor.shutdown()
        journal.shut()


def wired(  # noqa: PLR0913, PLR0917 the world, port by port
    config: Config,
    keys: Keys,
    store: SqlStore,
    heartbeat: Heartbeat,
    clock: Clock,
    journal: Journal,
    ids: Ids,
) -> Parts:
    """The parts around what is given: nothing is opened, nothing is started."""
    policy, tasks, rush = to_policy(config), Tasks(), Rush(clock)
    courier = Courier(store, clock, ids, Ways(policy=policy))
    contracts = Contracts(heartbeat.exchange, clock)
    desk = Desk(
        policy=policy,
        exchange=heartbeat.exchange,
        contracts=contracts,
        store=store,
        mirror=store.mirror,
        journal=journal,
        licences=Licences(),
        keys=keys,
        clock=clock,
        ids=ids,
        messenger=courier,
        tasks=tasks,
        rush=rush,
        card_seconds=config.limits.card_seconds,
        started_at=clock.now(),
        lost_lines=lost_lines,
    )
    return Parts(
        service=Service(desk),
        courier=courier,
        store=store,
        journal=journal,
        heartbeat=heartbeat,
        contracts=contracts,
        clock=clock,
        tasks=tasks,
        rush=rush,
    )


def host_identity() -> Identity:
    """Who runs this process, by the user id: names in the environment can be made up."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user without a name
        name = str(number)
    return Identity(platform=Platform.HOST, user=name)
