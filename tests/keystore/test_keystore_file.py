"""What the keystore promises about files: nobody else's hands on them, and nothing between old and new content."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from keystore import Keystore, Masked, Options, create_key, disk, inspect
from keystore import errors as err
from keystore.file import read_key
from tests.keystore.keystore_helpers import key, make

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run some lines in a process of their own, with the test helpers imported."""
    prelude = "import os, resource, signal, sys\nfrom keystore import file\n"
    prelude += "from tests.keystore.keystore_helpers import *\n"
    return subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", prelude + code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'secrets'}"},
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )


def test_only_the_owner_can_open_what_is_written(tmp_path: Path) -> None:
    """Store, previous version, lock and key file are 0600 and a new folder is 0700, whatever the umask."""
    old = os.umask(0)
    try:
        path = tmp_path / "new" / "keystore.json"
        create_key(tmp_path / "new" / "key", key().value)
        with Keystore.create(path, key()) as store:
            store.add("main", "telegram", ["1:x"])
    finally:
        os.umask(old)
    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == dict.fromkeys(
        ("key", "keystore.json", "keystore.json.lock", "keystore.json.prev"), 0o600
    )


@pytest.mark.parametrize("bits", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666])
def test_a_store_open_to_others_is_refused(bits: int, tmp_path: Path) -> None:
    """One bit for group or world is enough to refuse, with and without a key, and the sentence names the mode."""
    path = make(tmp_path)
    path.chmod(bits)
    with pytest.raises(err.UnsafeFileError, match=f"mode {bits:o} lets others in"):
        Keystore.open(path, key())
    with pytest.raises(err.UnsafeFileError):
        inspect(path)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """Not even a link to a good store of our own is followed."""
    link = tmp_path / "link.json"
    link.symlink_to(make(tmp_path))
    with pytest.raises(err.UnsafeFileError, match="symbolic link"):
        Keystore.open(link, key())


@pytest.mark.parametrize("place", ["folder", "fifo"])
def test_what_is_no_file_is_refused_without_waiting(place: str, tmp_path: Path) -> None:
    """A folder or a pipe in the store's place is refused at once."""
    path = tmp_path / "keystore.json"
    path.mkdir(mode=0o600) if place == "folder" else os.mkfifo(path, 0o600)
    with pytest.raises(err.UnsafeFileError, match="not a regular file"):
        Keystore.open(path, key())


@as_root
def test_somebody_elses_store_is_refused(tmp_path: Path) -> None:
    """A store that another user owns, and so could have replaced, is not opened."""
    path = make(tmp_path)
    os.chown(path, 1234, 1234)
    with pytest.raises(err.UnsafeFileError, match="somebody else"):
        Keystore.open(path, key())


def test_a_missing_store_is_told_apart(tmp_path: Path) -> None:
    """No file is not a damaged file: the sentence says how to make one."""
    with pytest.raises(err.StoreMissingError, match="cancelall keys init"):
        Keystore.open(tmp_path / "keystore.json", key())


def test_a_new_store_overwrites_nothing(tmp_path: Path) -> None:
    """Creating is refused where there is anything, be it a link into nowhere."""
    path = tmp_path / "keystore.json"
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(err.StoreExistsError):
        Keystore.create(path, key())
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(err.StoreExistsError):
        create_key(path, key().value)


def test_the_version_before_is_kept(tmp_path: Path) -> None:
    """Each change leaves the file as it was, byte for byte, under `.prev`, and nothing else beside it."""
    path = make(tmp_path, "htx")
    before = path.read_bytes()
    with Keystore.open(path, key()) as store:
        store.remove("htx")
    previous = tmp_path / "keystore.json.prev"
    assert previous.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {path.name, previous.name, "keystore.json.lock"}
    with Keystore.open(previous, key()) as store:
        assert [info.name for info in store.verify()] == ["htx"]


def test_a_lock_that_is_held_is_waited_for_and_then_respected(tmp_path: Path) -> None:
    """While another holds the lock nothing is written; reading goes on."""
    path = make(tmp_path, "htx")
    before = path.read_bytes()
    with (
        FileLock(tmp_path / "keystore.json.lock"),
        Keystore.open(path, key(), Options(lock_timeout=0.1)) as store,
        pytest.raises(err.StoreBusyError, match=r"waited 0\.1 s"),
    ):
        store.remove("htx")
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """When the system stops the write half way, the old file stays, nothing else is left, the refusal says so."""
    path = make(tmp_path, "htx")
    before = path.read_bytes()
    code = (
        "store = Keystore.open(Path(sys.argv[1]), key())\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        'store.add("more", "slack", SAMPLES["slack"])\n'
    )
    result = run(code, path, str(len(before) // 2))
    assert "WriteError" in result.stderr
    assert "Nothing was changed." in result.stderr
    assert path.read_bytes() == before
    assert not (tmp_path / "keystore.json.new").exists()


def test_a_kill_before_the_rename_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """A process killed between writing the new file and renaming it has changed nothing, and blocks nobody."""
    path = make(tmp_path, "htx")
    before = path.read_bytes()
    code = 'file.replace(Path(sys.argv[1]), b"new", b"old", lambda _: os.kill(os.getpid(), signal.SIGKILL))'
    assert run(code, path).returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert (tmp_path / "keystore.json.new").exists()
    with Keystore.open(path, key()) as store:
        store.add("more", "telegram", ["1:x"])
    assert not (tmp_path / "keystore.json.new").exists()


def test_kills_at_any_moment_leave_a_whole_store(tmp_path: Path) -> None:
    """Killed again and again while it rotates, a process never leaves a store that does not open."""
    path = make(tmp_path, "htx")
    code = (
        "store = Keystore.open(Path(sys.argv[1]), key())\n"
        "signal.setitimer(signal.ITIMER_REAL, float(sys.argv[2]))\n"
        'while True: store.rotate("htx", SAMPLES["htx"])\n'
    )
    versions = []
    for delay in (0.1, 0.143, 0.171):
        # SIGALRM has no handler: like a kill, it ends the process wherever it is.
        assert run(code, path, str(delay)).returncode == -signal.SIGALRM
        with Keystore.open(path, key()) as store:
            versions.append(store.verify()[0].version)
    assert versions == sorted(versions)
    assert versions[-1] > 1


def test_a_link_left_in_the_way_is_not_written_through(tmp_path: Path) -> None:
    """A link planted under the temporary file's name is replaced, and what it points to is untouched."""
    path = make(tmp_path)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "keystore.json.new").symlink_to(victim)
    with Keystore.open(path, key()) as store:
        store.add("main", "telegram", ["1:x"])
    assert victim.read_text() == "precious"


def test_what_does_not_open_is_not_put_in_place(tmp_path: Path) -> None:
    """A document is read back and every entry opened before it counts; if one fails, the old file stays."""
    path = make(tmp_path, "htx")
    before, document = disk.load(path)
    with pytest.raises(err.WrongKeyOrDamagedError):
        # The HMAC will be right under this key, and the entry was sealed under another.
        disk.publish(path, document, Masked(b"x" * 32), before)
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {
        "keystore.json",
        "keystore.json.lock",
        "keystore.json.prev",
    }


@pytest.mark.parametrize(("size", "good"), [(31, False), (32, True), (33, False), (0, False), (64, False)])
def test_a_key_file_has_32_bytes(size: int, good: bool, tmp_path: Path) -> None:
    """Exactly 32 raw bytes are a key; hexadecimal text or a line feed too many is refused, not cut."""
    path = tmp_path / "key"
    path.write_bytes(b"k" * size)
    path.chmod(0o400)
    if good:
        assert read_key(path) == Masked(b"k" * 32)
    else:
        with pytest.raises(err.KeyFileError, match="32 bytes"):
            read_key(path)


@pytest.mark.parametrize("bits", [0o404, 0o402, 0o401, 0o420])
def test_a_key_file_open_to_others_is_refused(bits: int, tmp_path: Path) -> None:
    """A key that the world can read, or a group can replace, opens nothing."""
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(bits)
    with pytest.raises(err.KeyFileError, match="lets others in"):
        read_key(path)


@as_root
def test_a_credential_that_root_lends_is_taken(tmp_path: Path) -> None:
    """Group read on root's own key file is how systemd and Kubernetes hand one over, through a link even."""
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o440)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert read_key(link) == Masked(b"k" * 32)
    os.chown(path, 1234, 1234)
    with pytest.raises(err.KeyFileError, match="somebody else"):
        read_key(path)
