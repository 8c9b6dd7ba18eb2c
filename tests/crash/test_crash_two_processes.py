"""`cancelall now` beside `cancelall run`: two processes on one store."""

import re

from bot.cli.demo.stage import CONTRACT
from simulator.htx import Delay, Hang
from tests.crash.ground import CANCEL, OPENS, Ground, ground
from tests.crash.invariants import path_of

_SELLS = f"{CONTRACT} sell short"


def _now(words: str) -> tuple[str, ...]:
    return ("now", *words.split(), "--yes")


def _events(here: Ground, id_: str) -> list[str]:
    return [row.event for row in here.truth.audit() if row.mass_cancel == id_]


def _legal(here: Ground) -> bool:
    audit = here.truth.audit()
    return not any(fault for deed in here.truth.deeds() for fault in path_of(deed, audit))


async def test_now_works_while_run_is_executing() -> None:
    """A mass cancel from the terminal and one from the chat run side by side, each with its own verdict."""
    async with ground() as here:
        await here.start_bot()
        here.place(4)
        here.place(3, side="sell", position_side="short")
        card = await here.ask()
        here.htx.faults.add(Delay(after=3.0), CANCEL, times=1)
        here.ann.taps(card, card.labels[0])
        await here.htx.until(lambda: len(here.posts()) == 1)
        code, said = await here.command(*_now(_SELLS))
        assert code == 0, said
        assert "ZERO LEFT" in said
        await here.shown("4 cancelled", after=card.id)
        assert [deed.state for deed in here.truth.deeds()] == ["zero_left", "zero_left"]
        assert [post.json for post in here.posts()] == [
            {"contract_code": CONTRACT, "side": "buy", "position_side": "long"},
            {"contract_code": CONTRACT, "side": "sell", "position_side": "short"},
        ]
        await here.shown(f"#{here.truth.deeds()[1].id} · log ", after=card.id)  # the desk hears of it, too
        assert _legal(here)


async def test_a_run_that_starts_leaves_a_living_now_alone() -> None:
    """`run` started while `now` waits for HTX neither calls that mass cancel cut off nor checks it."""
    async with ground() as here:
        here.place(2)
        waits = here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
        now = await here.spawn(*_now(f"{CONTRACT} buy long"))
        await here.htx.until(lambda: len(here.posts()) == 1)
        blind = here.htx.faults.add(Hang(), OPENS)  # however long the start takes, nothing can be proved
        await here.start_bot()
        assert [deed.state for deed in here.truth.deeds()] == ["executing"]
        blind.clear()
        waits.clear()
        out, _ = await now.communicate()
        assert now.returncode == 0, out.decode()
        deed = here.truth.deeds()[0]
        assert _events(here, deed.id) == ["asked", "confirm", "attempt", "zero"]
        assert len(here.posts()) == 1


async def test_a_second_run_is_refused_with_a_sentence() -> None:
    """A second `run` on a data directory ends with exit 2 and says who is there; the first goes on."""
    async with ground() as here:
        await here.start_bot()
        code, said = await here.command("run")
        assert code == 2
        assert "nother" in said
        assert "holds" in said
        assert here.child is not None
        assert re.search(rf"pid {here.child.pid}\b", said)
        assert "Traceback" not in said
        here.place(1)
        card = await here.ask()
        here.ann.taps(card, card.labels[0])
        assert "ZERO LEFT" in (await here.result(card.id)).text


async def _cut_off(here: Ground) -> str:
    """Kill a `now` with its request under way; the id of its mass cancel."""
    here.place(2)
    hang = here.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    now = await here.spawn(*_now(f"{CONTRACT} buy long"))
    await here.htx.until(lambda: len(here.posts()) == 1)
    now.kill()
    await now.wait()
    hang.clear()
    deed = here.truth.deeds()[-1]
    assert deed.state == "executing"
    return deed.id


async def test_a_killed_now_is_recovered_by_the_next_run() -> None:
    """What a killed `now` left executing is checked by `run` as it starts, and the desk is told."""
    async with ground() as here:
        id_ = await _cut_off(here)
        await here.start_bot()
        told = await here.shown(f"#{id_} · log ")
        assert "ZERO LEFT" in told.text
        assert "0 open now" in told.text
        assert _events(here, id_) == ["asked", "confirm", "attempt", "restart", "zero"]
        assert len(here.posts()) == 1


async def test_a_killed_now_is_recovered_by_the_next_now() -> None:
    """The next `now` does its own work, and beside it checks what a killed one left; neither is resent."""
    async with ground() as here:
        id_ = await _cut_off(here)
        here.place(3, side="sell", position_side="short")
        code, said = await here.command(*_now(_SELLS))
        assert code == 0, said
        assert "3 cancelled" in said
        assert _events(here, id_)[-2:] == ["restart", "zero"]
        assert len(here.posts()) == 2


async def test_what_a_killed_now_left_to_print_does_not_stop_the_next_now() -> None:
    """After a killed `now` was recovered by `run`, the next `now` shows and confirms its own card alone."""
    async with ground() as here:
        await _cut_off(here)
        await here.start_bot()
        await here.shown("ZERO LEFT")
        here.place(3, side="sell", position_side="short")
        code, said = await here.command(*_now(_SELLS))
        assert code == 0, said
        assert "3 cancelled" in said


async def test_two_nows_at_once_do_not_mix_up_their_cards() -> None:
    """Two terminals that cancel at the same time each show and confirm their own card."""
    async with ground() as here:
        here.place(2)
        here.place(3, side="sell", position_side="short")
        both = [await here.spawn(*_now(f"{CONTRACT} buy long")), await here.spawn(*_now(_SELLS))]
        said = [(await now.communicate())[0].decode() for now in both]
        assert [now.returncode for now in both] == [0, 0], said
        assert "2 cancelled" in said[0]
        assert "3 cancelled" in said[1]
        assert len(here.posts()) == 2
