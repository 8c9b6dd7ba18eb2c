"""Orders as a file, so that they can be placed again."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from bot.model import Attachment, Ending, MassCancel, Order
from bot.words import results


def orders_file(record: MassCancel) -> Attachment | None:
    """Every order of the mass cancel with what became of it, so that they can be placed again."""
    verdict = record.verdict
    if verdict is None or verdict.not_run is not None:
        return None
    left = verdict.proof.left if verdict.proof else ()
    shown = record.preview.orders if record.preview else ()
    rows: dict[str, Order | None] = dict.fromkeys(
        (*verdict.cancelled, *verdict.filled, *verdict.gone, *(one.order_id for one in verdict.endings))
    )
    rows |= {order.order_id: order for order in (*shown, *left)}
    if len(rows) <= results.LISTED:
        return None
    fates = _fates(record)
    return table(f"{record.id}.csv", [(id_, row, fates.get(id_, "unknown")) for id_, row in rows.items()])


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
    "result",
)


def table(name: str, rows: Sequence[tuple[str, Order | None, str]]) -> Attachment:
    """One line an order; of an order nobody has read only its id and what became of it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for id_, row, fate in rows:
        writer.writerow((id_, *_cells(row), fate))
    return Attachment(name=name, content=text.getvalue())


def _cells(row: Order | None) -> tuple[str, ...]:
    if row is None:
        return ("",) * (len(_COLUMNS) - 2)
    price = "" if row.price is None else f"{row.price:f}"
    sizes = (price, f"{row.volume:f}", f"{row.filled:f}", "yes" if row.reduce_only else "no")
    return (row.client_order_id or "", row.contract, row.side.value, row.position_side.value, *sizes)
