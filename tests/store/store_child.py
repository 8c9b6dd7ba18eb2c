"""What the tests of the store let other processes do. Each tells its parent through a pipe."""

import os
import resource
import sqlite3
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bot.errors import Conflict, StoreUnavailable
from bot.model import EventKind, Post, State
from bot.ports import AuditNote
from bot.store import FILE, SqlStore, run_lock
from tests.store.store_kit import ASKED, PENDING, done, named, opened_at, send, stepped

NOBODY = 65534


def work(folder: Path, cycle: int, pipe: Connection) -> None:
    """Take mass cancels through their lives for ever, acknowledging each commit after it returned."""
    store = opened_at(folder)
    number = 0
    while True:
        number += 1
        now = named(f"{cycle}-{number}")
        done(store.open([now], [ASKED], told))
        pipe.send((now.id, now.state))
        for state, kind in ((State.EXECUTING, EventKind.CONFIRM), (State.ZERO_LEFT, EventKind.ZERO)):
            step = stepped(now, state, kind, posts=told)
            done(store.commit([step]))
            now = step.after
            pipe.send((now.id, now.state))


def told(digits: str) -> Sequence[Post]:
    """One post for each transaction."""
    return [send(digits)]


def race(folder: Path, barrier: Barrier, tries: int, pipe: Connection) -> None:
    """Commit the same transition again and again, beginning with all the others; tell how often it worked."""
    store = opened_at(folder)
    barrier.wait()
    pipe.send([attempt(store) for _ in range(tries)])
    store.close()


def attempt(store: SqlStore) -> str:
    """Confirm the one mass cancel; the outcome in a word."""
    try:
        done(store.commit([stepped(PENDING, State.EXECUTING)]))
    except Conflict:
        return "conflict"
    return "committed"


def execute_and_wait(folder: Path, pipe: Connection) -> None:
    """Take the one mass cancel into EXECUTING and live on until told otherwise."""
    store = opened_at(folder)
    done(store.commit([stepped(PENDING, State.EXECUTING)]))
    pipe.send(store.presence.instance)
    pipe.recv()


def hold_write_lock(folder: Path, pipe: Connection) -> None:
    """Begin a write transaction and sit on it until told otherwise."""
    raw = sqlite3.connect(folder / FILE, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    pipe.send("held")
    pipe.recv()
    raw.close()


def hold_run_lock(folder: Path, pipe: Connection) -> None:
    """Be the one `run` until told otherwise."""
    with run_lock(folder):
        pipe.send(os.getpid())
        pipe.recv()


def fill_by_limit(folder: Path, pipe: Connection) -> None:
    """Write against the limit on a file's size, then again without it."""
    store = opened_at(folder)
    done(store.open([PENDING], [ASKED], lambda _: ()))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / FILE).stat().st_size, hard))
    _fill(store, pipe, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))


def fill_disk(folder: Path, ballast: Path, pipe: Connection) -> None:
    """Write until the disk is full, then again once there is space."""
    store = opened_at(folder)
    done(store.open([PENDING], [ASKED], lambda _: ()))
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            pipe.send(error.strerror)
    _fill(store, pipe, ballast.unlink)


def _fill(store: SqlStore, pipe: Connection, make_space: Callable[[], object]) -> None:
    large = AuditNote(event="large", actor="bot", mass_cancel=None, facts=(("pad", "x" * 100_000),))
    big_step = stepped(PENDING, State.EXECUTING, notes=(large,))
    try:
        done(store.commit([big_step]))
    except StoreUnavailable as error:
        pipe.send(error.why)
    pipe.send((done(store.mass_cancel(PENDING.id)), done(store.head())))
    make_space()
    done(store.commit([big_step]))
    pipe.send(done(store.mass_cancel(PENDING.id)))
    store.close()


def write_read_only(folder: Path, pipe: Connection) -> None:
    """Try to write a file that this user may only read: as root, become somebody else first."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    (folder / FILE).chmod(0o400)
    store = opened_at(folder)
    try:
        done(store.record([ASKED]))
    except StoreUnavailable as error:
        pipe.send(error.why)
    pipe.send(done(store.mass_cancel(PENDING.id)))
    store.close()
