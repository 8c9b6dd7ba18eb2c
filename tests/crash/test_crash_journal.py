"""The store read-only, held by another or destroyed under a running bot: the emergency journal is the witness."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from simulator.htx import Hang, RateLimited
from tests.crash.ground import CANCEL, Ground, ground


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Nothing can be made in a folder any more; what is open there stays open."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs the right to mount")
    bound = subprocess.run((mount, "--bind", folder, folder), check=False, capture_output=True, timeout=20)  # noqa: S603 ours
    if bound.returncode:
        pytest.skip("needs the right to mount")
    try:
        subprocess.run((mount, "-o", "remount,bind,ro", folder), check=True, timeout=20)  # noqa: S603 ours
        yield
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True, timeout=20)  # noqa: S603, S607 ours


@contextmanager
def _held(here: Ground) -> Iterator[None]:
    """Another process holds the store's file."""
    with closing(sqlite3.connect(here.data / "state.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


async def test_a_store_that_became_read_only_does_not_disarm_the_switch() -> None:
    """On a read-only data directory a tap fires once; when it is writable again the log has it."""
    async with ground() as here:
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        await here.quiet()
        with _read_only(here.data):
            here.bo.taps(card, "Cancel 2 orders")
            told = await here.shown("DEGRADED", after=card.id)
            assert "2 cancelled" in told.text
        again = await here.shown(lambda one: "· log " in one.text, after=told.id)
        assert "DEGRADED" in again.text
        await here.quiet()
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]
        assert len(here.posts()) == 1


async def test_a_destroyed_store_does_not_disarm_the_switch() -> None:
    """With the store's file overwritten a tap fires and is told; an empty store then says what it misses."""
    async with ground() as here:
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        await here.quiet()
        file = here.data / "state.sqlite3"
        with file.open("r+b") as raw:
            raw.write(b"no database " * 4096)
        here.bo.taps(card, "Cancel 2 orders")
        told = await here.shown("DEGRADED", after=card.id)
        assert "2 cancelled" in told.text
        id_ = told.text.split("#")[1][:5]
        await here.kill_bot()
        file.unlink()
        await here.start_bot()
        said = await here.shown("My log does not show this", after=told.id)
        assert f"Bo sent #{id_}" in said.text
        await here.quiet()
        assert len(here.posts()) == 1
        rows = [row for row in here.truth.audit() if row.event == "late verdict"]
        assert [(row.mass_cancel, row.actor) for row in rows] == [(id_, "bo telegram:12")]


@pytest.mark.parametrize("sent", [True, False], ids=["after the request", "before the request"])
async def test_kill_nine_beside_the_request_sends_nothing_again(sent: bool) -> None:
    """Killed right before or after the journalled request: the next start reads, reports, and sends nothing."""
    async with ground() as here:
        await here.start_bot()
        ids = here.place(2)
        card = await here.ask()
        await here.quiet()
        fault = Hang(acts=True) if sent else RateLimited(reset_ms=2000)
        here.htx.faults.add(fault, CANCEL)
        with _held(here):
            here.ann.taps(card, "Cancel 2 orders")
            await here.until(here.posts, "the request")
            await here.kill_bot()
        here.htx.faults.clear()
        before = len(here.posts())
        await here.start_bot()
        result = await here.result(card.id)
        assert ("0 open now" if sent else "2 STILL OPEN") in result.text
        assert "DEGRADED" in result.text
        for _ in range(2):
            heard = await here.bo.taps(card, "Cancel 2 orders").answer(20)
            assert "Already sent by Ann" in heard
        await here.quiet()
        await here.kill_bot()
        await here.start_bot()
        await here.quiet()
        await asyncio.sleep(0.5)
        assert len(here.posts()) == before
        assert set(here.account.open_ids()) == (set() if sent else set(ids))
        assert (await here.command("audit", "verify"))[0] == 0


async def test_a_long_lock_and_many_commands_do_not_delay_a_tap() -> None:
    """With the store held and commands ahead of it, a tap's request begins within ten seconds."""
    async with ground() as here:
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        await here.quiet()
        with _held(here):
            for _ in range(6):
                here.ann.says(here.desk, "/orders")
            tap = here.bo.taps(card, "Cancel 2 orders")
            await here.until(here.posts, "the request", seconds=10)
            assert len(here.posts()) == 1
            await here.shown("DEGRADED", after=card.id)
            await here.until(lambda: tap.answered is not None, "the tap is answered")
        await here.quiet()
        assert len(here.posts()) == 1
