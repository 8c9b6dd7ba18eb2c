"""Clients that are wrong in one way each, to see that the checks find it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.errors import ReadFailed
from bot.model import (
    AccountName,
    Ambiguous,
    Answer,
    Answered,
    ContractCode,
    Ended,
    Item,
    NotSent,
    Order,
    PositionSide,
    Refused,
    Scope,
    Side,
)
from tests.truth.process import Watched


class Repeats(Watched):
    """Takes a lost answer for a request that was never sent: it will be sent again."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        return NotSent(why="connect") if isinstance(answer, Ambiguous) else answer


class Doubles(Watched):
    """Sends everything twice, to be sure."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        await super().cancel_all(scope, host=host, not_after=not_after)
        return await super().cancel_all(scope, host=host, not_after=not_after)


class Denies(Watched):
    """Takes a lost answer for a refusal."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        return Refused(code="1100") if isinstance(answer, Ambiguous) else answer


class Widens(Watched):
    """Leaves the sides out."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        wide = replace(scope, side=Side.ANY, position_side=PositionSide.ANY)
        return await super().cancel_all(wide, host=host, not_after=not_after)


class Boasts(Watched):
    """Names one order more than HTX did."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        more = Item(order_id="1331225286568849000", client_order_id=None, code=200)
        return Answered(items=(*answer.items, more)) if isinstance(answer, Answered) else answer


class Overlooks(Watched):
    """Loses one order of each reading on its way to the bot."""

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        return (await super().open_orders(account, contract, urgent=urgent, sought=sought))[1:]


class Misreads(Watched):
    """Loses the same order before anybody can see it."""

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        rows = await super().open_orders(account, contract, urgent=urgent, sought=sought)
        self.reads[-1].found = tuple(row.order_id for row in rows[1:])
        return rows[1:]


class Blinks(Watched):
    """Leaves out what it cannot read fully."""

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        rows = await super().open_orders(account, contract, urgent=urgent, sought=sought)
        clear = tuple(row for row in rows if not row.odd)
        self.reads[-1].found = tuple(row.order_id for row in clear)
        return clear


class Remembers(Watched):
    """Answers every reading after the first from memory: there is nothing any more."""

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        return () if self.reads else await super().open_orders(account, contract, urgent=urgent, sought=sought)


class GivesUp(Watched):
    """Reads, and says that it could not."""

    async def open_orders(
        self,
        account: AccountName,
        contract: ContractCode,
        *,
        urgent: bool = False,
        sought: Scope | None = None,
    ) -> tuple[Order, ...]:
        await super().open_orders(account, contract, urgent=urgent, sought=sought)
        raise ReadFailed(why="odd shape")


class Dawdles(Watched):
    """Takes half a minute for an answer."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        await asyncio.sleep(30)
        return answer


class Breaks(Watched):
    """Breaks on what it did not expect."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        if isinstance(answer, Ambiguous):
            raise TypeError(answer.why)
        return answer


class Reaches(Watched):
    """Cancels one order more by its id than it was told to."""

    async def cancel_all(self, scope: Scope, *, host: int, not_after: float) -> Answer:
        answer = await super().cancel_all(scope, host=host, not_after=not_after)
        more: Sequence[str] = ("1331225286568849000",)
        contract = ContractCode("BTC-USDT")
        await self.cancel_by_id(scope.account, contract, more, not_after=not_after)
        return answer


class Stumbles(Watched):
    """Breaks in the middle of what comes after the request: no lie, but nobody may be left without a result."""

    async def cancel_by_id(
        self, account: AccountName, contract: ContractCode, order_ids: Sequence[str], *, not_after: float
    ) -> Answer:
        raise ValueError("cancel by id")

    async def ended(self, account: AccountName, contract: ContractCode, order_id: str) -> Ended | None:
        raise ValueError("ended")
