"""What SIGINT, SIGTERM, SIGHUP and SIGQUIT mean to a command that must not stop in the middle.

It loads next to nothing: until it works, a signal ends the process as it ends any other.
"""

import os
import signal
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

_ASK: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""The ways to ask a process to end."""


class Loop(Protocol):
    """As much of `asyncio`'s as is needed here."""

    def is_closed(self) -> bool:
        """Whether it has ended."""

    def call_soon(self, callback: Callable[[], None], /) -> object:
        """From its own thread."""

    def call_soon_threadsafe(self, callback: Callable[[], None], /) -> object:
        """From anywhere."""


class Ending:
    """Counts how often somebody asked for the end: once, it comes in order; more often, at once.

    A SIGHUP never makes it more than once: a terminal that goes away sends it from several sides, together with
    SIGTERM, and nobody is left to whom haste could matter.
    """

    def __init__(self, at_once: Callable[[], NoReturn]) -> None:
        """Build one.

        Args:
            at_once: says what is known and ends the process.
        """
        self.at_once = at_once
        self._times = 0
        self._hung_up = False
        self._loop: Loop | None = None
        self._in_order: Callable[[], None] | None = None

    @classmethod
    def begin(cls, at_once: Callable[[], NoReturn]) -> "Ending":
        """Hear the signals from now on, but those that whoever started us wants ignored (`nohup`)."""
        heard = cls(at_once)
        for number in _ASK:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, heard.hear)
        return heard

    @property
    def asked(self) -> int:
        """How often."""
        return max(self._times, int(self._hung_up))

    def within(self, loop: Loop, in_order: Callable[[], None]) -> None:
        """While this loop runs, the first one calls `in_order` there; at once if it came before."""
        self._loop, self._in_order = loop, in_order
        if self.asked:
            loop.call_soon(in_order)

    def hear(self, number: int, _frame: object = None) -> None:
        """One of the signals has come."""
        before = self.asked
        if number == signal.SIGHUP:
            self._hung_up = True
        else:
            self._times += 1
        if self.asked == before:
            return
        if self.asked > 1 or self._loop is None or self._loop.is_closed() or self._in_order is None:
            self.at_once()
        self._loop.call_soon_threadsafe(self._in_order)


def has_terminal() -> bool:
    """Whether this process belongs to a terminal, whose going away then means it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
