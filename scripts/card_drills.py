"""Samples of the card kit: what a drill shows, from card to log."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot import card
from bot.command import parse
from bot.model import ALL, Drill, Event, EventKind, MassCancel, Proof, Verdict
from bot.words import drills, refusals
from scripts import card_kit as kit
from scripts.card_kit import FOURTEEN, SEEN
from scripts.card_samples import MANY, Sample

PENDING: Final = replace(kit.pending(seen=SEEN), drill=True)
TOLD: Final = Drill(would=14, to_tap=23.4, to_request=0.004, to_proof=0.31)


def ended(told: Drill, proof: Proof | None, record: MassCancel = PENDING) -> MassCancel:
    """A drill that has gone its way, or was cut off on it."""
    verdict = Verdict(proof=proof, took=told.to_proof, drill=told)
    return kit.concluded(record, Event(kind=EventKind.DRILLED, verdict=verdict))


def rehearsals() -> Iterator[Sample]:
    """Cards, results, pickers and the log."""
    yield "drill-card", "a drill that waits for a tap", card.card(PENDING, kit.TAIL)
    nothing = replace(PENDING, preview=kit.preview(elsewhere=(("ETH-USDT-241115", 3), ("BTC-USDT", 1))))
    yield "drill-card-nothing", "nothing in scope: its offers are drills", card.card(nothing, kit.TAIL)
    yield "drill-card-executing", "confirmed by Bo", card.card(kit.executing(PENDING), kit.TAIL)
    kept = kit.moved(PENDING, EventKind.KEEP, by=kit.BO)
    yield "drill-card-kept", "kept by Bo", card.card(kept, kit.TAIL)
    yield "drill-card-expired", "its time is up", card.card(kit.moved(PENDING, EventKind.LAPSE), kit.TAIL)
    done = ended(TOLD, kit.proof(FOURTEEN))
    yield "drill-card-settled", "it has gone its way", card.card(done, kit.TAIL)
    yield "drill-result", "the whole way", card.result(done, kit.HEAD)
    blind = ended(replace(TOLD, would=None, to_proof=None), None)
    yield "drill-result-blind", "open orders cannot be read", card.result(blind, kit.HEAD)
    locked = ended(Drill(to_tap=23.4), None)
    yield "drill-result-key", "the key does not open", card.result(locked, kit.HEAD)
    yield "drill-result-cut-off", "the process is gone", card.result(ended(Drill(cut_off=True), None), kit.HEAD)
    yield "drill-copy", "for the group", card.copied(card.result(done, kit.HEAD), "a private chat")
    asked = parse("drill buy long")
    picker = card.contract_picker(asked.verb, replace(PENDING.scope, contract=ALL), MANY)
    yield "drill-picker", "five contracts", card.marked(picker)
    yield "drill-log", "/log with a drill and a real one", card.log([done, kit.executing(kit.pending(seen=SEEN))])
    for name, comment, text in (
        ("tapping", "the tap counts", drills.tapping()),
        ("executing", "a second tap", drills.decided(kit.executing(PENDING))),
        ("done", "a tap after the end", drills.decided(done)),
        ("kept", "a tap on a card that was kept", drills.decided(kept)),
        ("somebody-else", "somebody who may not", refusals.wrong_tap(("ann", "bo"))),
    ):
        yield f"drill-tap-{name}", comment, card.marked(card.notice([text]))
