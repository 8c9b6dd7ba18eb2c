"""Mass cancels in every state of their life, for properties of cards and results."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from bot import proof
from bot.mass_cancel import step
from bot.model import (
    Ambiguous,
    Answered,
    Event,
    EventKind,
    Item,
    Listing,
    Maintenance,
    MassCancel,
    MassCancelId,
    NothingMatched,
    NotSent,
    Order,
    PositionMode,
    PositionSide,
    Preview,
    Proof,
    Refused,
    Scope,
    Sent,
    Side,
    TooMany,
    TriggerKind,
    Unread,
)
from scripts.card_kit import ANN, BO, FIRST_ID, HOST, PROVED, READ, SENT, TAPPED, pending, scope

CODES = ("BTC-USDT", "BTC-USDT-241115", "1000SHIB-USDT", "ETH-USDT")

scopes = st.builds(
    scope,
    st.sampled_from([*CODES, "ALL"]),
    st.sampled_from(Side),
    st.sampled_from(PositionSide),
    st.sampled_from(["main", "desk-2", "a" * 32]),
)
people = st.sampled_from([ANN, BO, HOST])
kinds = st.sampled_from(TriggerKind)
money = st.decimals("0.0001", 99999, places=4)


@st.composite
def orders_in(draw: st.DrawFn, of: Scope, numbers: list[int]) -> tuple[Order, ...]:
    """One order of a scope for each number."""
    found = []
    for number in numbers:
        sides = [Side.BUY, Side.SELL] if of.side is Side.ANY else [of.side]
        held = [PositionSide.LONG, PositionSide.SHORT, PositionSide.BOTH]
        volume = draw(st.integers(1, 10**6).map(Decimal) | money)
        found.append(
            Order(
                order_id=str(FIRST_ID + number),
                client_order_id=draw(st.none() | st.integers(1, 2**63).map(str)),
                contract=draw(st.sampled_from(CODES)) if of.contract == "ALL" else of.contract,
                side=draw(st.sampled_from(sides)),
                position_side=draw(
                    st.sampled_from(held if of.position_side is PositionSide.ANY else [of.position_side])
                ),
                price=draw(st.none() | money),
                volume=volume,
                filled=draw(st.sampled_from([Decimal(0), volume / 2])),
                reduce_only=draw(st.booleans()),
                state="3",
            )
        )
    return tuple(draw(unclear(row)) for row in found)


def unclear(row: Order) -> st.SearchStrategy[Order]:
    """Mostly the order as it is; sometimes with a field that nobody could read."""
    odd = [
        replace(row, side=None, odd=(("side", "null"),)),
        replace(row, position_side=None, odd=(("position_side", '"net"'),)),
        replace(row, contract="", odd=(("contract_code", "7"),)),
        replace(row, volume=Decimal(0), odd=(("volume", '"NaN"'),)),
        replace(row, price=None, odd=(("price", "[]"), ("reduce_only", "2"), ("side", "{}"), ("volume", '""'))),
        replace(row, order_id=f"id:{row.order_id}", odd=(("order_id", "null"),)),
    ]
    return st.integers(0, 11).flatmap(lambda n: st.just(row) if n else st.sampled_from(odd))


def triggers_in(of: Scope) -> st.SearchStrategy[tuple[Order, ...]]:
    """Orders of a scope that wait for a price."""
    ids = st.lists(st.integers(100, 112), unique=True, max_size=12)
    rows = ids.flatmap(lambda found: st.tuples(orders_in(of, found), st.tuples(*[kinds] * len(found))))
    return rows.map(lambda made: tuple(replace(row, trigger=kind) for row, kind in zip(*made, strict=True)))


numbers = st.sets(st.integers(0, 15), max_size=14).map(sorted) | st.integers(0, 14).map(lambda n: list(range(n)))


@st.composite
def previews(draw: st.DrawFn, of: Scope) -> Preview:
    """A look at the book; what is open elsewhere is known only where nothing is in scope."""
    rows = draw(numbers.flatmap(lambda ids: orders_in(of, ids)))
    elsewhere = () if rows or of.contract == "ALL" else tuple((f"COIN{n}-USDT", 40 - n) for n in draw(numbers))
    return Preview(
        orders=rows,
        elsewhere=elsewhere,
        mode=draw(st.none() | st.sampled_from(PositionMode)),
        triggers=draw(st.none() | triggers_in(of)),
        read_at=READ,
    )


CODED = [Unread(why=f"code {code}", code=code) for code in ("1032", "1100", "maintain", "99999")]


@st.composite
def pendings(draw: st.DrawFn) -> MassCancel:
    """Cards that wait for a tap."""
    of = draw(scopes)
    record = pending(of, draw(st.none() | previews(of)), draw(people))
    if record.preview is None:
        record = replace(record, unread=draw(st.none() | st.sampled_from([Unread(why="dns"), *CODED])))
    return replace(record, listing=draw(st.none() | st.sampled_from(Listing)))


@st.composite
def endings(draw: st.DrawFn) -> MassCancel:
    """Cards that ended without a request, or are being executed."""
    record, now = draw(pendings()), draw(st.sampled_from([TAPPED, TAPPED + timedelta(minutes=5)]))
    events = [
        Event(kind=EventKind.CONFIRM, by=draw(people)),
        Event(kind=EventKind.KEEP, by=draw(people)),
        Event(kind=EventKind.LAPSE),
        Event(kind=EventKind.REPLACE, replaced_by=MassCancelId("M3XQP")),
    ]
    return step(record, draw(st.sampled_from(events)), now).after


def items(ids: list[int]) -> st.SearchStrategy[tuple[Item, ...]]:
    """HTX's word on each order."""
    codes = st.sampled_from([200, 200, 200, 1063, 1062, 1061, 4711, None])
    return st.tuples(
        *(st.builds(Item, order_id=st.just(str(FIRST_ID + n)), client_order_id=st.none(), code=codes) for n in ids)
    )


sent: st.SearchStrategy[Sent] = st.one_of(
    st.just(NothingMatched()),
    st.builds(Answered, items=numbers.flatmap(items)),
    st.builds(Ambiguous, why=st.just("read timeout"), code=st.sampled_from([None, "1000"])),
)
unsent = st.one_of(
    st.builds(NotSent, why=st.sampled_from(["connect", "key"])),
    st.builds(TooMany, wait=st.none()),
    st.builds(Refused, code=st.sampled_from(["1100", "12001", "4711", "api-signature-not-valid"])),
    st.builds(Maintenance, code=st.sampled_from(["1056", "maintain"])),
)


@st.composite
def conclusions(draw: st.DrawFn) -> MassCancel:
    """Mass cancels with an outcome, some of them after a restart."""
    record = step(draw(pendings()), Event(kind=EventKind.CONFIRM, by=draw(people)), TAPPED).after
    left = draw(st.none() | numbers.flatmap(lambda ids: orders_in(record.scope, ids)))
    live, reads = draw(st.none() | triggers_in(record.scope)), draw(st.integers(1, 20))
    found = Proof(left=left, reads=reads, read_at=PROVED, triggers=live) if left is not None else None
    match draw(st.sampled_from(["judged", "not run", "cut off"])):
        case "judged":
            event = proof.judge(draw(sent), preview=record.preview, proof=found, sent_at=SENT, took=0.9)
        case "not run":
            event = proof.not_run(draw(unsent), sent_at=draw(st.none() | st.just(SENT)))
        case _:
            record = step(record, Event(kind=EventKind.RESTART), PROVED).after
            event = proof.check(found, sent_at=None)
    return step(record, event, PROVED).after
