"""The verdict: what may be concluded from a preview, an answer and a read."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mass_cancel import step
from bot.model import (
    Ambiguous,
    Answered,
    Ended,
    Ending,
    Event,
    EventKind,
    Item,
    Maintenance,
    NothingMatched,
    NotRun,
    NotSent,
    Preview,
    Proof,
    Refused,
    Sent,
    State,
    TooMany,
    Unsent,
    Verdict,
)
from bot.model.answer import NO_FILES
from bot.proof import check, judge, not_run, told
from scripts.card_kit import FIRST_ID, PROVED, READ, SENT, executing, order, orders, pending, preview, proof, scope

CODES: Final = (200, 200, 1063, 1062, 1061, 1071, 1408, None)

numbers = st.sets(st.integers(0, 9), max_size=10).map(sorted)
items = st.builds(
    lambda ids, codes: tuple(item(n, code) for n, code in zip(ids, codes, strict=False)),
    numbers,
    st.lists(st.sampled_from(CODES), min_size=10, max_size=10),
)
ambiguous = st.builds(
    Ambiguous, why=st.sampled_from(["read timeout", "http 502"]), code=st.sampled_from([None, "1000"])
)
answers = st.one_of(st.just(NothingMatched()), st.builds(Answered, items=items), ambiguous)
previews = st.none() | numbers.map(lambda ids: preview(tuple(order(n, scope()) for n in ids)))
proofs = st.none() | numbers.map(lambda ids: proof(tuple(order(n, scope()) for n in ids)))


def oid(number: int) -> str:
    return str(FIRST_ID + number)


def item(number: int, code: int | None = 200) -> Item:
    return Item(order_id=oid(number), client_order_id=None, code=code)


def verdict(answer: Sent, seen: Preview | None, found: Proof | None) -> tuple[EventKind, Verdict]:
    event = judge(answer, preview=seen, proof=found, sent_at=SENT, took=0.9)
    assert event.verdict is not None
    return event.kind, event.verdict


def ids(seen: Preview | Proof | None) -> set[str]:
    rows = () if seen is None else seen.orders if isinstance(seen, Preview) else seen.left
    return {row.order_id for row in rows}


@given(answers, previews, proofs)
def test_the_word_comes_from_the_read_and_from_nothing_else(
    answer: Sent, seen: Preview | None, found: Proof | None
) -> None:
    """Zero needs a read with nothing left, open one with something left, and without a read nothing is known."""
    kind, said = verdict(answer, seen, found)
    expected = EventKind.NO_PROOF if found is None else EventKind.OPEN if found.left else EventKind.ZERO
    assert (kind, said.proof, said.not_run, said.later) == (expected, found, None, False)
    assert (said.sent_at, said.took) == (SENT, 0.9)
    after = step(executing(pending()), Event(kind=kind, verdict=said), PROVED).after
    assert after.state in (State.ZERO_LEFT, State.STILL_OPEN, State.UNKNOWN)


@given(answers, previews, proofs)
def test_no_order_is_told_of_twice(answer: Sent, seen: Preview | None, found: Proof | None) -> None:
    """Cancelled, filled, gone and left share no order, and none is counted twice."""
    _, said = verdict(answer, seen, found)
    groups = [*said.cancelled, *said.filled, *said.gone, *ids(found)]
    assert len(groups) == len(set(groups))


@given(answers, previews, proofs)
def test_every_order_that_was_shown_is_accounted_for(
    answer: Sent, seen: Preview | None, found: Proof | None
) -> None:
    """After a read each order of the card is cancelled, filled, gone or left; without one none is called gone."""
    _, said = verdict(answer, seen, found)
    told = {*said.cancelled, *said.filled, *said.gone} | ids(found)
    named = {each.order_id for each in answer.items} if isinstance(answer, Answered) else set()
    if found is not None:
        assert told == ids(seen) | named | ids(found)
    else:
        assert said.gone == ()


@given(answers, previews, proofs)
def test_cancelled_and_filled_are_said_only_on_the_word_of_the_exchange(
    answer: Sent, seen: Preview | None, found: Proof | None
) -> None:
    """Cancelled needs 200, or no code under the 200 of all; filled needs 1063; neither may be open any more."""
    _, said = verdict(answer, seen, found)
    codes = {each.order_id: each.code for each in answer.items} if isinstance(answer, Answered) else {}
    assert set(said.cancelled) == {id_ for id_, code in codes.items() if code in (200, None)} - ids(found)
    assert set(said.filled) == {id_ for id_, code in codes.items() if code == 1063} - ids(found)
    assert {*said.cancelled, *said.filled}.isdisjoint(ids(found))


@given(answers, previews, proofs)
def test_placed_since_are_the_left_that_were_not_shown(
    answer: Sent, seen: Preview | None, found: Proof | None
) -> None:
    """Placed since the card are those left that it did not show; without a preview nobody can tell."""
    _, said = verdict(answer, seen, found)
    assert set(said.placed_since) == (ids(found) - ids(seen) if seen is not None else set())


@given(answers, previews, proofs)
def test_codes_are_told_of_what_is_left_only(answer: Sent, seen: Preview | None, found: Proof | None) -> None:
    """The codes of a result are HTX's words on orders still open: success, too, since it is not true of them."""
    _, said = verdict(answer, seen, found)
    codes = (
        [each.code for each in answer.items if each.order_id in ids(found)] if isinstance(answer, Answered) else []
    )
    odd = [code for code in codes if code is not None]
    assert sorted(said.item_codes) == sorted({(code, odd.count(code)) for code in odd})
    assert [count for _, count in said.item_codes] == sorted((count for _, count in said.item_codes), reverse=True)


@given(ambiguous, previews, proofs)
def test_a_lost_answer_claims_nothing(answer: Ambiguous, seen: Preview | None, found: Proof | None) -> None:
    """Without a usable answer no order is called cancelled or filled, and why is kept."""
    _, said = verdict(answer, seen, found)
    assert (said.cancelled, said.filled, said.item_codes) == ((), (), ())
    assert (said.ambiguous, said.code) == (answer.why, answer.code)


@given(proofs)
def test_a_later_check_tells_only_what_is_open_now(found: Proof | None) -> None:
    """A check finds out what is open, marks itself as later, and claims nothing about the request."""
    event = check(found, sent_at=SENT)
    expected = EventKind.NO_PROOF if found is None else EventKind.OPEN if found.left else EventKind.ZERO
    assert event == Event(kind=expected, verdict=Verdict(proof=found, sent_at=SENT, later=True))


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        (NotSent(why="connect"), NotRun.UNREACHABLE, None),
        (NotSent(why="dns"), NotRun.UNREACHABLE, None),
        (NotSent(why="deadline"), NotRun.UNREACHABLE, None),
        (NotSent(why="key"), NotRun.KEY_UNUSABLE, None),
        (TooMany(wait=None), NotRun.RATE_LIMITED, None),
        (TooMany(wait=2.5), NotRun.RATE_LIMITED, None),
        (Refused(code="1100"), NotRun.EXCHANGE_REFUSED, "1100"),
        (Maintenance(code="maintain"), NotRun.MAINTENANCE, "maintain"),
    ],
    ids=repr,
)
def test_not_run_is_said_of_answers_that_had_no_effect(answer: Unsent, reason: NotRun, code: str | None) -> None:
    """Each answer that surely had no effect has its reason, keeps HTX's code, and claims no read."""
    event = not_run(answer, sent_at=READ)
    assert event == Event(
        kind=EventKind.NO_RUN, verdict=Verdict(proof=None, not_run=reason, code=code, sent_at=READ)
    )
    assert step(executing(pending()), event, PROVED).after.state is State.NOT_RUN


def test_fourteen_cancelled() -> None:
    """The plain case: fourteen shown, fourteen cancelled, none left."""
    kind, said = verdict(Answered(items=tuple(item(n) for n in range(14))), preview(orders(14, scope())), proof())
    assert kind is EventKind.ZERO
    assert len(said.cancelled) == 14
    assert (said.filled, said.gone, said.placed_since, said.item_codes) == ((), (), (), ())


def test_an_answer_that_was_lost_is_proved_by_the_read() -> None:
    """Fourteen shown, the answer lost, none left: zero left, and all fourteen gone another way."""
    kind, said = verdict(Ambiguous(why="read timeout"), preview(orders(14, scope())), proof())
    assert kind is EventKind.ZERO
    assert (len(said.gone), said.cancelled, said.ambiguous) == (14, (), "read timeout")


def test_half_a_cancel() -> None:
    """Three shown: one cancelled, one in progress and open, one filled; one placed since."""
    answer = Answered(items=(item(0), item(1, 1062), item(2, 1063)))
    left = (order(1, scope()), order(7, scope()))
    kind, said = verdict(answer, preview(orders(3, scope())), proof(left))
    assert kind is EventKind.OPEN
    assert (said.cancelled, said.filled, said.gone) == ((oid(0),), (oid(2),), ())
    assert (said.placed_since, said.item_codes) == ((oid(7),), ((1062, 1),))


def test_an_exchange_that_lies_is_not_believed() -> None:
    """Orders called cancelled or filled that are still open count as open, whatever the answer said."""
    left = (order(0, scope()), order(1, scope()))
    kind, said = verdict(
        Answered(items=(item(0), item(1, 1063), item(2))), preview(orders(3, scope())), proof(left)
    )
    assert kind is EventKind.OPEN
    assert (said.cancelled, said.filled, said.placed_since) == ((oid(2),), (), ())
    assert sorted(said.item_codes) == [(200, 1), (1063, 1)]


def test_nothing_matched_is_not_believed_either() -> None:
    """HTX says nothing matched, the read shows two: still open."""
    kind, said = verdict(NothingMatched(), preview(orders(2, scope())), proof(orders(2, scope())))
    assert (kind, said.cancelled, said.gone) == (EventKind.OPEN, (), ())


def test_success_without_a_read_is_unknown() -> None:
    """HTX says fourteen cancelled and the books cannot be read: nothing is known, and its word is kept."""
    kind, said = verdict(Answered(items=tuple(item(n) for n in range(14))), preview(orders(14, scope())), None)
    assert kind is EventKind.NO_PROOF
    assert (len(said.cancelled), said.gone) == (14, ())


def test_orders_that_came_between_card_and_tap_count_as_cancelled() -> None:
    """Fourteen shown and seventeen cancelled: all seventeen are told of."""
    kind, said = verdict(Answered(items=tuple(item(n) for n in range(17))), preview(orders(14, scope())), proof())
    assert (kind, len(said.cancelled), said.gone) == (EventKind.ZERO, 17, ())


def ending(number: int, how: Ending, filled: int = 0) -> Ended:
    return Ended(order_id=oid(number), ending=how, filled=Decimal(filled), volume=Decimal(50))


def test_what_went_by_its_id_is_counted_and_named() -> None:
    """An order that the request left and its id took is cancelled, and told apart."""
    answer = Answered(items=(item(0), item(1, 1062)))
    seen = preview(tuple(order(n, scope()) for n in range(3)))
    event = judge(answer, preview=seen, proof=proof(), sent_at=SENT, took=0.9, cleaned=(item(1), item(2, 1071)))
    assert event.verdict is not None
    assert (event.verdict.cancelled, event.verdict.by_id, event.verdict.gone) == (
        (oid(0), oid(1)),
        (oid(1),),
        (oid(2),),
    )


def test_a_cancelled_order_stays_so_when_its_id_is_named_again() -> None:
    """`already cancelled` on an order that HTX had listed as cancelled takes nothing away."""
    seen = preview((order(0, scope()),))
    event = judge(
        Answered(items=(item(0),)), preview=seen, proof=proof(), sent_at=SENT, took=0.9, cleaned=(item(0, 1071),)
    )
    assert event.verdict is not None
    assert (event.verdict.cancelled, event.verdict.by_id) == ((oid(0),), ())


def test_a_record_outranks_an_item() -> None:
    """An order that HTX listed as cancelled and has down as filled was filled, and is counted once."""
    seen = preview(tuple(order(n, scope()) for n in range(4)))
    event = judge(Answered(items=(item(0), item(1))), preview=seen, proof=proof(), sent_at=SENT, took=0.9)
    after = told(
        event, (ending(0, Ending.FILLED, 50), ending(2, Ending.CANCELLED), ending(3, Ending.PARTLY_FILLED, 20))
    )
    said = after.verdict
    assert said is not None
    assert (said.cancelled, said.filled, said.gone) == ((oid(1),), (oid(0),), ())
    assert {one.order_id for one in said.endings} == {oid(0), oid(2), oid(3)}


@given(answers, previews, proofs, numbers)
def test_records_never_change_the_word(
    answer: Sent, seen: Preview | None, found: Proof | None, known: list[int]
) -> None:
    """Whatever HTX has down of an order: what is left, and so the verdict, stays what was read."""
    event = judge(answer, preview=seen, proof=found, sent_at=SENT, took=0.9)
    after = told(event, [ending(n, Ending.FILLED, 50) for n in known])
    assert after.kind is event.kind
    assert after.verdict is not None
    assert event.verdict is not None
    assert after.verdict.proof == event.verdict.proof
    assert not {one.order_id for one in after.verdict.endings} & ids(found)


def test_a_later_look_tells_what_it_cancelled_itself() -> None:
    """What went by its id after an unknown outcome is known, the rest is gone without a word."""
    seen = preview(tuple(order(n, scope()) for n in range(2)))
    said = check(proof(), sent_at=SENT, preview=seen, cleaned=(item(0),)).verdict
    assert said is not None
    assert (said.by_id, said.gone, said.later) == ((oid(0),), (oid(1),), True)


@pytest.mark.parametrize("why", ["certificate: certificate has expired", NO_FILES])
def test_what_the_network_is_not_to_blame_for_is_kept(why: str) -> None:
    """Where a certificate or a lack of file descriptors kept the request here, the verdict says so."""
    event = not_run(NotSent(why=why), sent_at=READ)
    assert event.verdict == Verdict(proof=None, not_run=NotRun.UNREACHABLE, unsent=why, sent_at=READ)


def test_an_order_without_an_id_is_not_told_of_twice() -> None:
    """What the card showed without an id may be what HTX names afterwards: neither "gone" nor "placed since"."""
    nameless = replace(order(1, scope()), order_id="id:77", odd=(("order_id", "null"),))
    seen = preview((nameless,))
    named = Answered(items=(Item(order_id="1001", client_order_id=None, code=200),))
    gone = judge(named, preview=seen, proof=proof(()), sent_at=SENT, took=1.0).verdict
    assert gone is not None
    assert (gone.cancelled, gone.gone, gone.placed_since) == (("1001",), (), ())
    left = judge(NothingMatched(), preview=seen, proof=proof((order(2, scope()),)), sent_at=SENT, took=1.0).verdict
    assert left is not None
    assert left.placed_since == ()
    silent = judge(NothingMatched(), preview=seen, proof=proof(()), sent_at=SENT, took=1.0).verdict
    assert silent is not None
    assert silent.gone == ("id:77",)
