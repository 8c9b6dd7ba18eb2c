"""What is only read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.card.group import group_result
from bot.card.layout import for_triggers
from bot.card.order_file import group_file, orders_file, table
from bot.card.result import result
from bot.model import ALL, Attachment, Health, Identity, Listing, MassCancel, Message, Order, Scope
from bot.words import chats, reports, results
from bot.words import listing as words


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


def _nobody(_people: Sequence[Identity]) -> Sequence[str]:
    return ()


def status(
    health: Health, started_at: datetime, names: Callable[[Sequence[Identity]], Sequence[str]] = _nobody
) -> Message:
    """`/status`; `names` says how people are called."""
    late = [chats.waiting(one, health.read_at, names(one.people)) for one in health.waiting]
    lines = (*reports.status_lines(health, started_at), *(f"✗ {line}" for line in late))
    return Message(title=reports.status_title(health), lines=lines)


def logged(on_card: Sequence[MassCancel], log_head: str) -> Message:
    """`/log ID`: the card or result of one mass cancel as it is by now, silent, with the file of its orders."""
    if any(one.verdict is None for one in on_card):
        rows = Message(title=reports.log_title(on_card), lines=reports.log_lines(on_card))
        return replace(rows, attachment=whole_file(on_card))
    told = result(on_card[0], log_head) if len(on_card) == 1 else group_result(on_card, log_head)
    return replace(told, attachment=whole_file(on_card), loud=False)


def whole_file(on_card: Sequence[MassCancel]) -> Attachment | None:
    """Every order of them with what became of it; None where nothing is known of any."""
    return orders_file(on_card[0], more_than=0) if len(on_card) == 1 else group_file(on_card, more_than=0)


def log(rows: Sequence[MassCancel]) -> Message:
    """`/log`."""
    return Message(title=reports.log_title(rows), lines=reports.log_lines(rows))
