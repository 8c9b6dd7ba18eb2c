from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.errors import KeyUnusable, ReadFailed
from bot.htx.strict import WireError
from bot.htx.wire_by_id import ended
from bot.model import (
    ALL,
    AccountName,
    Ambiguous,
    Answered,
    ContractCode,
    Ended,
    Ending,
    NotSent,
    Order,
    PositionSide,
    Refused,
    Side,
    TriggerKind,
)
from simulator.htx import Account, Drop, HtxSimulator, Refuse
from tests.htx.htx_kit import BTC, MAIN, OneKey, Wire, client_of, http, raw_server, scope_of

BATCH = "/v5/trade/cancel_batch_orders"
ALGO = "/v5/algo/cancel_orders"
LATER = 1e9


@pytest.fixture
async def sim() -> AsyncIterator[HtxSimulator]:
    async with HtxSimulator() as running:
        yield running


@pytest.fixture
def book(sim: HtxSimulator) -> Account:
    keys = OneKey()
    return sim.add_account(access_key=keys.access, secret=keys.secret)


async def test_cancelling_by_id_touches_those_ids_alone(sim: HtxSimulator, book: Account) -> None:
    """Of three orders in one scope the two that are named go."""
    ids = [book.place(contract=BTC, side="buy", position_side="long") for _ in range(3)]
    async with client_of(sim.url) as client:
        answer = await client.cancel_by_id(MAIN, BTC, ids[:2], not_after=LATER)
    assert isinstance(answer, Answered)
    assert {item.order_id for item in answer.items} == set(ids[:2])
    assert book.open_ids() == (ids[2],)


@pytest.mark.parametrize("count", [0, 11])
async def test_a_batch_holds_one_to_ten_ids(sim: HtxSimulator, book: Account, count: int) -> None:
    """No id might mean every order to somebody, and more than ten are refused by HTX: neither is sent."""
    async with client_of(sim.url) as client:
        with pytest.raises(ValueError, match="ids where"):
            await client.cancel_by_id(MAIN, BTC, ["1"] * count, not_after=LATER)
    assert not sim.log


@pytest.mark.parametrize(("contract", "id_"), [(ALL, "123"), (ContractCode(""), "123"), (BTC, ""), (BTC, "1e9")])
async def test_a_batch_names_one_contract_and_real_ids(
    sim: HtxSimulator, book: Account, contract: ContractCode, id_: str
) -> None:
    """What does not name one order of one contract is not sent."""
    async with client_of(sim.url) as client:
        with pytest.raises(ValueError, match="not a"):
            await client.cancel_by_id(MAIN, contract, [id_], not_after=LATER)
    assert not sim.log


async def test_the_next_address_cancels_where_the_first_is_down(sim: HtxSimulator, book: Account) -> None:
    """What was surely not sent goes to the other address at once."""
    order = book.place(contract=BTC, side="buy", position_side="long")
    async with client_of("http://127.0.0.1:9", sim.url) as client:
        answer = await client.cancel_by_id(MAIN, BTC, [order], not_after=LATER)
    assert isinstance(answer, Answered)
    assert not book.open_ids()


async def test_nothing_is_cancelled_by_id_after_the_deadline(sim: HtxSimulator, book: Account) -> None:
    """A batch whose time is over is not sent."""
    order = book.place(contract=BTC, side="buy", position_side="long")
    async with client_of(sim.url) as client:
        answer = await client.cancel_by_id(MAIN, BTC, [order], not_after=-1.0)
    assert answer == NotSent(why="deadline")
    assert book.open_ids() == (order,)


@pytest.mark.parametrize("margin", ["cross", "isolated"])
@pytest.mark.parametrize("style", ["word", "number"])
async def test_what_became_of_an_order_is_what_htx_says(
    sim: HtxSimulator, book: Account, margin: str, style: str
) -> None:
    """Filled, cancelled and partly filled orders are told apart, in both margin modes and both ways of HTX."""
    sim.behaviour.state_style = style  # type: ignore[assignment]
    ids = [
        book.place(contract=BTC, side="buy", position_side="long", volume="50", margin_mode=margin)  # type: ignore[arg-type]
        for _ in range(4)
    ]
    book.fill(ids[0])
    book.cancel(ids[1])
    book.fill(ids[2], "20")
    book.cancel(ids[2])
    async with client_of(sim.url) as client:
        found = [await client.ended(MAIN, BTC, one) for one in ids]
    volume = Decimal(50)
    assert found == [
        Ended(order_id=ids[0], ending=Ending.FILLED, filled=volume, volume=volume),
        Ended(order_id=ids[1], ending=Ending.CANCELLED, filled=Decimal(0), volume=volume),
        Ended(order_id=ids[2], ending=Ending.PARTLY_FILLED, filled=Decimal(20), volume=volume),
        None,
    ]


async def test_an_empty_record_sends_on_to_the_other_margin_mode() -> None:
    """HTX may say "none in this mode" with nothing at all; and a volume says more than the word `canceled`."""
    cross = b'{"order_id":"12","state":"canceled","volume":"50","trade_volume":"20"}'

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            data = cross if b"margin_mode=cross" in request else b"null"
            await wire.send(http(b'{"code":200,"data":%s}' % data))

    async with raw_server(script) as raw, client_of(raw.url) as client:
        found = await client.ended(MAIN, BTC, "12")
    assert found == Ended(order_id="12", ending=Ending.PARTLY_FILLED, filled=Decimal(20), volume=Decimal(50))


async def test_an_order_htx_does_not_know_has_no_ending(sim: HtxSimulator, book: Account) -> None:
    """A record that HTX does not have says nothing."""
    async with client_of(sim.url) as client:
        assert await client.ended(MAIN, BTC, "1234567890123456789") is None


async def test_an_ending_that_cannot_be_read_is_not_made_up(sim: HtxSimulator, book: Account) -> None:
    """A refused read of an order raises."""
    order = book.place(contract=BTC, side="buy", position_side="long")
    sim.faults.add(Refuse(code=1411), "/v5/trade/order")
    async with client_of(sim.url) as client:
        with pytest.raises(ReadFailed):
            await client.ended(MAIN, BTC, order)


async def test_every_kind_of_trigger_is_read(sim: HtxSimulator, book: Account) -> None:
    """Each kind has a read of its own, and each order comes with its kind, price and sides."""
    ids = {
        kind: book.place_algo(contract=BTC, type=kind.value, side="sell", position_side="long")
        for kind in TriggerKind
    }
    book.place_algo(contract="ETH-USDT", type="tp", side="sell", position_side="long")
    async with client_of(sim.url) as client:
        here = await client.open_triggers(MAIN, BTC)
        everywhere = await client.open_triggers(MAIN, ALL)
    assert {order.trigger: order.order_id for order in here} == ids
    assert {(order.side, order.position_side) for order in here} == {(Side.SELL, PositionSide.LONG)}
    assert all(order.price for order in here)
    assert len(everywhere) == len(here) + 1


async def test_more_triggers_than_a_page_are_all_read(sim: HtxSimulator, book: Account) -> None:
    """Paging holds for triggers as it does for orders."""
    ids = {book.place_algo(contract=BTC, type="trigger", side="buy", position_side="long") for _ in range(230)}
    async with client_of(sim.url) as client:
        assert {order.order_id for order in await client.open_triggers(MAIN, BTC)} == ids


async def triggers(book: Account, count: int) -> list[str]:
    return [book.place_algo(contract=BTC, type="trigger", side="buy", position_side="long") for _ in range(count)]


@pytest.mark.parametrize("form", ["array", "object", "either"])
async def test_triggers_are_cancelled_whatever_body_htx_takes(sim: HtxSimulator, book: Account, form: str) -> None:
    """An array of ten is tried first, single objects where HTX refuses its shape; those that are named go."""
    sim.behaviour.algo_body = form  # type: ignore[assignment]
    ids = await triggers(book, 13)
    async with client_of(sim.url) as client:
        named = [order for order in await client.open_triggers(MAIN, BTC) if order.order_id != ids[0]]
        answer = await client.cancel_triggers(MAIN, named, not_after=LATER)
    assert isinstance(answer, Answered)
    assert {item.order_id for item in answer.items} == set(ids[1:])
    assert [order.algo_id for order in book.open_algos()] == ids[:1]
    assert len(sim.posts(ALGO)) == (14 if form == "object" else 2)


@pytest.mark.parametrize("then", [b'{"code":1100}', b'{"code":1056}', b'{"code":1032}', None])
async def test_an_unclear_array_is_not_made_sure_by_refused_objects(then: bytes | None) -> None:
    """1030 has two meanings: whatever becomes of the objects, nobody may say that the array had no effect."""
    bodies = [b'{"code":1030}', then]

    async def script(wire: Wire) -> None:
        while await wire.request():
            body = bodies.pop(0)
            if body is None:
                return
            await wire.send(http(body))

    order = Order(
        order_id="12",
        client_order_id=None,
        contract=BTC,
        side=Side.BUY,
        position_side=PositionSide.LONG,
        price=None,
        volume=Decimal(1),
        filled=Decimal(0),
        reduce_only=False,
        state="new",
        trigger=TriggerKind.TRIGGER,
    )
    async with raw_server(script) as raw, client_of(raw.url) as client:
        answer = await client.cancel_triggers(MAIN, [order], not_after=LATER)
    assert isinstance(answer, Ambiguous)
    assert bodies == []


async def test_a_refused_key_is_not_tried_in_another_shape(sim: HtxSimulator, book: Account) -> None:
    """Only a parameter error leads from the array to single objects."""
    await triggers(book, 2)
    sim.faults.add(Refuse(code=1100), ALGO)
    async with client_of(sim.url) as client:
        answer = await client.cancel_triggers(MAIN, await client.open_triggers(MAIN, BTC), not_after=LATER)
    assert answer == Refused(code="1100")
    assert len(sim.posts(ALGO)) == 1


async def test_a_plain_order_is_never_cancelled_as_a_trigger(sim: HtxSimulator, book: Account) -> None:
    """The two families of ids are never mixed up."""
    book.place(contract=BTC, side="buy", position_side="long")
    async with client_of(sim.url) as client:
        plain: tuple[Order, ...] = await client.open_orders(MAIN, BTC)
        with pytest.raises(ValueError, match="not a trigger"):
            await client.cancel_triggers(MAIN, plain, not_after=LATER)
    assert not sim.posts(ALGO)


async def test_the_contract_list_holds_perpetuals_and_dated_ones(sim: HtxSimulator) -> None:
    """The public list is asked for all of them, unsigned."""
    async with client_of(sim.url) as client:
        assert set(await client.contracts()) == {one.code for one in sim.contracts.all()}
    assert "AccessKeyId" not in str(sim.log[0])


async def test_a_rehearsed_request_is_signed_and_never_sent(sim: HtxSimulator, book: Account) -> None:
    """The request of a drill is built and signed with the key, and nothing at all is sent."""
    resting = book.place(contract=BTC, side="buy", position_side="long")
    keys = OneKey()
    async with client_of(sim.url, keys=keys) as client:
        client.rehearse(scope_of())
        assert keys.opened == 1
        with pytest.raises(KeyUnusable):
            client.rehearse(scope_of(account=AccountName("other")))
        await client.contracts()  # a request that is sent is seen
    assert [record.method for record in sim.log] == ["GET"]
    assert list(book.open_ids()) == [resting]


async def test_one_refused_batch_does_not_speak_for_a_lost_one(sim: HtxSimulator, book: Account) -> None:
    """The first ten are refused, the answer to the rest is lost: nobody may say that nothing was cancelled."""
    await triggers(book, 11)
    sim.faults.add(Refuse(code=1100), ALGO, times=1)
    sim.faults.add(Drop(acts=True), ALGO, skip=1)
    async with client_of(sim.url) as client:
        answer = await client.cancel_triggers(MAIN, await client.open_triggers(MAIN, BTC), not_after=LATER)
    assert answer == Ambiguous(why="partly answered")


@pytest.mark.parametrize("odd", ["NaN", None, [], {}, True, "-1", "1e99"], ids=repr)
def test_an_odd_number_in_a_record_takes_no_word_with_it(odd: object) -> None:
    """HTX's word on how an order ended stands, whatever its volumes say; a state that is no word says nothing."""
    record = {"order_id": "12", "state": "FILLED", "volume": odd, "trade_volume": odd}
    found = ended(record, "12")
    assert found is not None
    assert found.ending is Ending.FILLED
    assert ended({**record, "state": odd}, "12") is None
    with pytest.raises(WireError):
        ended({**record, "order_id": "13"}, "12")
