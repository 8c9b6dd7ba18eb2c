"""The emergency journal over a file that was made when there was room: a full disk does not matter to it.

Rules of this file: `write` returns only when the entry is on the disk; what cannot be read is refused, never
passed over in silence; a mass cancel's places are freed only when the store knows all of it.
"""

import asyncio
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bot.errors import NoWitness, StoreUnavailable
from bot.model import MassCancelId
from bot.ports import Entry, EntryKind
from bot.store import journal_file as disk
from bot.store import journal_format as layout
from bot.store.running import Run

FILE: Final = "emergency.journal"
"""The journal's name beside the store, where no other place was configured."""

PATIENCE: Final = 2.0
"""Seconds a write may take before it counts as failed."""


def open_journal(path: Path, data_dir: Path, run: Run, *, patience: float = PATIENCE) -> "FileJournal":
    """Open the journal, or make it; it stays open, and no other process may have it meanwhile.

    One that cannot be made (a full disk, no right to) is no reason not to start: it is `trouble`. One that is
    there and cannot be read is, since it may hold what was sent.

    Args:
        path: the file; made with mode 0600.
        data_dir: the store's folder.
        run: where the work is done; not where the store's is, which may be what hangs.
        patience: seconds a write may take.

    Raises:
        StoreUnavailable: it is damaged, of another version or program, in use, or not readable.
    """
    try:
        disk.make_if_missing(path)
    except OSError as error:
        structlog.get_logger().error("no emergency journal", path=str(path), why=error.strerror)
        return FileJournal(None, {}, run, patience, trouble=error.strerror or "cannot be made", shares_disk=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            places, torn = disk.read(descriptor)
            shares = path.stat().st_dev == data_dir.stat().st_dev
        except BaseException:
            os.close(descriptor)
            raise
    except BlockingIOError:
        raise StoreUnavailable(why=f"{path} is another process's emergency journal") from None
    except OSError as error:
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    except layout.BadJournal as error:
        raise StoreUnavailable(why=f"the emergency journal {path} {error}") from error
    if torn:
        structlog.get_logger().warning("emergency journal: places cut off", count=torn)
    if shares:
        structlog.get_logger().warning("emergency journal on the store's own disk", path=str(path))
    return FileJournal(descriptor, places, run, patience, trouble=None, shares_disk=shares)


class FileJournal:
    """See `bot.ports.Journal` for what each method promises; `open_journal` builds one."""

    def __init__(  # noqa: PLR0913 made in one place
        self,
        descriptor: int | None,
        places: dict[int, tuple[int, Entry]],
        run: Run,
        patience: float,
        *,
        trouble: str | None,
        shares_disk: bool,
    ) -> None:
        self._descriptor = descriptor
        self._places = places
        """By place: its entry's number, and the entry."""
        self._number = max((number for number, _ in places.values()), default=0)
        self._writing: set[int] = set()
        self._run = run
        self._patience = patience
        self._trouble = trouble
        self._shares_disk = shares_disk
        self._undoing: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str | None:
        """Why it cannot take an entry now; None when it can."""
        return self._trouble or (None if self._free() else "full")

    @property
    def shares_disk(self) -> bool:
        """Whether it lies on the store's own file system."""
        return self._shares_disk

    def entries(self, id_: MassCancelId) -> tuple[Entry, ...]:
        """What it holds of a mass cancel, oldest first."""
        return tuple(entry for _, entry in self._open() if entry.mass_cancel == id_)

    def unclosed(self) -> tuple[MassCancelId, ...]:
        """The mass cancels of which it holds entries, oldest first."""
        return tuple(dict.fromkeys(entry.mass_cancel for _, entry in self._open()))

    async def write(self, entry: Entry) -> None:
        """Put an entry on the disk.

        Raises:
            NoWitness: it is not there, or nobody knows whether it is.
        """
        if self.trouble is not None:
            raise NoWitness(why=self.trouble)
        place = self._free()[0]
        try:
            number, block = self._packed(entry)
        except layout.BadJournal as error:
            raise NoWitness(why=str(error)) from None
        self._writing.add(place)
        putting = asyncio.ensure_future(self._run(partial(self._put, place, block)))
        done, _ = await asyncio.wait({putting}, timeout=self._patience)
        if not done:
            self._trouble = f"no answer within {self._patience:.0f} s"
            self._start_undoing(putting, place, (number, entry))
            raise NoWitness(why=self._trouble)
        self._writing.discard(place)
        if (fault := putting.exception()) is not None:
            # After a failed sync nobody knows what is on the disk, and the next one may not tell: no more of it.
            self._trouble = getattr(fault, "strerror", None) or repr(fault)
            raise NoWitness(why=self._trouble) from fault
        self._places[place] = (number, entry)

    async def close(self, id_: MassCancelId) -> None:
        """The store knows all that the journal holds of a mass cancel. Never raises.

        What cannot be marked now is found at the next start, and the store then says that it is settled.
        """
        for place, (number, entry) in list(self._places.items()):
            if entry.mass_cancel == id_ and entry.kind is not EntryKind.CLOSED:
                await self._mark_closed(place, number, entry)

    def shut(self) -> None:
        """Let go of the file. Harmless when repeated."""
        descriptor, self._descriptor = self._descriptor, None
        self._trouble = self._trouble or "shut"
        if descriptor is not None:
            os.close(descriptor)

    def _open(self) -> list[tuple[int, Entry]]:
        held = [one for one in self._places.values() if one[1].kind is not EntryKind.CLOSED]
        return sorted(held, key=lambda one: one[0])

    def _free(self) -> list[int]:
        """Places that may be written: the never used first, then those closed longest ago."""
        unused = [place for place in range(layout.PLACES) if place not in self._places]
        closed = [
            (number, place) for place, (number, entry) in self._places.items() if entry.kind is EntryKind.CLOSED
        ]
        return [
            place for place in (*unused, *(place for _, place in sorted(closed))) if place not in self._writing
        ]

    def _packed(self, entry: Entry) -> tuple[int, bytes]:
        self._number += 1
        return self._number, layout.pack(self._number, entry)

    def _put(self, place: int, block: bytes) -> None:
        """Write one place and wait until the disk has it.

        Raises:
            OSError: it has not, or nobody knows.
        """
        if self._descriptor is None:
            raise OSError(0, "shut")
        if os.pwrite(self._descriptor, block, layout.PLACE * (place + 1)) != len(block):
            raise OSError(0, "written in part")
        disk.sync(self._descriptor)

    def _start_undoing(self, putting: "asyncio.Future[None]", place: int, placed: tuple[int, Entry]) -> None:
        task = asyncio.get_running_loop().create_task(self._undo(putting, place, placed))
        self._undoing.add(task)
        task.add_done_callback(self._undoing.discard)

    async def _undo(self, putting: "asyncio.Future[None]", place: int, placed: tuple[int, Entry]) -> None:
        """A write that came too late stands for nothing: mark it so, and then the journal is good again."""
        await asyncio.wait({putting})
        self._writing.discard(place)
        if putting.exception() is None:
            self._trouble = None
        await self._mark_closed(place, *placed)

    async def _mark_closed(self, place: int, number: int, entry: Entry) -> None:
        closed = replace(entry, kind=EntryKind.CLOSED)
        self._places[place] = (number, closed)
        try:
            await self._run(partial(self._put, place, layout.pack(number, closed)))
        except (OSError, layout.BadJournal) as error:
            structlog.get_logger().warning(
                "journal entry not closed", mass_cancel=entry.mass_cancel, why=repr(error)
            )


class NoJournal:
    """No emergency journal: `cancelall now` beside a `run`, whose it is. See `bot.ports.Journal`."""

    trouble = "this process has none"
    shares_disk = False

    def entries(self, id_: MassCancelId) -> tuple[Entry, ...]:
        """None."""
        del id_
        return ()

    def unclosed(self) -> tuple[MassCancelId, ...]:
        """None."""
        return ()

    async def write(self, entry: Entry) -> None:
        """Raises NoWitness."""
        del entry
        raise NoWitness(why=self.trouble)

    async def close(self, id_: MassCancelId) -> None:
        """Nothing to close."""
