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
            f"{account} · gone when #{id_} ended at zero; HTX lists them again, read {read} UTC",
            *listed,
            "Treat them as open. Look in the HTX app.",
            f"Nothing was sent. #{id_}",
        )
    again = len(rows) - new
    return (
        f"{account} · placed after #{id_} ended at zero, read {read} UTC",
        *listed,
        *_again(again),
        "Something places orders again: stop it first.",
        f"Nothing was sent. #{id_}",
    )


def _again(n: int) -> tuple[str, ...]:
    if not n:
        return ()
    what = "is not new: it was gone" if n == 1 else "are not new: they were gone"
    return (f"{plain.number(n)} of these {what}, and HTX lists {'it' if n == 1 else 'them'} again",)


def blind_title(record: MassCancel) -> str:
    """`⚠️ NOT WATCHED after ZERO LEFT · BTC-USDT-241115 BUY LONG`."""
    return f"⚠️ NOT WATCHED after ZERO LEFT · {plain.scope_title(record.scope)}"


def blind_lines(record: MassCancel) -> tuple[str, ...]:
    """What could not be promised, and that zero was true when it was said."""
    return (
        f"{record.scope.account} · zero was proved, but then I could not read open orders.",
        "New orders may have come since: look at them now.",
        f"Nothing was sent. #{record.id}",
    )


def card_for(record: MassCancel, rows: tuple[Order, ...]) -> str:
    """The button that opens a card for them."""
    new = len(proof.placed_since_zero(record, rows)) == len(rows)
    return f"Cancel {plain.count(len(rows), 'new order' if new else 'order')}…"
