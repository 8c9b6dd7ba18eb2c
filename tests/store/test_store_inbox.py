"""Deliveries: each taken in once, none forgotten before it had its effect."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Conflict, KnownDelivery
from bot.model import Platform, State
from bot.ports import InboxRow
from bot.store import FILE, SqlStore
from tests.store.store_kit import NOW, PENDING, TELEGRAM, SetClock, quiet, stepped


async def test_a_delivery_is_accepted_once(store: SqlStore) -> None:
    """The same id of the same platform is refused the second time, settled or not."""
    assert await store.accept(TELEGRAM, "1", b"one", NOW)
    assert not await store.accept(TELEGRAM, "1", b"other", NOW)
    assert await store.accept(Platform.SLACK, "1", b"slack", NOW)
    await store.settle("telegram:1")
    assert not await store.accept(TELEGRAM, "1", b"other", NOW)


async def test_unsettled_are_oldest_first(store: SqlStore) -> None:
    """What was taken in and not settled comes back as it was, in the order it came."""
    for name in ("9", "10", "8"):
        await store.accept(TELEGRAM, name, name.encode(), NOW)
    await store.accept(Platform.SLACK, "s:1", b"\xff\x00", NOW)
    await store.settle("telegram:10")
    assert [row.origin for row in await store.unsettled(TELEGRAM)] == ["telegram:9", "telegram:8"]
    (slack,) = await store.unsettled(Platform.SLACK)
    assert (slack.origin, slack.payload, slack.received_at) == ("slack:s:1", b"\xff\x00", NOW)
    await store.settle("slack:s:1", unreadable=True)
    assert await store.unsettled(Platform.SLACK) == ()


async def test_settling_forgets_the_payload(store: SqlStore) -> None:
    """After a delivery had its effect, no byte of its payload is left in the file: a tap carries a token."""
    path = store.presence.folder.parent / FILE
    for number, token in enumerate((b"T0ken-for-a-tap-0123456789abcdef", b"unreadable-0123456789" * 500)):
        await store.accept(TELEGRAM, str(number), b'{"data":"%s"}' % token, NOW)
        assert token[:16] in path.read_bytes()
        await store.settle(f"telegram:{number}", unreadable=bool(number))
        assert token[:16] not in path.read_bytes()


async def test_a_delivery_comes_in_with_its_effect_or_not_at_all(store: SqlStore) -> None:
    """With a transition it is taken in once; where either is refused, neither is there."""
    await store.open([PENDING], [], quiet)
    fired, origin = stepped(PENDING, State.EXECUTING), "telegram:7"
    row = InboxRow(origin=origin, payload=b"tap", received_at=NOW)
    await store.commit([fired], row)
    assert await store.unsettled(TELEGRAM) == (row,)
    with pytest.raises(KnownDelivery, match=origin):
        await store.commit([stepped(fired.after, State.UNKNOWN)], row)
    assert await store.mass_cancel(PENDING.id) == fired.after
    with pytest.raises(Conflict):
        await store.commit([fired], replace(row, origin="telegram:8"))
    assert await store.accept(TELEGRAM, "8", b"", NOW)


async def test_pruning_spares_what_may_come_again(store: SqlStore, clock: SetClock) -> None:
    """Settled deliveries are forgotten after 48 hours, not before, and unsettled ones never."""
    await store.accept(TELEGRAM, "settled", b"", NOW)
    await store.accept(TELEGRAM, "unsettled", b"", NOW)
    await store.settle("telegram:settled")
    await store.prune(NOW + timedelta(hours=48))
    assert not await store.accept(TELEGRAM, "settled", b"", NOW)
    await store.prune(NOW + timedelta(hours=48, microseconds=1))
    assert await store.accept(TELEGRAM, "settled", b"", NOW)
    assert not await store.accept(TELEGRAM, "unsettled", b"", NOW)


async def test_what_nobody_settles_is_emptied(store: SqlStore) -> None:
    """A delivery whose commit came when it had been given up is left over: after a day its payload goes."""
    await store.accept(TELEGRAM, "1", b"left over", NOW)
    await store.prune(NOW + timedelta(hours=24))
    assert [row.payload for row in await store.unsettled(TELEGRAM)] == [b"left over"]
    await store.prune(NOW + timedelta(hours=24, microseconds=1))
    assert await store.unsettled(TELEGRAM) == ()
    assert not await store.accept(TELEGRAM, "1", b"", NOW)
