"""The story on Telegram: nights on call, each ending in a verdict that is checked against what truly happened."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot.cli.demo.scene import BATCH, CANCEL, OPENS, TelegramScene
from simulator.htx import Drop, Hang, ItemCodes, Refuse

_SIX_MINUTES: Final = 360
_NO_TRADE: Final = 1100
_IN_PROGRESS: Final = 1062


async def drill(scene: TelegramScene) -> None:
    """A drill: a full rehearsal, everything except sending, and every line says so."""
    ids = scene.stage.place(14)
    card = await scene.ask("/drill")
    await scene.tap("Ann", card, "DRILL: cancel")
    result = await scene.wait_for("would have cancelled 14")
    scene.told.append("DRILL")
    scene.must(all(line.startswith("DRILL") for line in result.text.splitlines()), "every line says DRILL")
    scene.must("ime to tap" in result.text and "tap to proof" in result.text, "how long it took")
    scene.must(set(ids) <= set(scene.stage.account.open_ids()), "nothing was cancelled")
    scene.must(not [record for record in scene.requests() if record.method == "POST"], "nothing was sent")
    scene.emptied = True  # the next scene has a coin of its own


async def ordinary(scene: TelegramScene) -> None:
    """An ordinary cancel: Ann asks, Bo confirms."""
    scene.stage.place(14)
    sells = scene.stage.place(3, side="sell", position_side="short")
    await scene.tap("Bo", await scene.ask())
    result = await scene.verdict("ZERO LEFT")
    scene.must("14 cancelled" in result.text, "14 cancelled")
    scene.must(len(scene.posts()) == 1, "one request")
    scene.must(set(scene.stage.account.open_ids()) == set(sells), "the sells stay")


async def stranger(scene: TelegramScene) -> None:
    """A stranger taps: nothing happens, and she is told so."""
    ids = scene.stage.place(2)
    card = await scene.ask()
    await scene.tap("Eve", card)
    scene.must("Only Ann or Bo" in scene.popups[-1], "the stranger is refused")
    await scene.tap("Ann", card, "Keep")
    await scene.wait_for("Kept by Ann")
    scene.told.append("refused; Kept")
    scene.must(not scene.posts(), "no request")
    scene.must(set(ids) <= set(scene.stage.account.open_ids()), "her tap cancelled nothing")


async def double_tap(scene: TelegramScene) -> None:
    """A double tap: by two people, and delivered twice; one request."""
    card = await scene.ask()
    first, second = await asyncio.gather(scene.tap("Ann", card), scene.tap("Bo", card))
    scene.stage.telegram.updates.resend(first.update_id or 0)
    await scene.verdict("ZERO LEFT")
    await asyncio.sleep(0.3)
    scene.must(first is not second and len(scene.posts()) == 1, "one request")
    scene.must(any("Already sent" in popup for popup in scene.popups), "the second tap is told")


async def stale(scene: TelegramScene) -> None:
    """A command six minutes old: it is answered, not run."""
    scene.stage.place(1)
    scene.stage.ann.says(scene.stage.desk, "/cancelall ALL", date=int(time.time()) - _SIX_MINUTES)
    answer = await scene.wait_for("Not run")
    scene.told.append("Not run")
    scene.must("wrote this 6 min ago" in answer.text, "its age is said")
    scene.must(answer.labels == ("Preview now",), "a fresh preview is offered")
    # What was proved empty a moment ago is still looked at: those reads name their contract.
    asked = [record for record in scene.requests() if "contract_code" not in record.raw_query]
    scene.must(not asked, "no request of its own")


async def expired(scene: TelegramScene) -> None:
    """A card nobody taps: it expires, and a late tap fires nothing."""
    card = await scene.ask()
    ended = await scene.wait_for("Expired. Nothing was cancelled.")
    scene.told.append("Expired")
    scene.must(ended.labels == ("Preview again",), "only a new preview is offered")
    await scene.tap("Ann", card)
    scene.must("Expired" in scene.popups[-1], "the late tap is told")
    scene.must(not scene.posts(), "no request")


async def half_done(scene: TelegramScene) -> None:
    """HTX leaves two of five: what the card showed goes by its id."""
    shown = scene.stage.place(5)
    codes = ItemCodes(codes=dict.fromkeys(shown[:2], _IN_PROGRESS))
    switch = scene.stage.htx.faults.add(codes, CANCEL)
    await scene.tap("Ann", await scene.ask())
    result = await scene.verdict("ZERO LEFT")
    switch.clear()
    scene.must("2 of them were cancelled singly, by id" in result.text, "what went by its id is told")
    scene.must(len(scene.posts()) == 1, "one cancel-all")
    batches = [record for record in scene.requests() if record.path == BATCH]
    named = [id_ for record in batches for id_ in json.loads(record.body)["order_id"]]
    scene.must(set(named) == set(shown[:2]), "only those ids")


async def coming_back(scene: TelegramScene) -> None:
    """Orders come back: people are told, loudly, and nothing is sent."""
    scene.stage.place(3)
    await scene.tap("Ann", await scene.ask())
    await scene.verdict("ZERO LEFT")
    again = scene.stage.place(2)
    scene.happened("somebody's robot places two orders again")
    told = await scene.wait_for("NEW after ZERO LEFT")
    scene.told.append("2 NEW")
    scene.must("2 NEW" in told.text, "how many")
    scene.must(told.labels[0] == "Cancel 2 new orders…", "a new card is offered")
    scene.must(len(scene.posts()) == 1, "nothing more is sent")
    scene.must(set(again) <= set(scene.stage.account.open_ids()), "the new orders are left alone")


async def refused(scene: TelegramScene) -> None:
    """HTX refuses: the key lacks a permission."""
    before = scene.stage.account.open_ids()
    switch = scene.stage.htx.faults.add(Refuse(code=_NO_TRADE, message="无权限"), CANCEL)
    await scene.tap("Ann", await scene.ask())
    result = await scene.verdict("NOT RUN")
    switch.clear()
    scene.must("lacks the Trade permission (1100)" in result.text, "the reason, in our words")
    scene.must(scene.stage.account.open_ids() == before, "nothing was cancelled")
    scene.must(len(scene.posts()) == 1, "no second try")


async def lost_answer(scene: TelegramScene) -> None:
    """The answer is lost: no second try, the exchange is read instead."""
    switch = scene.stage.htx.faults.add(Drop(acts=True), CANCEL)
    await scene.tap("Ann", await scene.ask())
    result = await scene.verdict("ZERO LEFT")
    switch.clear()
    scene.must("no clear answer" in result.text, "what is not known is said")
    scene.must(len(scene.posts()) == 1, "no second try")


async def crash(scene: TelegramScene) -> None:
    """The bot is killed: in mid-request; started again it reads, and sends nothing."""
    scene.stage.place(5)
    switch = scene.stage.htx.faults.add(Hang(acts=True), CANCEL)
    await scene.tap("Ann", await scene.ask())
    await scene.stage.htx.until(lambda: len(scene.posts()) == 1)
    await scene.stage.kill_bot()
    switch.clear()
    scene.happened("kill -9 … and started again")
    await scene.stage.start_bot()
    result = await scene.verdict("ZERO LEFT")
    scene.must("0 open now" in result.text, "only what was read is claimed")
    scene.must("cancelled in" not in result.text, "no number is made up")
    scene.must(len(scene.posts()) == 1, "nothing is sent again")


async def unknown(scene: TelegramScene) -> None:
    """No answer and no reads: UNKNOWN; once reads work it tells what is so."""
    scene.stage.place(3)
    card = await scene.ask()
    faults = scene.stage.htx.faults
    switches = (faults.add(Drop(acts=True), CANCEL), faults.add(Drop(), OPENS))
    await scene.tap("Ann", card)
    result = await scene.verdict("UNKNOWN")
    scene.must("ZERO LEFT" not in result.text, "nothing is claimed")
    scene.must(result.labels == ("Check again",), "reading again is offered, and nothing else")
    scene.happened("open orders can be read again; nobody taps anything")
    for switch in switches:
        switch.clear()
    result = await scene.verdict("ZERO LEFT")
    scene.must("0 open now" in result.text, "only what was read is claimed")
    scene.must(len(scene.posts()) == 1, "no second try")


SCENES: Final[tuple[Callable[[TelegramScene], Awaitable[None]], ...]] = (
    ordinary,
    stranger,
    double_tap,
    drill,
    stale,
    expired,
    refused,
    lost_answer,
    half_done,
    coming_back,
    crash,
)
