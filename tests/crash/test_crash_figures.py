"""How long a start takes, and how much memory a working bot holds."""

from pathlib import Path

from tests.crash.ground import Ground, ground

_CANCELS = 50
_GROWTH_KIB = 20_000


def _resident(here: Ground) -> int:
    """KiB of memory that the bot holds; 0 where the system does not say."""
    assert here.child is not None
    status = Path("/proc") / str(here.child.pid) / "status"
    if not status.exists():
        return 0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))


async def test_the_bot_polls_within_four_seconds_and_does_not_swell() -> None:
    """From start to first poll it takes under four seconds, and fifty mass cancels cost little memory."""
    async with ground() as here:
        here.htx.limiter.limit = 10_000
        began = here.clock()
        await here.start_bot()
        await here.until(lambda: here.polls() > 0, "the first poll")
        started = here.clock() - began
        card = await here.ask()
        here.ann.taps(card, card.labels[0])
        await here.result(card.id)
        before = _resident(here)
        for _ in range(_CANCELS):
            here.place(3)
            card = await here.ask()
            here.ann.taps(card, card.labels[0])
            await here.result(card.id)
        after = _resident(here)
        assert len(here.posts()) == _CANCELS + 1
        assert started < 4
        assert after - before < _GROWTH_KIB
        print(f"first poll after {started:.2f} s; {before} KiB at first, {after} KiB after {_CANCELS}")  # noqa: T201 for -s
