"""Files that nobody else may touch: safe reads, a lock, an atomic replace. Knows nothing of what is in them."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from keystore.errors import (
    DescriptorError,
    ForeignFileError,
    KeyFileError,
    NotDurableError,
    StoreBusyError,
    StoreExistsError,
    StoreMissingError,
    UnsafeFileError,
    WriteError,
)
from keystore.secret import Masked

MODE: Final = 0o600
KEY_SIZE: Final = 32
MAX_INPUT: Final = 4096
"""Bytes taken from a file descriptor: passphrases and values are far shorter."""

_FOREIGN: Final = "it belongs to somebody else"

# O_NONBLOCK so that a FIFO in the file's place is refused, not waited for.
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_private(path: Path, limit: int) -> bytes:
    """At most ``limit`` + 1 bytes of a file that is ours alone; the one too many tells that it is too large.

    Raises:
        StoreMissingError: nothing is there.
        UnsafeFileError: a symbolic link, not a regular file, another owner, or open to group or world.
    """
    try:
        fd = os.open(path, _READ | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise StoreMissingError(path=path) from None
    except OSError as error:
        if isinstance(error, PermissionError):
            raise ForeignFileError(path=path, problem=_reason(error)) from None
        problem = "it is a symbolic link" if path.is_symlink() else _reason(error)
        raise UnsafeFileError(path=path, problem=problem) from None
    try:
        if (fault := _private_fault(os.fstat(fd))) is not None:
            kind = ForeignFileError if fault == _FOREIGN else UnsafeFileError
            raise kind(path=path, problem=fault)
        buffer = bytearray(limit + 1)
        return bytes(buffer[: _fill(fd, buffer)])
    finally:
        os.close(fd)


def read_key(path: Path) -> Masked:
    """The 32 bytes of a key file.

    Looser than `read_private` where deployments need it: Kubernetes mounts secrets as symbolic links, and
    systemd leaves a service's credentials to root with an access list, which shows as group read.

    Raises:
        KeyFileError: missing, not regular, somebody else's, open to others, or not 32 bytes.
    """
    try:
        fd = os.open(path, _READ)
    except OSError as error:
        raise KeyFileError(path=path, problem=_reason(error)) from None
    # One byte more than a key, so that a longer file is noticed.
    buffer = Masked(KEY_SIZE + 1)
    try:
        if (fault := _key_fault(os.fstat(fd))) is not None:
            raise KeyFileError(path=path, problem=fault)
        size = _fill(fd, buffer)
    finally:
        os.close(fd)
    if size != KEY_SIZE:
        buffer.wipe()
        raise KeyFileError(path=path, problem="it does not have 32 bytes")
    key = Masked(buffer[:KEY_SIZE])
    buffer.wipe()
    return key


def create_key(path: Path, key: Masked) -> None:
    """Write a new key file, 0600, in a folder that is made (0700) if need be.

    Raises:
        StoreExistsError: something is there already; a key is never overwritten.
        WriteError: the system refused.
    """
    make_folder(path.parent)
    try:
        _write_new(path, key)
        _sync_folder(path.parent)
    except FileExistsError:
        raise StoreExistsError(path=path) from None
    except OSError as error:
        raise WriteError(path=path, problem=_reason(error)) from None


def make_folder(path: Path) -> None:
    """Make a folder, 0700, unless it is there.

    Raises:
        WriteError: the system refused.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(path=path, problem=_reason(error)) from None


def read_descriptor(fd: int) -> Masked:
    """Everything from an open file descriptor until its end.

    Raises:
        DescriptorError: it cannot be read, is empty, or holds more than `MAX_INPUT` bytes.
    """
    buffer = Masked(MAX_INPUT + 1)
    try:
        size = _fill(fd, buffer)
    except OSError as error:
        raise DescriptorError(fd=fd, problem=_reason(error)) from None
    content = Masked(buffer[:size])
    buffer.wipe()
    if not content:
        raise DescriptorError(fd=fd, problem="it is empty")
    if size > MAX_INPUT:
        raise DescriptorError(fd=fd, problem=f"it holds more than {MAX_INPUT} bytes")
    return content


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold ``<path>.lock`` against other processes; wait at most ``timeout`` seconds.

    Raises:
        StoreBusyError: somebody else kept it.
        WriteError: the lock file cannot be made.
    """
    # No fallback to a soft lock: after a crash that one would stay locked.
    lock = FileLock(beside(path, ".lock"), timeout=timeout, mode=MODE, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise StoreBusyError(path=path, waited=timeout) from None
    except (OSError, NotImplementedError) as error:
        raise WriteError(path=path, problem=_reason(error)) from None
    try:
        yield
    finally:
        lock.release()


def replace(path: Path, data: bytes, previous: bytes | None, check: Callable[[bytes], None]) -> None:
    """Put ``data`` in the place of the file, whole or not at all, and keep ``previous`` as ``<path>.prev``.

    Call it with the lock held. ``check`` gets the bytes as they were read back from the disk and raises if they
    will not do.

    Raises:
        WriteError: the system refused; the old file is in place.
        NotDurableError: the new file is in place, the folder could not be synced.
    """
    new = beside(path, ".new")
    try:
        _stage(new, data)
        check(read_private(new, len(data)))
        if previous is not None:
            kept = beside(path, ".prev.new")
            _stage(kept, previous)
            kept.rename(beside(path, ".prev"))
        new.rename(path)
    except OSError as error:
        raise WriteError(path=path, problem=_reason(error)) from None
    finally:
        # After the rename there is nothing to remove; before it, a refused file must not stay.
        with suppress(OSError):
            new.unlink()
    try:
        _sync_folder(path.parent)
    except OSError as error:
        raise NotDurableError(path=path, problem=_reason(error)) from None


def beside(path: Path, suffix: str) -> Path:
    """The path of a companion file in the same folder."""
    return path.with_name(path.name + suffix)


def _fill(fd: int, buffer: bytearray) -> int:
    """Read until the end or until the buffer is full; how many bytes came. They pass through no other object."""
    size = 0
    with memoryview(buffer) as view:
        while size < len(view) and (count := os.readv(fd, [view[size:]])):
            size += count
    return size


def _stage(path: Path, data: bytes) -> None:
    # We hold the lock, so what is there was left behind by a crash. Unlinking removes a link, not its target.
    path.unlink(missing_ok=True)
    _write_new(path, data)


def _write_new(path: Path, data: bytes | bytearray) -> None:
    """Create, write, fsync; on any error remove what was begun. A failed fsync is final: a second one may lie."""
    fd = os.open(path, _CREATE, MODE)
    try:
        with memoryview(data) as view:
            written = 0
            while written < len(view):
                written += os.write(fd, view[written:])
        os.fsync(fd)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(fd)


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _private_fault(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid != os.geteuid():
        return _FOREIGN
    if status.st_mode & 0o077:
        return f"its mode {stat.S_IMODE(status.st_mode):o} lets others in"
    return None


def _key_fault(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid not in (0, os.geteuid()):
        return _FOREIGN
    shut = 0o037 if status.st_uid == 0 else 0o077
    if status.st_mode & shut:
        return f"its mode {stat.S_IMODE(status.st_mode):o} lets others in"
    return None


def _reason(error: BaseException) -> str:
    """The system's words for an error, without the path."""
    text = error.strerror if isinstance(error, OSError) else None
    return (text or type(error).__name__).lower()
