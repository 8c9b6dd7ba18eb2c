"""HTX lists an order of which something cannot be read: outside the scope it costs nothing, inside it is open."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from simulator.htx import LEFT_OUT
from simulator.telegram import Message
from tests.e2e.setting import ALGO_CANCEL, BATCH, CONTRACT, Setting
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = 4.0
"""Seconds in which a result is told that waits for no read of what cannot be read."""

ANY = "/cancelall ALL"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with World(Setting(), folder=tmp_path_factory.mktemp("odd")) as world:
        yield world


def emptied(world: World) -> World:
    """The book without an order, and without a row that is none."""
    for order in world.account.open_ids():
        world.account.cancel(order)
    for algo in world.account.open_algos():
        world.account.cancel_algo(algo.algo_id)
    world.account.strays.clear()
    world.htx.faults.clear()
    return world


def is_result(message: Message) -> bool:
    return "· log " in message.text


async def tapped(world: World, card: Message) -> Message:
    world.ann.taps(card, card.labels[0])
    return await world.shown(is_result, after=card.id)


OUTSIDE: list[dict[str, Any]] = [
    {"position_side": None},
    {"position_side": "net"},
    {"position_side": LEFT_OUT, "volume": "NaN"},
    {"position_side": ["short"], "price": {}, "trade_volume": True},
    {"order_id": None},
    {"order_id": LEFT_OUT, "id": LEFT_OUT, "client_order_id": None},
    {"order_id": 1.5e18, "id": "x", "client_order_id": []},
    {"side": "SELL", "position_side": 7},
    {"side": None, "position_side": "short"},
    {"side": "?", "position_side": "BOTH"},
    {"contract_code": None},
    {"contract_code": ["BTC-USDT"], "order_id": ""},
    {"contract_code": "ETH-USDT", "side": None, "position_side": None},
    {"created_time": "soon", "margin_mode": 3, "type": None, "offset": {}, "volume": "1e999999"},
    {"reduce_only": "maybe", "state": {}, "client_order_id": [[]], "volume": -5},
]


@pytest.mark.parametrize("printed", OUTSIDE, ids=repr)
@pytest.mark.parametrize("others", [0, 3])
async def test_outside_the_scope_it_costs_nothing(desk: World, printed: dict[str, Any], others: int) -> None:
    """A sell that HTX lists oddly leaves count, verdict and time of a cancel of buys as they are."""
    world = emptied(desk)
    world.place(others)
    (sell,) = world.place(side="sell", position_side="short")
    world.account.misprint(sell, **printed)
    card = await world.ask()
    assert f"Cancel {others}?" in card.text or "0 open." in card.text
    began = time.monotonic()
    result = await tapped(world, card)
    assert "✅ ZERO LEFT" in result.text
    assert time.monotonic() - began < SOON
    assert world.account.open_ids() == (sell,)


INSIDE: list[tuple[dict[str, Any], str]] = [
    ({}, "(side null)"),
    ({"side": "any"}, 'side "any"'),
    ({"position_side": "net"}, 'position_side "net"'),
    ({"position_side": LEFT_OUT}, "position_side missing"),
    ({"contract_code": 7}, "contract_code 7"),
    ({"order_id": None, "side": {}}, "(order_id null, side {})"),
    ({"order_id": "abc", "id": None, "client_order_id": "", "side": "x"}, '(order_id "abc", side "x")'),
    ({"side": "<!channel> @all\n/cancelall ALL"}, '(side "?!channel? ?all?n?canc…)'),
]


@pytest.mark.parametrize(("printed", "shown"), INSIDE, ids=repr)
async def test_inside_it_is_open_and_shown_as_it_came(desk: World, printed: dict[str, Any], shown: str) -> None:
    """What may be in the scope is counted, makes the outcome STILL OPEN, and is not touched by its id."""
    world = emptied(desk)
    world.place(2)
    (sell,) = world.place(side="sell", position_side="long")
    world.account.misprint(sell, **{"side": None, **printed})
    batches = len(world.htx.posts(BATCH))
    card = await world.ask()
    assert "Cancel 3?" in card.text
    assert "1 of 3 unclear, 1 may be outside" in card.text
    result = await tapped(world, card)
    assert "⚠️ 1 STILL OPEN" in result.text
    assert "may be outside: it is counted, and never cancelled by id" in result.text
    assert shown in result.text
    assert sell in world.account.open_ids()
    assert len(world.htx.posts(BATCH)) == batches


@pytest.mark.parametrize("row", [None, "x", [], 7, {}], ids=repr)
async def test_a_row_that_is_no_order_may_be_one(desk: World, row: object) -> None:
    """Zero is not said while HTX lists something that may be an order."""
    world = emptied(desk)
    world.place(2)
    world.account.stray(row)
    card = await world.ask()
    assert "Cancel 3?" in card.text
    result = await tapped(world, card)
    assert "⚠️ 1 STILL OPEN" in result.text
    assert "1 trigger open" in result.text
    listed = await world.say(f"/orders {CONTRACT} buy long", "1 open ·")
    assert "may be outside" in listed.text


async def test_an_odd_number_is_shown_as_it_came_and_the_order_is_cleaned_up(desk: World) -> None:
    """What decides the scope can be read: it is cancelled like any other, and its size is not made up."""
    world = emptied(desk)
    first, second = world.place(2)
    world.account.misprint(first, volume="NaN")
    world.account.misprint(second, price="-1", trade_volume="900")
    listed = await world.say(f"/orders {CONTRACT} buy long", "2 open ·")
    assert 'buy ? @ 61,200 (volume "NaN")' in listed.text
    assert 'buy ? @ ? (price "-1"' in listed.text
    world.htx.behaviour.max_cancelled = 1
    try:
        result = await tapped(world, await world.ask())
    finally:
        world.htx.behaviour.max_cancelled = None
    assert "✅ ZERO LEFT" in result.text
    assert "cancelled singly, by id" in result.text


async def test_a_picker_counts_around_it(desk: World) -> None:
    """An order without a contract blanks no count, and has no button of its own."""
    world = emptied(desk)
    world.place(2)
    (odd,) = world.place(contract="ETH-USDT")
    world.account.misprint(odd, contract_code=None)
    asked = world.ann.says(world.desk, "/cancelall buy long")
    picker = await world.shown("Which contract?", after=asked.id)
    assert list(picker.labels) == [f"{CONTRACT} · 2", "All contracts · 3"]
    assert "1 contract (unclear contract 1)" in picker.text
    result = await tapped(world, await world.ask(f"{ANY} buy long"))
    assert "✅ ZERO LEFT" in result.text


async def test_triggers_that_cannot_be_read_are_never_named(desk: World) -> None:
    """They are counted beside the orders; a card names those surely meant, and there is none for the rest."""
    world = emptied(desk)
    sure, odd = world.place_triggers(2)
    world.account.misprint(odd, side=None)
    listed = await world.say(f"/orders {CONTRACT} buy long", "0 open ·")
    assert "2 triggers open" in listed.text
    world.ann.taps(listed, listed.labels[0])
    card = await world.shown("🛑 Cancel 2 TRIGGER orders?", after=listed.id)
    assert "1 of 2 unclear, 1 may be outside and stay" in card.text
    result = await tapped(world, card)
    assert "⚠️ 1 STILL OPEN" in result.text
    named = [entry["algo_id"] for post in world.htx.posts(ALGO_CANCEL) for entry in post.json]  # type: ignore[attr-defined]
    assert set(named) == {sure}
    assert [one.algo_id for one in world.account.open_algos()] == [odd]
    world.ann.taps(result, next(label for label in result.labels if "Cancel what is left" in label))
    instead = await world.shown("and cannot be read", after=result.id)
    assert "there is no card" in instead.text


async def test_the_minute_after_zero_looks_past_what_is_outside(desk: World) -> None:
    """A sell that turns odd is nobody's news; what may be in the scope is told of, and nothing is sent."""
    world = emptied(desk)
    world.place(1)
    (sell,) = world.place(side="sell", position_side="short")
    world.account.misprint(sell, position_side=None)
    zero = await tapped(world, await world.ask())
    assert "✅ ZERO LEFT" in zero.text
    posts = len(world.posts())
    (new,) = world.place(side="sell", position_side="long")
    world.account.misprint(new, side=None)
    news = await world.shown("NEW after ZERO LEFT", after=zero.id)
    assert "⚠️ 1 NEW after ZERO LEFT" in news.text
    assert "? 50 @ 61,200 (side null)" in news.text
    assert len(world.posts()) == posts
