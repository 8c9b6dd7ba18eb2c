"""Samples of the card kit: orders that cannot be read fully, and cards whose preview failed."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot import card
from bot.command import parse
from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    AccountName,
    Message,
    Preview,
    Target,
    TriggerKind,
    Unread,
    Verb,
)
from scripts import card_kit as kit
from scripts.card_groups import accounts, tails
from scripts.card_samples import Sample, answered, judged

NO_SIDE = replace(kit.order(20, kit.scope()), side=None, odd=(("side", "null"),))
NET = replace(kit.order(21, kit.scope()), position_side=None, odd=(("position_side", '"net"'),))
NAN = replace(kit.order(22, kit.scope()), volume=Decimal(0), odd=(("volume", '"NaN"'),))
NO_ROW = replace(
    kit.order(0, kit.scope()),
    order_id="row:5f2c0a9b77aa:1",
    contract="",
    side=None,
    position_side=None,
    price=None,
    volume=Decimal(0),
    odd=(("row", "null"),),
)
WHYS = {
    "connection": Unread(why="connect"),
    "name": Unread(why="dns"),
    "silence": Unread(why="no answer in time"),
    "nothing-usable": Unread(why="odd shape"),
    "busy": Unread(why="code 1032", code="1032"),
    "permission": Unread(why="code 1100", code="1100"),
    "clock": Unread(why="code 12001", code="12001"),
    "maintenance": Unread(why="code maintain", code="maintain"),
    "unknown-code": Unread(why="code 99999", code="99999"),
    "key": Unread(why="key"),
}


def odd_orders() -> Iterator[Sample]:
    """What nobody can read fully is counted, and shown as it came."""
    some = kit.preview((*kit.FOURTEEN, NO_SIDE, NAN))
    yield "odd-card", "one without a side, one without a size", _card(some)
    yield "odd-card-alone", "a row that is no order", _card(kit.preview((NO_ROW,)))
    everything = kit.pending(kit.EVERYTHING, kit.preview((*kit.FOURTEEN, NO_ROW)))
    yield "odd-card-everything", "one of an unread contract", card.card(everything, kit.TAIL)
    left = judged(answered(14), (NO_SIDE, NET), reads=9)
    yield "odd-result", "two that may be outside are left", card.result(left, kit.HEAD)
    many = judged(answered(1), (*kit.FOURTEEN[1:], NO_SIDE), reads=9)
    yield "odd-result-many", "one of fourteen that are left", card.result(many, kit.HEAD)
    yield "odd-refill", "one after zero", card.refill(judged(answered(14)), (NET,), kit.SENT)
    waits = replace(NO_SIDE, trigger=TriggerKind.SL)
    rows = (kit.FOURTEEN[0], NO_SIDE, NAN)
    yield "odd-orders", "/orders", card.order_list(kit.scope(), rows, (waits,), kit.READ)
    aimed = kit.scope().aimed_at(Target.TRIGGERS)
    yield "odd-no-list", "of no trigger can be read what it is", card.no_list(aimed, kit.preview((waits,)))


def unread() -> Iterator[Sample]:
    """Cards whose preview failed, and what is said in place of a card or a count."""
    for name, why in WHYS.items():
        record = replace(kit.pending(), unread=why)
        yield f"unread-{name}", "the preview failed", card.edited_card(record, kit.TAIL)
    yield "no-key", "no card: nothing could be sent", card.no_key([kit.scope()], Verb.CANCELALL)
    mixed = [replace(one, unread=why) for one, why in zip(accounts(14, None, None), (None, *_two()), strict=True)]
    yield "group-card-no-connection", "one was not reached, one has no key", card.group_card(mixed, tails())
    reading = [replace(one, unread=why) for one, why in zip(accounts(None, None), (None, _two()[0]), strict=True)]
    yield "group-card-reading", "one was not reached, one is being read", card.group_card(reading, tails())
    aimed = kit.scope().aimed_at(Target.TRIGGERS)
    yield "unread-triggers", "no list, no card", card.no_list(aimed, WHYS["maintenance"])
    asked, wide = parse("cancelall buy long"), replace(kit.scope(), contract=ALL, account=ALL_ACCOUNTS)
    failed = {AccountName("hedge"): WHYS["connection"], AccountName("otc"): WHYS["key"]}
    counts = (("BTC-USDT", 3), ("", 1))
    yield (
        "picker-contract-partly",
        "two accounts, and an order's contract, unread",
        card.contract_picker(asked.verb, wide, counts, failed),
    )


def _two() -> tuple[Unread, Unread]:
    return WHYS["connection"], WHYS["key"]


def _card(seen: Preview) -> Message:
    return card.card(kit.pending(seen=seen), kit.TAIL)
