"""The benchmark measures what it says: its stub speaks HTX's shape, its network is slow, its rounds are fair."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from benchmarks.calls import Calls
from benchmarks.contenders import FLOOR, HTTPX, OURS, Floor, Ours
from benchmarks.desk import Desk, Taps
from benchmarks.field import Field, field
from benchmarks.memory import memory
from benchmarks.page import goals, page
from benchmarks.relay import Relay
from benchmarks.rounds import Plan, Sample, WrongCountError, measured, percentile
from benchmarks.starts import Start
from benchmarks.stub import Stub
from benchmarks.wire import contract
from bot.htx.answers import cancel_answer
from bot.model import Answered, NothingMatched
from tests import fair


def answered(orders: int) -> bytes:
    """What the stub answers for so many orders, without the head."""
    said = Stub({}).answer(b'POST / HTTP/1.1\r\n\r\n{"contract_code":"%s"}' % contract(orders).encode())
    head, _, body = said.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return body


def test_the_stub_speaks_the_exchanges_shape() -> None:
    """Our own strict decoder takes the stub's answers for what they are, with and without orders."""
    found = cancel_answer(status=200, body=answered(14), wait=None)
    assert isinstance(found, Answered)
    assert [item.code for item in found.items] == [200] * 14
    assert cancel_answer(status=200, body=answered(0), wait=None) == NothingMatched()


@pytest.fixture
async def there() -> AsyncIterator[Field]:
    async with field() as found:
        yield found


async def test_two_rounds_of_two_contenders(there: Field) -> None:
    """Without ccxt, the floor and our client go through the rounds over TLS, and each call of each is counted."""
    both = (Floor(there.target("tls")), Ours(there.target("tls")))
    try:
        samples = await measured(both, Plan(orders=14, rounds=2, batch=2))
    finally:
        for each in both:
            await each.close()
    assert {name: (len(each.wall), len(each.cpu)) for name, each in samples.items()} == {
        FLOOR: (4, 2),
        OURS: (4, 2),
    }
    assert all(second > 0 for each in samples.values() for second in each.wall)


class Lying:
    name = "lying"

    async def call(self, orders: int) -> int:
        return orders - 1

    async def close(self) -> None: ...


async def test_a_wrong_answer_is_no_measurement() -> None:
    """A contender whose answer tells of another number of orders ends the run."""
    with pytest.raises(WrongCountError):
        await measured([Lying()], Plan(orders=14, rounds=1))


class Counted(Stub):
    """Says when its connection is gone."""

    def __init__(self, gone: asyncio.Event) -> None:
        super().__init__({})
        self._gone = gone

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._gone.set()


async def test_a_connection_costs_round_trips() -> None:
    """Through the relay the first answer on a connection takes two round trips, the next ones take one."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    there = await loop.create_server(partial(Counted, gone), "127.0.0.1", 0)
    far = await loop.create_server(partial(Relay, there.sockets[0].getsockname()[1], 0.04), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*far.sockets[0].getsockname()[:2])
    took = []
    for _ in range(2):
        began = fair.monotonic()
        writer.write(b"GET /api/v1/timestamp HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"}")
        took.append(fair.monotonic() - began)
    writer.close()
    await writer.wait_closed()
    await asyncio.wait_for(gone.wait(), 5)
    far.close()
    there.close()
    assert took[0] >= 0.079
    assert 0.039 <= took[1] < took[0]


def test_percentiles() -> None:
    """A percentile is a value that was measured, and so large a share is not above it."""
    assert [percentile(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert percentile([7.0], 0.99) == 7.0


def sampled(ms: float) -> Sample:
    return Sample(wall=[ms / 1000] * 3, cpu=[ms / 1000] * 3)


def everybody(floor: float, ours: float, stock: float) -> dict[str, Sample]:
    return {FLOOR: sampled(floor), OURS: sampled(ours), HTTPX: sampled(stock)}


def test_the_page_says_what_was_reached() -> None:
    """Ratios are against the floor, and a goal that was missed or not measured says so."""
    calls = Calls(
        warm={14: everybody(1, 2, 4), 1000: everybody(2, 5, 6)},
        plain={14: everybody(1, 2, 4)},
        paused=everybody(1, 3, 4),
        idle=everybody(51, 60, 150),
    )
    taps = Taps(request=[0.010] * 99 + [0.030], proof=[0.1] * 100, first=[0.02], first_proof=[0.09])
    desk = Desk(taps={"Telegram": taps}, starts=[Start(seconds=2.5, memory=None)], commits=[0.002], after=None)
    said = page(calls, desk)
    assert "| cancelall | 2.0 (2.00 ms) | 2.5 (5.00 ms) |" in said
    verdicts = {goal.what: goal.row()[-1] for goal in goals(calls, desk)}
    assert verdicts["after 6 s idle, 50 ms away: share of httpx's time"] == "no"
    assert verdicts["tap to the last byte of the request, p99, both chats"] == "yes"
    assert verdicts["start to ready"] == "no"
    assert "not measured" in said


def test_memory_is_read() -> None:
    """A process that is not there has no memory to tell of."""
    assert memory(-1) is None
