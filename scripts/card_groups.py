"""Samples of the card kit: several accounts on one card."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot import card, proof
from bot.model import (
    AccountName,
    Ambiguous,
    Answered,
    EventKind,
    Item,
    MassCancel,
    MassCancelId,
    Order,
    Preview,
    Refused,
    Scope,
)
from scripts import card_kit as kit
from scripts.card_samples import Sample

_NAMES = ("main", "desk", "hedge-2", "market-maker", "otc", "treasury")
_IDS = ("K7Q2M", "M3XQP", "T9ZRB", "W4HNC", "B6KXD", "P2JVF")


def accounts(*counts: int | None, of: Scope | None = None) -> tuple[MassCancel, ...]:
    """A card of so many accounts, each with so many orders; None: not read."""
    ids = tuple(MassCancelId(id_) for id_ in _IDS[: len(counts)])
    return tuple(
        replace(
            kit.pending(replace(of or kit.scope(), account=AccountName(name)), _seen(count, number)),
            id=id_,
            card=ids,
        )
        for number, (id_, name, count) in enumerate(zip(ids, _NAMES, counts, strict=False))
    )


def _seen(count: int | None, number: int) -> Preview | None:
    return None if count is None else kit.preview(_orders(count, number))


def _orders(count: int, number: int) -> tuple[Order, ...]:
    rows = kit.orders(count, kit.scope())
    return tuple(replace(row, order_id=str(int(row.order_id) + 1000 * number)) for row in rows)


def _answered(rows: Sequence[Order]) -> Answered:
    return Answered(items=tuple(Item(order_id=row.order_id, client_order_id=None, code=200) for row in rows))


def _zero(record: MassCancel) -> MassCancel:
    rows = record.preview.orders if record.preview else ()
    event = proof.judge(_answered(rows), preview=record.preview, proof=kit.proof(), sent_at=kit.SENT, took=0.9)
    return kit.concluded(record, event)


def _open(record: MassCancel, left: int) -> MassCancel:
    rows = record.preview.orders if record.preview else ()
    found = kit.proof(rows[:left], 3)
    answer = _answered(rows[left:])
    return kit.concluded(
        record, proof.judge(answer, preview=record.preview, proof=found, sent_at=kit.SENT, took=5.2)
    )


def _refused(record: MassCancel) -> MassCancel:
    return kit.concluded(record, proof.not_run(Refused(code="1100"), sent_at=kit.SENT))


def _unknown(record: MassCancel) -> MassCancel:
    lost = Ambiguous(why="read timeout")
    return kit.concluded(
        record, proof.judge(lost, preview=record.preview, proof=None, sent_at=kit.SENT, took=19.0)
    )


def tails() -> dict[AccountName, str]:
    """The last characters of their keys."""
    return {AccountName(name): tail for name, tail in zip(_NAMES, ("9f2c", "77ab", "03d1") * 2, strict=True)}


def groups() -> Iterator[Sample]:
    """Cards and results of several accounts."""
    two = accounts(14, 3)
    cards = {
        "two": ("two accounts", two),
        "unread": ("one of three was not read in time", accounts(14, None, 2)),
        "none": ("nothing in scope in any", accounts(0, 0)),
        "six": ("six accounts", accounts(14, 3, 0, 120, 7, 1)),
        "everything": ("every contract", accounts(14, 3, of=kit.EVERYTHING)),
        "kept": ("kept by Bo", [kit.moved(one, EventKind.KEEP, by=kit.BO) for one in two]),
        "expired": ("its time is up", [kit.moved(one, EventKind.LAPSE) for one in two]),
        "executing": ("one is known, one is not yet", [_zero(two[0]), kit.executing(two[1])]),
        "settled": ("both are known", [_zero(two[0]), _open(two[1], 2)]),
    }
    for name, (comment, records) in cards.items():
        yield f"group-card-{name}", comment, card.group_card(records, tails())
    three = accounts(14, 3, 5)
    results = {
        "zero": ("zero in all", [_zero(one) for one in three]),
        "open": ("one of three is not empty", [_zero(three[0]), _open(three[1], 2), _zero(three[2])]),
        "refused": ("refused in one", [_zero(three[0]), _zero(three[1]), _refused(three[2])]),
        "refused-all": ("refused in all", [_refused(one) for one in three]),
        "worst": ("one of each", [_refused(three[0]), _open(three[1], 1), _unknown(three[2])]),
    }
    for name, (comment, records) in results.items():
        yield f"group-result-{name}", comment, card.group_result(records, kit.HEAD)
