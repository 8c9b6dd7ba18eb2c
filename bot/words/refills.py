"""Orders in the minute after zero was proved: new ones, and those that were gone and are listed again."""

from datetime import datetime

from bot import proof
from bot.model import ALL, MassCancel, Order
from bot.words import plain, results


def title(record: MassCancel, rows: tuple[Order, ...]) -> str:
    """`⚠️ 3 NEW after ZERO LEFT · BTC-USDT-241115 BUY LONG`; `2 OPEN AGAIN` where none of them is new."""
    new = len(proof.placed_since_zero(record, rows))
    said = f"{plain.number(new)} NEW" if new else f"{plain.number(len(rows))} OPEN AGAIN"
    return f"⚠️ {said} after ZERO LEFT · {plain.scope_title(record.scope)}"


def lines(record: MassCancel, rows: tuple[Order, ...], read_at: datetime) -> tuple[str, ...]:
    """Which ones, since when, and what to do first."""
    account, id_, read = record.scope.account, record.id, plain.clock(read_at)
    listed = results.orders(rows, with_contract=record.scope.contract == ALL)
    listed = (*listed, *results.unclear(record.scope, rows))
    new = len(proof.placed_since_zero(record, rows))
    if not new:
        return (
            f"{account} · gone when #{id_} proved zero, listed by HTX again, read {read} UTC",
            *listed,
            "Take them for LIVE, and look in the HTX app.",
            f"Nothing was sent. #{id_}",
        )
    again = len(rows) - new
    return (
        f"{account} · placed since #{id_} proved zero, read {read} UTC",
        *listed,
        *((f"Not new, gone before and listed again: {plain.number(again)}",) if again else ()),
        "Something places orders again: stop it first.",
        f"Nothing was sent. #{id_}",
    )


def blind_title(record: MassCancel) -> str:
    """`⚠️ NOT WATCHED after ZERO LEFT · BTC-USDT-241115 BUY LONG`."""
    return f"⚠️ NOT WATCHED after ZERO LEFT · {plain.scope_title(record.scope)}"


def blind_lines(record: MassCancel) -> tuple[str, ...]:
    """What could not be promised, and that zero was true when it was said."""
    return (
        f"{record.scope.account} · zero was proved; since then open orders could not be read,",
        "so nobody knows whether new ones came in that minute.",
        f"Nothing was sent. #{record.id}",
    )


def card_for(record: MassCancel, rows: tuple[Order, ...]) -> str:
    """The button that opens a card for them."""
    new = len(proof.placed_since_zero(record, rows)) == len(rows)
    return f"Card for {plain.count(len(rows), 'new order' if new else 'order')}"
