"""What became of a mass cancel that was confirmed at a terminal."""

from dataclasses import replace
from typing import Final

import typer

from bot import app
from bot.cli.exits import WORST_FIRST
from bot.errors import StoreUnavailable
from bot.mass_cancel import FINAL
from bot.model import MassCancel, MassCancelId, State
from bot.words import results
from handlers.console import ConsoleChat

_UNREADABLE: Final = 60.0
"""Seconds the store may stay unreadable after the yes before the person is told that nobody knows."""

_UNWRITTEN: Final = 40.0
"""Seconds from the yes after which no verdict is waited for: it was reached in half of that."""

_RECORDED: Final = 3.0
"""Seconds the store has for a verdict that was told past it."""


async def outcome(parts: app.Parts, chat: ConsoleChat, id_: MassCancelId) -> MassCancel | None:
    """Wait until the mass cancel has ended, or is known to be unknown, or was told and cannot be recorded.

    Raises:
        StoreUnavailable: the store could not be read for a minute on end, or has no verdict for too long.
    """
    begun = read = parts.clock.monotonic()
    told: tuple[State, float] | None = None
    while True:
        now = parts.clock.monotonic()
        try:
            record = await parts.store.mass_cancel(id_)
            read = now
        except StoreUnavailable:
            if now - read > _UNREADABLE:
                raise
            await parts.clock.sleep(0.5)  # the tap is settled; only its outcome waits to be read
            continue
        if record is None or record.state in FINAL or record.state is State.UNKNOWN:
            return record
        told = told or _told_past_the_store(chat, record, now)
        if told and now - told[1] > _RECORDED:
            typer.echo("The store does not have this verdict yet: `run`, or the next `now`, reads again.")
            return replace(record, state=told[0])
        if now - begun > _UNWRITTEN:
            raise StoreUnavailable(why="no verdict is written into it")
        await parts.clock.sleep(0.05)


def _told_past_the_store(chat: ConsoleChat, record: MassCancel, now: float) -> tuple[State, float] | None:
    """A verdict that was printed although it could not be written down, and when that was."""
    footer = results.footer(record, results.LOG_PENDING)
    while not chat.printed.empty():
        message = chat.printed.get_nowait().message
        if any(footer in line for line in message.lines):
            words = {state: state.replace("_", " ").upper() for state in WORST_FIRST}
            return next(((state, now) for state in WORST_FIRST if words[state] in message.title), None)
    return None
