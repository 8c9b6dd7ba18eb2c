"""Several accounts on one card: what no conversation can say of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.model import AccountName, MassCancelId
from bot.ports import Entry, EntryKind, Journal, Store
from bot.store.journal_format import PLACES
from simulator.htx import Delay, Hang, Record
from simulator.telegram import Message
from tests.e2e.lock import hanging, locked
from tests.e2e.setting import CANCEL, CONTRACT, Setting
from tests.e2e.world import World

ALL = f"/cancelall @all {CONTRACT} buy long"
THREE = {"main": "dual_side", "alt": "dual_side", "third": "dual_side"}


def uids(world: World) -> dict[str, str]:
    """Each account's name by the key it signs with."""
    return {account.access_key: name for name, account in world.accounts.items()}


def asked_by(world: World, post: Record) -> str:
    """The account that a request was signed for."""
    return next(name for key, name in uids(world).items() if key in post.raw_query)


def is_result(message: Message) -> bool:
    return "· log " in message.text or "not written yet" in message.text


def says(text: str) -> Callable[[Message], bool]:
    return lambda message: text in message.text


@pytest.fixture
def setting() -> Setting:
    return Setting(accounts=THREE)  # type: ignore[arg-type]


async def test_each_account_gets_one_request_of_its_own(setting: Setting, tmp_path: Path) -> None:
    """One tap sends one cancel-all for each account, each with the scope of the card."""
    async with World(setting, folder=tmp_path) as world:
        for name in THREE:
            world.place(2, account=name)
            world.place(1, account=name, side="sell")
        card = await world.ask(ALL)
        world.ann.taps(card, card.labels[0])
        result = await world.shown(is_result, after=card.id)
        assert "ZERO LEFT in all 3 accounts" in result.text
        assert sorted(asked_by(world, post) for post in world.posts()) == sorted(THREE)
        body = {"contract_code": CONTRACT, "side": "buy", "position_side": "long"}
        assert all(post.json == body for post in world.posts())
        assert all(len(account.open_ids()) == 1 for account in world.accounts.values())


async def test_one_that_hangs_holds_up_no_other(setting: Setting, tmp_path: Path) -> None:
    """The requests go out side by side: an account without an answer does not delay the others' orders."""
    async with World(setting, folder=tmp_path) as world:
        for name in THREE:
            world.place(1, account=name)
        world.htx.faults.add(Hang(acts=False), CANCEL, times=1)
        card = await world.ask(ALL)
        world.ann.taps(card, card.labels[0])
        await world.until(lambda: len(world.posts()) == 3, "three requests", seconds=3)
        await world.until(lambda: sum(not a.open_ids() for a in world.accounts.values()) >= 2, "two are empty", 3)
        assert not [one for one in world.telegram.messages(world.desk) if is_result(one)]


async def test_who_may_use_one_account_confirms_none(tmp_path: Path) -> None:
    """An operator of one of its accounts cannot confirm a card, nor that part of it, with or without the store."""
    setting = Setting(accounts={"main": "dual_side", "alt": "dual_side"})
    async with World(setting, folder=tmp_path) as world:
        world.place(1)
        world.place(1, account="alt")
        card = await world.ask(ALL)
        assert (
            await world.bo.taps(card, card.labels[0]).answer(10)
            == "Only Ann can confirm this. Your tap was recorded."
        )
        with locked(world):
            said = await world.bo.taps(card, card.labels[0]).answer(12)
            assert said == "Only Ann can confirm this. Your tap was recorded."
        await asyncio.sleep(0.3)
        assert world.posts() == ()


async def test_a_tap_without_the_store_fires_each_once(tmp_path: Path) -> None:
    """With the store locked each account has its entry in the journal, and one result tells of all afterwards."""
    setting = Setting(accounts={"main": "dual_side", "alt": "dual_side"})
    async with World(setting, folder=tmp_path) as world:
        world.place(2)
        world.place(3, account="alt")
        card = await world.ask(ALL)
        with locked(world):
            world.ann.taps(card, card.labels[0])
            await world.until(lambda: len(world.posts()) == 2, "both requests")
            second = await world.ann.taps(card, card.labels[0]).answer(12)
            assert second.startswith("Already sent")
        await world.shown("ZERO LEFT in both accounts", after=card.id)
        assert sorted(asked_by(world, post) for post in world.posts()) == ["alt", "main"]
        assert world.audit().ok


async def test_a_store_that_hangs_hides_no_account(tmp_path: Path) -> None:
    """One account's outcome is in the log, to be told with the other's; then the store hangs: both are told."""
    setting = Setting(accounts={"main": "dual_side", "alt": "dual_side"})
    async with World(setting, folder=tmp_path) as world:
        world.place(2)
        world.place(3, account="alt")
        world.htx.faults.add(Delay(before=1.0), CANCEL, times=1)
        card = await world.ask(ALL)
        world.ann.taps(card, card.labels[0])
        await world.until(lambda: len(world.posts()) == 2, "both requests")
        assert world.parts is not None
        store = world.parts.store
        both = await store.recent([AccountName("main"), AccountName("alt")], 2)

        def outcomes() -> int:
            kept = (store.mirror.mass_cancel(one.id) for one in both)
            return sum(one is not None and one.verdict is not None for one in kept)

        await world.until(outcomes, "one outcome")
        async with hanging(world):
            for done in ("main · 2 cancelled", "alt · 3 cancelled"):
                told = await world.shown(says(done), after=card.id)
                assert "ZERO LEFT" in told.text
        await world.shown("ZERO LEFT in both accounts", after=card.id)
        assert len(world.posts()) == 2


async def fill(journal: Journal, store: Store, *, leave: int) -> None:
    """Entries of mass cancels that never were, until so many places are free."""
    (one,) = await store.recent([AccountName("main")], 1)
    for number in range(PLACES - leave):
        held = Entry(
            kind=EntryKind.INTENT,
            mass_cancel=MassCancelId(f"F{number}"),
            scope=one.scope,
            actor=one.asked_by,
            conversation=one.conversation,
            at=one.created_at,
        )
        await journal.write(held)


async def test_without_room_for_all_in_the_journal_none_is_sent(tmp_path: Path) -> None:
    """A card is fired whole or not at all: where one account finds no place in the journal, nothing is sent."""
    setting = Setting(accounts={"main": "dual_side", "alt": "dual_side"})
    async with World(setting, folder=tmp_path) as world:
        world.place(2)
        world.place(3, account="alt")
        card = await world.ask(ALL)
        assert world.parts is not None
        journal = world.parts.journal
        await fill(journal, world.parts.store, leave=1)
        with locked(world):
            assert "NOT RUN" in await world.ann.taps(card, card.labels[0]).answer(12)
            await world.shown("NOT RUN", after=card.id)
        await asyncio.sleep(0.5)
        assert world.posts() == ()
        assert not [one for one in journal.unclosed() if not one.startswith("F")]


async def test_one_brought_in_before_the_other_is_not_told_as_all(tmp_path: Path) -> None:
    """Fired without the log, the first outcome is told for itself: "both" is said when both are known."""
    setting = Setting(accounts={"main": "dual_side", "alt": "dual_side"})
    async with World(setting, folder=tmp_path) as world:
        world.place(2)
        world.place(3, account="alt")
        card = await world.ask(ALL)
        world.htx.faults.add(Hang(acts=True, seconds=5), CANCEL, times=1)
        with locked(world):
            world.ann.taps(card, card.labels[0])
            await world.until(lambda: len(world.posts()) == 2, "both requests")
        first = await world.shown(is_result, after=card.id)
        assert "accounts" not in first.text.splitlines()[0]
        both = await world.shown("ZERO LEFT in both accounts", after=first.id)
        assert "DEGRADED" in both.text
