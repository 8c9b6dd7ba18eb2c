"""Reads that one address answers oddly, late or not at all: when the other is asked, and what counts then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from bot.errors import ReadFailed
from bot.htx.client import HtxClient
from bot.htx.codes import NOT_NOW
from bot.htx.line import READ
from bot.htx.reader import LATE
from tests import fair
from tests.htx.htx_kit import (
    BTC,
    MAIN,
    Raw,
    Wire,
    answering,
    client_of,
    envelope,
    http,
    raw_server,
    scope_of,
    silent,
)

ODD: Final = {
    "code": b'{"code":1480}',
    "unknown code": b'{"code":99999}',
    "no list": envelope({"orders": []}),
}
BROKEN: Final = {
    "repeated key": envelope([]).replace(b"[]", b'[{"order_id":"1","side":"buy","side":"sell"}]'),
    "cut": envelope([])[:-9],
    "contradiction": b'{"code":200,"status":"error","data":[{"order_id":"1"}]}',
    "system error": b'{"code":1004}',
}
"""What is the address's fault, as far as anybody can tell."""


@asynccontextmanager
async def one_that_hangs() -> AsyncIterator[tuple[HtxClient, Raw]]:
    """A client whose first address takes requests and answers none, and that address; the second is in order."""
    async with (
        raw_server(silent) as bad,
        raw_server(answering(envelope([]))) as good,
        client_of(bad.url, good.url) as client,
    ):
        yield client, bad


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_what_one_address_says_oddly_the_other_is_asked(odd: bytes) -> None:
    """A code nobody knows and data that is no list are not the end of a read, nor the address's fault."""
    async with (
        raw_server(answering(odd)) as one,
        raw_server(answering(envelope([]))) as two,
        client_of(one.url, two.url) as client,
    ):
        assert await client.open_orders(MAIN, BTC) == ()
        assert one.received.count(b"GET ") == two.received.count(b"GET ") == 3
        assert client.ranking == (0, 1)
    async with raw_server(answering(odd)) as one, client_of(one.url) as client:
        with pytest.raises(ReadFailed):
            await client.open_orders(MAIN, BTC)
        assert one.received.count(b"GET ") == 6


OTHER: Final = {
    "order_id": "1",
    "contract_code": "ETH-USDT",
    "side": "buy",
    "position_side": "long",
    "volume": "1",
}


@pytest.mark.parametrize("path", ["order", "algo"])
async def test_rows_of_another_contract_are_read_among_those_of_all(path: str) -> None:
    """An answer that holds one is not believed: the orders of every contract then tell, and it is left out."""
    ours = {**OTHER, "order_id": "2", "contract_code": BTC}
    named = [{**row, "algo_id": row["order_id"]} for row in (OTHER, ours)]

    async def wide(wire: Wire) -> None:
        while request := await wire.request():
            await wire.send(http(envelope(named if b"contract_code" not in request else named[:1])))

    async with raw_server(wide) as raw, client_of(raw.url) as client:
        read = client.open_orders if path == "order" else client.open_triggers
        for sought in (None, scope_of()):
            assert {order.order_id for order in await read(MAIN, BTC, sought=sought)} == {"2"}


async def test_an_odd_row_is_read_at_the_first_address() -> None:
    """What one order says oddly is that order's, and no reason to ask elsewhere, or for ever."""
    async with (
        raw_server(answering(envelope([{"order_id": "1"}]))) as one,
        raw_server(answering(envelope([]))) as two,
        client_of(one.url, two.url) as client,
    ):
        (order,) = await client.open_orders(MAIN, BTC)
        assert (order.order_id, order.side, order.contract) == ("1", None, "")
        assert (one.received.count(b"GET "), two.wires) == (3, [])


@pytest.mark.parametrize("odd", (ODD | BROKEN).values(), ids=ODD | BROKEN)
@pytest.mark.parametrize("refusal", [b'{"code":1348}', b'{"code":1067}', b'{"code":1010}'])
async def test_only_an_answer_outdoes_an_odd_one(odd: bytes, refusal: bytes) -> None:
    """One address has something in a margin mode that it says oddly: the other's refusal does not empty it."""

    async def oddly(wire: Wire) -> None:
        while request := await wire.request():
            await wire.send(http(odd if b"margin_mode=cross" in request else envelope([])))

    async def refusing(wire: Wire) -> None:
        while request := await wire.request():
            await wire.send(http(refusal if b"margin_mode=cross" in request else envelope([])))

    async with raw_server(oddly) as one, raw_server(refusing) as two, client_of(one.url, two.url) as client:
        with pytest.raises(ReadFailed):
            await client.open_orders(MAIN, BTC)
        assert two.received.count(b"margin_mode=cross") == 1


@pytest.mark.parametrize("code", sorted(NOT_NOW | {"1056", "1059", "1431"}))
async def test_what_htx_disowns_no_address_vouches_for(code: str) -> None:
    """During a settlement or a halt an empty list of another address proves nothing."""
    body = b'{"code":%s}' % code.encode()
    async with (
        raw_server(answering(body)) as one,
        raw_server(answering(envelope([]))) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC)
        assert caught.value.code == code
        assert two.wires == []

    async def slow(wire: Wire) -> None:
        while await wire.request():
            await asyncio.sleep(LATE + 0.3)
            await wire.send(http(envelope([])))

    async with raw_server(slow) as one, raw_server(answering(body)) as two, client_of(one.url, two.url) as client:
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of())
        assert caught.value.code == code


async def test_a_proof_does_not_wait_for_an_address_that_hangs() -> None:
    """After a second and a half the other address is asked besides; what was late is behind it from then on."""
    async with one_that_hangs() as (client, bad):
        began = fair.monotonic()
        assert await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of()) == ()
        assert LATE <= fair.monotonic() - began < READ
        assert client.ranking == (1, 0)
        assert await asyncio.wait_for(client.open_orders(MAIN, BTC, urgent=True, sought=scope_of()), LATE) == ()
        assert bad.received.count(b"GET ") == 3


async def test_a_refusal_does_not_outdo_who_is_late() -> None:
    """One address has something in a margin mode and takes its time: it is waited for when the other refuses."""
    late = {"order_id": "7", "contract_code": BTC, "side": "buy", "position_side": "long", "volume": "1"}

    async def slow(wire: Wire) -> None:
        while request := await wire.request():
            cross = b"margin_mode=cross" in request
            await asyncio.sleep(LATE + 0.2 if cross else 0)
            await wire.send(http(envelope([late] if cross else [])))

    async def refusing(wire: Wire) -> None:
        while await wire.request():
            await wire.send(http(b'{"code":1067}'))

    async with raw_server(slow) as one, raw_server(refusing) as two, client_of(one.url, two.url) as client:
        (order,) = await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of())
        assert order.order_id == "7"
        assert client.ranking == (0, 1)


async def test_a_refusal_does_not_stand_for_who_is_silent() -> None:
    """One address hangs over a margin mode and the other refuses it: the read fails, and soon."""

    async def hanging(wire: Wire) -> None:
        while request := await wire.request():
            if b"margin_mode=cross" not in request:
                await wire.send(http(envelope([])))

    async def refusing(wire: Wire) -> None:
        while await wire.request():
            await wire.send(http(b'{"code":1067}'))

    async with raw_server(hanging) as one, raw_server(refusing) as two, client_of(one.url, two.url) as client:
        began = fair.monotonic()
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of())
        assert (caught.value.why, caught.value.code) == ("no answer in time", None)
        assert fair.monotonic() - began < READ


async def test_a_refusal_by_who_was_late_does_not_outdo_an_odd_answer() -> None:
    """The first is late, the second says something in the margin mode oddly, then the first refuses it."""

    async def late(wire: Wire) -> None:
        while request := await wire.request():
            cross = b"margin_mode=cross" in request
            await asyncio.sleep(LATE + 0.3 if cross else 0)
            await wire.send(http(b'{"code":1348}' if cross else envelope([])))

    async with (
        raw_server(late) as one,
        raw_server(answering(ODD["no list"])) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of())
        assert caught.value.code is None


async def test_an_address_that_answers_is_not_put_behind_a_dead_one() -> None:
    """Its first connection hung and its second answered: it stays first, whatever was measured before."""

    async def hangs_once(wire: Wire) -> None:
        while await wire.request():
            if wire is not raw.wires[0]:
                await wire.send(http(envelope([])))

    async with raw_server(hangs_once) as raw, client_of(raw.url, "http://127.0.0.1:9") as client:
        assert await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of()) == ()
        assert client.ranking == (0, 1)


async def test_many_proofs_at_once_do_not_wait_for_an_address_that_hangs() -> None:
    """Eight of them: what hangs at one address keeps nobody from the other one."""
    async with one_that_hangs() as (client, _):
        began = fair.monotonic()
        await asyncio.gather(*(client.open_orders(MAIN, BTC, urgent=True, sought=scope_of()) for _ in range(8)))
        assert fair.monotonic() - began < READ


async def test_one_address_alone_is_asked_again_on_another_connection() -> None:
    """Where the first connection hangs and there is no other address, the second one answers the proof."""

    async def hangs_once(wire: Wire) -> None:
        while await wire.request():
            if wire is raw.wires[0]:
                continue
            await wire.send(http(envelope([])))

    async with raw_server(hangs_once) as raw, client_of(raw.url) as client:
        began = fair.monotonic()
        assert await client.open_orders(MAIN, BTC, urgent=True, sought=scope_of()) == ()
        assert fair.monotonic() - began < READ
