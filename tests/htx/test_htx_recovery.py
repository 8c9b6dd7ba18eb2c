"""HTX's word on when a suspension is over."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import ReadFailed
from bot.htx.strict import WireError
from bot.htx.wire_recovery import recovery
from simulator.htx import Maintain
from tests.htx.htx_desk import desk
from tests.htx.htx_kit import answering, client_of, raw_server

NOW = datetime(2024, 11, 15, 3, 14, 31, tzinfo=UTC)


def said(up: object, until: object) -> dict[str, object]:
    """Its data as the docs show them."""
    return {"heartbeat": 1, "linear_swap_heartbeat": up, "linear_swap_estimated_recovery_time": until}


def in_millis(after: timedelta) -> int:
    """Unix milliseconds."""
    return round((NOW + after).timestamp() * 1000)


@pytest.mark.parametrize("text", [int, str])
def test_it_is_believed_where_it_can_be(text: type) -> None:
    """Down, with a time in the next days, as a number or as text."""
    soon = timedelta(minutes=20)
    assert recovery(said(0, text(in_millis(soon))), NOW) == NOW + soon


@pytest.mark.parametrize(
    ("up", "until"),
    [
        (1, in_millis(timedelta(minutes=20))),
        (0, None),
        (0, ""),
        (0, 0),
        (0, in_millis(timedelta(seconds=-1))),
        (0, in_millis(timedelta(days=8))),
    ],
)
def test_nothing_is_made_up(up: int, until: object) -> None:
    """Up, without a time, or with one that is past or absurd: nobody knows."""
    assert recovery(said(up, until), NOW) is None


@pytest.mark.parametrize(
    "data", [None, [], {}, said("0", None), said(0, 1.5), said(0, "soon"), said(0, -1), said(0, 7)]
)
def test_odd_shapes(data: object) -> None:
    """Whatever else it is, it is no time."""
    with pytest.raises(WireError):
        recovery(data, NOW)


async def test_it_is_read_during_a_suspension() -> None:
    """The health page answers while everything else says `maintain`."""
    until = round((time.time() + 1200) * 1000)
    async with desk() as (client, sim, _):
        assert await client.recovery() is None
        sim.faults.add(Maintain(until_ms=until))
        assert await client.recovery() == datetime.fromtimestamp(until / 1000, UTC)


async def test_a_page_that_cannot_be_read() -> None:
    """It fails as any read does."""
    async with raw_server(answering(b"<html>", status="503 Busy")) as raw, client_of(raw.url) as client:
        with pytest.raises(ReadFailed):
            await client.recovery()
