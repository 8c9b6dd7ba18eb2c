"""For commands whose output is all they are for: whether it arrived."""

import errno
import sys

import typer

from bot.runtime.screen import Screen


def all_printed() -> None:
    """End a command whose output could not be written.

    Raises:
        Exit: 1, with a sentence where nobody chose it: a reader that is gone had enough.
    """
    screen: object = sys.stdout
    if not isinstance(screen, Screen) or screen.outlet.trouble is None:
        return
    trouble = screen.outlet.trouble
    if trouble.errno != errno.EPIPE:
        typer.echo(f"error: not all of it could be written: {trouble.strerror}. Nothing was changed.", err=True)
    raise typer.Exit(1)
