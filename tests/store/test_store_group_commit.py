"""Writes that wait for the disk together are committed together, and touch each other in nothing else."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.errors import Conflict, StoreUnavailable
from bot.model import State
from bot.store import SqlStore, on_executor, open_store, verify
from bot.store.engine import BUSY, FILE
from tests import fair
from tests.small_disk import mounted, unmount
from tests.store.store_kit import NOW, PENDING, TELEGRAM, SetClock, quiet, stepped


class Disk:
    """A store whose one thread is busy until it is let go, so that what comes meanwhile waits together."""

    def __init__(self, folder: Path, thread: ThreadPoolExecutor) -> None:
        self.thread = thread
        self.store = open_store(folder, SetClock().now, on_executor(thread))
        self.commits = 0
        self._free = threading.Event()
        event.listen(self.store.engine, "commit", self._count)

    def _count(self, _connection: Connection) -> None:
        self.commits += 1

    async def together(self, *writes: Awaitable[Any]) -> list[Any]:
        """Begin all while the disk is busy, then let it go; what came of each."""
        waiting = await self.behind(*writes)
        self.go_on()
        return await asyncio.gather(*waiting, return_exceptions=True)

    async def behind(self, *writes: Awaitable[Any]) -> list["asyncio.Future[Any]"]:
        """Begin all while the disk is busy."""
        self._free.clear()
        self.thread.submit(self._free.wait)
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(write) for write in writes]
        await asyncio.sleep(0)
        self.commits = 0
        return waiting

    def go_on(self) -> None:
        """The disk is free again."""
        self._free.set()


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    """A store on a thread of its own, with one card that is pending."""
    with ThreadPoolExecutor(1) as thread:
        disk = Disk(tmp_path, thread)
        await disk.store.open([PENDING], [], quiet)
        yield disk
        disk.go_on()
        disk.store.close()


def accepted(store: SqlStore, number: int) -> Awaitable[bool]:
    return store.accept(TELEGRAM, str(number), b"{}", NOW)


async def state_of(store: SqlStore) -> State:
    found = await store.mass_cancel(PENDING.id)
    assert found is not None
    return found.state


async def test_fifty_deliveries_and_a_tap_take_one_flush(disk: Disk) -> None:
    """Whatever waits when the disk turns free is committed at once."""
    tap = disk.store.commit([stepped(PENDING, State.EXECUTING)])
    outcomes = await disk.together(*(accepted(disk.store, number) for number in range(50)), tap)
    assert outcomes == [True] * 50 + [None]
    assert disk.commits == 1
    assert len(await disk.store.unsettled(TELEGRAM)) == 50
    assert await state_of(disk.store) is State.EXECUTING
    assert verify(disk.store.engine).ok


async def test_a_write_that_was_served_does_not_wait_for_later_ones(disk: Disk) -> None:
    """What comes while a group is committed is a group of its own, and holds nobody up."""
    begun, go_on, later = threading.Event(), threading.Event(), threading.Event()

    def slowly(_connection: Connection) -> None:
        begun.set()
        go_on.wait(5)

    first = await disk.behind(disk.store.writes.write(slowly), accepted(disk.store, 1))
    disk.go_on()
    await asyncio.to_thread(begun.wait, 5)
    late = asyncio.ensure_future(disk.store.writes.write(lambda _: later.wait(5)))
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.wait_for(asyncio.gather(*first), 4) == [None, True]
    assert not late.done()
    later.set()
    assert await late is True


async def test_what_one_refuses_does_not_touch_the_others(disk: Disk) -> None:
    """A second licence, a repeated delivery and a broken rule of the schema: each its own answer."""

    def broken(connection: Connection) -> None:
        connection.execute(text("UPDATE mass_cancel SET state = NULL"))

    store = disk.store
    outcomes = await disk.together(
        store.commit([stepped(PENDING, State.EXECUTING)]),
        store.commit([stepped(PENDING, State.EXECUTING)]),
        store.writes.write(broken),
        accepted(store, 1),
        accepted(store, 1),
    )
    assert [type(outcome) for outcome in outcomes] == [*(type(None), Conflict, StoreUnavailable, bool, bool)]
    assert outcomes[3:] == [True, False]
    assert disk.commits == 1
    assert await state_of(store) is State.EXECUTING
    assert verify(store.engine).rows == 1


async def test_what_the_disk_refuses_to_one_is_not_refused_to_the_others(disk: Disk) -> None:
    """No room for a large one: it alone is refused, in the database's own words; what fits is committed."""
    store = disk.store

    def pages(connection: Connection, most: int) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA max_page_count={most}").scalar_one())

    in_use = await store.writes.write(lambda c: int(c.exec_driver_sql("PRAGMA page_count").scalar_one()))
    await store.writes.write(lambda c: pages(c, in_use))
    large = store.accept(TELEGRAM, "2", b"x" * 100_000, NOW)
    outcomes = await disk.together(accepted(store, 1), large, store.commit([stepped(PENDING, State.EXECUTING)]))
    assert (outcomes[0], outcomes[2]) == (True, None)
    assert isinstance(outcomes[1], StoreUnavailable)
    assert outcomes[1].why == "database or disk is full"
    assert [row.origin for row in await store.unsettled(TELEGRAM)] == ["telegram:1"]
    assert await state_of(store) is State.EXECUTING
    assert verify(store.engine).ok


async def test_a_disk_found_full_at_the_commit_refuses_only_what_is_too_large(tmp_path: Path) -> None:
    """A real disk with no room for the large one: it alone is refused; the tap beside it is committed."""
    if not mounted(tmp_path, "300k"):
        pytest.skip("needs the right to mount a tmpfs")
    try:
        with ThreadPoolExecutor(1) as thread:
            disk = Disk(tmp_path, thread)
            with closing(disk.store) as store:
                await store.open([PENDING], [], quiet)
                tap = store.commit([stepped(PENDING, State.EXECUTING)])
                large = store.accept(TELEGRAM, "2", b"x" * 280_000, NOW)
                outcomes = await disk.together(accepted(store, 1), large, tap)
                assert (outcomes[0], outcomes[2]) == (True, None)
                assert isinstance(outcomes[1], StoreUnavailable)
                assert outcomes[1].why == "database or disk is full"
                assert await state_of(store) is State.EXECUTING
    finally:
        unmount(tmp_path)


async def test_one_that_must_be_done_alone_holds_nobody_up(disk: Disk) -> None:
    """A write that the database refuses beside others has its own turn, after the others were told."""
    store, again, go_on = disk.store, threading.Event(), threading.Event()
    tries: list[int] = []

    def refused(connection: Connection) -> None:
        tries.append(1)
        if len(tries) > 1:
            again.set()
            go_on.wait(5)
        connection.execute(text("UPDATE mass_cancel SET state = NULL"))

    tap = store.commit([stepped(PENDING, State.EXECUTING)])
    first, bad, last = await disk.behind(tap, store.writes.write(refused), accepted(store, 1))
    disk.go_on()
    assert await asyncio.wait_for(first, 4) is None
    await asyncio.to_thread(again.wait, 5)
    assert not bad.done()
    go_on.set()
    assert await last is True
    with pytest.raises(StoreUnavailable):
        await bad
    assert len(tries) == 2
    assert await state_of(store) is State.EXECUTING


async def test_a_store_that_is_locked_is_so_for_all(disk: Disk, tmp_path: Path) -> None:
    """Another process holds the write lock: none is committed, and they wait for it together, not in turn."""
    store = disk.store
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = fair.monotonic()
        outcomes = await disk.together(accepted(store, 1), accepted(store, 2), accepted(store, 3))
        assert fair.monotonic() - began < 2 * BUSY
    assert [outcome.why for outcome in outcomes] == ["database is locked"] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3
    assert await accepted(store, 1) is True


async def test_one_that_nobody_waits_for_is_left_out(disk: Disk) -> None:
    """Cancelled before its turn: it is not done, though the others are."""
    tap, other = await disk.behind(disk.store.commit([stepped(PENDING, State.EXECUTING)]), accepted(disk.store, 1))
    tap.cancel()
    await asyncio.sleep(0)
    disk.go_on()
    assert await other is True
    assert await state_of(disk.store) is State.PENDING


async def test_one_is_taken_back_between_its_work_and_the_commit(disk: Disk) -> None:
    """Cancelled when its work is done and that of others is not: the others are committed without it."""
    store, reached, go_on = disk.store, threading.Event(), threading.Event()
    done: list[int] = []

    def slowly(_connection: Connection) -> str:
        done.append(1)
        reached.set()
        go_on.wait(5)
        return "committed"

    licence = store.commit([stepped(PENDING, State.EXECUTING)])
    tap, other = await disk.behind(licence, store.writes.write(slowly))
    disk.go_on()
    await asyncio.to_thread(reached.wait, 5)
    tap.cancel()
    await asyncio.sleep(0)
    go_on.set()
    assert await other == "committed"
    assert len(done) == 2
    assert await state_of(store) is State.PENDING
    assert verify(store.engine).rows == 0
