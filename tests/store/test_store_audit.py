"""The audit chain: nothing in it is changed unnoticed."""

import hashlib
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bot.errors import StoreUnavailable
from bot.ports import AuditNote
from bot.store import FILE, GENESIS, AuditRow, SqlStore, check, export, tail, verify
from tests.store.store_kit import ASKED, NOW, SetClock

ROWS = 200


def chain(count: int = ROWS) -> list[AuditRow]:
    """A good chain, built from its description alone."""
    head, rows = hashlib.sha256(b"cancelall audit chain 1").hexdigest(), []
    for seq in range(1, count + 1):
        row = '{"actor":"bot","at":"2026-03-01T12:00:00.000000+00:00","event":"e","facts":[],"mass_cancel":null,'
        row += f'"seq":{seq}}}'
        head = hashlib.sha256(bytes.fromhex(head) + row.encode()).hexdigest()
        rows.append(AuditRow(seq=seq, row=row, hash=head))
    return rows


def flipped(text: str, at: int) -> str:
    """A text with the lowest bit of one character turned."""
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


def test_a_good_chain_is_good() -> None:
    """A chain built by the description verifies, and so does an empty one."""
    rows = chain()
    report = check(rows)
    assert (report.ok, report.rows, report.head, report.bad_seq) == (True, ROWS, rows[-1].hash, None)
    assert check([]).head == GENESIS


@pytest.mark.parametrize("part", ["row", "hash"])
def test_every_flipped_bit_is_noticed(part: str) -> None:
    """A bit turned in any row, at any place of its text or hash, is noticed at that row."""
    rows = chain()
    for at, good in enumerate(rows):
        text = good.row if part == "row" else good.hash
        turned = flipped(text, at % len(text))
        bad = replace(good, row=turned) if part == "row" else replace(good, hash=turned)
        assert check([*rows[:at], bad, *rows[at + 1 :]]).bad_seq == at + 1


def test_every_deleted_row_is_noticed() -> None:
    """A row taken out is noticed, whether the rows after it are numbered anew or not."""
    rows = chain()
    for at in range(ROWS - 1):
        renumbered = [replace(row, seq=row.seq - 1) for row in rows[at + 1 :]]
        assert not check(rows[:at] + rows[at + 1 :]).ok
        assert check(rows[:at] + renumbered).bad_seq == at + 1


def test_every_swap_is_noticed() -> None:
    """Two neighbours in each other's place are noticed, with their numbers or without."""
    rows = chain()
    for at in range(ROWS - 1):
        one, two = rows[at], rows[at + 1]
        assert not check([*rows[:at], two, one, *rows[at + 2 :]]).ok
        swapped = [replace(two, seq=one.seq), replace(one, seq=two.seq)]
        assert check([*rows[:at], *swapped, *rows[at + 2 :]]).bad_seq == at + 1


def test_every_inserted_row_is_noticed() -> None:
    """A row put in is noticed: a copy, and one with a hash of its own that fits what is before it."""
    rows = chain()
    for at in range(ROWS - 1):
        head = rows[at].hash
        text = rows[at + 1].row.replace('"e"', '"f"')
        forged = AuditRow(
            seq=at + 2, row=text, hash=hashlib.sha256(bytes.fromhex(head) + text.encode()).hexdigest()
        )
        later = [replace(row, seq=row.seq + 1) for row in rows[at + 1 :]]
        assert not check([*rows[: at + 1], rows[at], *rows[at + 1 :]]).ok
        assert check([*rows[: at + 1], forged, *later]).bad_seq == at + 3


def test_a_row_must_say_its_number_in_canonical_json() -> None:
    """A row that hashes well but bears another number, or is not canonical JSON, is refused."""
    for text in ('{"seq":2}', '{"seq": 1}', '{"seq":1,"seq":1}', "[1]", "seq", '{"seq":"1"}', "{}"):
        digest = hashlib.sha256(bytes.fromhex(GENESIS) + text.encode()).hexdigest()
        assert check([AuditRow(seq=1, row=text, hash=digest)]).bad_seq == 1


def test_truncation_shows_against_a_head() -> None:
    """Every cut of the end is noticed by whoever kept the digits of the last head; without them it is not."""
    rows = chain()
    digits = rows[-1].hash[:12]
    assert check(rows, digits.upper()).seen_at == (ROWS,)
    for length in range(ROWS):
        report = check(rows[:length], digits)
        assert not report.ok
        assert report.bad_seq is None
        assert check(rows[:length]).ok


def test_an_older_head_is_found() -> None:
    """The digits of an earlier message are found at the row they came from."""
    rows = chain()
    assert check(rows, rows[99].hash).seen_at == (100,)


async def test_rows_are_as_described(store: SqlStore, clock: SetClock) -> None:
    """What the store writes is the documented JSON under the documented hash, exported and read back as it is."""
    clock.at = NOW.astimezone(timezone(timedelta(hours=8)))
    note = AuditNote(event="größe", actor='a"b', mass_cancel=None, facts=(("z", "1"), ("a", "2"), ("z", "3")))
    await store.record([ASKED, note])
    text = (
        '{"actor":"a\\"b","at":"2026-03-01T12:00:00.123456+00:00","event":"gr\\u00f6\\u00dfe",'
        '"facts":[["z","1"],["a","2"],["z","3"]],"mass_cancel":null,"seq":2}'
    )
    first, second = (json.loads(line) for line in export(store.engine))
    assert second["hash"] == hashlib.sha256(bytes.fromhex(first["hash"]) + text.encode()).hexdigest()
    assert list(export(store.engine))[1] == f'{{"hash":"{second["hash"]}","row":{text}}}'
    assert await store.head() == second["hash"]
    (entry,) = tail(store.engine, 1)
    assert (entry.seq, entry.at, entry.note, entry.head) == (2, NOW, note, second["hash"])
    assert [entry.note for entry in tail(store.engine, 5)] == [ASKED, note]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET row = replace(row, 'asked', 'ASKED') WHERE seq = 2",
        "UPDATE audit SET row = CAST(x'ff00' AS TEXT) WHERE seq = 2",
        "UPDATE audit SET row = 7 WHERE seq = 2",
        "UPDATE audit SET hash = 'none' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET seq = 9 WHERE seq = 3",
        "INSERT INTO audit SELECT 0, row, hash FROM audit WHERE seq = 3",
    ],
)
async def test_tampering_with_the_file_is_noticed(store: SqlStore, tampering: str) -> None:
    """Whatever another program does to a row of the file is reported, not stumbled over."""
    await store.record([ASKED] * 3)
    assert verify(store.engine, await store.head()).ok
    change(store, tampering)
    report = verify(store.engine)
    assert not report.ok
    assert report.rows in (0, 1, 2)


async def test_a_long_chain_is_read_without_holding_it_up(store: SqlStore) -> None:
    """While somebody reads a long chain slowly, others commit, and what they add is read too."""
    for _ in range(3):
        await store.record([ASKED] * 400)
    lines = export(store.engine)
    next(lines)
    await store.record([ASKED])
    assert sum(1 for _ in lines) == 1200
    assert verify(store.engine).rows == 1201


@pytest.mark.parametrize("row", ["", "{}", "7", '{"actor":1,"at":2,"event":3,"facts":4,"mass_cancel":null}'])
async def test_an_unreadable_row_is_told(store: SqlStore, row: str) -> None:
    """The last rows are shown, or it is said which of them cannot be read."""
    await store.record([ASKED] * 2)
    change(store, f"UPDATE audit SET row = '{row}' WHERE seq = 2")  # noqa: S608 our own words
    with pytest.raises(StoreUnavailable, match="row 2 cannot be read"):
        tail(store.engine, 2)


async def test_a_ruined_end_is_not_built_upon(store: SqlStore) -> None:
    """Where the last hash is none, nothing more is committed."""
    await store.record([ASKED])
    change(store, "UPDATE audit SET hash = 'none'")
    with pytest.raises(StoreUnavailable, match="no hash"):
        await store.record([ASKED])


def change(store: SqlStore, statement: str) -> None:
    """Do something to the file from outside."""
    raw = sqlite3.connect(store.presence.folder.parent / FILE)
    raw.execute(statement)
    raw.commit()
    raw.close()
