"""No network: to HTX, to Telegram, to both, at the start and in the middle."""

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Hang
from tests.crash.ground import CANCEL, Ground, ground

_SOON = 8.0
"""Seconds after an outage in which the bot must work again: its longest early pauses are shorter."""


async def _works(here: Ground) -> None:
    """One whole mass cancel."""
    here.place(2)
    card = await here.ask()
    here.ann.taps(card, "Cancel 2 orders")
    assert "2 cancelled" in (await here.result(card.id)).text


async def test_a_start_without_htx_is_quick_and_works_when_htx_is_back() -> None:
    """With HTX away the bot is up within ten seconds and shows a card, which fires once HTX is there again."""
    async with ground() as here:
        here.place(2)
        await here.htx.refuse()
        began = here.clock()
        await here.start_bot()
        assert here.clock() - began < 10
        card = await here.ask(counted=False)
        assert "count unknown" in card.text
        await here.htx.accept()
        assert here.posts() == ()
        here.ann.taps(card, card.labels[0])
        assert "2 cancelled" in (await here.result(card.id)).text


async def test_a_start_into_silence_is_quick_and_tells_of_what_was_cut_off() -> None:
    """With HTX taking requests and answering none, the bot is up within ten seconds and tells UNKNOWN."""
    async with ground() as here:
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        silence = here.htx.faults.add(Hang(acts=True))
        here.ann.taps(card, card.labels[0])
        await here.htx.until(lambda: len(here.posts()) == 1)
        await here.kill_bot()
        began = here.clock()
        await here.start_bot()
        assert here.clock() - began < 10
        unknown = await here.shown("UNKNOWN", after=card.id)
        assert "Assume orders are still OPEN" in unknown.text
        silence.clear()
        assert "ZERO LEFT" in (await here.shown("0 open now", after=unknown.id)).text
        assert len(here.posts()) == 1


async def test_a_start_without_telegram_arms_and_recovers() -> None:
    """With Telegram away the bot arms all the same, and answers what was asked within seconds of its return."""
    async with ground() as here:
        await here.telegram.stop()
        here.child = await here.spawn("run")
        began = here.clock()
        await here.until((here.data / "pulse.json").exists, "ready")
        assert here.clock() - began < 10
        code, said = await here.command("now", CONTRACT, "--yes")
        assert code == 0, said
        await here.telegram.start()
        asked = here.ann.says(here.desk, "/status")
        back = here.clock()
        await here.shown(lambda message: message.reply_to == asked.id, after=asked.id)
        assert here.clock() - back < _SOON
        await _works(here)


async def test_both_networks_fail_with_the_request_under_way() -> None:
    """Cut off from HTX and Telegram in the middle, the bot says UNKNOWN, then what is open, once they are back."""
    async with ground() as here:
        await here.start_bot()
        here.place(2)
        card = await here.ask()
        here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
        await here.ann.taps(card, "Cancel 2 orders").answer()
        await here.htx.until(lambda: len(here.posts()) == 1)
        await here.until(lambda: here.truth.waiting() == 0, "the card says who tapped")
        await here.htx.refuse()
        await here.telegram.stop()
        await here.until(lambda: here.truth.deeds()[0].state == "unknown", "the verdict")
        await here.telegram.start()
        unknown = await here.shown("UNKNOWN", after=card.id)
        assert "Assume orders are still OPEN" in unknown.text
        await here.htx.accept()
        known = await here.shown("0 open now", after=unknown.id)
        assert "ZERO LEFT" in known.text
        assert len(here.posts()) == 1
        fresh = await here.ask(f"/cancelall {CONTRACT} sell")
        here.bo.taps(fresh, "Keep orders")
        await here.shown("Kept by Bo")
