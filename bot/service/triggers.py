"""Counting what waits for a price, beside a read that matters more: never in its way, never why it is late."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from bot.errors import KeyUnusable, ReadFailed
from bot.model import Order, Scope, Target
from bot.service.desk import Desk
from bot.service.tasks import end

HEAD_START: Final = 0.01
"""Seconds by which a read that matters is ahead, where they must queue."""

T = TypeVar("T")


async def beside(
    desk: Desk, scope: Scope, reading: Coroutine[Any, Any, T], *, grace: float, by: float = math.inf
) -> tuple[T, tuple[Order, ...] | None]:
    """Read something, and at the same time what waits for a price in a scope.

    Args:
        desk: the ports.
        scope: whose filters count; its target does not.
        reading: what matters; its exceptions are the only ones.
        grace: seconds to wait for the triggers after that.
        by: when to wait for them no longer, monotonic seconds.

    Returns:
        What was read, and the triggers: None where they could not be read completely in time.
    """
    main, asked = asyncio.ensure_future(reading), asyncio.ensure_future(_live(desk, scope))
    try:
        found = await main
        await _done_within(desk, asked, min(grace, by - desk.clock.monotonic()))
        return found, asked.result() if asked.done() else None
    finally:
        await end((main, asked))  # a read that is cut off closes its connection, which takes no time


async def _done_within(desk: Desk, work: "asyncio.Future[Any]", seconds: float) -> None:
    """Wait until some work is done, at most so many seconds. It goes on after that."""
    if work.done() or seconds <= 0:
        return
    timer = asyncio.ensure_future(desk.clock.sleep(seconds))
    racers: set[asyncio.Future[Any]] = {work, timer}
    try:
        await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()


async def _live(desk: Desk, scope: Scope) -> tuple[Order, ...] | None:
    if scope.target is Target.TRIGGERS:
        return None  # they are what is read already
    wanted = scope.aimed_at(Target.TRIGGERS)
    await desk.clock.sleep(HEAD_START)
    try:
        rows = await desk.exchange.open_triggers(scope.account, scope.contract)
    except (ReadFailed, KeyUnusable) as error:
        desk.log().warning("triggers not read", account=scope.account, error=repr(error))
    except Exception:  # noqa: BLE001 whatever broke: a count that cannot be made takes nothing with it
        desk.log().exception("triggers broke")
    else:
        return tuple(order for order in rows if wanted.covers(order))
    return None
