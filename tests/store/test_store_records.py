"""Mass cancels in the store: each delivery once, each transition once, all of it or nothing."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.errors import Conflict
from bot.model import (
    AccountName,
    Action,
    Event,
    EventKind,
    MassCancel,
    PositionMode,
    Post,
    Preview,
    Proof,
    Scope,
    State,
    Verdict,
)
from bot.ports import AuditNote, Store
from bot.store import GENESIS, SqlStore, tail, verify
from bot.store.codec import dump, load
from bot.store.schema import mass_cancel
from tests.store.store_kit import ANN, ASKED, NOW, PENDING, SCOPE, an_order, named, quiet, send, stepped, titles

SECOND = timedelta(seconds=1)


def rich() -> MassCancel:
    """A mass cancel with everything in it."""
    order = an_order()
    return replace(
        PENDING,
        preview=Preview(orders=(order,), elsewhere=(("ETH-USDT", 3),), mode=PositionMode.HEDGE, read_at=NOW),
        decided_by=ANN,
        decided_at=NOW,
        concluded_at=NOW + SECOND,
        verdict=Verdict(
            proof=Proof(left=(replace(order, price=None),), reads=2, read_at=NOW),
            item_codes=((1061, 2),),
            sent_at=NOW,
            took=0.25,
        ),
    )


async def test_store_is_the_port(store: SqlStore) -> None:
    """SqlStore has the shape of the port, and is empty at first."""
    port: Store = store
    assert await port.head() == GENESIS
    assert await port.mass_cancel(PENDING.id) is None
    assert await port.recent([AccountName("main")], 5) == ()


async def test_what_goes_in_comes_out(store: SqlStore) -> None:
    """A mass cancel comes back equal, its money to the last digit."""
    assert await store.open([rich()], [ASKED], quiet)
    found = await store.mass_cancel(PENDING.id)
    assert found == rich()
    assert found.preview is not None
    assert found.preview.orders[0].price == Decimal("64000.10")


def test_what_was_stored_before_there_were_triggers_is_aimed_at_orders() -> None:
    """A document without a target is a card for plain orders."""
    old = dump(SCOPE).replace(',"target":"orders"', "")
    assert "target" not in old
    assert load(old, Scope) == SCOPE


async def test_one_delivery_opens_once(store: SqlStore) -> None:
    """A delivery that comes twice opens nothing, records nothing and tells nobody the second time."""
    assert await store.open([PENDING], [ASKED], lambda _: [send("card")])
    head = await store.head()
    again = replace(PENDING, id=named("OTHER").id)
    assert not await store.open([again], [ASKED], lambda _: [send("second card")])
    assert await store.mass_cancel(again.id) is None
    assert await store.head() == head
    assert await titles(store) == ["card"]


async def test_one_delivery_may_open_several(store: SqlStore) -> None:
    """Two mass cancels of one delivery are opened together, and together only once."""
    both = [PENDING, replace(PENDING, id=named("OTHER").id)]
    assert await store.open(both, [], quiet)
    assert not await store.open(both[1:], [], quiet)
    assert await store.recent([AccountName("main")], 5) == tuple(reversed(both))


async def test_taken_id_is_a_conflict(store: SqlStore) -> None:
    """An id that another delivery's mass cancel bears is refused, and never taken for a repeat."""
    await store.open([PENDING], [], quiet)
    with pytest.raises(Conflict):
        await store.open([named("FRESH"), replace(PENDING, origin="telegram:9")], [ASKED], quiet)
    assert await store.mass_cancel(named("FRESH").id) is None
    assert await store.head() == GENESIS


async def test_commit_writes_all_of_it(store: SqlStore) -> None:
    """A transition changes the mass cancel, leaves its audit rows and tells people the head after them."""
    await store.open([PENDING], [ASKED], quiet)
    attempt = AuditNote(event="attempt", actor="bot", mass_cancel=PENDING.id)
    step = stepped(PENDING, State.EXECUTING, notes=(attempt,), posts=lambda digits: [send(digits)])
    await store.commit([step])
    assert await store.mass_cancel(PENDING.id) == step.after
    assert await titles(store) == [(await store.head())[:4]]
    asked, confirmed, attempted = tail(store.engine, 10)
    assert (asked.note, attempted.note) == (ASKED, attempt)
    assert (confirmed.note.event, confirmed.note.actor) == ("confirm", "ann telegram:123456789")
    assert confirmed.note.mass_cancel == PENDING.id
    assert dict(confirmed.note.facts) == {
        "from": "pending",
        "to": "executing",
        "account": "main",
        "contract": "BTC-USDT",
        "side": "buy",
        "position_side": "long",
    }
    assert confirmed.at == NOW


async def test_second_commit_conflicts(store: SqlStore) -> None:
    """The same transition works once: the second changes nothing and says so."""
    await store.open([PENDING], [], quiet)
    await store.commit([stepped(PENDING, State.EXECUTING)])
    head = await store.head()
    with pytest.raises(Conflict) as caught:
        await store.commit([stepped(PENDING, State.KEPT, EventKind.KEEP, posts=lambda _: [send("kept")])])
    assert caught.value.mass_cancel == PENDING.id
    assert await store.head() == head
    assert await titles(store) == []


@pytest.mark.parametrize("changed", [{"state": State.EXECUTING}, {"version": 7}, {"id": named("NOONE").id}])
async def test_each_part_of_the_comparison_counts(store: SqlStore, changed: dict[str, object]) -> None:
    """A transition from another state, another version or of nobody conflicts."""
    await store.open([PENDING], [], quiet)
    before = replace(PENDING, **changed)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        await store.commit([stepped(before, State.UNKNOWN, EventKind.RESTART)])
    assert await store.mass_cancel(PENDING.id) == PENDING


async def test_one_conflict_undoes_its_neighbours(store: SqlStore) -> None:
    """Where one of two transitions conflicts, neither happens."""
    other = named("OTHER")
    await store.open([PENDING], [], quiet)
    await store.open([other], [], quiet)
    await store.commit([stepped(other, State.KEPT, EventKind.KEEP)])
    with pytest.raises(Conflict):
        await store.commit([stepped(PENDING, State.EXECUTING), stepped(other, State.EXECUTING)])
    assert await store.mass_cancel(PENDING.id) == PENDING


async def test_posts_that_raise_undo_all(store: SqlStore) -> None:
    """Where the posts cannot be made, no state, audit row or earlier post of the transaction remains."""

    def broken(_digits: str) -> Sequence[Post]:
        raise ZeroDivisionError

    await store.open([PENDING], [], lambda _: [send("card")])
    head = await store.head()
    steps = [stepped(PENDING, State.EXECUTING, posts=lambda _: [send("first")])]
    steps.append(stepped(steps[0].after, State.UNKNOWN, EventKind.NO_PROOF, posts=broken))
    with pytest.raises(ZeroDivisionError):
        await store.commit(steps)
    with pytest.raises(ZeroDivisionError):
        await store.open([named("OTHER")], [ASKED], broken)
    with pytest.raises(ZeroDivisionError):
        await store.record([ASKED], broken)
    assert await store.mass_cancel(PENDING.id) == PENDING
    assert await store.mass_cancel(named("OTHER").id) is None
    assert await store.head() == head
    assert await titles(store) == ["card"]


async def test_a_step_must_be_one(store: SqlStore) -> None:
    """Two ends that are not one step of one mass cancel are refused before anything is written."""
    await store.open([PENDING], [], quiet)
    for after in (PENDING, replace(PENDING, version=3), replace(PENDING, id=named("OTHER").id, version=2)):
        step = replace(stepped(PENDING, State.KEPT), after=after, event=Event(kind=EventKind.KEEP))
        with pytest.raises(ValueError, match="not one step"):
            await store.commit([step])
    assert await store.head() == GENESIS


async def test_record_changes_no_mass_cancel(store: SqlStore) -> None:
    """Notes alone are recorded, and people are told with the head after them."""
    await store.record([ASKED])
    await store.record([ASKED], lambda digits: [send(digits)])
    assert await titles(store) == [(await store.head())[:4]]
    assert verify(store.engine).rows == 2


async def test_what_was_stored_before_there_were_drills_is_read_as_real(store: SqlStore) -> None:
    """A document and a button without the newer fields are those of a real mass cancel."""
    await store.open([rich()], [], quiet)
    with store.engine.begin() as connection:
        document = json.loads(connection.execute(select(mass_cancel.c.document)).scalar_one())
        for name in ("drill", "listing"):
            del document[name]
        del document["verdict"]["drill"]
        connection.execute(update(mass_cancel).values(document=json.dumps(document)))
    assert await store.mass_cancel(PENDING.id) == rich()
    assert not load('{"kind": "confirm", "mass_cancels": ["K7Q2M"]}', Action).drill
