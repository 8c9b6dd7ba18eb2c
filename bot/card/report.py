"""What is only read."""

from collections.abc import Sequence
from datetime import datetime

from bot.card.order_file import table
from bot.model import ALL, Health, Listing, MassCancel, Message, Order, Scope
from bot.words import listing as words
from bot.words import reports, results


def order_list(
    scope: Scope, rows: tuple[Order, ...], read_at: datetime, listing: Listing | None = None
) -> Message:
    """`/orders`."""
    lines = results.orders(rows, with_contract=scope.contract == ALL)
    warning = words.line(listing)
    name = f"orders-{scope.account}.csv"
    attachment = table(name, [(row.order_id, row, "open") for row in rows]) if len(rows) > results.LISTED else None
    return Message(
        title=reports.orders_title(scope, rows),
        lines=(*lines, *((warning,) if warning else ()), reports.read_at(scope, read_at)),
        attachment=attachment,
    )


def status(health: Health, started_at: datetime) -> Message:
    """`/status`."""
    return Message(title=reports.status_title(health), lines=reports.status_lines(health, started_at))


def log(rows: Sequence[MassCancel]) -> Message:
    """`/log`."""
    return Message(title=reports.log_title(rows), lines=reports.log_lines(rows))
