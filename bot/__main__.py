"""`python -m bot` is the `cancelall` command.

What must be so before anything else is loaded, opened or printed is done here: the standard descriptors are there,
nothing that is printed can stop anything, and a signal that comes while `now` is still loading has its code.
"""

import os
import sys
from typing import Final, NoReturn

from bot.runtime.signals import Ending

_NEVER_WAIT: Final = {"run", "now"}
"""Commands that wait for nobody who reads, and that no terminal stops."""

_KEPT: Final = 13


def main() -> None:
    """Make ready, then run the command line."""
    asked = sys.argv[1] if len(sys.argv) > 1 else None
    ending = Ending.begin(_nothing_sent) if asked == "now" else None

    from bot.runtime import standard  # noqa: PLC0415 a signal may come while it loads

    closed = standard.secure()
    standard.print_to_outlets(waits=asked not in _NEVER_WAIT, notice=_lost, closed=closed)
    if asked in _NEVER_WAIT:
        standard.stay_in_the_background()

    from bot.surroundings import settle  # noqa: PLC0415 before anything reads the environment

    for line in settle(os.environ):
        sys.stderr.write(f"{line}\n")

    from bot import cli  # noqa: PLC0415 most of a second under load, in which a signal may come

    cli.main(ending)


def _nothing_sent() -> NoReturn:
    try:
        sys.stderr.write("Ended before anything was confirmed: nothing was sent.\n")
    except (AttributeError, OSError, ValueError):  # closed, or gone, and not yet made sure of
        raise SystemExit(_KEPT) from None
    raise SystemExit(_KEPT)


def _lost(lines: int) -> str:
    return f"({lines} {'line' if lines == 1 else 'lines'} could not be printed)\n"


if __name__ == "__main__":
    main()
