"""Who is alive, who owns an execution, and that there is one `run`."""

import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.model import EventKind, State
from bot.store import AlreadyRunning, SqlStore, run_lock
from bot.store.locks import appear, is_alive, sweep
from tests.store import store_child
from tests.store.store_kit import PENDING, named, opened_at, quiet, stepped
from tests.store.store_process import Spawn


async def test_our_own_execution_is_no_orphan(store: SqlStore) -> None:
    """What this process executes is not an orphan to it, nor to another store in the same process."""
    await store.open([PENDING], [], quiet)
    await store.commit([stepped(PENDING, State.EXECUTING)])
    other = opened_at(store.presence.folder.parent)
    assert await store.orphans() == ()
    assert await other.orphans() == ()
    other.close()


async def test_a_closed_store_leaves_an_orphan(store: SqlStore) -> None:
    """What a process executed when it ended is an orphan for the next, until it is settled."""
    gone = opened_at(store.presence.folder.parent, "gone")
    await store.open([PENDING], [], quiet)
    step = stepped(PENDING, State.EXECUTING)
    await gone.commit([step])
    assert await store.orphans() == ()
    gone.close()
    assert await store.orphans() == (step.after,)
    await store.commit([stepped(step.after, State.UNKNOWN, EventKind.RESTART)])
    assert await store.orphans() == ()


async def test_a_killed_process_leaves_an_orphan(store: SqlStore, spawn: Spawn) -> None:
    """What a live process executes is left alone; once it is killed, it is an orphan."""
    await store.open([PENDING], [], quiet)
    folder = store.presence.folder.parent
    child = spawn(store_child.execute_and_wait, folder)
    instance = child.hear()
    assert await store.orphans() == ()
    child.kill()
    assert [one.id for one in await store.orphans()] == [PENDING.id]
    assert (store.presence.folder / f"{instance}.lock").exists()
    next_one = opened_at(folder)
    assert not (store.presence.folder / f"{instance}.lock").exists()
    assert [one.id for one in await next_one.orphans()] == [PENDING.id]
    next_one.close()


async def test_the_owner_is_who_confirmed(store: SqlStore) -> None:
    """Only the step into EXECUTING names an owner: a later step by somebody else does not."""
    gone = opened_at(store.presence.folder.parent, "gone")
    for one in (PENDING, named("OTHER")):
        await store.open([one], [], quiet)
    late = stepped(PENDING, State.PENDING, EventKind.PREVIEW)
    await gone.commit([late])
    await store.commit([stepped(late.after, State.EXECUTING)])
    gone.close()
    assert await store.orphans() == ()


async def test_a_late_preview_takes_nothing_over(store: SqlStore) -> None:
    """A preview that another process adds to an execution leaves it with who confirmed."""
    gone = opened_at(store.presence.folder.parent, "gone")
    await store.open([PENDING], [], quiet)
    confirmed = stepped(PENDING, State.EXECUTING)
    await gone.commit([confirmed])
    late = stepped(confirmed.after, State.EXECUTING, EventKind.PREVIEW)
    await store.commit([late])
    gone.close()
    assert await store.orphans() == (late.after,)


async def test_who_sent_it_and_lives(store: SqlStore) -> None:
    """What another living process was given the licence of is elsewhere; ours, and a dead one's, is not."""
    other = opened_at(store.presence.folder.parent, "other")
    await store.open([PENDING], [], quiet)
    assert not await store.held_elsewhere(PENDING.id)
    step = stepped(PENDING, State.EXECUTING)
    await other.commit([step])
    await other.commit([stepped(step.after, State.UNKNOWN, EventKind.RESTART)])
    assert await store.held_elsewhere(PENDING.id)
    assert not await other.held_elsewhere(PENDING.id)
    other.close()
    assert not await store.held_elsewhere(PENDING.id)


def test_sweeping_spares_the_living(tmp_path: Path) -> None:
    """The lock files of the dead go, those of the living stay."""
    living = appear(tmp_path, "living")
    (tmp_path / "dead.lock").touch()
    assert (is_alive(tmp_path, "living"), is_alive(tmp_path, "dead"), is_alive(tmp_path, "nobody")) == (
        True,
        False,
        False,
    )
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["living.lock"]
    living.leave()
    living.leave()
    assert list(tmp_path.iterdir()) == []
    assert not is_alive(tmp_path, "living")


def test_a_lock_swept_away_in_passing_is_taken_anew(tmp_path: Path) -> None:
    """A process whose new lock file is swept away just before it could lock it still shows that it lives."""
    path = tmp_path / "new.lock"
    with path.open("w") as probe, ThreadPoolExecutor(1) as thread:
        fcntl.flock(probe, fcntl.LOCK_SH)
        starting = thread.submit(appear, tmp_path, "new")
        time.sleep(0.1)  # until it waits for the lock
        path.unlink()
        fcntl.flock(probe, fcntl.LOCK_UN)
        presence = starting.result()
    assert is_alive(tmp_path, "new")
    presence.leave()


def test_life_cannot_be_shown_where_nothing_can_be_written(tmp_path: Path) -> None:
    """Where the lock file cannot be made or opened, the port's error says so."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="file"):
        appear(tmp_path / "file", "one")
    with pytest.raises(StoreUnavailable, match="Not a directory"):
        is_alive(tmp_path / "file", "one")
    with pytest.raises(StoreUnavailable, match="Not a directory"), run_lock(tmp_path / "file" / "deep"):
        pass


def test_there_is_one_run(tmp_path: Path, spawn: Spawn) -> None:
    """A second run is refused with the first one's pid; when the first is killed, the next may run."""
    child = spawn(store_child.hold_run_lock, tmp_path)
    pid = child.hear()
    with pytest.raises(AlreadyRunning, match=f"pid {pid}") as caught, run_lock(tmp_path):
        pass
    assert caught.value.pid == pid == child.process.pid
    child.kill()
    with run_lock(tmp_path):
        assert (tmp_path / "run.lock").read_text() == f"{os.getpid()}\n"
    with run_lock(tmp_path):
        pass


def test_run_lock_hinders_no_other_command(tmp_path: Path) -> None:
    """While a run holds its lock, a store can still be opened beside it."""
    with run_lock(tmp_path):
        opened_at(tmp_path).close()


def test_an_unreadable_pid_is_still_refused(tmp_path: Path) -> None:
    """A second run is refused even where the first one's pid cannot be read."""
    with run_lock(tmp_path):
        (tmp_path / "run.lock").write_text("")
        with pytest.raises(AlreadyRunning, match="unknown") as caught, run_lock(tmp_path):
            pass
        assert caught.value.pid is None
