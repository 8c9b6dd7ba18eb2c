"""The one question of `now`, asked at a terminal."""

import asyncio
import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot.runtime.screen import Screen

Answer = asyncio.Future[str]
"""What was typed; nothing where there was no answer: Ctrl-C, Ctrl-D, a terminal or a time that is over."""


@contextmanager
def typed() -> Iterator[Answer]:
    """The next line from the terminal. What was typed before confirms nothing."""
    loop = asyncio.get_running_loop()
    said: Answer = loop.create_future()
    terminal = sys.stdin.fileno()

    def read() -> None:
        line = ""
        with suppress(
            OSError
        ):  # not `readline`: half a line and Ctrl-D would hold up the loop until the other half
            line = os.read(terminal, 4096).decode(errors="replace")
        answer(said, line)

    try:
        termios.tcflush(terminal, termios.TCIFLUSH)
        loop.add_reader(terminal, read)
    except (OSError, termios.error):  # gone meanwhile
        answer(said, "")
    try:
        yield said
    finally:
        with suppress(OSError):
            loop.remove_reader(terminal)


def answer(said: Answer, line: str) -> None:
    """Answer it, where it has no answer yet."""
    if not said.done():
        said.set_result(line)


async def shown(seconds: float) -> bool:
    """Whether what was printed has reached the screen within that time: nobody confirms what they did not see."""
    screen: object = sys.stdout
    if not isinstance(screen, Screen):
        return True
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not screen.outlet.flush(0):
        if loop.time() >= end:
            return False
        await asyncio.sleep(0.02)
    return not screen.outlet.lost
