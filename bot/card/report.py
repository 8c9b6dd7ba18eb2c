"""What is only read."""

from collections.abc import Sequence
from datetime import datetime

from bot.card.layout import for_triggers
from bot.card.order_file import table
from bot.model import ALL, Health, Listing, MassCancel, Message, Order, Scope
from bot.words import listing as words
from bot.words import reports, results


def order_list(
    scope: Scope,
    rows: tuple[Order, ...],
    triggers: tuple[Order, ...] | None,
    read_at: datetime,
    listing: Listing | None = None,
) -> Message:
    """`/orders`: the orders, then what waits for a price; None where that could not be read."""
    every = (rows, triggers or ())
    lines = [line for found in every for line in results.orders(found, with_contract=scope.contract == ALL)]
    lines += results.unclear(scope, [row for found in every for row in found])
    full = [(row.order_id, row, "open") for found in every for row in found]
    long = any(len(found) > results.LISTED for found in every)
    warning = words.line(listing)
    return Message(
        title=reports.orders_title(scope, rows, triggers),
        lines=(
            *lines,
            *reports.triggers_line(triggers),
            *((warning,) if warning else ()),
            reports.read_at(scope, read_at),
        ),
        buttons=for_triggers(scope, triggers),
        attachment=table(f"orders-{scope.account}.csv", full) if long else None,
    )


def status(health: Health, started_at: datetime) -> Message:
    """`/status`."""
    return Message(title=reports.status_title(health), lines=reports.status_lines(health, started_at))


def log(rows: Sequence[MassCancel]) -> Message:
    """`/log`."""
    return Message(title=reports.log_title(rows), lines=reports.log_lines(rows))
