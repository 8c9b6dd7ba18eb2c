"""Orders as a file, so that they can be placed again."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from bot.model import Attachment, Ending, MassCancel, Order, Target
from bot.model.scope import can_be_named
from bot.words import plain, results


def orders_file(record: MassCancel) -> Attachment | None:
    """Every order of the mass cancel with what became of it, so that they can be placed again."""
    rows = _rows(record)
    return table(f"{record.id}.csv", rows) if len(rows) > results.LISTED else None


def group_file(records: Sequence[MassCancel]) -> Attachment | None:
    """The same for several accounts, whose names stand in a column in front."""
    found = [(record.scope.account, row) for record in records for row in _rows(record)]
    if len(found) <= results.LISTED:
        return None
    cells = [(account, id_, *_cells(row), fate) for account, (id_, row, fate) in found]
    return _file(f"{records[0].card_id}.csv", [("account", *_COLUMNS), *cells])


def _rows(record: MassCancel) -> list[tuple[str, Order | None, str]]:
    """Each order with what became of it; none where nothing was sent."""
    verdict = record.verdict
    if verdict is None or verdict.not_run is not None or record.drill:
        return []
    left = verdict.proof.left if verdict.proof else ()
    shown = record.preview.orders if record.preview else ()
    ended = [one.order_id for one in verdict.endings]
    rows: dict[str, Order | None] = dict.fromkeys((*verdict.cancelled, *verdict.filled, *verdict.gone, *ended))
    rows |= {order.order_id: order for order in (*shown, *left)}
    fates = _fates(record)
    filled = {one.order_id: one.filled for one in verdict.endings}  # later than what the card showed
    return [(id_, _as_ended(row, filled.get(id_)), fates.get(id_, "unknown")) for id_, row in rows.items()]


def _as_ended(row: Order | None, filled: Decimal | None) -> Order | None:
    return row if row is None or filled is None else replace(row, filled=filled)


def list_of_triggers(record: MassCancel) -> Attachment | None:
    """What a card for triggers would cancel, where it is too much for its lines."""
    rows = record.preview.orders if record.preview and record.scope.target is Target.TRIGGERS else ()
    return open_file(f"{record.id}-card.csv", rows)


def open_file(name: str, rows: Sequence[Order]) -> Attachment | None:
    """Orders that are open, where they are too many for a message's lines."""
    if len(rows) <= results.LISTED:
        return None
    return table(name, [(row.order_id, row, "open") for row in rows])


def _fates(record: MassCancel) -> dict[str, str]:
    """What became of each order. Without a proof nothing is known, whatever HTX said of them."""
    verdict = record.verdict
    if verdict is None or verdict.proof is None:
        return {}
    fates = dict.fromkeys(verdict.gone, "gone") | dict.fromkeys(verdict.cancelled, "cancelled")
    fates |= {one.order_id: _FATES[one.ending] for one in verdict.endings} | dict.fromkeys(
        verdict.filled, "filled"
    )
    return fates | {order.order_id: "open" for order in verdict.proof.left}


_FATES: Final = {
    Ending.FILLED: "filled",
    Ending.CANCELLED: "cancelled",
    Ending.PARTLY_FILLED: "partly filled",
}

_COLUMNS: Final = (
    "order_id",
    "client_order_id",
    "contract",
    "side",
    "position_side",
    "price",
    "volume",
    "filled",
    "reduce_only",
    "trigger",
    "result",
)


def table(name: str, rows: Sequence[tuple[str, Order | None, str]]) -> Attachment:
    """One line an order; of an order nobody has read only its id and what became of it."""
    return _file(name, [_COLUMNS, *((id_, *_cells(row), fate) for id_, row, fate in rows)])


def _file(name: str, lines: Iterable[Sequence[str]]) -> Attachment:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return Attachment(name=name, content=text.getvalue())


def _cells(row: Order | None) -> tuple[str, ...]:
    if row is None:
        return ("",) * (len(_COLUMNS) - 2)
    price = "" if row.price is None else f"{row.price:f}"
    sizes = (price, f"{row.volume:f}", f"{row.filled:f}", "yes" if row.reduce_only else "no")
    kind = row.trigger.value if row.trigger else ""
    contract = row.contract if can_be_named(row.contract) else plain.code(row.contract)
    return (row.client_order_id or "", contract, row.side.value, row.position_side.value, *sizes, kind)
