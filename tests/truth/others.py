"""Somebody else at the exchange: places, fills and cancels orders while the bot works."""

import asyncio
import random
from collections.abc import Callable

from tests.truth.plan import Deed, Plan, Resting
from tests.truth.story import Change, Story


class Others:
    """Everybody but the bot.

    Args:
        plan: what rests at first, and what is done to it.
        story: where it is written down.
        chance: which order, and when.
        note: takes a line for the story.
    """

    def __init__(self, plan: Plan, story: Story, chance: random.Random, note: Callable[[str], None]) -> None:
        self._plan = plan
        self._story = story
        self._note = note
        self._chance = chance
        for resting in plan.book:
            self._place(resting)
        for row in plan.strays:
            story.account.stray(row)

    async def do(self, deed: Deed) -> None:
        """One deed, its orders one after the other."""
        book, chance = self._story.account, self._chance
        for _ in range(deed.number):
            await asyncio.sleep(chance.uniform(0.0001, 0.2))
            fitting = [o for o in book.open_orders() if self._plan.asked.holds(o) or not deed.inside]
            if deed.what == "place":
                self._place_another(inside=deed.inside)
            elif fitting:
                order = chance.choice(fitting)
                if deed.what == "cancel":
                    book.cancel(order.order_id)
                else:
                    book.fill(order.order_id, "10" if deed.what == "part" and order.rest > 10 else None)
                self._change(deed.what, order.order_id)

    def _place_another(self, *, inside: bool) -> None:
        like = [one for one in self._plan.book if self._plan.asked.holds(one) or not inside]
        if like:
            self._place(self._chance.choice(like))

    def _place(self, resting: Resting) -> None:
        book, number = self._story.account, len(self._story.account.orders())
        order_id = book.place(
            contract=resting.contract,
            side=resting.side,
            position_side=resting.position_side,
            price=str(60_000 + 50 * number),
            volume="50",
            margin_mode=resting.margin_mode,
            reduce_only=resting.reduce_only,
        )
        if resting.misprint:
            book.misprint(order_id, **dict(resting.misprint))
        self._change("place", order_id)

    def _change(self, what: str, order_id: str) -> None:
        now = asyncio.get_running_loop().time()
        self._story.changes.append(Change(at=now, what=what, order_id=order_id))
        self._note(f"others {what} {order_id}")
