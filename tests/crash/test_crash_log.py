"""The log decides nothing: with a stderr that nobody reads, that is full or gone, the bot works as ever."""

import asyncio
import os
import pty
import signal

import pytest

from bot.cli.demo.stage import CONTRACT
from tests.crash.ground import Ground, ground
from tests.crash.surroundings import (
    Ends,
    a_full_pipe,
    a_gone_terminal,
    a_pipe_without_a_reader,
    a_stopped_terminal,
    ended,
    start,
)


async def run_with(here: Ground, stderr: int, terminal: int | None = None) -> None:
    """Start the bot with this stderr and wait until it polls."""
    before = here.polls()
    here.child = await start(here, "run", stdout=stderr, stderr=stderr, terminal=terminal)
    await here.until(lambda: here.polls() > before, "the bot polls")


async def cancel(here: Ground) -> str:
    """One cancel from command to result; its text."""
    here.place(2)
    card = await here.ask()
    here.ann.taps(card, card.labels[0])
    return (await here.result(card.id)).text


@pytest.mark.parametrize("ends", [a_full_pipe, a_pipe_without_a_reader, a_stopped_terminal, a_gone_terminal])
async def test_a_log_that_goes_nowhere_holds_nothing_up(ends: Ends) -> None:
    """Where stderr cannot be written, cards and verdicts come, `health` says alive, and SIGTERM ends it with 0."""
    async with ground() as here:
        ours, its = ends()
        await run_with(here, its)
        os.close(its)
        for _ in range(3):
            assert "2 cancelled" in await cancel(here)
        code, said = await here.command("health")
        assert code == 0, said
        assert said.startswith("alive")
        assert await here.interrupt() == 0
        if ours >= 0:
            os.close(ours)
        assert len(here.posts()) == 3


async def test_a_full_log_is_counted_and_said() -> None:
    """Lines that a full disk did not take are counted in `/status` and by `health`, and nothing else changes."""
    async with ground() as here:
        with open("/dev/full", "wb") as full:  # noqa: ASYNC230, PTH123 a device
            await run_with(here, full.fileno())
        assert "2 cancelled" in await cancel(here)
        status = await here.answer("/status")
        assert "of my log could not be written" in status.text
        assert "READY to cancel" in status.text

        async def told() -> bool:
            return "lost" in (await here.command("health"))[1]

        async with asyncio.timeout(20):
            while not await told():  # the pulse beats every 5 s
                pass
        code, said = await here.command("health")
        assert code == 0
        assert said.startswith("alive · ")
        assert "log lines lost" in said


async def test_a_log_that_is_read_again_says_what_was_lost() -> None:
    """A pipe that filled up and is read again carries its old lines, and one line that counts those lost."""
    async with ground() as here:
        here.environ["CANCELALL_LOG_LEVEL"] = "DEBUG"
        reader, writer = a_full_pipe()
        await run_with(here, writer)
        os.close(writer)
        for _ in range(1200):  # each is refused with a line of the log
            here.eve.says(here.desk, f"/cancelall {CONTRACT}")
        await here.quiet()
        heard = b""
        async with asyncio.timeout(30):
            while b'"event": "log lines lost"' not in heard:
                heard += await asyncio.to_thread(os.read, reader, 65536)
        os.close(reader)


async def test_a_hang_up_ends_a_bot_on_a_terminal_in_order() -> None:
    """The terminal that `run` belongs to goes away: it stops as by SIGTERM, with 0, its pulse taken back."""
    async with ground() as here:
        ours, its = pty.openpty()
        await run_with(here, its, terminal=its)
        os.close(its)
        os.close(ours)
        assert here.child is not None
        assert await ended(here.child) == 0
        assert not (here.data / "pulse.json").exists()


async def test_a_hang_up_means_nothing_to_a_bot_without_a_terminal() -> None:
    """Without a terminal `run` ignores SIGHUP, says so in its log, and goes on."""
    async with ground() as here:
        log = (here.folder / "bot.log").open("ab")
        with log:
            await run_with(here, log.fileno())
        assert here.child is not None
        here.child.send_signal(signal.SIGHUP)
        await here.until(lambda: "SIGHUP ignored" in here.log(), "SIGHUP is noted")
        assert "2 cancelled" in await cancel(here)
        assert await here.interrupt() == 0


async def test_nohup_keeps_a_bot_alive() -> None:
    """Started with SIGHUP ignored, as by `nohup`, a bot on a terminal outlives it."""
    async with ground() as here:
        ours, its = pty.openpty()
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by what is started now
        try:
            await run_with(here, its, terminal=its)
        finally:
            signal.signal(signal.SIGHUP, before)
        os.close(its)
        os.close(ours)
        assert "2 cancelled" in await cancel(here)
        assert await here.interrupt() == 0
