"""The three standard descriptors, made sure of before anything else is opened; and the streams over them.

A closed one would be taken by the next file or socket: by the store, or a connection to HTX, and whatever is
printed would be written into it.
"""

import atexit
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Collection
from typing import Final, TextIO, cast

from bot.runtime.screen import Direct, Notice, Outlet, Queued, Screen

_PATIENCE: Final = 2.0
"""Seconds a reader that takes nothing is waited for at the end."""


def secure() -> frozenset[int]:
    """Open `/dev/null` in the place of each standard descriptor that is closed, and a stdin that is at its end.

    Returns:
        Those that were closed.
    """
    closed: set[int] = set()
    for wanted, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(wanted)
        except OSError:
            _occupy(wanted, flags)
            closed.add(wanted)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", errors="replace", closefd=False)
    return frozenset(closed)


def print_to_outlets(*, waits: bool, notice: Notice, closed: Collection[int] = ()) -> None:
    """Put streams that raise nothing in the place of `sys.stdout` and `sys.stderr`, for the life of the process.

    Args:
        waits: whether whoever prints waits for a slow reader. False: what does not fit meanwhile is dropped.
        notice: says on the screen how many lines were dropped.
        closed: descriptors that nobody reads, since they were closed.
    """
    encodings = [getattr(stream, "encoding", None) or "utf-8" for stream in (sys.stdout, sys.stderr)]
    outlets = _outlets(waits=waits)
    for number, outlet in zip((1, 2), outlets, strict=True):
        if isinstance(outlet, Queued):
            outlet.notice = notice
        if number in closed:
            outlet.trouble = OSError(errno.EBADF, os.strerror(errno.EBADF))
    sys.stdout, sys.stderr = (
        cast(TextIO, Screen(number, outlet, encoding))  # what is not text (`buffer`) nobody asks for
        for number, outlet, encoding in zip((1, 2), outlets, encodings, strict=True)
    )
    atexit.register(flush)


def flush(seconds: float = _PATIENCE) -> None:
    """Give what was printed so long to arrive; what does not is left behind."""
    seen: list[Outlet] = []
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Screen) and stream.outlet not in seen:
            seen.append(stream.outlet)
            stream.outlet.flush(seconds)


def lost_lines() -> int:
    """How many lines of stderr, and so of the log, were dropped so far."""
    stream: object = sys.stderr
    return stream.outlet.lost if isinstance(stream, Screen) else 0


def stay_in_the_background() -> None:
    """Be stopped by no terminal that wants background jobs to be silent (`stty tostop`)."""
    for number in (signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(number, signal.SIG_IGN)


def _occupy(wanted: int, flags: int) -> None:
    try:
        got = os.open(os.devnull, flags)
    except OSError:  # a root without /dev: a folder is there for certain, and cannot be written to
        got = os.open("/", os.O_RDONLY)
    if got != wanted:
        os.dup2(got, wanted)
        os.close(got)
    os.set_inheritable(wanted, True)  # noqa: FBT003 it takes no keyword; a child needs it no less


def _outlets(*, waits: bool) -> tuple[Outlet, Outlet]:
    """One for each stream, or one for both where both lead to the same place: the order of lines stays."""
    if waits:
        return Direct(), Direct()
    first = Queued()
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(1), os.fstat(2)):
            return first, first
    return first, Queued()
