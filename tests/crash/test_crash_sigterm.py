"""SIGTERM: what is being executed gets its verdict, and nothing that is to be told is lost."""

from simulator.htx import Delay, Hang
from tests.crash.ground import CANCEL, Ground, ground


async def _executing(here: Ground) -> int:
    """Tap a card and wait until HTX has the request; the card's message."""
    here.place(3)
    card = await here.ask()
    here.ann.taps(card, card.labels[0])
    await here.htx.until(lambda: len(here.posts()) == 1)
    return card.id


async def test_sigterm_during_an_execution_waits_for_the_verdict() -> None:
    """Stopped while HTX thinks, the bot tells the verdict, takes no new command, and exits with 0."""
    async with ground() as here:
        await here.start_bot()
        here.htx.faults.add(Delay(after=2.0), CANCEL, times=1)
        card = await _executing(here)
        code = await here.interrupt()
        assert code == 0, here.log()[-3000:]
        told = [one.text for one in here.heard(card) if "· log " in one.text]
        assert len(told) == 1
        assert "ZERO LEFT" in told[0]
        assert "3 cancelled" in told[0]
        assert here.truth.loose_ends() == []
        assert "Traceback" not in here.log()
        before = len(here.heard())
        await here.start_bot()
        await here.quiet()
        assert len(here.heard()) == before


async def test_sigterm_while_htx_hangs_ends_in_a_proved_verdict() -> None:
    """Stopped while the answer never comes, the bot reads the book, tells what is open now, and exits with 0."""
    async with ground() as here:
        await here.start_bot()
        here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
        card = await _executing(here)
        assert await here.interrupt() == 0, here.log()[-3000:]
        told = [one.text for one in here.heard(card) if "· log " in one.text]
        assert len(told) == 1
        assert "0 open now" in told[0]
        assert len(here.posts()) == 1


async def test_sigterm_during_a_telegram_outage_loses_no_result() -> None:
    """A verdict reached while Telegram was away and the bot was stopped is told, once, after the next start."""
    async with ground() as here:
        await here.start_bot()
        here.htx.faults.add(Delay(after=1.0), CANCEL, times=1)
        card = await _executing(here)
        await here.telegram.stop()
        assert await here.interrupt() == 0, here.log()[-3000:]
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left"]
        assert here.truth.waiting() > 0
        await here.telegram.start()
        await here.start_bot()
        await here.result(card)
        await here.quiet()
        told = [one.text for one in here.heard(card) if "· log " in one.text]
        assert len(told) == 1
        assert "3 cancelled" in told[0]
        assert len(here.posts()) == 1
