"""What the story is written on: a terminal, a file, a pipe whose reader may go, an encoding that may be narrow."""

import os
import sys
from typing import Final, TextIO

from bot.cli.refusal import Refusal

_WIDE: Final = {"🛑": "!!", "⚠️": "!!", "✅": "OK", "❓": "??", "⛔": "--", "📎": "f:", "🟢": "OK", "🔴": "--"}
_NARROW: Final = str.maketrans("│─▶→↳✓✗×·…“”‘’–—", "|->>>+xx-~\"\"''--")
"""For an encoding that has no such signs: others of the same width, so that columns stay columns."""


class Paper:
    """Takes lines to stdout; what stdout is or becomes never stops the story.

    Args:
        out: stdout; None where the process has none.
        aside: stderr, for the one line that says why nothing more is written.
    """

    def __init__(self, out: TextIO | None, aside: TextIO | None) -> None:
        self._out = out
        self._aside = aside

    def say(self, line: str) -> None:
        """Write one line, at once.

        Raises:
            Refusal: it cannot be written, and not because the reader has gone.
        """
        if self._out is None:
            return
        try:
            self._out.write(f"{fitting(line, self._out.encoding)}\n")
            self._out.flush()
        except BrokenPipeError:
            self._reader_gone(self._out)
        except OSError as error:
            self._drop(self._out)
            raise Refusal(f"The story cannot be written: {error.strerror}. No key and no real exchange.") from None

    def _reader_gone(self, out: TextIO) -> None:
        """As after `| head`: play to the end, since the exit code speaks of every verdict."""
        self._drop(out)
        if self._aside is not None:
            self._aside.write("(nobody reads on: the story plays to its end for its exit code; Ctrl-C ends it)\n")

    def _drop(self, out: TextIO) -> None:
        """Write no more; what is still in a buffer goes nowhere, so that the end of the process is quiet."""
        self._out = None
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


def fitting(line: str, encoding: str | None) -> str:
    """The line in signs that an encoding has."""
    encoding = encoding or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _WIDE.items():
            line = line.replace(sign, plain)
        return line.translate(_NARROW).encode(encoding, "replace").decode(encoding)
    return line


def stdout() -> Paper:
    """The paper of this process."""
    return Paper(sys.stdout, sys.stderr)
