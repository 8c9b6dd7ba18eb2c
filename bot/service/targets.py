"""What to send and what to read for each of HTX's two books; nothing else in the service tells them apart."""

from collections.abc import Sequence

from bot.model import Answer, ContractCode, MassCancel, NothingMatched, Order, Scope, Target
from bot.model.scope import can_be_named as is_a_name
from bot.service.desk import Desk


async def open_in(desk: Desk, scope: Scope, *, to_prove: bool = False) -> tuple[Order, ...]:
    """Every open order of a scope's book; to prove something, ahead of all reads. Raises as `open_orders`."""
    read = desk.exchange.open_triggers if scope.target is Target.TRIGGERS else desk.exchange.open_orders
    rows = await read(scope.account, scope.contract, urgent=True, sought=scope if to_prove else None)
    return tuple(order for order in rows if scope.covers(order))


def can_be_named(scope: Scope, order: Order) -> bool:
    """Whether an order can be cancelled by its id: it is surely in the scope, and HTX knows it by what we say.

    HTX may list contracts whose codes are not ours to say, and rows of which nobody can read which order they are.
    """
    return scope.covers(order) and scope.is_sure_of(order) and order.named and is_a_name(order.contract)


async def send(desk: Desk, record: MassCancel, *, host: int, not_after: float) -> Answer:
    """One attempt at the request: a cancel-all, or the ids that the card showed. Never raises for HTX."""
    if record.scope.target is Target.ORDERS:
        return await desk.exchange.cancel_all(record.scope, host=host, not_after=not_after)
    shown = [
        order for order in (record.preview.orders if record.preview else ()) if can_be_named(record.scope, order)
    ]
    if not shown:
        return NothingMatched()
    return await desk.exchange.cancel_triggers(record.scope.account, shown, not_after=not_after)


async def send_again(
    desk: Desk, scope: Scope, contract: ContractCode, orders: Sequence[Order], *, not_after: float
) -> Answer:
    """Cancel at most ten orders of one contract by their ids. Never raises for what HTX does."""
    if scope.target is Target.TRIGGERS:
        return await desk.exchange.cancel_triggers(scope.account, orders, not_after=not_after)
    ids = [order.order_id for order in orders]
    return await desk.exchange.cancel_by_id(scope.account, contract, ids, not_after=not_after)
