"""What is printed, on streams that decide nothing: no error, no wait, no character ends what is being done.

What an encoding lacks is printed otherwise, what cannot be written is dropped and counted. A `Queued` outlet has a
thread of its own that writes, so that nobody waits for a reader; a `Direct` one waits, as for a pager.
"""

import codecs
import io
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

MOST_LINES: Final = 1000
MOST_BYTES: Final = 1 << 20
"""What may wait to be written; more is dropped."""

_AGAIN: Final = 1.0
"""Seconds between tries to say how much was dropped."""

_LONGEST: Final = 10.0
"""Seconds a reader that goes on reading, slowly, is waited for at the end."""

_OTHERWISE: Final = {
    "…": "...",
    "·": "-",
    "–": "-",
    "×": "x",
    "✓": "OK",
    "✗": "NOT OK",
    "▶": ">",
    "’": "'",
    "“": '"',
    "”": '"',
}
"""What is printed for a character that the screen's encoding lacks; `?` for every other."""

Notice = Callable[[int], str]
"""From a number of dropped lines to the line that says so, with its line feed."""


def without_notice(_lost: int) -> str:
    """Nothing is said of what was dropped."""
    return ""


class Outlet(Protocol):
    """Takes what is to be written to open descriptors."""

    lost: int
    """Lines dropped so far."""
    trouble: OSError | None
    """The last error."""

    def put(self, descriptor: int, data: bytes) -> None:
        """Write it, now or soon. Never raises."""

    def flush(self, seconds: float) -> bool:
        """Wait until all is written or dropped, at most so long after the last byte that went; whether it is."""


class Direct:
    """Writes at once, and waits for a slow reader."""

    def __init__(self) -> None:
        self.lost = 0
        self.trouble: OSError | None = None

    def put(self, descriptor: int, data: bytes) -> None:
        """Write it now."""
        written, error = _write(descriptor, data, lambda _count: None)
        if error is not None:
            self.lost += _lines(data[written:])
            self.trouble = error

    def flush(self, _seconds: float) -> bool:
        """Nothing waits."""
        return True


@dataclass(slots=True)
class _Piece:
    """What waits for its turn: bytes, or the place where so many lines were dropped."""

    descriptor: int
    data: bytes
    dropped: int = 0


class Queued:
    """Writes on a thread of its own: whoever prints never waits. What does not fit into the queue is dropped."""

    def __init__(self) -> None:
        self.lost = 0
        self.trouble: OSError | None = None
        self.notice: Notice = without_notice
        self._changed = threading.Condition()
        self._waiting: deque[_Piece] = deque()
        self._bytes = 0
        self._written = 0
        self._busy = False
        self._thread: threading.Thread | None = None
        self._owed: dict[int, int] = {}
        """Of each descriptor: lines that were dropped and of which nobody was told."""
        self._torn: set[int] = set()
        """Where the last write ended within a line."""

    def put(self, descriptor: int, data: bytes) -> None:
        """Write it soon, or drop it."""
        with self._changed:
            if len(self._waiting) >= MOST_LINES or self._bytes + len(data) > MOST_BYTES or not self._runs():
                self._drop(descriptor, _lines(data))
                return
            self._waiting.append(_Piece(descriptor, data))
            self._bytes += len(data)
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait for the reader as long as it reads."""
        end = time.monotonic() + _LONGEST
        with self._changed:
            while self._busy or self._waiting:
                seen = self._written
                left = min(seconds, end - time.monotonic())
                if left <= 0 or not self._changed.wait_for(lambda seen=seen: self._moved(seen), left):  # type: ignore[misc]  # mypy does not know what a default binds
                    return False
        return True

    def _moved(self, seen: int) -> bool:
        return self._written != seen or not (self._busy or self._waiting)

    def _drop(self, descriptor: int, lines: int) -> None:
        """Count them, and keep their place in the queue."""
        self.lost += lines
        for last in reversed(self._waiting):
            if not last.dropped:
                break
            if last.descriptor == descriptor:
                last.dropped += lines
                return
        self._waiting.append(_Piece(descriptor, b"", lines))

    def _runs(self) -> bool:
        """Whether there is a thread; it is begun by the first line."""
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="screen", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads: nothing can be printed, and nothing else is hurt
                return False
            self._thread = thread
        return True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                while not self._waiting and not any(self._owed.values()):
                    self._changed.wait()
                if not self._waiting:
                    self._changed.wait(_AGAIN)
                piece = self._waiting.popleft() if self._waiting else None
                self._bytes -= len(piece.data) if piece else 0
                self._busy = piece is not None
            if piece is None:
                for descriptor in [each for each, lines in self._owed.items() if lines]:
                    self._say_what_was_lost(descriptor)
            elif piece.dropped:
                self._owed[piece.descriptor] = self._owed.get(piece.descriptor, 0) + piece.dropped
                self._say_what_was_lost(piece.descriptor)
            elif not self._say_what_was_lost(piece.descriptor) or not self._emit(piece.descriptor, piece.data):
                lines = _lines(piece.data)
                self.lost += lines
                self._owed[piece.descriptor] = self._owed.get(piece.descriptor, 0) + lines

    def _say_what_was_lost(self, descriptor: int) -> bool:
        """Whether nothing is owed any more."""
        lines = self._owed.get(descriptor, 0)
        if lines and self._emit(descriptor, self.notice(lines).encode(errors="replace")):
            self._owed[descriptor] = 0
        return not self._owed.get(descriptor, 0)

    def _emit(self, descriptor: int, data: bytes) -> bool:
        """Write all of it; False where some of it did not go."""
        if data and descriptor in self._torn:
            data = b"\n" + data
        written, error = _write(descriptor, data, self._progress)
        if error is None:
            self._torn.discard(descriptor)
            return True
        self.trouble = error
        if written:
            (self._torn.discard if data[:written].endswith(b"\n") else self._torn.add)(descriptor)
        return False

    def _progress(self, count: int) -> None:
        with self._changed:
            self._written += count
            self._changed.notify_all()


class Screen(io.TextIOBase):
    """A text stream over an outlet, in the place of `sys.stdout` or `sys.stderr`. No write to it ever raises."""

    def __init__(self, descriptor: int, outlet: Outlet, encoding: str) -> None:
        self._descriptor = descriptor
        self.outlet = outlet
        try:
            make = codecs.getincrementalencoder(encoding)
        except LookupError:
            encoding, make = "utf-8", codecs.getincrementalencoder("utf-8")
        codecs.register_error(_HANDLER, _otherwise)
        self._encoding = encoding
        self._encoder = make(_HANDLER)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # of the base class it is an attribute nobody may set
        """As the surroundings want it: whoever draws boxes asks."""
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]  # the same
        """What is done with a character that the encoding lacks."""
        return _HANDLER

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person may be looking on."""
        return os.isatty(self._descriptor)

    def write(self, text: str) -> int:
        """Print it, or as much of it as can be.

        Raises:
            TypeError: it is no text; Typer asks every stream for that.
        """
        if not isinstance(text, str):
            raise TypeError("text, not bytes")
        if text:
            self.outlet.put(self._descriptor, self._encoder.encode(text))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back here; the outlet has its own."""

    def close(self) -> None:
        """Stays open: the last words of a process are printed when everything else is gone."""


_HANDLER: Final = "cancelall.otherwise"


def _otherwise(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_OTHERWISE.get(one, "?") for one in error.object[error.start : error.end]), error.end


def _lines(data: bytes) -> int:
    return max(data.count(b"\n"), 1)


def _write(descriptor: int, data: bytes, progress: Callable[[int], None]) -> tuple[int, OSError | None]:
    """Write all of it, waiting where the descriptor does not wait by itself.

    Returns:
        How many bytes went, and what stopped the rest.
    """
    done = 0
    while done < len(data):
        try:
            count = os.write(descriptor, data[done:])
        except BlockingIOError:  # somebody made the descriptor non-blocking: it may be shared with other programs
            waiting = select.poll()
            waiting.register(descriptor, select.POLLOUT)
            waiting.poll()
            continue
        except OSError as error:
            return done, error
        done += count
        progress(count)
    return done, None
