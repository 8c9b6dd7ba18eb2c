"""Who is alive: every process holds a lock for its life, and the kernel lets go of it when the process dies.

`flock` and not a pid: a pid is reused, and means nothing in another container. A prober takes a *shared* lock, so
that two of them never take each other for a living owner.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot.errors import StoreUnavailable


@dataclass(kw_only=True, eq=False)
class AlreadyRunning(StoreUnavailable):
    """Another `run` works on this data directory."""

    pid: int | None
    """Its process id as it wrote it down, in its own container's numbering; None where it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The sign that one process lives."""

    instance: str
    """Its id, never used again."""
    path: Path
    handle: TextIO
    """Holds the lock while it is open."""

    @property
    def folder(self) -> Path:
        """Where all signs of life lie."""
        return self.path.parent

    def leave(self) -> None:
        """End it: from here on this instance counts as dead. Harmless when repeated."""
        if not self.handle.closed:
            # The name goes first: whoever finds it gone is right, whoever still opens it finds it locked.
            self.path.unlink(missing_ok=True)
            self.handle.close()


def appear(folder: Path, instance: str) -> Presence:
    """Take an instance's lock for the life of this process.

    Raises:
        StoreUnavailable: the lock file cannot be made.
    """
    path = folder / f"{instance}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _lock(path, wait=True)
    except OSError as error:
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    return Presence(instance=instance, path=path, handle=handle)


def is_alive(folder: Path, instance: str) -> bool:
    """Whether the process of this instance lives; False where its lock is free or its file is gone.

    Raises:
        StoreUnavailable: the lock file cannot be opened, so nobody knows.
    """
    path = folder / f"{instance}.lock"
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    try:
        return _is_held(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove the lock files that dead processes left."""
    for path in folder.glob("*.lock"):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            continue  # gone meanwhile, or not ours: litter hinders nobody
        try:
            # Removed while locked: a process just starting under this name waits, then sees that its file is gone.
            if not _is_held(descriptor):
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


@contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """Let only one `run` work on a data directory. Other commands do not need it and are not hindered.

    Raises:
        AlreadyRunning: another process holds it.
        StoreUnavailable: the lock file cannot be made.
    """
    # The file stays in the end: only the lock on it means anything, and removing it would let two others in.
    with _run_lock(data_dir / "run.lock"):
        yield


def _run_lock(path: Path) -> TextIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _lock(path, wait=False)
    except BlockingIOError:
        pid = _pid_in(path)
        raise AlreadyRunning(why=f"another run holds {path}: pid {pid or 'unknown'}", pid=pid) from None
    except OSError as error:
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    try:
        handle.truncate(0)
        print(os.getpid(), file=handle, flush=True)
    except OSError as error:
        handle.close()
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    return handle


def _lock(path: Path, *, wait: bool) -> TextIO:
    while True:
        handle = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, handle):
                return handle
        except BaseException:
            handle.close()
            raise
        handle.close()


def _is_still(path: Path, handle: TextIO) -> bool:
    """Whether the locked file is the one that bears the name: somebody may have removed it while we waited."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    except FileNotFoundError:
        return False


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _pid_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
