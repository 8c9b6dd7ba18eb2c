"""The file: who may read it, what is refused, and what happens when it cannot be written."""

import os
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.model import State
from bot.store import BUSY, FILE, SqlStore, open_engine, verify
from tests import fair
from tests.store import store_child
from tests.store.store_kit import ASKED, PENDING, opened_at, quiet
from tests.store.store_process import Spawn


def mode(path: Path) -> int:
    """A file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """The directories get mode 0700, every file 0600, under any umask."""
    before = os.umask(0)
    try:
        store = opened_at(tmp_path / "deep" / "data")
        await store.record([ASKED])
        paths = list((tmp_path / "deep").rglob("*"))
        assert {mode(path) for path in paths if path.is_file()} == {0o600}
        assert {mode(path) for path in paths if path.is_dir()} == {0o700}
        store.close()
    finally:
        os.umask(before)


def test_a_loose_file_is_tightened(tmp_path: Path) -> None:
    """A file that others could read is closed to them when it is opened."""
    opened_at(tmp_path).close()
    (tmp_path / FILE).chmod(0o644)
    opened_at(tmp_path).close()
    assert mode(tmp_path / FILE) == 0o600


def test_a_directory_others_write_to_is_refused(tmp_path: Path) -> None:
    """Where others may write, they could put another file in place: refused, and the directory left as it is."""
    tmp_path.chmod(0o777)
    with pytest.raises(StoreUnavailable, match="chmod 700"):
        opened_at(tmp_path)
    assert mode(tmp_path) == 0o777


def test_the_file_is_written_the_careful_way(store: SqlStore) -> None:
    """A rollback journal whose end is flushed, fsync at every commit, foreign keys, deleted things overwritten."""
    wanted = {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    with store.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


async def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    """A second opening finds what the first committed and goes on from there."""
    store = opened_at(tmp_path)
    await store.open([PENDING], [ASKED], quiet)
    head = await store.head()
    store.close()
    store.close()
    again = opened_at(tmp_path)
    assert await again.mass_cancel(PENDING.id) == PENDING
    assert await again.head() == head
    again.close()


def test_a_missing_store_is_not_made_for_a_reader(tmp_path: Path) -> None:
    """A command that only reads gets an error, and no file appears."""
    with pytest.raises(StoreUnavailable, match="there is no store"):
        open_engine(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


async def test_a_reader_opens_beside_a_writer(store: SqlStore) -> None:
    """A command that only reads sees what is there while the bot has the store open."""
    await store.record([ASKED])
    engine = open_engine(store.presence.folder.parent, create=False)
    assert verify(engine).rows == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE schema_version SET version = 3", "version 3, this program knows up to 2: run the newer program"),
        ("DELETE FROM schema_version", "does not say its version"),
        ("DROP TABLE schema_version", "another program"),
    ],
)
def test_other_versions_are_refused(tmp_path: Path, statement: str, why: str) -> None:
    """A store of a newer version, of none, or of another program is refused and not touched."""
    opened_at(tmp_path).close()
    raw = sqlite3.connect(tmp_path / FILE)
    raw.execute(statement)
    raw.commit()
    raw.close()
    bytes_ = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreUnavailable, match=why):
        opened_at(tmp_path)
    assert (tmp_path / FILE).read_bytes() == bytes_


VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO schema_version VALUES (1);
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, platform VARCHAR(16) NOT NULL, chat TEXT NOT NULL,
    kind VARCHAR(8) NOT NULL, slot TEXT, post TEXT NOT NULL, state VARCHAR(16) NOT NULL, sending BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL, not_before BIGINT NOT NULL, settled_at BIGINT, message TEXT, why TEXT
);
"""
"""What version 2 changes of version 1: a waiting post of it had `otherwise`, and no matter."""

POST_1 = (
    '{"kind":"send","conversation":{"platform":"telegram","chat":"-100","thread":null,"private":false},'
    '"message":{"title":"ZERO LEFT","lines":[],"buttons":[],"attachment":null,"loud":true,"notify":[]},'
    '"slot":"SLOT","reply_to":null,"otherwise":[{"platform":"telegram","chat":"11","thread":null,"private":true}],'
    '"only_for":null}'
)


async def test_a_store_of_version_1_is_brought_up(tmp_path: Path) -> None:
    """What waited before an update still goes out, an outcome as one; a second start changes nothing."""
    opened_at(tmp_path).close()
    raw = sqlite3.connect(tmp_path / FILE)
    raw.executescript("DROP TABLE outbox; DROP TABLE schema_version;" + VERSION_1)
    row = "INSERT INTO outbox (platform, chat, kind, slot, post, state, sending, attempts, not_before)"
    for slot in ("card:K7Q2M", "result:K7Q2M"):
        values = ("telegram", "-100", "send", slot, POST_1.replace("SLOT", slot), "waiting", 0, 0, 0)
        raw.execute(f"{row} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    raw.commit()
    raw.close()
    for _ in range(2):
        store = opened_at(tmp_path)
        queued = await store.queued()
        assert [(one.slot, one.matter.value) for one in queued] == [
            ("card:K7Q2M", "notice"),
            ("result:K7Q2M", "result"),
        ]
        assert [one.post.message.title for one in await store.taken([1, 2])] == ["ZERO LEFT"] * 2
        store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as plain:
        assert plain.execute("SELECT version FROM schema_version").fetchall() == [(2,)]


def test_garbage_is_refused(tmp_path: Path) -> None:
    """A file that is no database is refused and left as it is."""
    (tmp_path / FILE).write_bytes(b"not a database" * 500)
    with pytest.raises(StoreUnavailable, match="not a database"):
        opened_at(tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"not a database" * 500


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """A database with pages overwritten is refused when it is opened."""
    store = opened_at(tmp_path)
    for _ in range(50):
        await store.record([ASKED] * 5)
    store.close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xa5" * 4096 * 3)
    with pytest.raises(StoreUnavailable):
        opened_at(tmp_path)


async def test_a_record_that_cannot_be_read_is_told(store: SqlStore) -> None:
    """A document that is no mass cancel becomes the port's error, not a surprise."""
    await store.open([PENDING], [], quiet)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mass_cancel SET document = '{}'")
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        await store.mass_cancel(PENDING.id)


async def test_a_lock_held_too_long_is_told(store: SqlStore, spawn: Spawn) -> None:
    """While another process writes, reads work; a write waits two seconds, then fails; after it, it works."""
    other = spawn(store_child.hold_write_lock, store.presence.folder.parent)
    assert other.hear() == "held"
    assert await store.mass_cancel(PENDING.id) is None
    began = fair.monotonic()
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.record([ASKED])
    assert BUSY - 0.2 < fair.monotonic() - began < BUSY + 1.5
    assert other.end() == 0
    await store.record([ASKED])


def test_a_full_file_changes_nothing(tmp_path: Path, spawn: Spawn) -> None:
    """A commit past the limit on the file's size fails whole, and works once the limit is gone."""
    child = spawn(store_child.fill_by_limit, tmp_path)
    why = child.hear()
    state, head = child.hear()
    assert why in ("disk I/O error", "database or disk is full")
    assert state == PENDING
    assert len(head) == 64
    assert child.hear().state is State.EXECUTING
    assert child.end() == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:  # noqa: S603 our own words
        pytest.skip("a file system can be mounted by root only")
    yield place
    subprocess.run(["/bin/umount", str(place)], check=True)  # noqa: S603 our own words


def test_a_full_disk_changes_nothing(tiny_disk: Path, spawn: Spawn) -> None:
    """On a disk that is really full a commit fails whole, and works once there is space."""
    child = spawn(store_child.fill_disk, tiny_disk / "data", tiny_disk / "ballast")
    assert child.hear() == "No space left on device"
    why = child.hear()
    state, _ = child.hear()
    assert why in ("disk I/O error", "database or disk is full")
    assert state == PENDING
    assert child.hear().state is State.EXECUTING
    assert child.end() == 0


async def test_a_read_only_file_is_told(spawn: Spawn) -> None:
    """Where the file may only be read, writes fail with the port's error and reads go on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = opened_at(folder)
        await store.open([PENDING], [ASKED], quiet)
        store.close()
        child = spawn(store_child.write_read_only, folder)
        assert "readonly" in child.hear()
        assert child.hear() == PENDING
        assert child.end() == 0
