"""`cancelall now` on a full disk: nothing sent means 11, and what was sent is told although it is not recorded."""

import asyncio
import os
import pty
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Delay
from tests.crash.ground import CANCEL, Ground, ground
from tests.crash.surroundings import ended, start
from tests.small_disk import mounted, unmount

NOW: Final = ("now", CONTRACT, "buy", "long")


@asynccontextmanager
async def on_a_small_disk() -> AsyncIterator[tuple[Ground, Path]]:
    """A ground whose data directory lies on a tiny disk with a store on it, and what fills that disk."""
    with tempfile.TemporaryDirectory(prefix="cancelall-disk-") as name:
        disk = Path(name)
        if not mounted(disk, "700k"):
            pytest.skip("needs the right to mount a tmpfs")
        try:
            async with ground() as here:
                here.environ["CANCELALL_DATA_DIR"] = str(disk / "data")
                assert (await here.command(*NOW, "--yes", "--drill"))[0] == 14
                here.place(2)
                yield here, disk / "ballast"
        finally:
            unmount(disk)


def fill(ballast: Path) -> None:
    """Take every byte there is."""
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break


async def test_on_a_full_disk_nothing_is_sent_and_it_is_said_once() -> None:
    """With the store full from the start `now` ends with 11 and says once that nothing was sent."""
    async with on_a_small_disk() as (here, ballast):
        fill(ballast)
        code, said = await here.command(*NOW, "--yes")
        assert code == 11, said
        assert said.count("Nothing was sent.") == 1
        assert "NOT RUN" in said
        assert "/status" not in said
        assert " tap" not in said
        assert here.posts() == ()


async def test_a_disk_that_fills_before_the_yes_sends_nothing() -> None:
    """With the store full when the yes is typed `now` ends with 11, soon, and says once that nothing was sent."""
    async with on_a_small_disk() as (here, ballast):
        ours, its = pty.openpty()
        child = await start(here, *NOW, stdin=its, terminal=its, stderr=asyncio.subprocess.STDOUT)
        os.close(its)
        assert child.stdout is not None
        async with asyncio.timeout(30):
            await child.stdout.readuntil(b"Type yes and Enter")
        fill(ballast)
        os.write(ours, b"yes\n")
        code, said = await ended(child), (await child.stdout.read()).decode()
        os.close(ours)
        assert code == 11, said
        assert said.count("Nothing was sent.") == 1
        assert here.posts() == ()


async def test_a_disk_that_fills_after_the_yes_costs_no_verdict() -> None:
    """With the store full when the answer comes, `now` proves and tells the verdict, and exits with its code."""
    async with on_a_small_disk() as (here, ballast):
        here.htx.faults.add(Delay(after=2.0), CANCEL, times=1)
        child = await start(here, *NOW, "--yes", stderr=asyncio.subprocess.STDOUT)
        await here.htx.until(lambda: len(here.posts()) == 1)
        fill(ballast)
        code = await ended(child)
        assert child.stdout is not None
        said = (await child.stdout.read()).decode()
        assert code == 0, said
        assert said.count("ZERO LEFT") == 1
        assert "log not written yet" in said
        assert len(here.posts()) == 1
        ballast.unlink()
        await here.start_bot()
        await here.quiet()
        assert len(here.posts()) == 1
