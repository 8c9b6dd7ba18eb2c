"""A full disk under the data directory, and under the log: people are told, nothing fires late or twice."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Delay, Hang
from tests.crash.ground import CANCEL, Ground, ground
from tests.small_disk import mounted, unmount

_SIZE: Final = "700k"


@asynccontextmanager
async def _small_disk(*, journal: bool = True) -> AsyncIterator[tuple[Ground, Path]]:
    """A ground whose data directory, emergency journal and log lie on a tiny disk, and what fills it."""
    with tempfile.TemporaryDirectory(prefix="cancelall-disk-") as name:
        disk = Path(name)
        if not mounted(disk, _SIZE):
            pytest.skip("needs the right to mount a tmpfs")
        try:
            async with ground(journal=journal) as here:
                here.environ["CANCELALL_DATA_DIR"] = str(disk / "data")
                (here.folder / "bot.log").symlink_to(disk / "bot.log")
                yield here, disk / "ballast"
        finally:
            unmount(disk)


def _fill(ballast: Path) -> None:
    """Take every byte there is."""
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break


async def test_a_tap_on_a_full_disk_fires_once_on_the_journals_word() -> None:
    """On a full disk taps fire once, and it says DEGRADED; with space again the log has it all."""
    async with _small_disk() as (here, ballast):
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        await here.quiet()
        _fill(ballast)
        taps = [here.bo.taps(card, "Cancel 2 orders"), here.ann.taps(card, "Cancel 2 orders")]
        await here.until(lambda: all(tap.answered for tap in taps), "the taps are answered")
        heard = sorted(tap.answered.text.split()[0] for tap in taps if tap.answered)
        assert heard == ["Already", "Cancelling…"]
        told = await here.shown("DEGRADED", after=card.id)
        assert "ZERO LEFT" in told.text
        assert "2 cancelled" in told.text
        assert [deed.state for deed in here.truth.deeds()] == ["pending"]
        ballast.unlink()
        again = await here.shown(lambda message: "· log " in message.text, after=told.id)
        assert "DEGRADED" in again.text
        assert "not written yet" not in again.text
        await here.quiet()
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]
        assert len(here.posts()) == 1
        assert (await here.command("audit", "verify"))[0] == 0


async def test_killed_on_a_full_disk_it_is_reported_and_not_sent_again() -> None:
    """Killed on a full disk with the request under way: with space it reads, reports, and sends nothing."""
    async with _small_disk() as (here, ballast):
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        await here.quiet()
        _fill(ballast)
        here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
        here.ann.taps(card, "Cancel 2 orders")
        await here.htx.until(lambda: len(here.posts()) == 1)
        await here.kill_bot()
        here.htx.faults.clear()
        ballast.unlink()
        await here.start_bot()
        result = await here.result(card.id)
        assert "0 open now" in result.text
        assert "DEGRADED" in result.text
        again = here.bo.taps(card, "Cancel 2 orders")
        await here.until(lambda: again.answered is not None, "the tap is answered")
        await here.quiet()
        assert len(here.posts()) == 1
        assert (await here.command("audit", "verify"))[0] == 0


async def test_a_full_disk_without_a_journal_runs_nothing_and_nothing_fires_late() -> None:
    """A command and taps on a full disk are told NOT RUN and send nothing, not even when there is space again."""
    async with _small_disk(journal=False) as (here, ballast):
        await here.start_bot()
        ids = here.place(2)
        card = await here.ask()
        await here.quiet()
        _fill(ballast)
        here.eve.says(here.desk, "/cancelall ALL")  # a stranger's noise must not use up what members are told
        said = here.ann.says(here.desk, f"/cancelall {CONTRACT} sell short")
        await here.shown("NOT RUN", after=said.id)
        taps = [here.bo.taps(card, "Cancel 2 orders"), here.ann.taps(card, "Cancel 2 orders")]
        await here.until(lambda: all(tap.answered for tap in taps), "the taps are answered")
        assert all("NOT RUN" in tap.answered.text for tap in taps if tap.answered)
        ballast.unlink()
        await here.quiet()
        assert here.posts() == ()
        assert [deed.state for deed in here.truth.deeds()] == ["pending"]
        assert set(here.account.open_ids()) == set(ids)
        here.bo.taps(card, "Cancel 2 orders")
        assert "2 cancelled" in (await here.result(card.id)).text
        here.place(3, side="sell", position_side="short")
        fresh = await here.ask(f"/cancelall {CONTRACT} sell short")
        here.bo.taps(fresh, fresh.labels[0])
        assert "3 cancelled" in (await here.result(fresh.id)).text
        assert len(here.posts()) == 2
        code, report = await here.command("audit", "verify")
        assert code == 0, report


async def test_a_verdict_on_a_full_disk_is_told_at_once_and_recorded_later() -> None:
    """A verdict that cannot be written is told at once, and told again under the same id when it is written."""
    async with _small_disk() as (here, ballast):
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        here.htx.faults.add(Delay(after=1.5), CANCEL, times=1)
        here.ann.taps(card, "Cancel 2 orders")
        await here.htx.until(lambda: len(here.posts()) == 1)
        await here.until(lambda: here.truth.waiting() == 0, "the card says who tapped")
        _fill(ballast)
        first = await here.shown("not written yet", after=card.id)
        assert "ZERO LEFT" in first.text
        deed = here.truth.deeds()[0]
        assert deed.state == "executing"
        assert f"#{deed.id}" in first.text
        ballast.unlink()
        again = await here.shown(lambda message: f"#{deed.id} · log " in message.text, after=first.id)
        assert "not written yet" not in again.text
        assert "2 cancelled" in again.text
        await here.quiet()
        assert here.truth.deeds()[0].state == "zero_left"
        assert len(here.posts()) == 1
        assert here.child is not None
        assert here.child.returncode is None
        assert (await here.command("audit", "verify"))[0] == 0


async def test_a_tap_told_not_run_stays_not_run_through_a_restart() -> None:
    """A tap on a full disk is told NOT RUN; killed and started again with space, the bot does not fire it."""
    async with _small_disk(journal=False) as (here, ballast):
        await here.start_bot()
        ids = here.place(2)
        card = await here.ask()
        await here.quiet()
        _fill(ballast)
        tap = here.ann.taps(card, "Cancel 2 orders")
        await here.until(lambda: tap.answered is not None, "the tap is answered")
        await here.shown("NOT RUN", after=card.id)
        # The next poll confirms the update: what people were told must not come again to a bot that knows nothing.
        await here.until(lambda: here.telegram.updates.pending == 0, "the update is confirmed")
        await here.kill_bot()
        ballast.unlink()
        await here.start_bot()
        await here.quiet()
        assert here.posts() == ()
        assert set(here.account.open_ids()) == set(ids)
