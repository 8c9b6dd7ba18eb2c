"""The emergency journal's file on the disk: made whole, locked, read, synced."""

import fcntl
import os
from pathlib import Path

from bot.ports import Entry
from bot.store import journal_format as layout


def make_if_missing(path: Path) -> None:
    """Make the file, with all of its blocks, unless it is there.

    Raises:
        OSError: there is no room, or no right to.
    """
    try:
        path.stat()
    except FileNotFoundError:
        _make(path)
    except PermissionError:
        return  # it may be there: opening it will say


def _make(path: Path) -> None:
    """Write the whole file under another name first: a half-made one is never found under its own.

    Raises:
        OSError: there is no room, or no right to.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(layout.blank())  # written, not only reserved: the blocks are there whatever comes
            sync(descriptor)
        finally:
            os.close(descriptor)
        new.rename(path)
        _sync_folder(path.parent)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read(descriptor: int) -> tuple[dict[int, tuple[int, Entry]], int]:
    """Lock the file and read all places; and how many were cut off while they were written.

    Raises:
        BlockingIOError: another process has it.
        BadJournal: it is not one of ours.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.fchmod(descriptor, 0o600)
    whole = _all_of(descriptor)
    layout.check(whole[: layout.PLACE])
    if len(whole) != layout.SIZE:
        raise layout.BadJournal(f"has {len(whole)} bytes where {layout.SIZE} are due")
    places: dict[int, tuple[int, Entry]] = {}
    torn = 0
    for place in range(layout.PLACES):
        start = layout.PLACE * (place + 1)
        block = whole[start : start + layout.PLACE]
        found = layout.unpack(block)
        if found is not None:
            places[place] = found
        elif any(block):
            torn += 1
    return places, torn


def _all_of(descriptor: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    while at <= layout.SIZE and (part := os.pread(descriptor, layout.SIZE + 1 - at, at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def sync(descriptor: int) -> None:
    """Wait until the disk has it: on macOS a plain fsync stops at the drive's own cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
