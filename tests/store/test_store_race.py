"""Many at once, and death at any moment."""

import asyncio
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from bot.errors import Conflict
from bot.model import MassCancelId, Post, State
from bot.store import SqlStore, on_executor, open_store, tail, verify
from tests.store import store_child
from tests.store.store_kit import (
    ASKED,
    NOW,
    PENDING,
    TELEGRAM,
    SetClock,
    done,
    opened_at,
    quiet,
    stepped,
)
from tests.store.store_process import Spawn

CYCLES = 25
ORDER = [State.PENDING, State.EXECUTING, State.ZERO_LEFT]


async def test_one_of_fifty_taps_wins(tmp_path: Path) -> None:
    """Of fifty commits of one transition, from ten threads and two stores, exactly one succeeds."""
    with ThreadPoolExecutor(10) as threads:
        run = on_executor(threads)
        stores = [open_store(tmp_path, SetClock().now, run) for _ in range(2)]
        await stores[0].open([PENDING], [], quiet)
        outcomes = await asyncio.gather(
            *(stores[number % 2].commit([stepped(PENDING, State.EXECUTING)]) for number in range(50)),
            return_exceptions=True,
        )
        assert [outcome for outcome in outcomes if not isinstance(outcome, Conflict)] == [None]
        assert verify(stores[0].engine).rows == 1
        for store in stores:
            store.close()


async def test_one_of_fifty_processes_tries_wins(
    store: SqlStore, processes: ForkServerContext, spawn: Spawn
) -> None:
    """Of fifty commits of one transition, from five processes at once, exactly one succeeds."""
    await store.open([PENDING], [], quiet)
    barrier = processes.Barrier(5)
    racers = [spawn(store_child.race, store.presence.folder.parent, barrier, 10) for _ in range(5)]
    outcomes = [outcome for racer in racers for outcome in racer.hear()]
    assert sorted(outcomes) == ["committed"] + ["conflict"] * 49
    assert verify(store.engine).rows == 1


async def test_one_delivery_of_many_threads_opens_once(tmp_path: Path) -> None:
    """A delivery taken in by ten threads at once opens one mass cancel."""
    with ThreadPoolExecutor(10) as threads:
        store = open_store(tmp_path, SetClock().now, on_executor(threads))
        opened = await asyncio.gather(*(store.open([PENDING], [ASKED], quiet) for _ in range(10)))
        assert sorted(opened) == [False] * 9 + [True]
        accepted = await asyncio.gather(*(store.accept(TELEGRAM, "1", b"", NOW) for _ in range(10)))
        assert sorted(accepted) == [False] * 9 + [True]
        store.close()


async def test_a_cancelled_caller_takes_it_back(tmp_path: Path) -> None:
    """What has not come to its commit when its caller stops waiting is undone, all of it."""
    with ThreadPoolExecutor(1) as thread:
        store = open_store(tmp_path, SetClock().now, on_executor(thread))
        await store.open([PENDING], [], quiet)
        begun, go_on = threading.Event(), threading.Event()

        def slowly(_digits: str) -> Sequence[Post]:
            begun.set()
            go_on.wait()
            return []

        task = asyncio.create_task(store.commit([stepped(PENDING, State.EXECUTING, posts=slowly)]))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        go_on.set()
        found = await store.mass_cancel(PENDING.id)
        assert found is not None
        assert found.state is State.PENDING
        assert tail(store.engine, 9) == ()
        store.close()


def test_no_acknowledged_commit_is_lost(tmp_path: Path, spawn: Spawn) -> None:
    """Killed at any moment, again and again: all that was acknowledged is there, and nothing is half there."""
    seed = random.Random(7)  # noqa: S311 moments to kill at, no secret
    acknowledged: dict[MassCancelId, State] = {}
    for cycle in range(CYCLES):
        acknowledged |= killed(tmp_path, spawn, cycle, seed.uniform(0, 0.12))
    store = opened_at(tmp_path)
    assert len(acknowledged) > CYCLES
    assert verify(store.engine).ok
    for id_, state in acknowledged.items():
        found = done(store.mass_cancel(id_))
        assert found is not None
        assert ORDER.index(found.state) >= ORDER.index(state)
    assert_whole(store)
    store.close()


def killed(folder: Path, spawn: Spawn, cycle: int, after: float) -> dict[MassCancelId, State]:
    """Let a process work, kill it some seconds after its first word; what it acknowledged."""
    child = spawn(store_child.work, folder, cycle)
    words = [child.hear()]
    time.sleep(after)
    child.kill()
    return dict(words + rest(child.pipe))


def rest(pipe: Connection) -> list[tuple[MassCancelId, State]]:
    """What is left in a pipe whose writer is dead; a word cut off by the death does not count."""
    words = []
    try:
        while True:
            words.append(pipe.recv())
    except (EOFError, OSError):
        return words


def assert_whole(store: SqlStore) -> None:
    """Every mass cancel has as many audit rows and posts as its state says, or the transaction was torn."""
    found = done(store.recent([PENDING.scope.account], 100_000))
    entries = tail(store.engine, 1_000_000)
    with store.engine.connect() as connection:
        posts = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar()
    assert len(entries) == posts == sum(one.version for one in found)
    recorded = {(str(entry.note.mass_cancel), entry.note.event) for entry in entries}
    for one in found:
        for version, event in enumerate(("confirm", "zero"), start=2):
            assert ((one.id, event) in recorded) == (one.version >= version)
