"""Signals to `now`: once, the end comes in order; twice, with what is known; each with the table's code."""

import asyncio
import os
import pty
import signal

import pytest

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Delay, Hang
from tests.crash.ground import CANCEL, OPENS, Ground, ground
from tests.crash.surroundings import ended, start

NOW = ("now", CONTRACT, "buy", "long")


async def sent(here: Ground, *words: str, hangs: bool = False) -> asyncio.subprocess.Process:
    """`now --yes`, its request sent and not yet answered."""
    here.place(2)
    here.htx.faults.add(Hang(acts=True) if hangs else Delay(after=1.5), CANCEL, times=1)
    child = await start(here, *NOW, "--yes", *words, stderr=asyncio.subprocess.STDOUT)
    await here.htx.until(lambda: len(here.posts()) == 1)
    return child


async def said_by(child: asyncio.subprocess.Process) -> str:
    """All that it printed."""
    assert child.stdout is not None
    return (await child.stdout.read()).decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
async def test_one_signal_after_the_yes_waits_for_the_verdict(number: signal.Signals) -> None:
    """Asked to end while HTX thinks, `now` says that it waits, proves, and exits as the verdict says."""
    async with ground() as here:
        child = await sent(here)
        child.send_signal(number)
        assert await ended(child) == 0
        said = await said_by(child)
        assert "Confirmed already, so the verdict is waited for." in said
        assert said.count("ZERO LEFT") == 1
        assert len(here.posts()) == 1


async def test_a_hang_up_from_all_sides_waits_for_the_verdict() -> None:
    """SIGHUP from the kernel and the shell, and SIGTERM beside it, are one wish: the verdict is reached."""
    async with ground() as here:
        child = await sent(here)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
            child.send_signal(number)
            await asyncio.sleep(0.1)
        assert await ended(child) == 0
        assert "ZERO LEFT" in await said_by(child)


@pytest.mark.parametrize("numbers", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)])
async def test_a_second_signal_says_that_there_is_no_verdict(numbers: tuple[signal.Signals, ...]) -> None:
    """Asked twice after the yes, `now` says that orders may be open, exits with 12, and the next start reports."""
    async with ground() as here:
        child = await sent(here, hangs=True)
        for number in numbers:
            child.send_signal(number)
            await asyncio.sleep(0.3)
        assert await ended(child) == 12
        said = await said_by(child)
        assert "sent, no verdict yet. Assume orders are still OPEN. Use the HTX app." in said
        assert "Traceback" not in said
        here.htx.faults.clear()
        await here.start_bot()
        await here.quiet()
        assert len(here.posts()) == 1
        assert any("0 open now" in message.text for message in here.heard())


async def test_a_second_signal_to_a_drill_says_that_nothing_was_sent() -> None:
    """Asked twice during a drill, `now` says that nothing was sent and nothing proved, and exits with 12."""
    async with ground() as here:
        here.place(2)
        here.htx.faults.add(Delay(after=4.0), OPENS)
        child = await start(here, *NOW, "--yes", "--drill", stderr=asyncio.subprocess.STDOUT)
        assert child.stdout is not None
        async with asyncio.timeout(30):
            await child.stdout.readuntil(b"The result follows here.")
        for _ in range(2):
            child.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
        assert await ended(child) == 12
        assert "a drill, nothing was sent and nothing is proved." in await said_by(child)
        assert here.posts() == ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
async def test_a_signal_before_the_card_sends_nothing(number: signal.Signals) -> None:
    """Asked to end while HTX does not answer the preview, `now --yes` has sent nothing and exits with 13."""
    async with ground() as here:
        here.place(2)
        here.htx.faults.add(Hang(acts=False))
        child = await start(here, *NOW, "--yes", stderr=asyncio.subprocess.STDOUT)
        await here.htx.until(lambda: len(here.htx.log) > 0)
        child.send_signal(number)
        code = await ended(child)
        said = await said_by(child)
        assert code == 13, said
        assert "nothing was sent" in said
        assert here.posts() == ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_at_the_question_keeps_the_orders(number: signal.Signals) -> None:
    """Asked to end at its question, `now` keeps the orders, says so, and exits with 13."""
    async with ground() as here:
        here.place(2)
        ours, its = pty.openpty()
        child = await start(here, *NOW, stdin=its, terminal=its, stderr=asyncio.subprocess.STDOUT)
        os.close(its)
        assert child.stdout is not None
        async with asyncio.timeout(30):
            await child.stdout.readuntil(b"Type yes and Enter")
        child.send_signal(number)
        assert await ended(child) == 13
        assert "Kept by host:" in await said_by(child)
        os.close(ours)
        assert here.posts() == ()
        assert [deed.state for deed in here.truth.deeds()] == ["kept"]


async def test_a_terminal_that_goes_away_at_the_question_keeps_the_orders() -> None:
    """Hung up at the question, with its terminal gone, `now` keeps the orders and ends with 13."""
    async with ground() as here:
        here.place(2)
        ours, its = pty.openpty()
        child = await start(here, *NOW, stdin=its, stdout=its, stderr=its, terminal=its)
        os.close(its)
        said = b""
        async with asyncio.timeout(30):
            while b"Type yes and Enter" not in said:
                said += await asyncio.to_thread(os.read, ours, 4096)
        os.close(ours)
        assert await ended(child) == 13
        assert here.posts() == ()
        assert [deed.state for deed in here.truth.deeds()] == ["kept"]


async def test_a_terminal_that_goes_away_after_the_yes_changes_nothing() -> None:
    """Hung up right after the yes, `now` cancels, proves and exits with the verdict's code."""
    async with ground() as here:
        here.place(2)
        here.htx.faults.add(Delay(after=1.0), CANCEL, times=1)
        ours, its = pty.openpty()
        child = await start(here, *NOW, stdin=its, stdout=its, stderr=its, terminal=its)
        os.close(its)
        said = b""
        async with asyncio.timeout(30):
            while b"Type yes and Enter" not in said:
                said += await asyncio.to_thread(os.read, ours, 4096)
        os.write(ours, b"yes\n")
        await here.htx.until(lambda: len(here.posts()) == 1)
        os.close(ours)
        assert await ended(child) == 0
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]


async def test_a_question_that_nobody_answers_ends_with_its_card() -> None:
    """A card's time over without an answer, `now` says that it expired and ends with 13."""
    async with ground(card_seconds=10) as here:
        here.place(2)
        ours, its = pty.openpty()
        child = await start(here, *NOW, stdin=its, terminal=its, stderr=asyncio.subprocess.STDOUT)
        os.close(its)
        assert await ended(child) == 13
        said = await said_by(child)
        assert "Nothing was" in said
        os.close(ours)
        assert here.posts() == ()
        assert [deed.state for deed in here.truth.deeds()] == ["expired"]


async def test_what_is_not_shown_is_not_asked() -> None:
    """Where the card cannot be printed a typed yes confirms nothing: orders are kept."""
    async with ground() as here:
        here.place(2)
        ours, its = pty.openpty()
        with open("/dev/full", "wb") as full:  # noqa: ASYNC230, PTH123 a device
            child = await start(here, *NOW, stdin=its, terminal=its, stdout=full.fileno())
        os.close(its)
        os.write(ours, b"yes\n")
        assert await ended(child) == 13
        os.close(ours)
        assert here.posts() == ()
