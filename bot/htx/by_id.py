"""Orders by their ids: cancelled, or read to learn what became of them; and those that wait for a price.

Cancelling by id cannot reach beyond the ids: unlike the cancel-all it may be repeated at will.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from bot.errors import ReadFailed
from bot.htx.answers import Items
from bot.htx.budget import Urgency
from bot.htx.codes import INPUT_REFUSALS, NO_SUCH_ORDER, PARAMETER_REFUSALS
from bot.htx.pages import Sought
from bot.htx.reader import Decode, T
from bot.htx.reads import MARGIN_MODES, every_trigger
from bot.htx.wire import Envelope, OpensQuery
from bot.htx.wire import items as wire_items
from bot.htx.wire_algo import ALGO_CANCEL, ALGO_OPENS, algo_cancel_bodies, algo_items, algo_params, algo_rows
from bot.htx.wire_by_id import CANCEL_BATCH, ORDER, batch_body, ended, order_params
from bot.htx.wire_opens import Row
from bot.model import (
    AccountName,
    Ambiguous,
    Answer,
    Answered,
    ContractCode,
    Ended,
    Item,
    NothingMatched,
    Order,
    Refused,
    TriggerKind,
)


class Post(Protocol):
    """Sends one signed POST and says what came of it; never raises."""

    async def __call__(
        self, account: AccountName, path: str, content: bytes, *, not_after: float, items: Items = wire_items
    ) -> Answer:
        """One attempt on the best address, and on the next where surely nothing was sent."""
        ...


class Read(Protocol):
    """One signed read, decoded. Raises ReadFailed and KeyUnusable."""

    async def __call__(
        self, path: str, params: Mapping[str, str], account: AccountName, decode: Decode[T], urgency: Urgency, /
    ) -> T:
        """See `Reader.read`."""
        ...


class ById:
    """The part of `HtxClient` that names orders."""

    def __init__(self, read: Read, post: Post, monotonic: Callable[[], float]) -> None:
        self._read = read
        self._post = post
        self._monotonic = monotonic

    async def cancel(
        self, account: AccountName, contract: ContractCode, order_ids: Sequence[str], *, not_after: float
    ) -> Answer:
        """Cancel at most ten orders of one contract."""
        return await self._post(account, CANCEL_BATCH, batch_body(contract, order_ids), not_after=not_after)

    async def ended(self, account: AccountName, contract: ContractCode, order_id: str) -> Ended | None:
        """What became of one order, asked in each margin mode: the docs' default is cross alone."""
        for mode in MARGIN_MODES:
            params = order_params(contract, order_id, mode)
            try:
                records = await self._read(ORDER, params, account, partial(_record, order_id), Urgency.USUAL)
            except ReadFailed as error:
                if error.code not in NO_SUCH_ORDER | PARAMETER_REFUSALS:
                    raise
                continue
            if records:
                return records[0]
        return None

    async def open_triggers(
        self, account: AccountName, contract: ContractCode, urgency: Urgency, sought: Sought | None
    ) -> tuple[Order, ...]:
        """Every order that waits for a price: one read a kind, all pages, all of one time."""
        fetch_of = partial(partial, self._page_of_triggers, account, urgency)
        return await every_trigger(fetch_of, contract, self._monotonic, sought=sought)

    async def _page_of_triggers(
        self, account: AccountName, urgency: Urgency, kind: TriggerKind, query: OpensQuery
    ) -> tuple[Row, ...]:
        def rows(said: Envelope) -> tuple[Row, ...]:
            return algo_rows(said.data, kind, query.contract)

        return await self._read(ALGO_OPENS, algo_params(query, kind), account, rows, urgency)

    async def cancel_triggers(self, account: AccountName, orders: Sequence[Order], *, not_after: float) -> Answer:
        """Cancel orders that wait for a price: as arrays first, one by one where HTX refuses the array's shape."""
        answer = await self._each(account, algo_cancel_bodies(orders, as_array=True), not_after)
        if not isinstance(answer, Refused | Ambiguous) or answer.code not in INPUT_REFUSALS:
            return answer
        again = await self._each(account, algo_cancel_bodies(orders, as_array=False), not_after)
        # The arrays may have had their effect, whatever became of the objects.
        unsaid = isinstance(answer, Ambiguous) and not isinstance(again, Answered | Ambiguous)
        return answer if unsaid else again

    async def _each(self, account: AccountName, bodies: Sequence[bytes], not_after: float) -> Answer:
        """One body after the other. What HTX answers to one says nothing of the next; silence ends them all.

        Where they do not agree, it is ambiguous as a whole: the proof tells.
        """
        items: list[Item] = []
        others: list[Answer] = []
        for body in bodies:
            answer = await self._post(account, ALGO_CANCEL, body, not_after=not_after, items=algo_items)
            if isinstance(answer, Answered):
                items += answer.items
                continue
            others.append(answer)
            if getattr(answer, "code", None) is None and not isinstance(answer, NothingMatched):
                break
        if not items and all(isinstance(one, type(others[0])) for one in others):
            return others[0]
        return Ambiguous(why="partly answered") if others else Answered(items=tuple(items))


def _record(order_id: str, said: Envelope) -> list[Ended | None]:
    """HTX's record of one order, where it has one in this margin mode. Raises WireError."""
    return [ended(said.data, order_id)] if said.carries else []
