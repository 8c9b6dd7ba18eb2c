"""Buttons: known by a token that the store itself does not know."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.errors import StoreUnavailable
from bot.model import ButtonKind, EventKind, State
from bot.ports import OutboxRow
from bot.store import SqlStore
from bot.store.schema import button as button_table
from tests.store.store_kit import CHAT, NOW, PENDING, button, named, posted, quiet, send, stepped, taken

LATER = NOW + timedelta(seconds=60)
TOKEN = "q8Jx0-made-up-token-5Zr"


async def card(store: SqlStore, *buttons: ButtonKind) -> OutboxRow:
    """A card of PENDING with these buttons, about to be sent."""
    await posted(store, send("card", "card:K7Q2M", buttons=tuple(button(kind, LATER) for kind in buttons)))
    return (await taken(store))[-1]


def used(store: SqlStore) -> dict[str, bool]:
    """Kind to `used`, for every button."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(button_table.c.kind, button_table.c.used))
        return {row.kind: row.used for row in rows}


async def test_token_finds_its_button(store: SqlStore) -> None:
    """Each token leads to its own action, conversation and slot, and an unknown one to nothing."""
    row = await card(store, ButtonKind.CONFIRM, ButtonKind.KEEP)
    await store.mint(row, [TOKEN, TOKEN + "2"])
    first, second = await store.button(TOKEN, NOW), await store.button(TOKEN + "2", NOW)
    assert first is not None
    assert second is not None
    assert (first.action, second.action) == (
        button(ButtonKind.CONFIRM, LATER).action,
        button(ButtonKind.KEEP, LATER).action,
    )
    assert (first.conversation, first.slot) == (CHAT, "card:K7Q2M")
    assert await store.button(TOKEN + "3", NOW) is None


async def test_time_ends_a_button(store: SqlStore) -> None:
    """A button is found until its time, not at it; one without a time is found for ever."""
    await posted(store, send("card", buttons=(button(ButtonKind.CONFIRM, LATER), button(ButtonKind.CHECK))))
    await store.mint((await taken(store))[0], [TOKEN, "check"])
    assert await store.button(TOKEN, LATER - timedelta(microseconds=1)) is not None
    assert await store.button(TOKEN, LATER) is None
    assert await store.button("check", LATER + timedelta(days=999)) is not None


async def test_one_token_a_button(store: SqlStore) -> None:
    """Too few or too many tokens are refused and nothing is remembered."""
    row = await card(store, ButtonKind.CONFIRM)
    for tokens in ([], [TOKEN, "more"]):
        with pytest.raises(ValueError, match="zip"):
            await store.mint(row, tokens)
    assert used(store) == {}


async def test_a_token_is_minted_once(store: SqlStore) -> None:
    """A token that is already a button's cannot become another's."""
    row = await card(store, ButtonKind.CONFIRM)
    await store.mint(row, [TOKEN])
    with pytest.raises(StoreUnavailable):
        await store.mint(row, [TOKEN])


async def test_a_second_attempt_keeps_the_first_tokens(store: SqlStore) -> None:
    """A message sent twice, since the first answer was lost, works by either copy."""
    row = await card(store, ButtonKind.CONFIRM)
    await store.mint(row, ["first"])
    await store.mint(row, ["second"])
    assert await store.button("first", NOW) == await store.button("second", NOW) is not None


async def test_leaving_pending_uses_the_one_time_buttons(store: SqlStore) -> None:
    """When PENDING ends, confirm and keep are used and still found; read buttons stay as they are."""
    await store.open([PENDING], [], quiet)
    row = await card(store, ButtonKind.CONFIRM, ButtonKind.KEEP, ButtonKind.CHECK)
    await store.mint(row, ["a", "b", "c"])
    late = stepped(PENDING, State.PENDING, EventKind.PREVIEW)
    await store.commit([late])
    assert used(store) == {"confirm": False, "keep": False, "check": False}
    await store.commit([stepped(late.after, State.EXECUTING)])
    assert used(store) == {"confirm": True, "keep": True, "check": False}
    assert await store.button("a", NOW) is not None


async def test_buttons_of_others_are_not_used(store: SqlStore) -> None:
    """The end of one mass cancel leaves the buttons of another alone."""
    other = named("OTHER")
    await store.open([PENDING], [], quiet)
    await store.open([other], [], quiet)
    await store.mint(await card(store, ButtonKind.CONFIRM), [TOKEN])
    await store.commit([stepped(other, State.KEPT, EventKind.KEEP)])
    assert used(store) == {"confirm": False}


async def test_a_late_card_is_born_used(store: SqlStore) -> None:
    """Buttons minted after their mass cancel was decided are used from the start."""
    await store.open([PENDING], [], quiet)
    await store.commit([stepped(PENDING, State.KEPT, EventKind.KEEP)])
    await store.mint(await card(store, ButtonKind.CONFIRM, ButtonKind.CHECK), ["a", "b"])
    assert used(store) == {"confirm": True, "check": False}


async def test_tokens_are_nowhere_on_the_disk(store: SqlStore) -> None:
    """No file of the store holds a token, only its SHA-256."""
    await store.mint(await card(store, ButtonKind.CONFIRM), [TOKEN])
    assert await store.button(TOKEN, NOW) is not None
    folder = store.presence.folder.parent
    disk = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert TOKEN.encode() not in disk
    assert hashlib.sha256(TOKEN.encode()).hexdigest().encode() in disk


async def test_pruning_forgets_expired_buttons(store: SqlStore) -> None:
    """Buttons whose time is up go with their links; the others stay."""
    await posted(store, send("card", buttons=(button(ButtonKind.CONFIRM, LATER), button(ButtonKind.CHECK))))
    await store.mint((await taken(store))[0], [TOKEN, "check"])
    await store.prune(LATER)
    assert used(store) == {"check": False}
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM button_target").scalar() == 1
