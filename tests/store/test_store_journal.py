"""The emergency journal: what it took it holds, whatever happens to the file; what it cannot read it refuses."""

import asyncio
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Gate
from typing import Final

import pytest

from bot.errors import NoWitness, StoreUnavailable
from bot.model import (
    AccountName,
    Actor,
    ContractCode,
    Conversation,
    Identity,
    MassCancelId,
    Platform,
    PositionSide,
    Scope,
    Side,
)
from bot.ports import Entry, EntryKind
from bot.store import FileJournal, directly, on_executor, open_journal
from bot.store.journal_format import PLACE, PLACES, SIZE, pack

INTENT: Final = Entry(
    kind=EntryKind.INTENT,
    mass_cancel=MassCancelId("K7Q2M"),
    scope=Scope(
        account=AccountName("main"),
        contract=ContractCode("BTC-USDT-241115"),
        side=Side.BUY,
        position_side=PositionSide.LONG,
    ),
    actor=Actor(identity=Identity(platform=Platform.TELEGRAM, user="11"), name="ann"),
    conversation=Conversation(platform=Platform.TELEGRAM, chat="-4001", thread=None, private=False),
    at=datetime(2024, 11, 15, 3, 14, 31, tzinfo=UTC),
)


def opened(folder: Path) -> FileJournal:
    return open_journal(folder / "j", folder, directly)


def held(folder: Path) -> tuple[Entry, ...]:
    """What a fresh start finds of the one mass cancel."""
    journal = opened(folder)
    try:
        return journal.entries(INTENT.mass_cancel)
    finally:
        journal.shut()


async def written(folder: Path, *entries: Entry) -> bytes:
    """A journal's bytes after some entries."""
    journal = opened(folder)
    for entry in entries:
        await journal.write(entry)
    journal.shut()
    return (folder / "j").read_bytes()


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """Entries come back in their order after a restart, and none of another mass cancel among them."""
    attempt = replace(INTENT, kind=EntryKind.ATTEMPT, number=2)
    other = replace(INTENT, mass_cancel=MassCancelId("ABCDE"))
    whole = await written(tmp_path, INTENT, other, attempt)
    assert held(tmp_path) == (INTENT, attempt)
    assert len(whole) == SIZE


async def test_the_file_is_for_its_owner_alone_and_never_grows(tmp_path: Path) -> None:
    """The file has mode 0600, also where it had another, and its whole size from the start."""
    opened(tmp_path).shut()
    path = tmp_path / "j"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == SIZE
    assert path.stat().st_blocks * 512 >= SIZE
    path.chmod(0o644)
    opened(tmp_path).shut()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_write_cut_off_at_any_byte_takes_nothing_with_it(tmp_path: Path) -> None:
    """However little of an entry reached the disk, those before it are there, and the place can be used again."""
    second = replace(INTENT, kind=EntryKind.ATTEMPT, number=2)
    whole = await written(tmp_path, INTENT, second)
    start = PLACE * 2
    used = len(pack(2, second).rstrip(b"\0")) - PLACE // 2
    for cut in (*range(used + 1), *range(PLACE // 2, PLACE // 2 + used + 1)):
        torn = whole[: start + cut] + bytes(SIZE - start - cut)
        (tmp_path / "j").write_bytes(torn)
        found = held(tmp_path)
        assert found in ((INTENT,), (INTENT, second)), cut
    (tmp_path / "j").write_bytes(whole[: start + 100] + bytes(SIZE - start - 100))
    await written(tmp_path, second)
    assert held(tmp_path) == (INTENT, second)


async def test_no_flipped_bit_loses_an_entry(tmp_path: Path) -> None:
    """An entry survives any one flipped bit of its place, and the header any of its own."""
    whole = await written(tmp_path, INTENT)
    used = len(pack(1, INTENT).rstrip(b"\0")) - PLACE // 2
    spots = [*range(80), *range(PLACE, PLACE + used), *range(PLACE + PLACE // 2, PLACE + PLACE // 2 + used)]
    for at in spots:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << (at % 8)
        (tmp_path / "j").write_bytes(flipped)
        assert held(tmp_path) == (INTENT,), at


async def test_an_entry_whose_two_blocks_are_damaged_is_not_believed(tmp_path: Path) -> None:
    """A place with no good block gives no entry, rather than a wrong one."""
    flipped = bytearray(await written(tmp_path, INTENT))
    for block in (PLACE, PLACE + PLACE // 2):
        flipped[block + 60] ^= 4
    (tmp_path / "j").write_bytes(flipped)
    assert held(tmp_path) == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda whole: whole.replace(b"version 1", b"version 2"), "newer program"),
        (lambda whole: b"\0" * PLACE + whole[PLACE:], "another program"),
        (lambda whole: whole[:-1], "bytes where"),
        (lambda whole: whole + b"x", "bytes where"),
        (lambda _: b"", "another program"),
    ],
    ids=["newer", "no header", "short", "long", "empty"],
)
async def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes], why: str
) -> None:
    """A journal of another version, damaged or cut short is no journal: it may hold what was sent."""
    whole = await written(tmp_path, INTENT)
    (tmp_path / "j").write_bytes(change(whole))
    with pytest.raises(StoreUnavailable) as caught:
        opened(tmp_path)
    assert why in caught.value.why


async def test_an_entry_this_program_cannot_read_is_refused(tmp_path: Path) -> None:
    """An entry that is whole and says something unknown is not passed over."""
    whole = await written(tmp_path, INTENT)
    strange = pack(1, replace(INTENT, kind="surprise"))  # type: ignore[arg-type]
    (tmp_path / "j").write_bytes(whole[:PLACE] + strange + whole[2 * PLACE :])
    with pytest.raises(StoreUnavailable, match="cannot read"):
        opened(tmp_path)


async def test_a_full_journal_takes_nothing_and_room_comes_back(tmp_path: Path) -> None:
    """With every place taken a write is refused; closing one mass cancel makes room for another."""
    journal = opened(tmp_path)
    ids = [MassCancelId(f"A{number:04}") for number in range(PLACES)]
    for id_ in ids:
        await journal.write(replace(INTENT, mass_cancel=id_))
    assert journal.trouble == "full"
    with pytest.raises(NoWitness, match="full"):
        await journal.write(INTENT)
    await journal.close(ids[5])
    await journal.write(INTENT)
    assert journal.trouble == "full"
    journal.shut()
    again = opened(tmp_path)
    assert again.unclosed() == (*ids[:5], *ids[6:], INTENT.mass_cancel)
    again.shut()


async def test_a_closed_mass_cancel_stays_closed(tmp_path: Path) -> None:
    """What the store knows is no longer held, in this process and in the next."""
    journal = opened(tmp_path)
    await journal.write(INTENT)
    await journal.write(replace(INTENT, kind=EntryKind.END, outcome="zero"))
    await journal.close(INTENT.mass_cancel)
    assert journal.entries(INTENT.mass_cancel) == ()
    journal.shut()
    assert held(tmp_path) == ()


async def test_an_entry_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """An entry that does not fit its place is no witness, and the journal goes on."""
    journal = opened(tmp_path)
    endless = replace(INTENT, actor=replace(INTENT.actor, name="n" * 2000))
    with pytest.raises(NoWitness, match="no room"):
        await journal.write(endless)
    await journal.write(INTENT)
    journal.shut()
    assert held(tmp_path) == (INTENT,)


async def test_only_one_process_has_the_journal(tmp_path: Path) -> None:
    """A journal that is open elsewhere is refused."""
    first = opened(tmp_path)
    with pytest.raises(StoreUnavailable, match="another process"):
        opened(tmp_path)
    first.shut()
    opened(tmp_path).shut()


async def test_a_journal_that_cannot_be_made_is_trouble_and_no_witness(tmp_path: Path) -> None:
    """Where the file cannot be made the bot has no journal, says so, and takes nothing on its word."""
    (tmp_path / "file").write_text("no folder")
    journal = open_journal(tmp_path / "file" / "j", tmp_path, directly)
    assert journal.trouble
    with pytest.raises(NoWitness):
        await journal.write(INTENT)
    journal.shut()


async def test_a_write_that_hangs_is_no_witness_and_stands_for_nothing_later(tmp_path: Path) -> None:
    """A disk that answers too late is no witness; what it took after all is marked, and then it is good again."""
    gate = Gate()
    with ThreadPoolExecutor(max_workers=1) as thread:
        journal = open_journal(tmp_path / "j", tmp_path, on_executor(thread), patience=0.1)
        thread.submit(gate.wait)
        with pytest.raises(NoWitness, match="no answer"):
            await journal.write(INTENT)
        with pytest.raises(NoWitness, match="no answer"):
            await journal.write(INTENT)
        gate.set()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if journal.trouble is None:
                break
        assert journal.trouble is None
        await asyncio.sleep(0.1)
        journal.shut()
    assert held(tmp_path) == ()
