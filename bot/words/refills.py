"""New orders in the minute after zero was proved."""

from datetime import datetime

from bot.model import ALL, MassCancel, Order
from bot.words import plain, results


def title(record: MassCancel, rows: tuple[Order, ...]) -> str:
    """`⚠️ 3 NEW after ZERO LEFT · BTC-USDT-241115 BUY LONG`."""
    return f"⚠️ {plain.number(len(rows))} NEW after ZERO LEFT · {plain.scope_title(record.scope)}"


def lines(record: MassCancel, rows: tuple[Order, ...], read_at: datetime) -> tuple[str, ...]:
    """Which ones, since when, and what to do first."""
    return (
        f"{record.scope.account} · placed since #{record.id} proved zero, read {plain.clock(read_at)} UTC",
        *results.orders(rows, with_contract=record.scope.contract == ALL),
        "Something places orders again: stop it first.",
        f"Nothing was sent. #{record.id}",
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


def card_for(n: int) -> str:
    """The button that opens a card for them."""
    return f"Card for {plain.count(n, 'new order')}"
