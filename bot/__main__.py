"""`python -m bot` is the `cancelall` command."""

import os
import sys

from bot.surroundings import settle


def main() -> None:
    """Settle the environment, and only then import what reads it."""
    for line in settle(os.environ):
        print(line, file=sys.stderr)  # noqa: T201 before there is anything else that prints
    from bot.cli import main as command  # noqa: PLC0415 as above

    command()


if __name__ == "__main__":
    main()
